"""``multiprocessing.Pool``: tasks carry their position, and a dead worker answers for its task.

Checked on 3.10 to 3.13, whose ``pool.py`` are alike in what is touched here.  ``ThreadPool`` has
queues of its own and is left alone.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from functools import wraps
from weakref import WeakKeyDictionary, WeakValueDictionary

from ..recorder import Method
from ..worker import pool_worker, surroundings
from ._callers import remember_caller
from ._patch import Patch
from ._pool_guest import Guest

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import ModuleType

_guests: WeakKeyDictionary[object, Guest] = WeakKeyDictionary()
_by_workers: WeakValueDictionary[int, Guest] = WeakValueDictionary()


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for ``multiprocessing.pool``."""
    return [
        Patch(module, "worker", _worker),
        Patch(module.Pool, "_setup_queues", _setup_queues),
        Patch(module.Pool, "_repopulate_pool", _repopulate_pool),
        Patch(module.Pool, "_guarded_task_generation", _guarded_task_generation),
        Patch(module.Pool, "apply_async", _apply_async),
        Patch(module.ApplyResult, "__init__", _from_where),
        Patch(module.IMapIterator, "__init__", _from_where),
        Patch(module.Pool, "_join_exited_workers", _join_exited_workers, static=True),
        Patch(module.Pool, "_help_stuff_finish", _help_stuff_finish, static=True),
    ]


def _worker(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Ours is pickled by reference, so that every start method finds it in the child."""
    pool_worker.__wrapped__ = before  # type: ignore[attr-defined]
    return pool_worker


def _setup_queues(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def _setup_queues(self: object) -> None:
        before(self)
        if patch.active and surroundings().watched:
            _guests[self] = Guest(self)

    return _setup_queues


def _repopulate_pool(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def _repopulate_pool(self: object) -> object:
        guest = _guests.get(self)
        if guest is not None:
            _by_workers[id(self._pool)] = guest  # type: ignore[attr-defined]
        return before(self)

    return _repopulate_pool


def _from_where(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Keep which line called the pool, for an input that cannot be sent."""

    @wraps(before)
    def __init__(self: object, *args: object, **kwargs: object) -> None:  # noqa: N807
        if patch.active:
            remember_caller(self)
        before(self, *args, **kwargs)

    return __init__


def _guarded_task_generation(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def _guarded_task_generation(
        self: object, result_job: int, func: object, iterable: object
    ) -> object:
        tasks = before(self, result_job, func, iterable)
        guest = _guests.get(self)
        if guest is None:
            return tasks
        return _with_positions(guest, tasks, _method(self, result_job))  # type: ignore[arg-type]

    return _guarded_task_generation


def _with_positions(
    guest: Guest, tasks: Iterator[tuple[object, ...]], method: int
) -> Iterator[tuple[object, ...]]:
    """Add method, number of the call and position of its first input to each task.

    Runs in the pool's task thread.
    """
    from ._stock import pool

    start = 0
    sent, mapstar, starmapstar = guest.sent, pool.mapstar, pool.starmapstar
    for task in tasks:
        job, part, func, args, kwargs = task
        length = 1
        if func is starmapstar:
            length = len(args[0][1])  # type: ignore[index]
            at = Method.STARMAP if method == Method.MAP else method
        elif func is mapstar:
            at, length = method, len(args[0][1])  # type: ignore[index]
        elif func is pool._helper_reraises_exception:
            yield task
            continue
        else:
            at = method
        longer = job, part, func, args, kwargs, at, job + 1, start  # type: ignore[operator]
        sent[job, part] = longer
        yield longer
        start += length


def _method(pool: object, job: int) -> int:
    from multiprocessing.pool import IMapIterator, IMapUnorderedIterator

    result = pool._cache.get(job)  # type: ignore[attr-defined]
    if isinstance(result, IMapUnorderedIterator):
        return Method.IMAP_UNORDERED
    return Method.IMAP if isinstance(result, IMapIterator) else Method.MAP


def _apply_async(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def apply_async(  # noqa: PLR0917 - the signature of the standard library
        self: object,
        func: Callable[..., object],
        args: tuple[object, ...] = (),
        kwds: dict[str, object] | None = None,
        callback: Callable[[object], object] | None = None,
        error_callback: Callable[[BaseException], object] | None = None,
    ) -> object:
        kwds = {} if kwds is None else kwds
        result = before(self, func, args, kwds, callback, error_callback)
        guest = _guests.get(self)
        if guest is not None:
            job = result._job  # type: ignore[attr-defined]
            guest.sent[job, 0] = (job, 0, func, args, kwds, Method.APPLY, job + 1, job)
        return result

    return apply_async


def _join_exited_workers(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Answer for the tasks of the dead; runs in the pool's worker thread."""

    @wraps(before)
    def _join_exited_workers(workers: list[object]) -> object:
        guest = _by_workers.get(id(workers))
        there = list(workers)
        cleaned = before(workers)
        if guest is not None and cleaned:
            for worker in there:
                if worker not in workers:
                    guest.died(worker)
            if guest.stopped(workers):
                return False  # nobody takes their places
        return cleaned

    return _join_exited_workers


def _help_stuff_finish(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Let a pool end whose tasks nobody can read; runs in the thread that ends it."""

    @wraps(before)
    def _help_stuff_finish(inqueue: object, task_handler: object, size: int) -> object:
        guest = next((one for one in list(_guests.values()) if one.reads(inqueue)), None)
        if guest is None or os.name != "posix":
            return before(inqueue, task_handler, size)
        guest.empty(inqueue, task_handler)
        return None

    return _help_stuff_finish
