"""Read one message of a pool's queue, as ``multiprocessing.connection`` writes it.

Its own reader makes two buffers and three calls of each message, and tells nobody when the first
byte is taken: from then on the rest belongs to whoever took it.  Checked on 3.10 to 3.13.
"""

from __future__ import annotations

import os
import select
from struct import Struct

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from collections.abc import Callable

_LENGTH, _LONG_LENGTH = Struct("!i"), Struct("!Q")
# Bytes of the longest message that stands in a pipe whole, behind its length, or not at all.
_ATOMIC = getattr(select, "PIPE_BUF", 512) - _LENGTH.size


def read_message(
    handle: int, begun: Callable[[], object], wait: Callable[[], object] | None = None
) -> bytes:
    """Return the next message; calls *begun* behind its length, *wait* before each piece of it.

    Raises:
        EOFError: nobody is left who could write.
        OSError: nobody is left who could write the rest.
    """
    head = _exactly(handle, _LENGTH.size, first=True)
    begun()
    (size,) = _LENGTH.unpack(head)
    if size == -1:  # longer than that can say
        (size,) = _LONG_LENGTH.unpack(_exactly(handle, _LONG_LENGTH.size))
    return _exactly(handle, size, wait if size > _ATOMIC else None)


def _exactly(
    handle: int, size: int, wait: Callable[[], object] | None = None, *, first: bool = False
) -> bytes:
    pieces: list[bytes] = []
    left = size
    while left:
        if wait is not None:
            wait()
        piece = os.read(handle, left)
        if len(piece) == size:  # as nearly always
            return piece
        if not piece:
            if first and not pieces:
                raise EOFError
            raise OSError("got end of file during message")
        pieces.append(piece)
        left -= len(piece)
    return b"".join(pieces)
