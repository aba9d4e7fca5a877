"""What one process made for several: its locks, queues and pipes, and who took each lock last.

    entry, 256 bytes   word 0 what   1 address   2 taken by   3 group   4, 5 inodes
                       byte 64 kind, part, name, place        as length (2 bytes) and UTF-8

The file ``<pid>.shared`` is mapped by its maker.  A forked child inherits the mapping, so that
it writes *taken by* without a system call; a spawned one finds the entry by the lock's name.
"""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Iterator
from mmap import mmap
from weakref import ref

ENTRY_BYTES, ENTRY_WORDS, TEXT_AT = 256, 32, 64
TEXT_BYTES = ENTRY_BYTES - TEXT_AT - 2
# Things of one maker that are remembered.  More: 256 bytes each.  Fewer: in a program that makes
# many queues an entry is used again while children still hold what it was made for.
ENTRIES = 512
SHARED_BYTES = ENTRIES * ENTRY_BYTES
SEMAPHORE, PIPE = 1, 2
# Where programs do not count their descriptors.
_HIGH = 700
WHAT, ADDRESS, TAKEN_BY, GROUP, INODE, OTHER_INODE = range(6)


class SharedThings:
    """The writing end, in the process that makes them."""

    def __init__(self, folder: str) -> None:
        """Open the file of this process.

        Raises:
            OSError: there is no room for it.
        """
        self.path = f"{folder}/{os.getpid()}.shared"
        self._map = _mapped(self.path, os.O_CREAT | os.O_TRUNC)
        self.words = memoryview(self._map).cast("Q")
        self._used = 0
        self._free: deque[int] = deque()
        self._ends: dict[ref[object], int] = {}

    def add(
        self, owner: object, what: int, text: str, *, group: int, numbers: tuple[int, int, int]
    ) -> int:
        """Return the word at which *taken by* of a new entry stands, or -1 without room.

        *numbers* are the address of a semaphore, or 0, and the inodes of a pipe's two ends.
        """
        slot = self._slot()
        if slot < 0:
            return -1
        at = slot * ENTRY_WORDS
        words = self.words
        words[at + WHAT] = 0
        words[at + ADDRESS], words[at + TAKEN_BY], words[at + GROUP] = numbers[0], 0, group
        words[at + INODE], words[at + OTHER_INODE] = numbers[1:]
        raw = text.encode("utf-8", "replace")[:TEXT_BYTES]
        begin = slot * ENTRY_BYTES + TEXT_AT
        self._map[begin : begin + 2 + len(raw)] = len(raw).to_bytes(2, "little") + raw
        words[at + WHAT] = what
        self._ends[ref(owner, self._ended)] = slot
        return at + TAKEN_BY

    def close(self) -> None:
        """Let go of the file; for tests, since a program keeps it to its end."""
        self.words.release()
        self._map.close()

    def _slot(self) -> int:
        if self._used < ENTRIES:
            self._used += 1
            return self._used - 1
        return self._free.popleft() if self._free else -1

    def _ended(self, owner: ref[object]) -> None:
        """Give an entry back; what it says stays until it is used again."""
        slot = self._ends.pop(owner, None)
        if slot is not None:
            self._free.append(slot)


class NamedThings:
    """Entries of other processes, found by the name of their lock; in a spawned child."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._maps: dict[str, mmap] = {}

    def find(self, name: str) -> tuple[memoryview, int] | None:
        """Return words and position of *taken by* for the lock called *name*."""
        wanted = f"\x1f{name}\x1f".encode()
        for path in self._paths():
            try:
                found = self._maps.get(path) or _mapped(path, 0)
            except (OSError, ValueError):
                continue
            self._maps[path] = found
            at = found.find(wanted)
            if at >= 0:
                return memoryview(found).cast("Q"), at // ENTRY_BYTES * ENTRY_WORDS + TAKEN_BY
        return None

    def _paths(self) -> list[str]:
        names = [name for name in os.listdir(self._folder) if name.endswith(".shared")]
        return [f"{self._folder}/{name}" for name in names]


def _mapped(path: str, flags: int) -> mmap:
    handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | flags, 0o600)
    try:
        if flags:
            # A sparse file on a full disk would end the process with SIGBUS.
            os.posix_fallocate(handle, 0, SHARED_BYTES)
        return _out_of_the_way(handle)
    except OSError:
        if flags:
            os.unlink(path)
        raise
    finally:
        os.close(handle)


def _out_of_the_way(handle: int) -> mmap:
    """Map without a descriptor, or with one so high that the numbers a program sees stay its own.

    Before 3.13 a mapping keeps a copy of its descriptor, in the lowest place that is free.
    """
    if sys.version_info >= (3, 13):
        return mmap(handle, SHARED_BYTES, trackfd=False)
    taken = [handle]
    try:
        while taken[-1] < _HIGH:
            taken.append(os.dup(handle))
    except OSError:
        pass  # the limit is lower: the highest number there is
    if len(taken) > 1:
        os.close(taken.pop())
    try:
        return mmap(handle, SHARED_BYTES)
    finally:
        for number in taken[1:]:
            os.close(number)


def recorded_acquire(
    stock: Callable[..., bool], words: memoryview, at: int, me: list[int]
) -> Callable[..., bool]:
    """Return ``acquire`` of a lock that also says which process has it; *me* holds its id."""

    def acquire(block: bool = True, timeout: float | None = None) -> bool:
        if stock(block, timeout):
            words[at] = me[0]
            return True
        return False

    return acquire


class SharedThing:
    """One semaphore or pipe, as its maker recorded it."""

    __slots__ = ("address", "group", "inodes", "kind", "maker", "name", "part", "place", "taken_by")

    def __init__(self, maker: int, words: memoryview, text: str) -> None:
        self.maker = maker
        self.address, self.taken_by, self.group = words[ADDRESS], words[TAKEN_BY], words[GROUP]
        self.inodes = tuple(inode for inode in words[INODE : OTHER_INODE + 1] if inode)
        self.kind, self.part, self.name, self.place = (*text.split("\x1f"), "", "", "")[:4]

    @property
    def is_pipe(self) -> bool:
        """Whether this is a pipe, not a semaphore."""
        return bool(self.inodes)


def read_shared(folder: str | os.PathLike[str]) -> Iterator[SharedThing]:
    """Yield what the processes of a run made, by maker, in the order of their slots."""
    try:
        names = sorted(os.listdir(folder))
    except OSError:
        return
    for name in names:
        if name.endswith(".shared") and name[:-7].isdigit():
            yield from _read(f"{os.fspath(folder)}/{name}", int(name[:-7]))


def _read(path: str, maker: int) -> Iterator[SharedThing]:
    try:
        with open(path, "rb") as file:
            raw = file.read()
    except OSError:
        return
    words = memoryview(raw[: len(raw) // 8 * 8]).cast("Q")
    for slot in range(len(raw) // ENTRY_BYTES):
        at, begin = slot * ENTRY_WORDS, slot * ENTRY_BYTES + TEXT_AT
        if words[at + WHAT] in {SEMAPHORE, PIPE}:
            length = int.from_bytes(raw[begin : begin + 2], "little")
            text = raw[begin + 2 : begin + 2 + length].decode("utf-8", "replace")
            yield SharedThing(maker, words[at : at + ENTRY_WORDS], text)
