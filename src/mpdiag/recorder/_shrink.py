"""Give back the room that the recorder of an ended worker takes."""

from __future__ import annotations

import os
import sys
from typing import Literal

from ._layout import RING_AT, Payload, Word

# What is kept of a worker that ended in peace: words, texts and counters.
HEAD_BYTES = RING_AT
# The words of a file are read by the machine that wrote them.
_ORDER: Literal["little", "big"] = sys.byteorder
_EMPTY = {
    Word.PAYLOAD_KIND: Payload.NONE,
    Word.PAYLOAD_LENGTH: 0,
    Word.RING_POSITION: 0,
    Word.STDOUT_TOTAL: 0,
    Word.STDERR_TOTAL: 0,
}


def shrink(path: str | os.PathLike[str]) -> None:
    """Cut the file of a worker that ended without a fault: what it counted stays.

    Only for the dead: a mapped file that is cut ends whoever writes to it.
    """
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return
    try:
        for word, value in _EMPTY.items():
            os.pwrite(handle, value.to_bytes(8, _ORDER), word * 8)
        os.ftruncate(handle, HEAD_BYTES)
    except OSError:
        pass
    finally:
        os.close(handle)
