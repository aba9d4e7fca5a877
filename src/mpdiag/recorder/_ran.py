"""All messages that a worker of a pool has worked through, as far as there is room: ``<pid>.ran``.

    head     number of messages, bytes of all of them
    abouts   of each: length << 32 | tasks << 1 | whether a chunk
    bytes    the messages, as they came off the queue, one behind the other

The worker copies each message into its ring anyway (`_messages`); what would be written over there
goes here, many messages at once.  What is still in the ring of a killed worker is added later.
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Iterator

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from collections.abc import Sequence

ENDING = ".ran"
_HEAD = struct.Struct("<QQ")


class Ran:
    """The writing end: all or nothing, for a part of the tasks counts nothing."""

    def __init__(self, path: str, *, most_bytes: int, left_free: int) -> None:
        self._path, self._left_free = path, left_free
        self.left_bytes = most_bytes
        self.written = 0
        """Bytes that are whole."""

    def write(self, abouts: Sequence[int], data: bytes | memoryview) -> bool:
        """Append messages; False when nothing is kept, now and from now on."""
        if self.left_bytes < 0:
            return False
        try:
            if self._append(abouts, data):
                return True
        except Exception:  # no room, or no memory: the tasks go on
            pass
        self.give_up()
        return False

    def _append(self, abouts: Sequence[int], data: bytes | memoryview) -> bool:
        head, numbers = _HEAD.pack(len(abouts), len(data)), array("Q", abouts).tobytes()
        size = len(head) + len(numbers) + len(data)
        self.left_bytes -= size
        around = os.statvfs(os.path.dirname(self._path))
        free = around.f_bavail * around.f_frsize
        if self.left_bytes < 0 or free < size + self._left_free:
            return False
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        handle = os.open(self._path, flags, 0o600)
        try:
            self.written += os.writev(handle, [head, numbers, data])
            return self.written == os.fstat(handle).st_size
        finally:
            os.close(handle)

    def give_up(self) -> None:
        """Give the room back."""
        self.left_bytes = -1
        try:
            os.unlink(self._path)
        except OSError:
            pass


class PastMessage:
    """One message that was worked through."""

    __slots__ = ("is_chunk", "ran", "raw")

    def __init__(self, raw: bytes, ran: int, is_chunk: bool) -> None:
        self.raw, self.ran, self.is_chunk = raw, ran, is_chunk


def messages_in(path: str | os.PathLike[str]) -> Iterator[PastMessage]:
    """Yield the whole messages of a file, in their order; nothing where there is none."""
    try:
        with open(path, "rb") as file:
            whole = memoryview(file.read())
    except OSError:
        return
    at = 0
    while at + _HEAD.size <= len(whole):
        count, size = _HEAD.unpack_from(whole, at)
        begin = at + _HEAD.size + count * 8
        if begin + size > len(whole):
            return
        for about in whole[at + _HEAD.size : begin].cast("Q"):
            end = begin + (about >> 32)
            ran, is_chunk = (about & 0xFFFFFFFF) >> 1, bool(about & 1)
            yield PastMessage(bytes(whole[begin:end]), ran, is_chunk)
            begin = end
        at = begin
