"""Stuck at a lock: its holder is dead, is itself stuck at another, or never was in this process."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Cause, Certainty, HeldAtFork, Note, Stuck
from ._doing import Doing
from ._telling import Telling
from ._waits import Waits

# Of a circle, those that are named one by one.
_NAMED = 4


def stopped(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield processes that a signal has stopped."""
    for process in waits.moment.processes:
        if process.state == "T":
            yield telling.stuck(
                Cause.STOPPED,
                Certainty.PROVEN,
                [process.pid],
                rows=[telling.note(process.pid, "was stopped by a signal (SIGSTOP, SIGTSTP)")],
                evidence=[f"the state of pid {process.pid} is T"],
                fix=f"kill -CONT {process.pid}",
                at=waits.main_of(process.pid),
            )


def orphaned_lock(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield locks whose holder has died, with all who wait for them."""
    for semaphore, waiters in _by_semaphore(waits).items():
        holder = waits.holder(semaphore)
        if holder is None or holder in waits.by_pid:
            continue
        shared = waits.shared(semaphore=semaphore)
        kind = shared.kind if shared is not None else "lock"
        label = "queue" if "Queue" in kind or kind == "Pool" else "lock"
        held = "holds" if label == "lock" else "holds a lock of"
        yield telling.stuck(
            Cause.ORPHANED_LOCK,
            Certainty.PROVEN if holder in waits.dead else Certainty.VERY_LIKELY,
            [doing.pid for doing in waiters],
            headline="lock held by a dead process",
            rows=[
                *telling.several(waiters, f"for this {label}"),
                telling.note(holder, f"{held} the {label} and is dead"),
                _made(telling, label, kind, semaphore, waits),
            ],
            evidence=[f"pid {holder} took it last; its value is 0, and no such process lives"],
            fix="take locks in a with block, and end their holders by a message, not by a signal",
            at=waiters[0],
        )


def deadlock(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield circles of processes, each of which holds what the next one waits for."""
    waiting = {doing.pid: doing for doing in waits.blocked() if doing.semaphore is not None}
    seen: set[int] = set()
    for begin in sorted(waiting):
        circle = _circle(waits, waiting, begin)
        if circle and not seen & set(circle):
            seen |= set(circle)
            yield _deadlock(waits, telling, [waiting[pid] for pid in circle])


def _circle(waits: Waits, waiting: dict[int, Doing], begin: int) -> list[int]:
    path: list[int] = []
    pid: int | None = begin
    while pid in waiting and pid not in path:
        path.append(pid)
        pid = waits.holder(waiting[pid].semaphore or -1)
    return path[path.index(pid) :] if pid in path else []


def _deadlock(waits: Waits, telling: Telling, circle: list[Doing]) -> Stuck:
    rows: list[Note | None] = []
    for doing in circle[:_NAMED]:
        holder = waits.holder(doing.semaphore or -1)
        shared = waits.shared(semaphore=doing.semaphore)
        made = telling.made(shared)
        held = f"for what {telling.who(holder)} holds" if holder and len(circle) > 1 else ""
        rows.append(
            telling.waiting(doing, f"{held or 'for what it holds'}{f' ({made})' * bool(made)}")
        )
    if len(circle) > _NAMED:
        rows.append(Note(label="", text=f"and {len(circle) - _NAMED} more"))
    alone = len(circle) == 1
    return telling.stuck(
        Cause.DEADLOCK,
        Certainty.PROVEN,
        [doing.pid for doing in circle],
        headline="deadlock with itself" if alone else f"deadlock of {len(circle)} processes",
        rows=rows,
        evidence=["each took a lock that the next one waits for, and gave none back"],
        fix="use an RLock, or do not take it twice"
        if alone
        else "take locks in the same order everywhere",
        at=circle[0],
    )


def held_at_fork(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield locks that were taken at a fork by a thread which the child does not have."""
    for doing in waits.blocked():
        known = [one for one in waits.moment.held_at_fork if one.pid == doing.pid]
        if not known or doing.semaphore is not None or doing.call not in {"futex", ""}:
            continue
        match = _match(doing, known)
        if match is not None:
            yield _held(telling, doing, match)


def _match(doing: Doing, known: list[HeldAtFork]) -> HeldAtFork | None:
    """Return the lock that stands on a line in which *doing* waits, innermost first."""
    for frame in reversed(doing.thread.frames):
        names = set(re.findall(r"[A-Za-z_][\w.]*", frame.source))
        takes = (
            frame.source.lstrip().startswith("with ")
            or "acquire" in names
            or any(name.endswith(".acquire") for name in names)
        )
        for one in known:
            wanted = {one.lock, f"{one.lock}.acquire"}
            if names & wanted or (takes and frame.file == one.file and len(known) == 1):
                return one
    return None


def _held(telling: Telling, doing: Doing, lock: HeldAtFork) -> Stuck:
    return telling.stuck(
        Cause.LOCK_AT_FORK,
        Certainty.VERY_LIKELY,
        [doing.pid],
        rows=[
            telling.waiting(doing, f"for {lock.lock}"),
            Note(
                label="lock",
                text=f"{lock.lock} was held by thread {lock.thread!r} of the parent when this"
                f" process was forked, {telling.file(lock.place)}; the child has no such thread",
            ),
        ],
        evidence=[f"{lock.lock} was taken at the fork, by a thread that did not fork"],
        fix="start workers before threads, or use spawn or forkserver",
        at=doing,
    )


def _by_semaphore(waits: Waits) -> dict[int, list[Doing]]:
    found: dict[int, list[Doing]] = {}
    for doing in waits.doings:
        if doing.semaphore is not None:
            found.setdefault(doing.semaphore, []).append(doing)
    return found


def _made(telling: Telling, label: str, kind: str, semaphore: int, waits: Waits) -> Note | None:
    made = telling.made(waits.shared(semaphore=semaphore))
    return Note(label=label, text=f"{kind} {made}") if made else None
