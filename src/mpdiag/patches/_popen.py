"""Exit statuses: whoever reaps a child writes into its recorder how it ended.

``Popen.poll`` is where every pool and every ``join`` learns of a death.  Checked on 3.10 to 3.13.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from ..recorder import stamp_exit, stamp_terminated
from ..worker import surroundings
from ._patch import Patch

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for the ``popen_*`` module that was imported."""
    return [Patch(module.Popen, "poll", _poll), Patch(module.Popen, "_send_signal", _send_signal)]


def recorder_of(pid: int) -> str:
    """Return the recorder file of the worker with this process id."""
    return f"{surroundings().folder}/{pid}.rec"


def _poll(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def poll(self: object, *args: object, **kwargs: object) -> object:
        known = self.returncode is not None  # type: ignore[attr-defined]
        status = before(self, *args, **kwargs)
        if patch.active and not known and isinstance(status, int) and surroundings().folder:
            _stamp_end(self, status)
        return status

    return poll


def _stamp_end(popen: Any, status: int) -> None:
    """Write how a process ended; one that was ended at its start had no file to say that in."""
    path = recorder_of(popen.pid)
    if ended := getattr(popen, "_mpdiag_ended", 0):
        stamp_terminated(path, ended)
    stamp_exit(path, status)


def _send_signal(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def _send_signal(self: object, number: int) -> object:
        if patch.active and surroundings().folder and self.returncode is None:  # type: ignore[attr-defined]
            self._mpdiag_ended = int(number)  # type: ignore[attr-defined]
            stamp_terminated(recorder_of(self.pid), int(number))  # type: ignore[attr-defined]
        return before(self, number)

    return _send_signal
