"""The owner's end of a pool's task queue, and its repair after a reader died in a message.

    written ──────────────────────────────────────────────▶
    │ task │ task │ task │ task │ task │ ...
                    ▲ consumed = written - what is still in the pipe

A position inside a message, or behind one that its dead reader had begun, names the task that is
lost; what follows it is put back, whole.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from multiprocessing.reduction import ForkingPickler

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Key = tuple[object, object]

# A pipe holds no more than this (/proc/sys/fs/pipe-max-size), so older boundaries are of no use.
_PIPE_BYTES = 1 << 20
# What surely fits into an empty pipe; more could block the thread that puts it back.
_FITS = 32 << 10
# Seconds for the thread that writes to come to the end of its message, with its reader gone.
_PATIENCE = 5.0
_HEAD, _LONG_HEAD, _LONG = 4, 12, 0x7FFFFFFF


class Stream:
    """Writes tasks, and remembers where each ends."""

    def __init__(self, queue: Any) -> None:
        self._writer, self._reader = queue._writer, queue._reader
        self._lock = threading.Lock()
        self._written = 0
        self._ends: deque[tuple[int, Key | None]] = deque([(0, None)])
        self._mending = False

    def put(self, task: Any) -> None:
        """Send *task* as ``Connection.send`` does; raises what pickling raises."""
        raw = ForkingPickler.dumps(task)
        size = len(raw)
        with self._lock:
            self._writer._send_bytes(raw)  # as ``send`` does, without another copy of *raw*
            self._written += size + (_HEAD if size <= _LONG else _LONG_HEAD)
            self._ends.append((self._written, task[:2] if task is not None else None))
            # while a repair empties the pipe, more is written than it holds
            while self._ends[0][0] < self._written - _PIPE_BYTES and not self._mending:
                self._ends.popleft()

    def mend(self, *, begun: bool, again: Callable[[Key], object]) -> Key | None:
        """Bring the readers back to the begin of a message; return the task that is lost.

        Call while a dead reader's lock keeps all others away.  *begun*: it had read the length
        of a message.  *again* is called with each task that must be sent once more.
        """
        taken = bytearray()
        self._mending = True
        if not self._stop_writer(taken):
            self._mending = False
            return None
        try:
            self._drain(taken)
            consumed = self._written - len(taken)
            end, lost = self._where(consumed, begun=begun)
            self._put_back(memoryview(taken)[end - consumed :], end, again)
            return lost
        finally:
            self._mending = False
            self._lock.release()

    def _stop_writer(self, taken: bytearray) -> bool:
        """Take the lock of the writer, making room for what it is just writing."""
        deadline = time.monotonic() + _PATIENCE
        while not self._lock.acquire(timeout=0.01):
            self._drain(taken)
            if time.monotonic() > deadline:
                return False
        return True

    def _drain(self, taken: bytearray) -> None:
        while self._reader.poll(0):
            taken += os.read(self._reader.fileno(), 1 << 16)

    def _where(self, consumed: int, *, begun: bool) -> tuple[int, Key | None]:
        """Return where the next whole message begins, and whose message lies before it in part."""
        begin = 0
        for end, key in self._ends:
            if begin < consumed < end or (begun and consumed == end):
                return end, key
            begin = end
        return consumed, None

    def _put_back(self, rest: memoryview, end: int, again: Callable[[Key], object]) -> None:
        if len(rest) <= _FITS:
            _write(self._writer.fileno(), rest)
            return
        for place, key in self._ends:
            if place > end and key is not None:
                again(key)


def _write(handle: int, raw: memoryview) -> None:
    while raw:
        raw = raw[os.write(handle, raw) :]
