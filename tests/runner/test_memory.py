"""The course of memory is kept within bounds, and a leak of a worker is named."""

from __future__ import annotations

import pytest

from mpdiag.evidence import Memory, MemorySample
from mpdiag.recorder import Glance, State, Word
from mpdiag.runner import _memory

MIB = 1 << 20


def seen(pid: int, done: int) -> Glance:
    """Return a glance at a living worker that has ended *done* tasks."""
    words = [0] * 64
    words[Word.PID], words[Word.STATE], words[Word.DONE] = pid, State.WAITING, done
    return Glance(name=f"{pid}.rec", words=tuple(words))


def test_a_day_of_looks_takes_no_more_room_than_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks are thinned out: the course keeps its ends, at a coarser grain."""
    monkeypatch.setattr(
        _memory, "read_memory", lambda _pid, _known: Memory(now_bytes=1, peak_bytes=1)
    )
    courses = _memory.Courses()
    for done in range(20_000):
        list(courses.look([seen(7, done)], MemorySample(), 0.0))
    (course,) = courses._courses.values()
    assert len(course.looks) <= _memory.MOST_LOOKS
    assert course.looks[0].tasks < 300
    assert course.looks[-1].tasks > 19_000


def test_a_leak_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rate, the tasks and both ends of the course; a worker that did not grow is forgotten."""
    used = {7: 0, 8: 50 * MIB}
    monkeypatch.setattr(
        _memory,
        "read_memory",
        lambda pid, _known: Memory(now_bytes=used[pid], peak_bytes=used[pid]),
    )
    courses = _memory.Courses()
    for done in range(120):
        used[7] = 50 * MIB + done * 2 * MIB
        list(courses.look([seen(7, done), seen(8, done)], MemorySample(), 0.0))
    courses.forget(7)
    courses.forget(8)
    (words,) = courses.leaks([])
    assert words.startswith("(pid 7), no task: +2.0 MiB per task over ")
    assert words.endswith(": likely a leak")
