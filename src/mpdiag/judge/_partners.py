"""Stuck for want of a partner: nobody alive will write, set, finish or be told to end."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Cause, Certainty, Note, Shared, Stuck
from ._doing import Doing
from ._telling import Telling
from ._waits import Waits


def no_writer(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield waits on queues and connections to which nobody alive will write."""
    found: dict[object, list[Doing]] = {}
    for doing in waits.blocked():
        if waits.is_idle(doing.pid) or not _takes(doing):
            continue
        end = waits.reads(doing)
        shared = waits.shared(inode=end.inode if end else None, semaphore=doing.semaphore)
        key = (shared.place, shared.ends) if shared is not None else end and end.inode
        found.setdefault(key, []).append(doing)
    for takers in found.values():
        yield _no_writer(waits, telling, takers)


def _takes(doing: Doing) -> bool:
    """Whether it waits for a message: from a queue, or from a connection of its own."""
    if doing.thread.main is False and doing.within("pool", "_handle_results", "_handle_tasks"):
        return False
    return doing.within("queues", "get") or (doing.receives and not doing.proxied)


def _no_writer(waits: Waits, telling: Telling, takers: list[Doing]) -> Stuck:
    first = takers[0]
    end = waits.reads(first)
    shared = waits.shared(inode=end.inode if end else None, semaphore=first.semaphore)
    pids = {doing.pid for doing in takers}
    writers = (waits.writers(end) if end is not None else frozenset()) - pids
    is_queue = first.within("queues", "get")
    kind = "queue" if is_queue else "connection"
    if writers:
        verb = "waits" if len(writers) == 1 else "wait"
        who = f"{telling.all(writers)} could write to it, but {verb}"
    else:
        who = "nobody else alive could write to it"
    gone = [
        telling.note(worker.pid, "is dead, and had not finished")
        for worker in waits.moment.broken
        if worker.pid not in waits.by_pid
    ]
    made = telling.made(shared)
    return telling.stuck(
        Cause.NO_WRITER,
        Certainty.VERY_LIKELY if not writers or gone else Certainty.LIKELY,
        pids,
        headline=f"{kind} that nobody alive will write to",
        rows=[
            *telling.several(takers),
            *(_waiting_rows(waits, telling, writers)),
            *gone[-2:],
            Note(label=kind, text=f"{made}; {who}" if made else who),
        ],
        evidence=[f"the {kind} is empty, and all who could write to it wait or are dead"],
        fix="send a stop message to each reader, or let get() give up after a timeout",
        at=first,
    )


def _waiting_rows(waits: Waits, telling: Telling, pids: frozenset[int]) -> Iterator[Note]:
    for pid in sorted(pids)[:3]:
        doing = waits.main_of(pid)
        if doing is not None and not waits.is_idle(pid) and doing.process.role != "server":
            yield telling.waiting(doing)


