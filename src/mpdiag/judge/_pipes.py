"""Stuck at a pipe: full and not read, empty and not written, or read by the wrong process."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Cause, Certainty, End, Note, Stuck
from ._doing import Doing
from ._telling import Telling
from ._waits import Waits

# What `Connection` reads behind the head of a message, in the words of its source.
_REST = re.compile(r"_recv\((?!4\))")


def join_before_drain(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield joins of a process that cannot end before its queue is read by who joins it."""
    for feeder in waits.blocked():
        end = waits.writes(feeder)
        if end is None or not feeder.within("queues", "_feed"):
            continue
        stuck = {feeder.pid, *_after(waits, end)}
        joins = [doing for doing in waits.blocked() if stuck & waits.joined(doing)]
        if joins and not waits.readers(end) & waits.live and not _is_read(waits, end):
            yield _join_before_drain(waits, telling, feeder, joins[0], end)


def _after(waits: Waits, end: End) -> Iterator[int]:
    """Yield who waits to write to the same queue, of whom none can end either."""
    queue = waits.shared(inode=end.inode)
    for doing in waits.blocked():
        ours = queue is None or doing.semaphore in queue.semaphores
        if ours and doing.within("queues", "_feed") and doing.semaphore is not None:
            yield doing.pid


def _is_read(waits: Waits, end: End) -> bool:
    """Whether somebody waits in reading the pipe, who will be woken."""
    readers = waits.readers(end)
    return any(
        other.inode == end.inode
        for doing in waits.doings
        if doing.pid in readers and (other := waits.reads(doing)) is not None and other.reads
    )


def _join_before_drain(
    waits: Waits, telling: Telling, feeder: Doing, join: Doing, end: End
) -> Stuck:
    queue = waits.shared(inode=end.inode)
    joined = waits.joined(join)
    awaited = feeder.pid if feeder.pid in joined else min(joined & {*_after(waits, end)})
    readers = waits.readers(end)
    others = readers - {feeder.pid} or readers
    fill = f" ({end.filled:,} of {end.capacity:,} bytes)" if end.filled and end.capacity else ""
    only = f"only {telling.all(others)} could read it, and cannot" if others else "nobody reads it"
    made = f"{telling.made(queue)}; " if telling.made(queue) else ""
    line = f" ({telling.place(join.place)})" if join.place is not None else ""
    return telling.stuck(
        Cause.JOIN_BEFORE_DRAIN,
        Certainty.PROVEN,
        [join.pid, awaited, feeder.pid],
        rows=[
            telling.waiting(join, f"for the end of {telling.who(awaited)}"),
            _unended(waits, telling, awaited, f"waits for {telling.who(feeder.pid)} to write")
            if awaited != feeder.pid
            else None,
            _unended(waits, telling, feeder.pid, f"writes to a full pipe{fill}"),
            Note(label="queue", text=f"{made}{only}"),
        ],
        evidence=[
            f"a thread of pid {feeder.pid} is in write() of a pipe that nobody is reading{fill}",
            f"pid {join.pid} waits for the end of pid {awaited}",
        ],
        fix=f"take all items off the queue before join(){line}",
        at=join,
    )


def _unended(waits: Waits, telling: Telling, pid: int, what: str) -> Note:
    """Return the row of a process that cannot end for what its queue thread does."""
    main = waits.main_of(pid)
    ended = main is None or main.within("util", "_exit_function", "_run_finalizers")
    ended = ended or (main is not None and main.within("queues", "_finalize_join"))
    did = f"has returned from {telling.task(waits.by_pid[pid])} but " if ended else ""
    return telling.note(pid, f"{did}cannot end: its queue thread {what}")


