"""Stuck at a manager: it has died, or lives and has nobody left who would call it."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Cause, Certainty, Note, Stuck
from ._doing import Doing
from ._telling import Telling
from ._waits import Waits

# What a proxy waits in: its cause, what is said of it, and what to do.
_CALLS = {
    "get": (
        Cause.NO_WRITER,
        "manager's queue that nobody alive will write to",
        "send a stop message to each reader, or let get() give up after a timeout",
    ),
    "join": (
        Cause.OPEN_TASKS,
        "manager's queue with tasks that nobody will finish",
        "call task_done() in a finally block, once for each item",
    ),
    "wait": (
        Cause.NEVER_SET,
        "manager's event that nobody alive will set",
        "set it in a finally block, and wait with a timeout",
    ),
}


def dead_manager(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield a manager that has died, with all who are stuck since."""
    gone = waits.moment.dead_servers
    stuck = [doing for doing in waits.blocked() if doing.thread.main and _matters(waits, doing)]
    if not gone or not stuck:
        return
    names = ", ".join(f"{one.name} (pid {one.pid})" for one in gone)
    yield telling.stuck(
        Cause.DEAD_MANAGER,
        Certainty.VERY_LIKELY,
        [doing.pid for doing in stuck],
        headline="a Manager process has died",
        rows=[
            *telling.several(stuck),
            Note(label="manager", text=f"{names} is dead, and was not shut down"),
        ],
        evidence=[f"{names} was started in this run and is gone"],
        fix="see why the manager died; catch EOFError and ConnectionError around its proxies",
        at=stuck[0],
    )


def unanswered(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield calls of proxies that only another call could end, and nobody is left to make it."""
    found: dict[tuple[str, frozenset[int]], list[Doing]] = {}
    for doing in waits.blocked():
        if doing.proxied in _CALLS and _matters(waits, doing) and doing.until is None:
            found.setdefault((doing.proxied, waits.needed(doing)), []).append(doing)
    for (call, servers), callers in found.items():
        if servers:
            yield _unanswered(waits, telling, call, servers, callers)


def _unanswered(
    waits: Waits, telling: Telling, call: str, servers: frozenset[int], callers: list[Doing]
) -> Stuck:
    cause, headline, fix = _CALLS[call]
    gone = [telling.note(one.pid, "is dead, and had not finished") for one in waits.moment.broken]
    which = " or ".join(f"pid {pid}" for pid in sorted(servers))
    return telling.stuck(
        cause,
        Certainty.LIKELY,
        [doing.pid for doing in callers],
        headline=headline,
        rows=[
            *telling.several(callers, f"for {call}() of a manager"),
            *gone[-2:],
            Note(label="manager", text=f"{which} lives; all who could call it wait, or are idle"),
        ],
        evidence=[f"the manager has not answered {call}(), and no other process can go on"],
        fix=fix,
        at=callers[0],
    )


def _matters(waits: Waits, doing: Doing) -> bool:
    return not waits.is_idle(doing.pid) and doing.process.role in {"program", "worker", "python"}
