"""The blocks of one worker on its owner's side: made when large buffers are seen, lent with frames.

Memory without a name: when both sides have let go of it, nothing is left.
"""

from __future__ import annotations

import os
import socket
import weakref
from contextlib import suppress
from mmap import mmap
from typing import TYPE_CHECKING

from ..errors import NoRoom
from . import _ends
from ._buffers import ANSWER, Parcel, copied, offer
from ._slot import mapped
from ._wire import Garbled

if TYPE_CHECKING:
    from ..channels import Handle
    from ._buffers import Copied, Packed
    from ._spares import Spares

# Blocks of one worker: as many as frames that it may have.
MOST_BLOCKS = 2
# Bytes of a block, and of all blocks of a pool.  Fewer: longer values go through the socket, which
# takes three times as long.  More: more memory that a pool keeps until its workers end.
MOST_BLOCK_BYTES, MOST_POOL_BYTES = 1 << 26, 1 << 30
# A block's size is a multiple, so that values that grow a little do not need a new one each time.
STEP_BYTES = 1 << 20


_open: weakref.WeakSet[Block | Passing] = weakref.WeakSet()


class Block:
    """Shared memory, and who has it."""

    __slots__ = ("__weakref__", "_map", "lent", "mapped", "number", "view")

    def __init__(self, number: int, map_: mmap) -> None:
        self.number, self._map, self.view = number, map_, memoryview(map_)
        self.mapped = self.lent = False
        """Whether the worker has told that it has it, too; whether it is with a frame there."""
        _open.add(self)

    def close(self) -> None:
        """Let go of it."""
        with suppress(BufferError):  # a thread that is no more had been copying
            self.view.release()
            self._map.close()


class Passing:
    """A frame that goes along with a descriptor."""

    def __init__(self, head: bytes, handle: Handle) -> None:
        self._head, self._handle = head, handle
        _open.add(self)

    def send(self, end: socket.socket) -> None:
        """Write it as a whole, and let go of the descriptor.

        Raises:
            OSError: it could not be written, or not yet.
        """
        try:
            socket.send_fds(end, [self._head], [self._handle.number])
        except BlockingIOError:
            raise
        except OSError:  # too many are under way: without one the worker says no
            end.send(self._head)
        self.close()

    def close(self) -> None:
        """Let go of the descriptor."""
        self._handle.close()


class Blocks:
    """Those of one worker; the driver only."""

    def __init__(self, workers: int, spares: Spares) -> None:
        self._most = min(MOST_BLOCK_BYTES, MOST_POOL_BYTES // (MOST_BLOCKS * workers))
        self._spares = spares
        self._all: list[Block] = []
        self._lent: dict[int, tuple[Block | None, int]] = {}
        """By number of the frame: its block, and what its arguments wanted."""
        self._refused = False

    def parcel(self) -> Parcel:
        """Return what takes the arguments of a frame."""
        for block in self._all:
            if block.mapped and not block.lent:
                return Parcel(block.number, block.view)
        return Parcel(-1, None)

    def lend(self, seq: int, parcel: Parcel) -> None:
        """Note whose the block of a frame that goes out is; until `back` it is the worker's."""
        if parcel.number < 0 and not parcel.wanted:
            return
        block = None if parcel.number < 0 else self._all[parcel.number]
        if block is not None:
            block.lent = True
        self._lent[seq] = block, parcel.wanted

    def read(self, seq: int, raws: dict[int, Packed]) -> dict[int, Copied]:
        """Return results with copies of their buffers.

        Raises:
            ValueError: they stand in no block that the worker has.
        """
        block, _ = self._lent.get(seq, (None, 0))
        view, copy = block.view if block else None, self._spares.copy
        return {offset: copied(packed, view, copy) for offset, packed in raws.items()}

    def back(self, seq: int, wanted: int) -> Passing | None:
        """Take the block of a frame that is done; its results *wanted* so many bytes.

        Returns:
            What offers the worker another block, if that was too small or there was none.
        """
        block, before = self._lent.pop(seq, (None, 0))
        if block is not None:
            block.lent = False
        needed = before + wanted
        if not needed or self._refused or not all(one.mapped for one in self._all):
            return None
        free = [one for one in self._all if not one.lent]
        number = free[0].number if free else len(self._all)
        if (
            needed > self._most
            or number >= MOST_BLOCKS
            or any(len(one.view) >= needed for one in free)
        ):
            return None
        return self._make(number, min(needed + needed // 4 + STEP_BYTES, self._most))

    def _make(self, number: int, size: int) -> Passing | None:
        """Make a block in the place of another one or none."""
        from ..channels import allocate

        size = size // STEP_BYTES * STEP_BYTES or size
        with _ends.making:  # a child that is forked has all or nothing to close
            try:
                handle = allocate(size)
                block = Block(number, mapped(handle.number, size))
            except (NoRoom, OSError, ValueError):
                self._refused = True
                return None
            passing = Passing(b"".join(offer(number, size)), handle)
        for old in self._all[number : number + 1]:
            old.close()
        self._all[number : number + 1] = [block]
        return passing

    def answered(self, body: bytes | bytearray) -> None:
        """Hear whether the worker has a block, too.

        Raises:
            Garbled: that is no answer.
        """
        if len(body) != ANSWER.size:
            raise Garbled("no answer about a block")
        number, has = ANSWER.unpack(body)
        if has:
            self._all[number].mapped = True
        else:
            self._refused = True
            self._all.pop(number).close()

    def close(self) -> None:
        """Let go of all: the worker is gone, or has nothing to do any more."""
        for block in self._all:
            block.close()
        self._all.clear()
        self._lent.clear()


def _after_in_child() -> None:
    """A forked child keeps nothing of the blocks of its parent's pools."""
    for one in list(_open):
        one.close()


os.register_at_fork(after_in_child=_after_in_child)
