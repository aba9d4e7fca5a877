"""Stuck for want of a worker: it is dead, or all were recycled."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Cause, Certainty, Note, Stuck, Worker
from ._doing import Doing
from ._telling import Telling
from ._waits import Waits


def no_workers(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield pools that wait for results and have no worker left, none of which had trouble."""
    for doing in waits.blocked():
        if not _awaits_result(doing) or _workers_of(waits, doing.pid):
            continue
        dead = [worker for worker in waits.moment.dead if _is_owner(waits, doing.pid, worker)]
        if not dead or any(worker in waits.moment.broken for worker in dead):
            continue
        yield telling.stuck(
            Cause.NO_WORKERS,
            Certainty.VERY_LIKELY,
            [doing.pid],
            headline="recycling left no workers",
            rows=[
                telling.waiting(doing, "for a result"),
                Note(
                    label="workers",
                    text=f"{len(dead)} have ended of their own accord, none is left",
                ),
            ],
            evidence=["the pool has tasks and no worker; all workers ended without an error"],
            fix="leave out max_tasks_per_child (python/cpython#115634)",
            at=doing,
        )


def dead_worker(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield waits for the result of a task that died with its worker."""
    for doing in waits.blocked():
        broken = [one for one in waits.moment.broken if _is_owner(waits, doing.pid, one)]
        if not _awaits_result(doing) or not broken:
            continue
        yield telling.stuck(
            Cause.DEAD_WORKER,
            Certainty.VERY_LIKELY,
            [doing.pid],
            rows=[
                telling.waiting(doing, "for a result"),
                *(telling.note(one.pid, "died and left its task unanswered") for one in broken[:3]),
            ],
            evidence=["the worker that had the task is dead, and the pool waits for its answer"],
            fix="run without --no-rescue, or use ProcessPoolExecutor, which notices",
            at=doing,
        )


def _awaits_result(doing: Doing) -> bool:
    """Whether the main thread waits for a pool or an executor."""
    return doing.thread.main and (
        doing.within("pool", "get", "wait", "next", "join", "map", "apply")
        or doing.within("_base", "result", "wait", "result_iterator", "as_completed")
        or doing.within("process", "shutdown")
    )


def _is_owner(waits: Waits, pid: int, worker: Worker) -> bool:
    """Whether *pid* started *worker*, directly or by its fork server."""
    parent = waits.by_pid.get(worker.owner or 0)
    return worker.owner == pid or (
        parent is not None and parent.role == "server" and parent.parent == pid
    )


def _workers_of(waits: Waits, pid: int) -> list[int]:
    """Return the living workers that *pid* started, directly or by a fork server."""
    servers = {one.pid for one in waits.moment.processes if one.role == "server"}
    owned = [one for one in waits.moment.processes if one.role == "worker"]
    return [one.pid for one in owned if one.parent == pid or one.parent in servers]
