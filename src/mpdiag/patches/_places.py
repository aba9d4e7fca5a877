"""Which worker of which pool a process is: its place from 1 to the size of the pool.

The place travels with the process object, which every start method brings to the child.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from weakref import WeakValueDictionary

from ..worker import PLACE

_pools: WeakValueDictionary[int, Pool] = WeakValueDictionary()


class Pool:
    """What one pool, of either kind, tells of its workers."""

    def __init__(self, size: Callable[[], int], workers: Callable[[], Iterable[object]]) -> None:
        self.size, self.workers = size, workers
        self._taken: set[int] = set()

    def next_place(self) -> tuple[int, int, bool]:
        """Return a free place, of how many, and whether another worker had it before."""
        there = {getattr(worker, PLACE, (0,))[0] for worker in self.workers()}
        place = next(number for number in count(1) if number not in there)
        again = place in self._taken
        self._taken.add(place)
        return place, self.size(), again


def know(queue: object, pool: Pool) -> Pool:
    """Remember that the workers of *pool*, which the caller keeps, read from *queue*."""
    _pools[id(queue)] = pool
    return pool


def give_place(process: object) -> None:
    """Give *process* a place if it is about to become the worker of a pool that we know."""
    try:
        args = getattr(process, "_args", ())
        pool = _pools.get(id(args[0])) if args else None
        if pool is not None and not hasattr(process, PLACE):
            setattr(process, PLACE, pool.next_place())
    except Exception:
        pass
