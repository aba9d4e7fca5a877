"""The answer of a check: what fails first, remarks after it, and how it was found."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mpdiag.model import Checked, Seen, Trouble
from mpdiag.reports import check_json, check_lines

READ = Trouble(
    hint="busy-wait",
    fails=False,
    seen=Seen.SOURCE,
    file="job.py",
    line=3,
    source="while not result.ready():",
    what="the loop asks result.ready() without ever waiting",
    why="it takes a core",
    change="wait",
)
TRIED = Trouble(
    hint="thread-lock",
    fails=True,
    seen=Seen.SEND,
    file="job.py",
    line=13,
    source="pool.map(parse, records)",
    subject="record of parse (Pool.map)",
    path="record.lock is a _thread.lock",
    error="TypeError: cannot pickle '_thread.lock' object",
    what="something that was sent holds a lock of threads",
    why="it belongs to its process",
    change="leave it out",
)
CHECKED = Checked(
    program="job.py",
    troubles=(READ, TRIED),
    files=2,
    ended="exit code 1",
    looked=7,
    limits=("whether x loads",),
)
EXPECTED = """\
mpdiag: read 2 files of job.py, ran it once (exit code 1), and tried 7
        kinds of objects that went to other processes

1  job.py:13                                                 fails  thread-lock
   code      pool.map(parse, records)
   sent      record of parse (Pool.map)
   path      record.lock is a _thread.lock
   error     TypeError: cannot pickle '_thread.lock' object
             pickling it failed
   hint      something that was sent holds a lock of threads
             it belongs to its process
   fix       leave it out

2  job.py:3                                                   remark  busy-wait
   code      while not result.ready():
   hint      the loop asks result.ready() without ever waiting
             it takes a core
   fix       wait

mpdiag: 1 place where it fails under spawn and forkserver; 1 remark:
        forkserver is the default since Python 3.14
        what failed in the run itself: mpdiag run job.py
        not told: whether x loads"""


def test_the_answer_is_read_from_its_top() -> None:
    """What fails, how that was found, what to change, and what is not told."""
    assert list(check_lines(CHECKED)) == EXPECTED.splitlines()


def test_nothing_found_is_an_answer() -> None:
    """In one line beside what was done; remarks are counted."""
    quiet = replace(CHECKED, troubles=(), ended="", limits=())
    assert list(check_lines(quiet)) == [
        "mpdiag: read 2 files of job.py; nothing was run",
        "mpdiag: nothing found that fails under spawn or forkserver",
    ]
    lines = list(check_lines(replace(quiet, troubles=(READ,))))
    assert lines[-1] == "mpdiag: nothing found that fails under spawn or forkserver; 1 remark"


def test_a_program_that_asks_for_fork_is_safe_meanwhile() -> None:
    """That is said with the line that asks."""
    lines = list(check_lines(replace(CHECKED, asks_for="fork (job.py:2)", limits=())))
    assert "safe from it as long as it asks for fork (job.py:2)" in " ".join(
        line.strip() for line in lines
    )


def test_nothing_of_a_program_controls_the_terminal() -> None:
    """Names, lines and messages are escaped."""
    bad = "\x1b[2J\n"
    evil = replace(TRIED, source=bad, subject=bad, path=bad, error=bad, file=bad, what=bad)
    lines = list(check_lines(replace(CHECKED, troubles=(evil,), limits=(bad,), program=bad)))
    assert all(line.isprintable() for line in lines)


def test_json_has_the_same() -> None:
    """For programs: what is not known is null."""
    document: dict[str, Any] = check_json(CHECKED)
    assert document["fails"] is True
    assert document["ran"] == "exit code 1"
    tried, read = document["troubles"]
    assert (tried["hint"], tried["seen"], tried["line"]) == ("thread-lock", "send", 13)
    assert (read["hint"], read["sent"], read["error"]) == ("busy-wait", None, None)
