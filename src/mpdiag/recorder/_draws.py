"""The messages of which passing tasks were drawn, in a file that only grows: ``<pid>.pass``.

    head    lengths of what follows, place of the task within its call
    name    of the target
    picks   place in the sample, offset in the message; a later pick of a place replaces it
    others  what other workers ran when it ended, for a part of the sample
    message as it came off the pool's queue

One write for each message: what a killed worker left is whole, but for the last record at most.
"""

from __future__ import annotations

import os
import struct
from array import array
from collections.abc import Iterable, Iterator, Sequence

from ._layout import MAGIC, PAYLOAD_AT, Kind, State, Word

# name, picks (number of them), message, others; method, base, size, call, nth
_HEAD = struct.Struct("<HIQQHQQQQ")
# method, offset + 1 in a chunk, call, index, length of the message
_OTHER = struct.Struct("<HQQQQ")
# Of the message of another task.  More: a longer wait for the task that is drawn.
_OTHER_BYTES = 16 * 1024


class Drawn:
    """One message, and which of its tasks were drawn."""

    __slots__ = (
        *("at", "length", "name", "picks", "method", "base", "size", "call", "nth", "others"),
    )

    def __init__(  # noqa: PLR0917 - the fields of the file, in its order
        self,
        name: str,
        picks: Sequence[int],
        method: int,
        base: int,
        size: int,
        call: int,
        nth: int = 0,
        others: bytes = b"",
    ) -> None:
        self.name, self.picks, self.method = name, picks, method
        self.base, self.size, self.call = base, size, call
        self.nth, self.others = nth, others
        self.at = self.length = 0
        """Where the message stands in the file, and its length."""

    def picked(self) -> Iterator[tuple[int, int]]:
        """Yield place and offset of each pick."""
        return ((one >> 32, one & 0xFFFFFFFF) for one in self.picks)

    def parts(self, message: bytes | memoryview) -> tuple[bytes | memoryview, ...]:
        """Return the record as pieces to be written at once."""
        name, picks = self.name.encode("utf-8", "replace")[:1000], array("Q", self.picks)
        head = _HEAD.pack(
            *(len(name), len(picks), len(message), len(self.others)),
            *(self.method, self.base, self.size, self.call, self.nth),
        )
        return head, name, picks.tobytes(), self.others, message


class Other:
    """A task that another worker ran at the same time."""

    __slots__ = ("call", "index", "message", "method", "offset")

    def __init__(
        self, method: int, offset: int | None, call: int, index: int, message: bytes
    ) -> None:
        self.method, self.offset, self.call, self.index = method, offset, call, index
        self.message = message


def look_at(path: str, *, owner: int) -> Other | None:
    """Return what the worker of *owner* with the recorder at *path* runs now; None if nothing."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        words = memoryview(os.pread(handle, 512, 0)).cast("Q")
        length = words[Word.PAYLOAD_LENGTH]
        pool = words[Word.MAGIC] == MAGIC and words[Word.KIND] in (Kind.POOL, Kind.EXECUTOR)
        if not pool or words[Word.OWNER] != owner or words[Word.STATE] != State.RUNNING:
            return None
        message = os.pread(handle, length, PAYLOAD_AT) if length <= _OTHER_BYTES else b""
        if memoryview(os.pread(handle, 512, 0)).cast("Q")[Word.SEQ] != words[Word.SEQ]:
            return None  # it has gone on meanwhile
    except (OSError, ValueError, IndexError, TypeError):
        return None
    finally:
        os.close(handle)
    size, offset = words[Word.SIZE], words[Word.OFFSET]
    index = words[Word.BASE] + offset
    return Other(words[Word.METHOD], offset if size else None, words[Word.CALL], index, message)


def pack_others(others: Iterable[Other]) -> bytes:
    """Return *others* as bytes that are never empty."""
    parts = [b"\1"]
    for one in others:
        offset = 0 if one.offset is None else one.offset + 1
        parts += (
            _OTHER.pack(one.method, offset, one.call, one.index, len(one.message)),
            one.message,
        )
    return b"".join(parts)


def unpack_others(packed: bytes) -> list[Other] | None:
    """Return what `pack_others` was given; None for no bytes: nobody looked."""
    if not packed:
        return None
    found, at = [], 1
    while at < len(packed):
        method, offset, call, index, length = _OTHER.unpack_from(packed, at)
        at += _OTHER.size
        message = packed[at : at + length]
        found.append(Other(method, offset - 1 if offset else None, call, index, message))
        at += length
    return found


def pick(place: int, offset: int) -> int:
    """Return one pick as a number."""
    return place << 32 | offset


def drawn(path: str | os.PathLike[str]) -> Iterator[Drawn]:
    """Yield the whole records of a file, without their messages."""
    try:
        file = open(path, "rb")  # noqa: PTH123, SIM115 - a child may read it too; closed below
    except OSError:
        return
    with file:
        end = os.fstat(file.fileno()).st_size
        while len(head := file.read(_HEAD.size)) == _HEAD.size:
            name, picks, length, others, *rest = _HEAD.unpack(head)
            if file.tell() + name + picks * 8 + others + length > end:
                return
            text = file.read(name).decode("utf-8", "replace")
            found = Drawn(text, array("Q", file.read(picks * 8)), *rest)
            found.others = file.read(others)
            found.at, found.length = file.tell(), length
            file.seek(length, os.SEEK_CUR)
            yield found


def standing(records: Iterable[Drawn]) -> dict[str, dict[int, tuple[Drawn, int]]]:
    """Return what is in the sample of each target at the end: record and offset, by place."""
    samples: dict[str, dict[int, tuple[Drawn, int]]] = {}
    for record in records:
        sample = samples.setdefault(record.name, {})
        for place, offset in record.picked():
            sample[place] = record, offset
    return samples
