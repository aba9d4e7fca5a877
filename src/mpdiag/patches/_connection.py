"""Messages that a bare process takes off a queue or connection are kept: its likely input.

``Queue.get`` and ``SimpleQueue.get`` read through ``recv_bytes`` as well.  Checked on 3.10 to 3.13.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from functools import wraps

from ..worker import received, surroundings
from ._patch import Patch

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import ModuleType


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for ``multiprocessing.connection``."""
    base = module._ConnectionBase
    return [
        Patch(base, "recv_bytes", _recv_bytes),
        Patch(base, "recv", _recv),
        Patch(module, "Pipe", _pipe),
    ]


def _recv_bytes(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def recv_bytes(self: object, *args: object, **kwargs: object) -> object:
        raw = before(self, *args, **kwargs)
        if patch.active:
            received(raw)  # type: ignore[arg-type]
        return raw

    return recv_bytes


def _recv(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def recv(self: object) -> object:
        if not patch.active:
            return before(self)
        self._check_closed()  # type: ignore[attr-defined]
        self._check_readable()  # type: ignore[attr-defined]
        raw = self._recv_bytes().getbuffer()  # type: ignore[attr-defined]
        received(raw)
        return pickle.loads(raw)

    return recv


def _pipe(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Remember where a pipe was made."""

    @wraps(before)
    def Pipe(*args: object, **kwargs: object) -> object:  # noqa: N802 - the library's name
        ends = before(*args, **kwargs)
        if patch.active and surroundings().shared:
            try:
                from ._made import made_pipe

                made_pipe(ends)  # type: ignore[arg-type]
            except Exception:
                pass
        return ends

    return Pipe