def never_set(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield waits for an event, a condition or a barrier, with nobody left to end them."""
    for name, wanted in (("Barrier", "Barrier"), ("Event", "Event"), ("Condition", "Condition")):
        found: dict[object, list[Doing]] = {}
        for doing in waits.blocked():
            if _waits_for(waits, doing) == name and not doing.within("queues", "join"):
                if doing.process.task is None and waits.has_life(doing.pid):
                    continue  # a scheduler, a heartbeat: who knows what it will do
                key = waits.shared(semaphore=doing.semaphore) or doing.semaphore or doing.pid
                found.setdefault(key, []).append(doing)
        for waiters in found.values():
            yield _never_set(waits, telling, wanted, waiters)


def _waits_for(waits: Waits, doing: Doing) -> str:
    """Return ``Event``, ``Barrier`` or ``Condition`` if it waits for one, of either library."""
    if waits.is_idle(doing.pid) or not doing.thread.main or _is_internal(doing):
        return ""
    shared = waits.shared(semaphore=doing.semaphore) if doing.semaphore is not None else None
    if shared is not None and shared.kind in {"Event", "Barrier", "Condition"}:
        return shared.kind if doing.within("synchronize", "wait", "wait_for") else ""
    frames = [one for one in doing.thread.frames if one.file.endswith("/threading.py")]
    if doing.within("threading", "_wait"):
        return "Barrier"
    if len(frames) >= 2 and [one.function for one in frames[-2:]] == ["wait", "wait"]:  # noqa: PLR2004
        return "Event"
    return "Event" if doing.within("synchronize", "wait") else ""


def _is_internal(doing: Doing) -> bool:
    """Whether the wait belongs to a pool, an executor, a queue or the end of the program."""
    parts = ("pool", "queues", "_base", "queue", "managers")
    library = [frame for frame in doing.thread.frames if "/lib/python3" in frame.file]
    inner = any(frame.file.endswith(f"/{part}.py") for frame in library for part in parts)
    return inner or doing.within("process", "join", "shutdown")


def _never_set(waits: Waits, telling: Telling, name: str, waiters: list[Doing]) -> Stuck:
    shared = waits.shared(semaphore=waiters[0].semaphore) if waiters[0].semaphore else None
    made = telling.made(shared)
    did = {"Event": "set it", "Barrier": "reach it"}.get(name, "notify it")
    gone = [
        telling.note(worker.pid, f"is dead; it may have been the one to {did}")
        for worker in waits.moment.broken
    ]
    who = f"nobody alive will {did}: all others wait, or are dead"
    return telling.stuck(
        Cause.NEVER_SET,
        Certainty.VERY_LIKELY if gone else Certainty.LIKELY,
        [doing.pid for doing in waiters],
        headline=f"{name} that nobody alive will {did.replace(' it', '')}",
        rows=[
            *telling.several(waiters),
            *gone[-2:],
            Note(label=name.lower(), text=f"{made}; {who}" if made else who),
        ],
        evidence=["each process that has it waits, or has nothing to do"],
        fix=f"{did} in a finally block, and wait with a timeout",
        at=waiters[0],
    )


def open_tasks(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield ``JoinableQueue.join`` with open tasks and nobody left to finish them."""
    for doing in waits.blocked():
        if not doing.within("queues", "join"):
            continue
        shared = waits.shared(semaphore=doing.semaphore)
        count = waits.value(shared.open_tasks) if shared is not None else None
        yield _open_tasks(waits, telling, doing, shared, count)


def _open_tasks(
    waits: Waits, telling: Telling, doing: Doing, shared: Shared | None, count: int | None
) -> Stuck:
    open_ = f"{count} open task{'s' * (count != 1)}" if count else "open tasks"
    made = telling.made(shared)
    takers = [
        other
        for other in waits.blocked()
        if other.pid != doing.pid
        and other.within("queues", "get")
        and (end := waits.reads(other)) is not None
        and (shared is None or end.inode in shared.ends)
    ]
    gone = [telling.note(one.pid, "is dead, and had not finished") for one in waits.moment.broken]
    left = "its readers wait for more" if takers else "nobody alive takes items off it"
    return telling.stuck(
        Cause.OPEN_TASKS,
        Certainty.PROVEN if count else Certainty.LIKELY,
        [doing.pid],
        headline="JoinableQueue.join with tasks that nobody will finish",
        rows=[
            telling.waiting(doing, f"for {open_}"),
            *(telling.waiting(one) for one in takers[:2]),
            *gone[-2:],
            Note(label="queue", text=f"{made}; {left}" if made else left),
        ],
        evidence=[f"{open_}: task_done() was called less often than items were put"],
        fix="call task_done() in a finally block, once for each item",
        at=doing,
    )


def joined_at_exit(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield programs that are over, and wait for children which nobody tells to end."""
    for doing in waits.blocked():
        if not (doing.within("util", "_exit_function") and doing.within("process", "join")):
            continue
        children = [pid for pid in waits.joined(doing) if pid in waits.by_pid]
        if not children:
            continue
        waiting = [one for pid in children if (one := waits.main_of(pid)) is not None]
        yield telling.stuck(
            Cause.JOINED_AT_EXIT,
            Certainty.PROVEN,
            [doing.pid, *children],
            headline="non-daemonic worker joined at exit",
            rows=[
                telling.note(
                    doing.pid, f"has ended, and waits for the end of {telling.all(children)}"
                ),
                *(telling.waiting(one) for one in waiting[:3]),
            ],
            evidence=["the interpreter is at its exit, where it joins its non-daemonic children"],
            fix="tell the worker to end and join it, or start it with daemon=True",
            at=waiting[0] if waiting else doing,
        )
