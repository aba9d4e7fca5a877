"""The stack of a worker that is about to be ended.

worker  ── ARMED signal, descriptor, main thread ─▶ owner    before its first task with a limit
worker  ◀─ the signal ───────────────────────────── owner
faulthandler ──▶ a file without a name ◀── /proc/PID/fd ──── owner
"""

from __future__ import annotations

import os
from struct import Struct

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from ..model import Frame

# Beside the signal that a run around the program uses, see `patches`.
_ABOVE_FIRST = 18
_WORDS = Struct("<QQQ")


def arm() -> bytes:
    """Have a signal write all stacks of this worker; return what its owner must know, or nothing.

    Runs in the child.
    """
    try:
        import _signal  # type: ignore[import-not-found]  # `signal` would bring enum along
        import faulthandler
        from _thread import get_ident

        number = _signal.SIGRTMIN + _ABOVE_FIRST
        if _signal.getsignal(number) != _signal.SIG_DFL:
            return b""
        file = os.memfd_create("mpdiag-stacks", os.MFD_CLOEXEC)
        faulthandler.register(number, file, all_threads=True)
        return _WORDS.pack(number, file, get_ident())
    except Exception:  # another system: no stacks
        return b""


class Asked:
    """A worker that was asked for its stack; runs in its owner, and never raises."""

    def __init__(self, pid: int, pidfd: int, armed: bytes) -> None:
        self._file, self._main, self._size = -1, 0, -1
        if len(armed) != _WORDS.size:
            return
        number, file, self._main = _WORDS.unpack(armed)
        try:
            self._file = os.open(f"/proc/{pid}/fd/{file}", os.O_RDONLY | os.O_CLOEXEC)
            self._send(pid, pidfd, number)
        except (OSError, AttributeError):  # gone, or a Python without the call
            self.close()

    def _send(self, pid: int, pidfd: int, number: int) -> None:
        from signal import pidfd_send_signal

        from ..evidence import signals_of

        caught, blocked = signals_of(pid)
        if number not in caught or number in blocked:
            self.close()
            return
        pidfd_send_signal(pidfd, number)

    @property
    def pending(self) -> bool:
        """Whether an answer may still come: the main thread comes last, and the file grows."""
        if self._file < 0:
            return False
        before, self._size = self._size, os.fstat(self._file).st_size
        return self._size != before or f"0x{self._main:016x}" not in self._text().lower()

    def trace(self) -> tuple[Frame, ...]:
        """Return what is known of the main thread, outermost frame first, without the library's."""
        from ..evidence import is_plumbing, stacks_in

        stacks = [one for one in stacks_in(self._text()) if one.ident == self._main]
        return tuple(one for one in stacks[-1].frames if not is_plumbing(one)) if stacks else ()

    def _text(self) -> str:
        if self._file < 0:
            return ""
        return os.pread(self._file, 1 << 20, 0).decode("ascii", "replace")

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1
