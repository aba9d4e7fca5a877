"""A ring of shared blocks that are used again and again, for arrays and other buffers.

    sender: takes a free block ──▶ copies the buffers into it ──▶ header on a pipe ──▶ receiver
              ▲                                                                          │
              └── number of the block, one byte on a second pipe ◀── its last view is gone┘

The blocks are memory without a name: whoever dies, nothing is left.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import pickle
import select
import struct
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.context import BaseContext

from ..errors import ChannelTimeout
from ._book import Book
from ._handle import Handle, allocate, grow, pipe_handles
from ._message import decode, encode
from ._pipe import PipeReceiver, PipeSender, Places
from ._stream import wait_for

# The first byte of a header; other messages travel as on a pipe.
BLOCK = 3
HEAD = struct.Struct("<BBH")
# Bytes from which a buffer, or a pickle, goes into a block.  Fewer: a block is used for what a
# pipe carries as fast.  More: it is copied twice.
OUT_OF_BAND = 32768
# Buffers begin at a multiple, as vector instructions like it.
ALIGNED = 64


class Block:
    """A piece of shared memory; the sender makes it larger while it is free."""

    def __init__(self, handle: Handle) -> None:
        self.handle, self.view = handle, memoryview(b"")

    def __reduce__(self) -> tuple[object, ...]:
        return Block, (self.handle,)

    def reach(self, size: int) -> memoryview:
        """Return at least *size* bytes, mapped again if it has grown since."""
        if len(self.view) < size:
            whole = os.fstat(self.handle.number).st_size
            self.view = memoryview(mmap.mmap(self.handle.number, whole))
        return self.view

    def fit(self, size: int) -> memoryview:
        """Return at least *size* bytes, for the sender.

        Raises:
            NoRoom: the system has not that much.
        """
        if len(self.view) < size and os.fstat(self.handle.number).st_size < size:
            grow(self.handle, (size + mmap.PAGESIZE - 1) // mmap.PAGESIZE * mmap.PAGESIZE)
        return self.reach(size)

    def close(self) -> None:
        """Give it back; views that are left keep the memory."""
        self.handle.close()
        self.view = memoryview(b"")


class RingSender(PipeSender):
    """The writing end; it waits while the receiver has all blocks."""

    KEPT = ("_handle", "_places", "_blocks", "_credit")

    def __init__(
        self, book: Book, handle: Handle, places: Places, blocks: list[Block], credit: Handle
    ) -> None:
        self._blocks, self._credit = blocks, credit
        super().__init__(book, handle, places)

    def _renew(self) -> None:
        super()._renew()
        self._own: list[int] = []
        self._credits = select.poll()
        self._credits.register(self._credit.number, select.POLLIN)

    def _post(self, kind: int, value: object, deadline: float) -> int:
        buffers: list[memoryview] = []
        message = encode(kind, value, lambda buffer: _in_band(buffer, buffers))
        if not buffers and len(message) < OUT_OF_BAND:
            self._put(message, deadline)
            return len(message)
        with self._block(deadline) as number:
            parts = [message, *buffers]
            spans = list(_spans([len(part) for part in parts]))
            view = self._blocks[number].fit(spans[-1][1])
            for (begin, end), part in zip(spans, parts, strict=True):
                view[begin:end] = part
            head = HEAD.pack(BLOCK, number, len(parts))
            lengths = struct.pack(f"<{len(parts)}Q", *map(len, parts))
            self._put(memoryview(head + lengths), deadline)
        return spans[-1][1]

    @contextmanager
    def _block(self, deadline: float) -> Iterator[int]:
        """Take a free block; it stays ours if its header was not sent."""
        if not self._own or self._free_block(0):
            if not wait_for(self._free_block, deadline, self._verdict):
                raise ChannelTimeout("the receiver has all blocks of the ring")
            self._own += os.read(self._credit.number, len(self._blocks))
        number = self._own.pop()  # the latest is mapped here, and may be in the processor's cache
        try:
            yield number
        except ChannelTimeout as error:
            if not error.begun:
                self._own.append(number)
            raise
        except BaseException:
            self._own.append(number)
            raise

    def _free_block(self, seconds: float) -> bool:
        return bool(self._credits.poll(seconds * 1000))

    def _free(self) -> None:
        super()._free()
        self._credit.close()
        for block in self._blocks:
            block.close()


class RingReceiver(PipeReceiver):
    """The reading end.

    With *views* the buffers of an item stand in the block itself, which is used again when the last
    view of it is gone: there is nothing to give back by hand.  When all blocks but one are lent, an
    item is copied, so that a reader who keeps all does not stop the sender.
    """

    KEPT = ("_handle", "_places", "_blocks", "_credit", "_views")

    def __init__(
        self,
        book: Book,
        handle: Handle,
        places: Places,
        blocks: list[Block],
        credit: Handle,
        *,
        views: bool,
    ) -> None:
        self._blocks, self._credit, self._views = blocks, credit, views
        super().__init__(book, handle, places)

    def _renew(self) -> None:
        super()._renew()
        self._lent: dict[int, weakref.ref[object]] = {}

    def _open(self, message: bytearray | memoryview) -> list[object]:
        if message[0] != BLOCK:
            return super()._open(message)
        _, number, parts = HEAD.unpack_from(message)
        spans = list(_spans(struct.unpack_from(f"<{parts}Q", message, HEAD.size)))
        if self._views and parts > 1 and len(self._lent) < len(self._blocks) - 1:
            return self._lend(number, spans)
        view = self._blocks[number].reach(spans[-1][1])
        try:
            copies = [bytearray(view[begin:end]) for begin, end in spans[1:]]
            return decode(view[slice(*spans[0])], copies)
        finally:
            self._give(number)

    def _lend(self, number: int, spans: list[tuple[int, int]]) -> list[object]:
        """Return items whose buffers stand in the block."""
        size = spans[-1][1]
        view = self._blocks[number].reach(size)
        whole = (ctypes.c_ubyte * size).from_buffer(view)
        give = self._giver(number)
        self._lent[number] = weakref.ref(whole, give)
        seen = memoryview(whole).cast("B")
        del whole
        return decode(seen[slice(*spans[0])], [seen[begin:end] for begin, end in spans[1:]])

    def _giver(self, number: int) -> Callable[[object], None]:
        """Return what gives the block back.  Runs wherever its last view is dropped."""
        pid, lent, credit = os.getpid(), self._lent, self._credit

        def give(_: object) -> None:
            lent.pop(number, None)
            if os.getpid() == pid:  # a forked child has views, too, and they are not the last
                _return(credit, number)

        return give

    def _give(self, number: int) -> None:
        _return(self._credit, number)

    def _free(self) -> None:
        super()._free()
        self._credit.close()
        for block in self._blocks:
            block.close()


def _return(credit: Handle, number: int) -> None:
    if credit.number >= 0:
        try:
            os.write(credit.number, bytes((number,)))
        except OSError:
            pass  # the sender is gone


def _in_band(buffer: pickle.PickleBuffer, buffers: list[memoryview]) -> bool:
    """Tell the pickler to take a small or scattered buffer in; keep the others in *buffers*."""
    try:
        raw = buffer.raw()
    except BufferError:
        return True
    if len(raw) < OUT_OF_BAND:
        return True
    buffers.append(raw)
    return False


def _spans(lengths: object) -> Iterator[tuple[int, int]]:
    """Yield where each part begins and ends in its block."""
    begin = 0
    for length in lengths:  # type: ignore[attr-defined]
        yield begin, begin + length
        begin += (length + ALIGNED - 1) // ALIGNED * ALIGNED


def ring(
    *,
    blocks: int = 4,
    block_bytes: int = 1 << 20,
    views: bool = False,
    maxsize: int = 0,
    context: BaseContext | None = None,
) -> tuple[RingReceiver, RingSender]:
    """Return both ends of a road from one process to another, for arrays and other large items.

    *block_bytes* is where each of the *blocks* begins; it grows with what is sent.  With *views* an
    array that was received stands in a block and may be written to.

    Raises:
        NoRoom: the system has not that much memory.
    """
    if not 2 <= blocks <= 255:  # noqa: PLR2004 # a number is a byte, and one is being read
        raise ValueError(f"a ring has 2 to 255 blocks, not {blocks}")
    book, places = Book(), Places(maxsize, context)
    made = [Block(allocate(block_bytes)) for _ in range(blocks)]
    same = [Block(Handle(os.dup(block.handle.number))) for block in made]
    reader, writer = pipe_handles()
    credits_out, credits_in = pipe_handles()
    os.write(credits_in.number, bytes(range(blocks)))
    return (
        RingReceiver(book, reader, places, made, credits_in, views=views),
        RingSender(book, writer, places, same, credits_out),
    )
