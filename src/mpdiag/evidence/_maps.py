"""The memory map of a process: its named semaphores, and the stack of each thread."""

from __future__ import annotations

import sys
from bisect import bisect_right
from dataclasses import dataclass

from ..model import Semaphore
from . import _files
from ._syscalls import peek

_SEMAPHORE = "/dev/shm/sem."  # noqa: S108 - where glibc keeps them; unlinked ones are still named


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """One line of ``/proc/PID/maps``."""

    start: int
    end: int
    inode: int
    path: str


class Maps:
    """The whole map, to ask where an address lies."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        text = _files.read(f"/proc/{pid}/maps") or ""
        self._all = [one for line in text.splitlines() if (one := _mapping(line)) is not None]
        self._starts = [one.start for one in self._all]

    def at(self, address: int) -> Mapping | None:
        """Return what is mapped at *address*."""
        place = bisect_right(self._starts, address) - 1
        found = self._all[place] if place >= 0 else None
        return found if found is not None and address < found.end else None

    def semaphore_at(self, address: int) -> int | None:
        """Return the inode of the named semaphore at *address*."""
        found = self.at(address)
        return found.inode if found is not None and _is_semaphore(found) else None

    def semaphores(self) -> tuple[Semaphore, ...]:
        """Return the named semaphores, with their values where the memory can be read."""
        found = {one.inode: one.start for one in self._all if _is_semaphore(one)}
        return tuple(
            Semaphore(inode=inode, value=self._value(start))
            for inode, start in sorted(found.items())
        )

    def _value(self, start: int) -> int | None:
        """Return the value of a ``sem_t`` of glibc: the low half of its first word."""
        raw = peek(self._pid, start, 4)
        return None if raw is None else int.from_bytes(raw, sys.byteorder)


def _is_semaphore(mapping: Mapping) -> bool:
    return mapping.path.startswith(_SEMAPHORE)


def _mapping(line: str) -> Mapping | None:
    words = line.split(maxsplit=5)
    start, _, end = words[0].partition("-") if len(words) > 4 else ("", "", "")  # noqa: PLR2004
    try:
        return Mapping(
            start=int(start, 16),
            end=int(end, 16),
            inode=int(words[4]),
            path=words[5] if len(words) > 5 else "",  # noqa: PLR2004
        )
    except (ValueError, IndexError):
        return None
