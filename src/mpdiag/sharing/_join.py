"""`join`: wait for processes, and read meanwhile what they could not end without.

A process that has put items into a `Queue` does not end before the pipe has taken them, so that
``process.join()`` before ``queue.get()`` waits for ever once the pipe is full.
"""

from __future__ import annotations

import os
import pickle
import select
import struct
import time
from collections.abc import Iterable
from multiprocessing.connection import wait
from typing import Any

from ..errors import JoinTimeout, NotShareable
from ._handle import Shared

# Seconds without a byte after which the rest of a message is lost with the process that wrote it.
# Longer: told later.  Shorter: a stopped machine is taken for a death.
TORN = 1.0
# Seconds between two looks at the processes while items come without a pause.
TICK = 0.05


def join(process: Any, *, drain: Any, timeout: float | None = None) -> list[Any]:
    """Return the items of *drain* once *process* has ended; one process, or several.

    *drain* is a queue, the reading end of a pipe, or a handle of `share`; for a `JoinableQueue`
    each item counts as done.  The rest of a message whose writer was killed is left out.

    Raises:
        JoinTimeout: it has not ended within *timeout* seconds; its ``items`` are what was read.
    """
    processes = list(process) if isinstance(process, Iterable) else [process]
    deadline = float("inf") if timeout is None else time.monotonic() + timeout
    source = _Source(drain)
    items: list[object] = []
    while alive := [one for one in processes if one.is_alive()]:
        rest = deadline - time.monotonic()
        if rest <= 0:
            names = ", ".join(f"{one.name} (pid {one.pid})" for one in alive)
            why = f"{names} had not ended after {timeout:g} s{source.why_nothing_comes()}"
            raise JoinTimeout(why, items)
        wait([*(one.sentinel for one in alive), *source.handles], _bound(rest))
        source.read(items, min(deadline, time.monotonic() + TICK))
    for one in processes:
        one.join()
    source.read(items, float("inf"), last=True)
    return items


def _bound(rest: float) -> float | None:
    return None if rest == float("inf") else rest


class _Source:
    """Where the items come from."""

    def __init__(self, drain: Any) -> None:
        own = drain._here() if isinstance(drain, Shared) else drain
        self.shown = drain
        reader = getattr(own, "_reader", own)
        if not hasattr(reader, "fileno"):
            raise NotShareable(f"join cannot read a {type(drain).__qualname__} from a pipe")
        self.handles = [reader]
        self._pipe = _Pipe(reader.fileno())
        self._lock = getattr(own, "_rlock", None)
        self._writing = getattr(own, "_wlock", None)
        self._sem = getattr(own, "_sem", None)
        self._done = getattr(own, "task_done", None)
        self._open = getattr(drain, "opened", None)

    def read(self, items: list[object], until: float, *, last: bool = False) -> None:
        """Add the items that are there; with *last* nobody is left who could finish one."""
        if self._lock is not None and not self._lock.acquire(timeout=TORN if last else TICK):
            return  # another reader has it, or died with it
        try:
            while time.monotonic() < until and (raw := self._pipe.message(until, last=last)):
                self._add(items, bytes(raw))
        finally:
            if self._lock is not None:
                self._lock.release()

    def why_nothing_comes(self) -> str:
        """Return what keeps others from writing, if that can be seen."""
        if self._writing is None or self.handles[0].poll(0):
            return ""
        if self._writing.acquire(timeout=TICK):
            self._writing.release()
            return ""
        return (
            ", and nothing comes though somebody holds the lock for writing, as one does who was"
            " killed while it wrote"
        )

    def _add(self, items: list[object], raw: bytes) -> None:
        if self._sem is not None:
            self._sem.release()
        item = pickle.loads(raw)
        items.append(item if self._open is None else self._open(item))
        if self._done is not None:
            self._done()


class _Pipe:
    """Whole messages, framed as `Connection` frames them; a part that has come is kept."""

    def __init__(self, number: int) -> None:
        self._number, self._part, self._need = number, bytearray(), 0
        self._poll = select.poll()
        self._poll.register(number, select.POLLIN)
        self._over = False

    def message(self, until: float, *, last: bool) -> bytearray | None:
        """Return the next message, or None when it is not whole by *until*, or never will be."""
        while (length := self._length()) is None or len(self._part) < length:
            if not self._fill(until, last=last):
                return None
        body = self._part[self._begin : length]
        self._part = bytearray()
        return body

    def _length(self) -> int | None:
        """Return the length of header and body, once the header is here."""
        part = self._part
        if len(part) < 4:  # noqa: PLR2004 - of `Connection`
            self._need = 4
            return None
        (size,) = struct.unpack_from("!i", part)
        self._begin = 4
        if size == -1:
            if len(part) < 12:  # noqa: PLR2004 - the same, for 2 GiB and more
                self._need = 12
                return None
            (size,) = struct.unpack_from("!Q", part, 4)
            self._begin = 12
        self._need = self._begin + int(size)
        return self._need

    def _fill(self, until: float, *, last: bool) -> bool:
        begun = bool(self._part)
        patience = TORN if last and begun else 0 if not begun else until - time.monotonic()
        if self._over or not self._poll.poll(max(0.0, patience) * 1000):
            return False
        data = os.read(self._number, self._need - len(self._part))
        self._part += data
        self._over = not data
        return bool(data)
