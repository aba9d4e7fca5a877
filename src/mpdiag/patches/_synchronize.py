"""Locks of ``multiprocessing``: where each was made, and which process took it last.

Only ``acquire`` and ``with`` are stepped into, after they have succeeded; nothing is written when
a lock is released, for who took it last holds it as long as its value is zero.
Checked on 3.10 to 3.13.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from ..recorder import recorded_acquire
from ..worker import surroundings
from ._made import ME, found_semaphore, made_semaphore
from ._patch import Patch

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

# Attribute of a lock that names its cell; pickling a lock takes only what it lists itself.
_CELL = "_mpdiag_cell"


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for ``multiprocessing.synchronize``."""
    base = module.SemLock
    return [
        Patch(base, "__init__", _init),
        Patch(base, "__setstate__", _setstate),
        Patch(base, "__enter__", _enter),
    ]


def _init(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def __init__(  # noqa: N807
        self: Any, kind: int, value: int, maxvalue: int, **context: object
    ) -> None:
        before(self, kind, value, maxvalue, **context)
        if patch.active and surroundings().shared:
            try:
                stock = self._semlock
                _mark(self, made_semaphore(self, stock.handle, stock.name), holds=value == 1)
            except Exception:
                pass

    return __init__


def _setstate(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """The same for a lock that came to a spawned child; runs in the child."""

    @wraps(before)
    def __setstate__(self: Any, state: tuple[Any, ...]) -> None:  # noqa: N807
        before(self, state)
        if patch.active and surroundings().shared:
            try:
                _mark(self, found_semaphore(state[3]), holds=state[2] == 1)
            except Exception:
                pass

    return __setstate__


def _mark(lock: Any, cell: tuple[memoryview, int] | None, *, holds: bool) -> None:
    """Have *lock* say who takes it, if it is one that a single process has at a time."""
    if cell is None or not holds:
        return
    lock.acquire = recorded_acquire(lock._semlock.acquire, *cell, ME)
    setattr(lock, _CELL, cell)


def _enter(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def __enter__(self: Any) -> object:  # noqa: N807
        entered = before(self)
        cell = self.__dict__.get(_CELL)
        if cell is not None:
            cell[0][cell[1]] = ME[0]
        return entered

    return __enter__
