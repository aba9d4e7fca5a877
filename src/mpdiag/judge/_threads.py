"""Stuck at a lock of `threading`: what stacks and source say of it, which proves nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Cause, Certainty, Stuck
from ._doing import Doing, is_library
from ._telling import Telling
from ._waits import Waits

_WITH = re.compile(r"\s*with\s+([\w.]+)\s*:")
_FIX_ALONE, _FIX = (
    "use an RLock, or do not take it twice",
    "take locks in the same order everywhere",
)
_ACQUIRE = re.compile(r"\b([\w.]+)\.acquire\(")


def thread_deadlock(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield threads of one process, each inside a ``with`` of what the next one waits for."""
    for pid in set(waits.by_pid) - waits.live:
        wanting = [(doing, lock) for doing in waits.of(pid) if (lock := wanted(doing))]
        circles = (_circle(wanting, number) for number in range(len(wanting)))
        circle = next(filter(None, circles), [])
        if circle:
            yield _deadlock(telling, pid, circle)


def wanted(doing: Doing) -> str:
    """Return the lock that *doing* is about to take, as ``file:name``; empty when it is at none."""
    frame = doing.innermost
    if frame is None or is_library(frame) or doing.call != "futex":
        return ""
    if doing.semaphore is not None or doing.until is not None:
        return ""
    match = _WITH.match(frame.source) or _ACQUIRE.search(frame.source)
    return f"{frame.file}:{match[1]}" if match is not None else ""


def lock_text(waits: Waits, doing: Doing) -> str:
    """Return the lock of `threading` that *doing* waits for, with who seems to hold it."""
    lock = wanted(doing)
    if not lock:
        return ""
    inside = (one for one in waits.of(doing.pid) if one != doing and lock in one.thread.inside)
    holder = next(inside, None)
    who = _thread(holder) if holder is not None else "no thread"
    return f"for {_name(lock)}, in whose with block {who} stands"


def _circle(wanting: list[tuple[Doing, str]], begin: int) -> list[tuple[Doing, str]]:
    path: list[int] = []
    here: int | None = begin
    while here is not None and here not in path:
        path.append(here)
        lock = wanting[here][1]
        inside = (place for place, (one, _) in enumerate(wanting) if lock in one.thread.inside)
        here = next(inside, None)
    return [wanting[place] for place in path[path.index(here) :]] if here is not None else []


def _deadlock(telling: Telling, pid: int, circle: list[tuple[Doing, str]]) -> Stuck:
    rows = []
    for (doing, lock), (_, held) in zip(circle, [circle[-1], *circle], strict=False):
        text = f"{_thread(doing)} waits for {_name(lock)}, inside with {_name(held)}"
        rows.append(telling.note(pid, text, at=doing))
    alone = len(circle) == 1
    head = "a thread that waits for itself" if alone else f"{len(circle)} threads of one process"
    said = "each stands in a with block of the lock that the next one waits for"
    return telling.stuck(
        Cause.DEADLOCK,
        Certainty.POSSIBLE,
        [pid],
        headline=f"deadlock of {head}",
        rows=rows,
        evidence=[f"by the source {said}; whether a name is the same lock cannot be seen"],
        fix=_FIX_ALONE if alone else _FIX,
        at=circle[0][0],
    )


def _thread(doing: Doing) -> str:
    return "main thread" if doing.thread.main else f"thread {doing.thread.tid}"


def _name(lock: str) -> str:
    return lock.rpartition(":")[2]
