"""The last messages that a worker of a pool has worked through, in a mapped file: ``<pid>.past``.

    word 0             messages since the start
    word 1             of these, messages that are in ``<pid>.ran`` << 40 | the bytes of it: one
                       store, for a worker may be killed between two
    word 2             whether there is no room for it
    word 8..2055       1,024 entries: where it begins, length << 32 | tasks << 1 | whether a chunk
    byte 16448         the messages, as they came off the queue, in a ring of 1 MiB

A task may fail because of what ran before it in its process.  One copy for each message, and no
more memory than the file has; a worker that was killed leaves it as one that raised.
"""

from __future__ import annotations

import os
from mmap import mmap

from ._ran import ENDING as RAN
from ._ran import PastMessage, Ran, messages_in

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Messages and their bytes.  More: a fault that takes a long history is found again.  Fewer: less
# memory for each worker.
ENTRIES, ROOM = 1024, 1 << 20
# Bytes that must be free beside it.  Less: the program's own semaphores, which may live in the
# same place, find no room because of us.
LEFT_FREE = 16 << 20
_FIRST = 8
_DATA_AT = (_FIRST + ENTRIES * 2) * 8
FILE_BYTES = _DATA_AT + ROOM
_ENDING = ".past"
_SAFE = 40


class PastMessages:
    """The writing end; with an empty path nothing is kept.

    *all_bytes* is how much may be kept of all messages, beside the last ones.
    """

    def __init__(self, path: str, *, all_bytes: int = 0) -> None:
        base = path[: -len(".rec")]
        self.path = base + _ENDING if path else ""
        self.keep: Callable[[bytes, int, bool], None] = self._keep_first if path else _not_kept
        """Keep a message whose tasks ran: how many of them, and whether it is a chunk."""
        self._spill: Callable[[], None] = _nothing
        self._ran = Ran(base + RAN, most_bytes=all_bytes, left_free=LEFT_FREE)

    def _keep_first(self, raw: bytes, ran: int, is_chunk: bool) -> None:
        self.keep = _not_kept
        try:
            if self._has_room():
                self.keep, self._spill = _keeper(self._open(), self._ran)
        except OSError:
            pass
        self.keep(raw, ran, is_chunk)

    def remove(self) -> None:
        """Keep nothing any more: no task comes after this, or the worker ends in peace."""
        is_open, self.keep = self.keep not in (self._keep_first, _not_kept), _not_kept
        if is_open:
            self._spill()
            try:
                os.unlink(self.path)
            except OSError:
                pass

    def _has_room(self) -> bool:
        around = os.statvfs(os.path.dirname(self.path))
        return around.f_bavail * around.f_frsize >= FILE_BYTES + LEFT_FREE

    def _open(self) -> mmap:
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        handle = os.open(self.path, flags, 0o600)
        try:
            # A sparse file on a full disk would end the worker with SIGBUS.
            os.posix_fallocate(handle, 0, FILE_BYTES)
            return mmap(handle, FILE_BYTES)
        except OSError:
            os.unlink(self.path)
            raise
        finally:
            os.close(handle)


