"""What goes to another process, seen where it is pickled or where the process starts.

For ``mpdiag check`` alone: in other runs none of this is applied.  Checked on 3.10 to 3.13.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps

from ..worker import importing
from ._patch import Patch

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import ModuleType


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for ``multiprocessing.reduction`` or ``multiprocessing.queues``."""
    if module.__name__ == "multiprocessing.queues":
        return [Patch(module.Queue, "put", _put)]
    from multiprocessing.process import BaseProcess

    return [Patch(module.ForkingPickler, "dumps", _dumps), Patch(BaseProcess, "start", _start)]


def _look(way: str, *given: object) -> None:
    """Have *given* looked at; imported when something is sent, with no fork in the middle of it."""
    try:
        with importing:
            from . import _crossing_look
        getattr(_crossing_look, way)(*given)
    except Exception:
        pass


def _dumps(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    plain: Callable[..., object] = before.__func__  # type: ignore[attr-defined] # a classmethod

    @wraps(plain)
    def dumps(cls: type, obj: object, protocol: int | None = None) -> object:
        if not patch.active:
            return plain(cls, obj, protocol)
        try:
            raw = plain(cls, obj, protocol)
        except Exception as error:
            _look("look_at_message", obj, sys._getframe(1), error)
            raise
        _look("look_at_message", obj, sys._getframe(1), None)
        return raw

    return classmethod(dumps)  # type: ignore[return-value]


def _start(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def start(self: object) -> object:
        if patch.active:
            _look("look_at_process", self, sys._getframe(1))
        return before(self)

    return start


def _put(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Keep which line puts an item into a queue, whose feeder thread pickles it."""

    @wraps(before)
    def put(self: object, obj: object, *args: object, **kwargs: object) -> object:
        if patch.active:
            _look("remember_put", obj, sys._getframe(1))
        return before(self, obj, *args, **kwargs)

    return put
