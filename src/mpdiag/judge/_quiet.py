"""Who waits without a trouble of the list: for the outside, for one that works, or nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Cause, Certainty, End, Note, Stuck
from ._doing import Doing
from ._telling import Telling
from ._threads import lock_text
from ._waits import Waits

_CALLS = {
    "accept": "for a connection",
    "accept4": "for a connection",
    "connect": "for a connection to be made",
    "flock": "for the lock of a file",
    "fcntl": "for the lock of a file",
    "fsync": "for a disk",
    "ioctl": "for a device",
    "openat": "until a file can be opened",
    "rt_sigsuspend": "for a signal",
    "rt_sigtimedwait": "for a signal",
}
# Processes that a row names.
_NAMED = 3
# Rows of those of whom nobody knows why they wait.
_ROWS = 5


def unknown(waits: Waits, telling: Telling, claimed: set[int]) -> Iterator[Stuck]:
    """Yield what cannot go on, and has no cause of the list."""
    found = [one for one in waits.blocked() if _counts(waits, one) and one.pid not in claimed]
    found = [one for one in found if one.process.task is not None or not waits.has_life(one.pid)]
    if claimed:  # a program whose workers are told of waits for them: that is no trouble
        found = [doing for doing in found if doing.process.task is not None]
    if found:
        yield telling.stuck(
            Cause.UNKNOWN,
            Certainty.UNKNOWN,
            [doing.pid for doing in found],
            headline=f"{'waiting' if claimed else 'nothing moves'}, cause unknown",
            rows=_rows(waits, telling, found),
            evidence=["no process can go on by itself; see the stacks"],
            fix="",
            at=found[0],
        )


def waiting(waits: Waits, telling: Telling, claimed: set[int]) -> Iterator[Stuck]:
    """Yield who has a task and waits for what may still come; without a task, the program."""
    mains = [doing for doing in waits.doings if doing.thread.main and doing.pid in waits.live]
    mains = [doing for doing in mains if not doing.runs and doing.pid not in claimed]
    busy = [one for one in mains if one.process.task is not None and not waits.is_idle(one.pid)]
    programs = [one for one in mains if one.process.role == "program" and not claimed]
    for doing in busy or programs:
        yield telling.stuck(
            Cause.UNKNOWN,
            Certainty.UNKNOWN,
            [doing.pid],
            headline=f"{_headline(waits, telling, doing)}, not stuck",
            rows=[_row(waits, telling, doing)],
            fix="",
            at=doing,
            level="waiting",
        )


def _counts(waits: Waits, doing: Doing) -> bool:
    return (
        doing.thread.main
        and not waits.is_idle(doing.pid)
        and doing.process.role in {"program", "worker", "python"}
    )


def _rows(waits: Waits, telling: Telling, doings: list[Doing]) -> Iterator[Note]:
    yield from (_row(waits, telling, doing) for doing in doings[:_ROWS])
    if len(doings) > _ROWS:
        yield Note(label="", text=f"and {len(doings) - _ROWS} more")


def _row(waits: Waits, telling: Telling, doing: Doing) -> Note:
    what = awaited(waits, telling, doing)
    return telling.waiting(doing, what or (f"({doing.call})" if doing.call else ""))


def _headline(waits: Waits, telling: Telling, doing: Doing) -> str:
    what = awaited(waits, telling, doing)
    return f"waits {what}" if what else "sleeps" if doing.sleeps and doing.call else "waits"


def awaited(waits: Waits, telling: Telling, doing: Doing) -> str:
    """Return what *doing* waits for, such as ``for a socket``; empty when that is not known."""
    if doing.call in _CALLS:
        return _CALLS[doing.call]
    needed = waits.needed(doing) - {doing.pid}
    if waits.joined(doing) & set(waits.by_pid):
        return f"for the end of {_named(waits, telling, needed)}"
    if doing.semaphore is not None:
        holder = waits.holder(doing.semaphore)
        return f"for a lock that {telling.who(holder)} holds" if holder in waits.by_pid else ""
    if doing.proxied:
        manager = f"a manager ({_named(waits, telling, needed)})" if needed else "a manager"
        return f"for {doing.proxied}() of {manager}"
    if (lock := lock_text(waits, doing)) != "":
        return lock
    ends = waits.ends(doing)
    return _at_ends(waits, telling, needed, ends[0]) if ends else ""


def _at_ends(waits: Waits, telling: Telling, others: frozenset[int], end: End) -> str:
    kind = {"pipe": "a pipe", "socket": "a socket", "file": "a file"}.get(end.kind, "a device")
    return f"for {kind} of {_named(waits, telling, others)}" if others else f"for {kind}"


def _named(waits: Waits, telling: Telling, pids: frozenset[int]) -> str:
    """Return who *pids* are; what is not Python is called by its command."""
    names = [_name(waits, telling, pid) for pid in sorted(pids)[:_NAMED]]
    if len(pids) > _NAMED:
        names.append(f"{len(pids) - _NAMED} more")
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _name(waits: Waits, telling: Telling, pid: int) -> str:
    process = waits.by_pid.get(pid)
    if process is None or process.role not in {"other", "python", "server"}:
        return telling.who(pid)
    command = process.command.partition(" ")[0].rpartition("/")[2]
    return f"pid {pid}, {command}" if process.role == "other" and command else f"pid {pid}"
