"""Finished results in mapped memory: what a worker has done stays, though it is killed.

    worker  result ──▶ the next free bytes, then the count     before its next task begins
    owner   results from a base on ◀──                         when the worker has died

A kill between two stores loses nothing that was counted; what was sent meanwhile lies below what
its owner has, and is passed over.
"""

from __future__ import annotations

from struct import Struct

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from mmap import mmap

# Bytes of results between two messages.  More: memory for each worker.  Fewer: more messages.
LEDGER_BYTES = 1 << 18
_JOB, _BASE, _COUNT = range(3)
_HEAD, _LENGTH = 24, Struct("<I")


class Ledger:
    """The worker's side."""

    def __init__(self, mapped: mmap) -> None:
        self._map, self._at = mapped, _HEAD
        self._words = memoryview(mapped)[:_HEAD].cast("Q")

    def begin(self, job: int, base: int) -> None:
        """Forget all: what is kept next are the results of frame *job* from *base* on."""
        words = self._words
        words[_COUNT] = 0
        words[_JOB], words[_BASE] = job, base
        self._at = _HEAD

    def keep(self, raw: bytes) -> bool:
        """Keep the next result; False where there is no room, and it has to be sent at once."""
        begin = self._at + _LENGTH.size
        end = begin + len(raw)
        if end > LEDGER_BYTES:
            return False
        _LENGTH.pack_into(self._map, self._at, len(raw))
        self._map[begin:end] = raw
        self._at = end
        self._words[_COUNT] += 1
        return True


def finished(mapped: mmap, job: int, done: int) -> list[bytes]:
    """Return the results of frame *job* that a dead worker kept, from offset *done* on."""
    with memoryview(mapped)[:_HEAD].cast("Q") as words:
        its, base, count = words
    if its != job or base > done:
        return []
    kept, at = [], _HEAD
    for _ in range(count):
        (length,) = _LENGTH.unpack_from(mapped, at)
        at += _LENGTH.size
        kept.append(mapped[at : at + length])
        at += length
    return kept[done - base :]
