"""What the processes of a run share: where it was made, who holds it, what a fork left locked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..model import HeldAtFork, Shared, Worker
from ..recorder import SharedThing, read_shared

_NAMED = Path("/dev/shm")  # noqa: S108 - where glibc keeps named semaphores


@dataclass(slots=True)
class Things:
    """What was recorded about shared things, in terms of the kernel."""

    shared: tuple[Shared, ...] = ()
    holders: dict[int, int] = field(default_factory=dict)
    """Who took each semaphore last, by its inode."""
    held_at_fork: tuple[HeldAtFork, ...] = ()
    dead_servers: tuple[Worker, ...] = ()
    """Managers that ended without taking their mark away."""


def look_at_things(
    folder: Path, pids: Iterable[int], semaphore_at: Callable[[int, int], int | None]
) -> Things:
    """Return what is shared in the run recorded in *folder*, whose living processes are *pids*.

    *semaphore_at* returns the inode of the semaphore that a process has at an address.
    """
    alive = tuple(pids)
    groups: dict[tuple[int, int], list[tuple[SharedThing, int | None]]] = {}
    holders = {}
    for thing in _newest(read_shared(folder)):
        inode = None if thing.is_pipe else _inode(thing, alive, semaphore_at)
        if inode is not None and thing.taken_by:
            holders[inode] = thing.taken_by
        groups.setdefault((thing.maker, thing.group), []).append((thing, inode))
    return Things(
        shared=tuple(_shared(group) for group in groups.values()),
        holders=holders,
        held_at_fork=tuple(_held(folder, alive)),
        dead_servers=tuple(_dead_servers(folder, alive)),
    )


def _newest(things: Iterable[SharedThing]) -> list[SharedThing]:
    """Leave out what an address or a pipe belonged to before."""
    found: dict[tuple[object, ...], SharedThing] = {}
    for thing in sorted(things, key=lambda one: one.group):
        where = thing.inodes if thing.is_pipe else (thing.maker, thing.name or thing.address)
        found.pop(where, None)
        found[where] = thing
    return list(found.values())


def _inode(
    thing: SharedThing, alive: tuple[int, ...], semaphore_at: Callable[[int, int], int | None]
) -> int | None:
    if thing.name:
        try:
            return (_NAMED / f"sem.{thing.name.lstrip('/')}").stat().st_ino
        except OSError:
            pass
    # A forked child has it at the same address as its maker, who may be dead.
    for pid in sorted(alive, key=lambda pid: pid != thing.maker):
        if (inode := semaphore_at(pid, thing.address)) is not None:
            return inode
    return None


def _shared(group: list[tuple[SharedThing, int | None]]) -> Shared:
    first = group[0][0]
    counting = (inode for thing, inode in group if thing.part == "JoinableQueue.Semaphore")
    return Shared(
        kind=first.kind,
        place=first.place,
        maker=first.maker,
        ends=tuple(dict.fromkeys(inode for thing, _ in group for inode in thing.inodes)),
        semaphores=tuple(inode for _, inode in group if inode is not None),
        open_tasks=next(counting, None),
    )


def _held(folder: Path, alive: tuple[int, ...]) -> Iterator[HeldAtFork]:
    for pid in alive:
        try:
            text = (folder / f"{pid}.forked").read_text("utf-8", "replace")
        except OSError:
            continue
        for line in text.splitlines():
            lock, thread, place, file = (*line.split("\x1f"), "", "", "")[:4]
            yield HeldAtFork(pid=pid, lock=lock, thread=thread, place=place, file=os.fspath(file))


def _dead_servers(folder: Path, alive: tuple[int, ...]) -> Iterator[Worker]:
    for path in sorted(folder.glob("*.server")):
        if path.stem.isdigit() and int(path.stem) not in alive:
            try:
                yield Worker(pid=int(path.stem), name=path.read_text("utf-8", "replace"))
            except OSError:
                continue
