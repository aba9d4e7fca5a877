"""The mapped memory of one worker's flight recorder, which both sides see.

Without a run around there is no file: a forked worker inherits the mapping, another gets its
descriptor.  With one the worker writes to the run's folder, and its owner reads there.
"""

from __future__ import annotations

import os
import sys
from mmap import mmap

from ..recorder import FILE_BYTES, Word
from ._ledger import LEDGER_BYTES

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from typing import Any

# Bits of a place that are the offset in its frame: more tasks than a frame ever has.
_OFFSET_BITS = 16


def place_of(seq: int, offset: int) -> int:
    """Return the place of a task among all that its worker is sent, in their order."""
    return seq << _OFFSET_BITS | offset


def place_in(words: memoryview) -> int:
    """Return where a worker is, or the last task it was at; it may have gone on meanwhile."""
    while True:
        seq, offset = words[Word.JOB], words[Word.OFFSET]
        if words[Word.JOB] == seq:
            return place_of(seq, offset)


class Slot:
    """Made by the owner before the worker starts; pickled, it takes its descriptor along."""

    def __init__(self, *, forked: bool, durable: bool = False, size: int = FILE_BYTES) -> None:
        """Make the mapping.

        Raises:
            OSError: the system has no memory for it.
        """
        self._handle, self._size = -1, size
        self.ledger: Slot | None = None
        """Where the worker keeps finished results, if it does."""
        if durable:
            self.ledger = Slot(forked=forked, size=LEDGER_BYTES)
        if forked:
            self.map = mmap(-1, size)
            return
        self._handle = _unnamed_file()
        try:
            os.posix_fallocate(self._handle, 0, size)
            self.map = mapped(self._handle, size)
        except BaseException:
            self.let_go()
            raise

    def let_go(self) -> None:
        """Close the descriptor, once the worker has its own."""
        if self.ledger is not None:
            self.ledger.let_go()
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __reduce__(self) -> tuple[object, ...]:
        from multiprocessing.reduction import DupFd

        return _arrived, (DupFd(self._handle), self._size, self.ledger)


class Arrived:
    """The same in a worker that was not forked."""

    def __init__(self, handle: int, size: int, ledger: Arrived | None) -> None:
        self.ledger = ledger
        try:
            self.map = mapped(handle, size)
        finally:
            os.close(handle)


def _arrived(handle: Any, size: int, ledger: Arrived | None) -> Arrived:
    return Arrived(handle.detach(), size, ledger)


def _unnamed_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("mpdiag", os.MFD_CLOEXEC)
    import tempfile

    handle, path = tempfile.mkstemp(prefix="mpdiag-")
    os.unlink(path)  # noqa: PTH108 - a worker goes without pathlib
    return handle


def mapped(handle: int, size: int) -> mmap:
    """Return the memory behind a descriptor, which may be closed."""
    if sys.version_info >= (3, 13):
        return mmap(handle, size, trackfd=False)
    return mmap(handle, size)
