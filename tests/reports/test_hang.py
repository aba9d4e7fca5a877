"""What is said of a hang fits on a screen, whatever hangs."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from gold import stuck
from hangs.table import BY_NAME
from mpdiag.judge import judge_moment
from mpdiag.model import Worker
from mpdiag.options import Options
from mpdiag.reports import live_hang
from mpdiag.runner import About, Alarm, Collector, hang_of, make_folder
from mpdiag.session._hangs import QUIET_LINES, HangWatch

# Lines of a terminal that nobody has made larger.
SCREEN = 24
HANGS = [
    path.stem
    for path in sorted(stuck.MOMENTS.glob("*.json"))
    if BY_NAME[path.stem.partition("-")[0]].hangs
]


@pytest.mark.parametrize("stem", HANGS)
def test_the_live_report_fits_on_a_screen(stem: str) -> None:
    """Before the stacks begin, each program that hangs is told of in 24 lines of 79 columns."""
    run = stuck.run(stuck.hang(stem, url="https://a.example/" * 40, number=7), "9ab1.1")
    lines = list(live_hang(run.faults, run, quiet=60.0, reminder=300.0, store=Path("/srv/store")))
    assert len(lines) <= SCREEN, "\n".join(lines)
    assert max(map(len, lines)) <= 79
    assert lines[-1].startswith("mpdiag: kept in")


@pytest.mark.parametrize(
    "stem", ["event_never_set-fork", "barrier_never_full-fork", "two_readers-fork"]
)
def test_many_who_wait_for_the_same_fit_on_a_screen_too(stem: str) -> None:
    """Those who stand behind the first ones are counted, not listed."""
    before, now = stuck.both(stem)
    first = next(one for one in now.processes if one.role == "worker")
    crowd = [
        replace(
            first,
            pid=pid,
            worker=Worker(pid=pid, number=pid),
            threads=tuple(replace(one, tid=pid if one.main else None) for one in first.threads),
        )
        for pid in range(20_000, 20_040)
    ]
    now = replace(now, processes=(*now.processes, *crowd))
    (found,) = judge_moment(now, before)
    assert len(found.pids) + len(found.waiting) > len(crowd)
    run = stuck.run(hang_of(found, now, quiet=60.0), "9ab1.1")
    lines = list(live_hang(run.faults, run, quiet=60.0, reminder=300.0, store=Path("/srv/store")))
    assert len(lines) <= SCREEN, "\n".join(lines)
    assert any(re.search(r"and \d+ more", line) for line in lines)


def test_few_sentences_are_said_of_one_place(tmp_path: Path) -> None:
    """A program whose tasks take long as a rule does not fill the log; events tell of all."""
    folder = make_folder("k7f2", {"XDG_RUNTIME_DIR": str(tmp_path)}, {})
    about = About(id="k7f2", argv=(), cwd="/srv/job", started=0.0)  # type: ignore[arg-type]
    said: list[str] = []
    told: list[str] = []
    watch = HangWatch(
        Collector(folder, about, Options()),
        Options(),
        say=said.extend,
        tell=lambda event, **_fields: told.append(event),
    )
    found, moment = stuck.seen("slow-fork")
    for _ in range(10):
        watch._report(Alarm(moment=moment, lines=(found,)))
    folder.remove()
    assert told == ["slow"] * 10
    assert len(said) == QUIET_LINES
    last = [" ".join(line.split()).endswith("of this place)") for line in said]
    assert last == [*[False] * (QUIET_LINES - 1), True]
