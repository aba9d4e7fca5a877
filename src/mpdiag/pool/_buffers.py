"""Large buffers, such as numpy arrays, go past the pickle and the socket: through a shared block.

    owner   copies arguments into a free block, and lends it with the frame ──▶ worker
    owner   copies results out; the block is free again ◀── they stand behind them ──  worker

Only the owner makes blocks, and a worker has one while it has the frame, so nothing has to be
handed back by a worker that dies.  Both sides copy: no value of the user stands in a block.
"""

from __future__ import annotations

import os
import pickle
import socket
from collections import deque
from struct import Struct

from ._slot import mapped
from ._wire import BLOCK, dumps, framed

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from collections.abc import Callable

    Packed = bytes | tuple[bytes, list[tuple[int, int]]]
    """A pickle, or one and where in a block its buffers stand."""
    Copied = bytes | tuple[bytes, list[bytearray | memoryview]]

# Bytes from which a buffer goes into a block.  Fewer: the pickle is as fast.  More: it is copied
# more often, and by a socket.
LARGE = 65_536
# Buffers begin at a multiple, as vector instructions like it.
ALIGNED = 64
OFFER, ANSWER = Struct("<IQ"), Struct("<IB")
# Room for the descriptors that come with one message.
EXTRA = socket.CMSG_SPACE(16)
FLAGS = getattr(socket, "MSG_CMSG_CLOEXEC", 0)


class Parcel:
    """Takes large buffers out of pickles, as far as a block has room for them."""

    __slots__ = ("_kept", "_mark", "end", "number", "view", "wanted")

    def __init__(self, number: int, view: memoryview | None, end: int = 0) -> None:
        self.number, self.view, self.end = number, view, end
        """The block, and where its free part begins; without a view there is no room."""
        self.wanted = 0
        """Bytes that a block should have had room for."""
        self._kept: list[tuple[int, memoryview]] = []
        self._mark = 0, end, 0

    def dumps(self, value: object) -> Packed:
        """Return *value* pickled by itself.

        Raises:
            BaseException: what pickling it raised.
        """
        kept = self._kept
        self._mark = at, _, _ = len(kept), self.end, self.wanted
        try:
            raw = dumps(value, self._keep, self._rewind)
        except BaseException:
            self._rewind()
            raise
        return (
            (raw, [(begin, begin + len(part)) for begin, part in kept[at:]]) if kept[at:] else raw
        )

    def _keep(self, buffer: pickle.PickleBuffer) -> bool:
        """Tell the pickler whether a buffer stays in its pickle."""
        try:
            part = buffer.raw()
        except BufferError:  # scattered
            return True
        size = len(part)
        if size < LARGE:
            return True
        begin = aligned(self.end)
        self.wanted += aligned(size)
        if self.view is None or begin + size > len(self.view):
            return True
        self._kept.append((begin, part))
        self.end = begin + size
        return False

    def _rewind(self) -> None:
        at, self.end, self.wanted = self._mark
        del self._kept[at:]

    def pour(self) -> int:
        """Copy what was taken into the block; return how many bytes it was."""
        poured = 0
        for begin, part in self._kept:
            self.view[begin : begin + len(part)] = part  # type: ignore[index] # it had room
            poured += len(part)
        self._kept.clear()
        return poured


def aligned(size: int) -> int:
    """Return *size* or a little more, where a buffer may begin."""
    return (size + ALIGNED - 1) // ALIGNED * ALIGNED


def copied(
    packed: Packed,
    view: memoryview | None,
    copy: Callable[[memoryview], bytearray | memoryview] = bytearray,
) -> Copied:
    """Return a value's pickle with copies of its buffers.

    Raises:
        ValueError: they stand in no block.
    """
    if not isinstance(packed, tuple):
        return packed
    if view is None:
        raise ValueError("buffers without a block")
    raw, spans = packed
    return raw, [copy(view[begin:end]) for begin, end in spans]


def loads(found: Copied) -> object:
    """Return the value of a pickle, whose buffers become part of it."""
    if isinstance(found, tuple):
        return pickle.loads(found[0], buffers=found[1])
    return pickle.loads(found)


class Shelf:
    """The blocks of a worker, on its side."""

    def __init__(self, end: socket.socket) -> None:
        self._end, self._pid = end, os.getpid()
        self._arrived: deque[int] = deque()
        self._views: dict[int, memoryview] = {}

    def recv(self, size: int) -> bytes:
        """Read from the socket, and keep the descriptors that come along."""
        data, extra, _, _ = self._end.recvmsg(size, EXTRA, FLAGS)
        for level, kind, raw in extra:
            if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                self._arrived.extend(memoryview(raw[: len(raw) // 4 * 4]).cast("i"))
        return data

    def take(self, body: bytes | bytearray) -> bytes:
        """Map the block that the owner offers; return what tells it whether that went well."""
        number, size = OFFER.unpack(body)
        self._views.pop(number, None)
        if not self._arrived:  # the system had no descriptor left for us
            return ANSWER.pack(number, 0)
        handle = self._arrived.popleft()
        try:
            self._views[number] = memoryview(mapped(handle, size))
        except (OSError, ValueError):
            return ANSWER.pack(number, 0)
        finally:
            os.close(handle)
        return ANSWER.pack(number, 1)

    def parcel(self, number: int, end: int) -> Parcel:
        """Return what takes the results of a frame, which came with block *number* or -1."""
        return Parcel(number, None if number < 0 else self._views[number], end)

    def pour(self, parcel: Parcel) -> int:
        """Copy what was taken into the block, unless a task forked and this is its child."""
        return parcel.pour() if os.getpid() == self._pid else 0


def offer(number: int, size: int) -> list[bytes]:
    """Return the pieces of the frame that a descriptor of a new block goes along with."""
    return framed(BLOCK, OFFER.pack(number, size))
