"""What the caller of a chunk gets if its worker dies in the rest: ``<pid>.answer``.

    job, part    of the chunk, as in the mark
    bytes        the pickled exception of its first task that failed

After that one the rest of the chunk is run for the report alone (`worker._rest`).  A task in
there may end the worker: the caller is to hear of the first failure all the same.
"""

from __future__ import annotations

import os
import struct

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from ._reader import Reading

ANSWER = ".answer"
_HEAD = struct.Struct("<QQ")


def leave_answer(path: str, job: int, part: int, raw: bytes) -> None:
    """Leave *raw* beside the recorder at *path*; an earlier one goes.

    Raises:
        OSError: there is no place for it.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    handle = os.open(path[: -len(".rec")] + ANSWER, flags, 0o600)
    try:
        os.writev(handle, [_HEAD.pack(job, part), raw])
    finally:
        os.close(handle)


def left_answer(reading: Reading) -> bytes:
    """Return what a dead worker has left for the chunk it was in; nothing if it was in no rest."""
    try:
        raw = reading.path.with_suffix(ANSWER).read_bytes()
        job, part = _HEAD.unpack_from(raw)
    except (OSError, struct.error):
        return b""
    return raw[_HEAD.size :] if (job, part) == (reading.job, reading.part) else b""
