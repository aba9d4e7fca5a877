"""One descriptor with its owner, which goes to a child by any start method; and memory to share."""

from __future__ import annotations

import os
import tempfile
from multiprocessing import reduction

from ..errors import NoRoom


class Handle:
    """A descriptor that is closed with its object, and is another number in another process."""

    __slots__ = ("__weakref__", "number")

    def __init__(self, number: int) -> None:
        self.number = number

    def close(self, close: object = os.close) -> None:
        """Give the descriptor back; again is no error."""
        number, self.number = self.number, -1
        if number >= 0:
            close(number)  # type: ignore[operator] # kept for the end of the interpreter

    __del__ = close

    def __reduce__(self) -> tuple[object, ...]:
        """Travel as a duplicate: with the start of a child, or later through a connection."""
        return _arrived, (reduction.DupFd(self.number),)


def _arrived(duplicate: object) -> Handle:
    return Handle(duplicate.detach())  # type: ignore[attr-defined]


def pipe_handles() -> tuple[Handle, Handle]:
    """Return the reading and the writing end of a new pipe; neither blocks."""
    ends = os.pipe()
    for number in ends:
        os.set_blocking(number, False)
    return Handle(ends[0]), Handle(ends[1])


def allocate(size: int) -> Handle:
    """Return *size* bytes of memory that has no name: nothing is left when its users are gone.

    Raises:
        NoRoom: the system has not that much.
    """
    handle = None
    try:
        handle = Handle(_nameless())
        grow(handle, size)
    except OSError as error:
        raise NoRoom(size, why=error.strerror or str(error)) from None
    return handle


def grow(handle: Handle, size: int) -> None:
    """Have *size* bytes there.  A sparse file would end its writer with SIGBUS when memory ends.

    Raises:
        NoRoom: the system has not that much; what was there stays.
    """
    try:
        os.posix_fallocate(handle.number, 0, size)
    except OSError as error:
        raise NoRoom(size, why=error.strerror or str(error)) from None


def _nameless() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("mpdiag", os.MFD_CLOEXEC)
    place = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108, PTH112 # its purpose
    number, path = tempfile.mkstemp(prefix="mpdiag-", dir=place)
    os.unlink(path)  # noqa: PTH108 # nothing to import in a child
    return number