def both_send(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield two processes, each blocked in sending to the other, which does not read."""
    sends = [
        (doing, end)
        for doing in waits.blocked()
        if (end := waits.writes(doing)) is not None and not doing.within("queues", "_feed")
    ]
    for number, (one, its) in enumerate(sends):
        for other, others in sends[number + 1 :]:
            if one.pid == other.pid:
                continue
            if other.pid in waits.readers(its) and one.pid in waits.readers(others):
                yield telling.stuck(
                    Cause.BOTH_SEND,
                    Certainty.PROVEN,
                    [one.pid, other.pid],
                    rows=[
                        telling.waiting(one, f"until {telling.who(other.pid)} reads"),
                        telling.waiting(other, f"until {telling.who(one.pid)} reads"),
                        _pipe(telling, waits, its),
                    ],
                    evidence=["both are in write() to a full pipe that only the other one reads"],
                    fix="let one of them receive before it sends, or send from a thread of its own",
                    at=one,
                )


def half_message(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield readers of a message whose writer is gone before its end."""
    for doing in waits.blocked():
        end = waits.reads(doing)
        rest = [one for one in doing.thread.frames if one.file.endswith("/connection.py")]
        if end is None or not any(_REST.search(one.source) for one in rest):
            continue
        if _comes(waits, doing, end):
            continue
        broken = waits.moment.broken
        gone = [telling.note(worker.pid, "died in the middle of a message") for worker in broken]
        yield telling.stuck(
            Cause.HALF_MESSAGE,
            Certainty.PROVEN if broken else Certainty.VERY_LIKELY,
            [doing.pid],
            rows=[
                telling.waiting(doing, "for the rest of a message"),
                *gone[-2:],
                _pipe(telling, waits, end),
            ],
            evidence=["the head of the message was read, and nobody writes the rest of it"],
            fix="end workers by a message, not by a signal; give each a pipe of its own",
            at=doing,
        )


def _comes(waits: Waits, doing: Doing, end: End) -> bool:
    """Whether somebody is writing to *end* just now."""
    if waits.writers(end) & waits.live:
        return True
    writing = (waits.writes(one) for one in waits.doings if one.pid != doing.pid)
    wanted = {end.inode, end.peer}
    return any(other is not None and other.inode in wanted for other in writing)


def two_readers(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield processes that read one and the same end, and may get parts of each other's."""
    seen: set[int] = set()
    for doing in waits.blocked():
        end = waits.reads(doing)
        if end is None or end.inode in seen or not _reads_plainly(doing):
            continue
        seen.add(end.inode)
        fellows = [
            other
            for other in waits.blocked()
            if (its := waits.reads(other)) is not None
            and its.inode == end.inode
            and _reads_plainly(other)
        ]
        if len({one.pid for one in fellows}) > 1:
            yield telling.stuck(
                Cause.TWO_READERS,
                Certainty.PROVEN,
                [one.pid for one in fellows],
                rows=[*telling.several(fellows), _pipe(telling, waits, end)],
                evidence=[f"{len(fellows)} processes are in read() of one end of a connection"],
                fix="give each reader a Pipe of its own, or use a Queue, which has a lock",
                at=doing,
            )


def _reads_plainly(doing: Doing) -> bool:
    """Whether it reads a connection by itself, not for a queue, a pool or a manager."""
    return doing.receives and not _for_library(doing)


def _for_library(doing: Doing) -> bool:
    modules = ("queues", "pool", "managers", "forkserver", "resource_tracker")
    frames = [one for one in doing.thread.frames if "multiprocessing/" in one.file]
    return any(one.file.endswith(f"/{name}.py") for one in frames for name in modules)


def own_end(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield readers that wait for the end of a pipe which nobody but they could write."""
    for doing in waits.blocked():
        end = waits.reads(doing)
        if end is None or not _reads_plainly(doing) or waits.writers(end) != {doing.pid}:
            continue
        yield telling.stuck(
            Cause.OWN_END,
            Certainty.PROVEN,
            [doing.pid],
            rows=[
                telling.waiting(doing),
                _pipe(telling, waits, end),
                Note(label="writer", text="its other end is open in the reader alone"),
            ],
            evidence=["the end of the pipe never comes as long as the reader can write to it"],
            fix="close the end for writing in the reader, right after the workers were started",
            at=doing,
        )


def _pipe(telling: Telling, waits: Waits, end: End) -> Note | None:
    shared = waits.shared(inode=end.inode)
    made = telling.made(shared)
    return Note(label=shared.kind.lower(), text=made) if shared is not None and made else None