def _keeper(
    mapped: mmap, ran_before: Ran
) -> tuple[Callable[[bytes, int, bool], None], Callable[[], None]]:
    """Return what keeps a message in *mapped*, and what brings those that it holds to safety.

    Closures, for the first runs for every message.
    """
    words, room = memoryview(mapped)[:_DATA_AT].cast("Q"), memoryview(mapped)[_DATA_AT:]
    at = begin = count = 0  # *at* goes on where the ring begins anew
    first = 0  # where in the ring those begin that are nowhere else
    full = ENTRIES  # at which count there is no entry left that is not
    words[2] = ran_before.left_bytes <= 0

    def keep(raw: bytes, ran: int, is_chunk: bool) -> None:
        nonlocal at, begin, count, first
        length = len(raw)
        end = begin + length
        if end > ROOM or count == full:
            spill()
            if length > ROOM:
                spill_alone(raw, ran << 1 | is_chunk)
                raw, length, end = b"", 0, begin
            elif end > ROOM:
                at, begin, end = at + ROOM - begin, 0, length
                first = 0
        room[begin:end] = raw
        slot = _FIRST + count % ENTRIES * 2
        words[slot] = at
        words[slot + 1] = length << 32 | ran << 1 | is_chunk
        at += length
        begin = end
        count += 1
        words[0] = count

    def spill() -> None:
        nonlocal first, full
        numbers = range(full - ENTRIES, count)
        if numbers and not words[2]:
            abouts = [words[_FIRST + number % ENTRIES * 2 + 1] for number in numbers]
            words[2] = not ran_before.write(abouts, room[first:begin])
            words[1] = count << _SAFE | ran_before.written
        first, full = begin, count + ENTRIES

    def spill_alone(raw: bytes, about: int) -> None:
        nonlocal full
        if not words[2]:
            words[2] = not ran_before.write([len(raw) << 32 | about], raw)
            words[1] = count + 1 << _SAFE | ran_before.written
        full += 1

    return keep, spill


def _nothing() -> None:
    """Take the place of a spill where nothing is kept."""


def _not_kept(raw: bytes, ran: int, is_chunk: bool) -> None:
    """Take the place of `keep` where there is no room."""


def past_messages(path: str | os.PathLike[str]) -> list[PastMessage]:
    """Return what the worker whose recorder is at *path* has worked through, oldest first.

    A message that was too large to be kept is empty.
    """
    return _last(_read(path))


def ran_messages(path: str | os.PathLike[str]) -> Iterator[PastMessage]:
    """Yield all that the ended worker whose recorder is at *path* has worked through.

    Where there was no room for all, a part of it, or nothing.
    """
    settle_past(path)
    return messages_in(os.fspath(path)[: -len(".rec")] + RAN)


def settle_past(path: str | os.PathLike[str]) -> None:
    """Bring the last messages of an ended worker to the others, and remove their file."""
    base, whole = os.fspath(path)[: -len(".rec")], _read(path)
    if not whole:
        return
    count, spilled, no_room = memoryview(whole)[: 3 * 8].cast("Q")
    safe, written = spilled >> _SAFE, spilled & (1 << _SAFE) - 1
    try:
        if not no_room and count > safe:
            _add(_last(whole)[safe - count :], base + RAN, written)
        os.unlink(base + _ENDING)
    except OSError:
        pass


def _add(last: list[PastMessage], path: str, written: int) -> None:
    """Append messages to a file; what its killed worker wrote and did not yet count goes."""
    if os.path.exists(path):
        os.truncate(path, written)
    rest = Ran(path, most_bytes=ROOM * 2, left_free=0)
    rest.written = written
    abouts = [len(one.raw) << 32 | one.ran << 1 | one.is_chunk for one in last]
    rest.write(abouts, b"".join(one.raw for one in last))


def _read(path: str | os.PathLike[str]) -> bytes:
    """Return the whole file beside the recorder at *path*; nothing where there is none."""
    try:
        with open(os.fspath(path)[: -len(".rec")] + _ENDING, "rb") as file:
            whole = file.read(FILE_BYTES)
    except OSError:
        return b""
    return whole if len(whole) == FILE_BYTES else b""


def _last(whole: bytes) -> list[PastMessage]:
    if not whole:
        return []
    words = memoryview(whole)[:_DATA_AT].cast("Q")
    found: list[PastMessage] = []
    end = 0
    for number in range(words[0] - 1, max(-1, words[0] - 1 - ENTRIES), -1):
        slot = _FIRST + number % ENTRIES * 2
        at, about = words[slot], words[slot + 1]
        length = about >> 32
        end = end or at + length
        if at < end - ROOM:
            break  # written over since
        begin = _DATA_AT + at % ROOM
        found.append(
            PastMessage(whole[begin : begin + length], (about & 0xFFFFFFFF) >> 1, bool(about & 1))
        )
    return found[::-1]
