"""Reports as they are read, kept beside this file.

To renew them after a change of wording, and then to read the difference as a stranger would::

    make gold                                  # or
    MPDIAG_GOLD=renew pytest tests/gold
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from mpdiag.model import Run
from mpdiag.reports import json_lines, live_hang, live_line, quiet_line, render, render_fault

from . import runs, stuck

GOLD = Path(__file__).parent
STORE = Path("/srv/job/.mpdiag")
# Read here: each test runs without the settings of the person who started it.
RENEW = os.environ.get("MPDIAG_GOLD") == "renew"
OFFSET = re.compile(r" [+-]\d{4}$", re.MULTILINE)

SITUATIONS = (
    runs.tasks_failed,
    runs.worker_died,
    runs.sender_unknown,
    runs.no_faults,
    runs.not_watched,
    runs.other_library,
    runs.target_not_sent,
    runs.nothing_to_diagnose,
    runs.all_caught,
    runs.several_ways,
    runs.bare_processes,
    runs.exit_call,
    runs.exception_group,
    runs.interrupted,
    runs.segfault,
    runs.idle_worker,
    stuck.deadlock,
    stuck.endless_loop,
)


def compare(name: str, text: str) -> None:
    """Compare *text* with the file *name*, or write the file when asked to."""
    path = GOLD / name
    if RENEW:
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("situation", SITUATIONS, ids=lambda one: one.__name__)
def test_the_end_report_is_the_one_that_was_settled(situation: Callable[[], Run]) -> None:
    """Each situation is told in the words, the order and the columns of its gold file."""
    lines = render(situation(), store=STORE)
    compare(f"{situation.__name__}.txt", "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    "situation",
    [
        runs.tasks_failed,
        runs.worker_died,
        runs.several_ways,
        runs.exception_group,
        runs.segfault,
        stuck.join_before_drain,
    ],
    ids=lambda one: one.__name__,
)
def test_one_fault_is_shown_in_full(situation: Callable[[], Run]) -> None:
    """``mpdiag show`` tells all that is known about a fault."""
    run = situation()
    text = "".join(f"{line}\n" for line in render_fault(run.faults[0], run))
    # The offset from UTC is that of the machine.
    compare(f"show_{situation.__name__}.txt", OFFSET.sub(" +0000", text))


def test_the_first_of_a_group_is_told_while_the_program_runs() -> None:
    """A failure is one line, a crash its whole entry."""
    failed = live_line(runs.failure(), run="k7f2", cwd=runs.CWD)
    died = live_line(runs.crash(), run="3d9c", cwd=runs.CWD, workers=8)
    assert "\n" not in failed
    compare("live.txt", f"{failed}\n{died}\n")


def test_a_hang_is_told_while_the_program_waits() -> None:
    """The third report of the design, on a moment that was seen."""
    run = stuck.join_before_drain()
    lines = live_hang(run.faults, run, quiet=60.0, reminder=300.0, store=STORE)
    compare("live_hang.txt", "".join(f"{line}\n" for line in lines))


def test_who_is_slow_or_waits_is_told_in_a_sentence() -> None:
    """Its task, for how long, how fast it was before, and where it is."""
    said = [
        quiet_line(*stuck.seen(f"{name}-fork")) for name in ("slow", "loop", "subprocess_works")
    ]
    compare("live_quiet.txt", "".join(f"{line}\n" for line in said))


def test_quiet_leaves_out_what_is_no_fault() -> None:
    """``-q`` silences healthy, unwatched and caught, and not a word of a fault."""
    for situation in SITUATIONS:
        run = situation()
        told = list(render(run, store=STORE, quiet=True))
        if situation in {
            runs.no_faults,
            runs.not_watched,
            runs.other_library,
            runs.nothing_to_diagnose,
            runs.all_caught,
            runs.interrupted,
        }:
            assert told == []
        else:
            assert told == list(render(run, store=STORE))


def test_json_lines_end_with_the_run() -> None:
    """``--format json`` is one object for each fault, then one for the run."""
    import json

    objects = [json.loads(line) for line in json_lines(runs.several_ways())]
    assert [one["type"] for one in objects] == ["fault"] * 4 + ["run"]
    assert objects[-1]["faults"] == 4
