"""Logs as they come: mixed, prefixed, cut, quoted, and huge."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpdiag.hints import advice_on, command_of, sights_of

REMOTE = '''multiprocessing.pool.RemoteTraceback:
"""
Traceback (most recent call last):
  File "/usr/lib/python3.11/multiprocessing/pool.py", line 125, in worker
    result = (True, func(*args, **kwds))
  File "job.py", line 5, in task
    return record["that"]
           ~~~~~~^^^^^^^^
KeyError: 'that'
"""

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "job.py", line 12, in <module>
    pool.map(task, records)
  File "/usr/lib/python3.11/multiprocessing/pool.py", line 774, in get
    raise self._value
KeyError: 'that'
'''


def test_both_tracebacks_of_a_remote_error_are_read() -> None:
    """With their frames, and the lines of the log at which they begin."""
    sights = [one for one in sights_of(REMOTE) if one.type == "KeyError"]
    assert [(one.message, one.line, len(one.frames)) for one in sights] == [
        ("'that'", 3, 2),
        ("'that'", 14, 2),
    ]
    assert sights[0].own is not None
    assert (sights[0].own.file, sights[0].own.source) == ("job.py", 'return record["that"]')
    assert command_of(sights) == "mpdiag run job.py"


def test_a_prefix_before_each_line_is_taken_off() -> None:
    """As a container or a log collector writes one."""
    lines = REMOTE.splitlines()
    prefixed = "\n".join(f"worker_1  | 2026-01-0{1 + i % 9} {line}" for i, line in enumerate(lines))
    kinds = [(one.type, len(one.frames)) for one in sights_of(prefixed) if one.frames]
    assert kinds == [("KeyError", 2), ("KeyError", 2)]


def test_the_last_line_alone_is_enough() -> None:
    """Whoever pastes only that is told as well."""
    (advice,) = advice_on(sights_of("  RuntimeError: context has already been set\n"))
    assert advice.hint.slug == "start-method-twice"


def test_what_follows_from_another_trouble_is_not_told_beside_it() -> None:
    """A broken pool says nothing where the log has the reason."""
    broken = "BrokenProcessPool: A process in the process pool was terminated abruptly while"
    assert [one.hint.slug for one in advice_on(sights_of(broken))] == ["broken-process-pool"]
    both = f"Fatal Python error: Segmentation fault\n\n{broken}"
    assert [one.hint.slug for one in advice_on(sights_of(both))] == ["segmentation-fault"]
    leak = "resource_tracker: There appear to be 6 leaked semaphore objects to clean up at shutdown"
    told = [one.hint.slug for one in advice_on(sights_of(f"{broken}\n{leak}"))]
    assert told == ["broken-process-pool", "leaked-semaphores"]


@pytest.mark.parametrize(
    "line",
    [
        "Killed",
        "./run.sh: line 3:  4711 Killed                  python job.py",
        "make: *** [Makefile:7: run] Error 137",
        "worker_1 exited with code 137",
        "      Exit Code:    137",
        "subprocess.CalledProcessError: ... died with <Signals.SIGKILL: 9>.",
    ],
)
def test_a_kill_is_known_by_what_others_say_of_it(line: str) -> None:
    """A shell, make, docker, kubernetes and Python have each their own words."""
    assert [one.hint.slug for one in advice_on(sights_of(line))] == ["killed"]


def test_a_log_that_is_cut_anywhere_is_read() -> None:
    """No cut makes an error of its own."""
    for end in range(len(REMOTE)):
        list(sights_of(REMOTE[:end]))
        list(sights_of(REMOTE[end:]))


@settings(max_examples=50, deadline=None)
@given(
    st.text(alphabet='Traceback (most recent call last):\n  File "x", line 1\x1b\0', max_size=400)
)
def test_no_text_is_too_strange(text: str) -> None:
    """Whatever it holds, it is read to its end."""
    assert isinstance(advice_on(sights_of(text)), list)
