"""Processes by their ids: when they started, and who started whom."""

from __future__ import annotations

import os

from . import _files

# Fields of `_files.stat`.
_PARENT = 1
_START = 19
# A process tree is not this deep: a circle can only come of ids used again meanwhile.
_DEEPEST = 1000


def start_time(pid: int) -> int | None:
    """Return when *pid* started, in clock ticks since boot: tells an id used again from the old."""
    return _stat(pid, _START)


def is_asleep(pid: int) -> bool:
    """Tell whether a process waits for something, or is gone; true where nobody can tell."""
    return _files.stat(pid)[:1] not in (["R"], ["D"])


def parent(pid: int) -> int | None:
    """Return the process that *pid* is a child of now; 0 has none."""
    return _stat(pid, _PARENT)


def ancestors(pid: int) -> tuple[int, ...]:
    """Return the parent of *pid*, its parent, and so on."""
    found: list[int] = []
    above = parent(pid)
    while above and len(found) < _DEEPEST:
        found.append(above)
        above = parent(above)
    return tuple(found)


def children(pid: int) -> tuple[int, ...]:
    """Return the processes whose parent is *pid* now."""
    return tuple(child for child, above in _parents().items() if above == pid)


def children_of(pid: int) -> tuple[int, ...]:
    """Return the same by the kernel's own list, in a few microseconds; empty where it has none."""
    found: list[int] = []
    try:
        threads = os.listdir(f"{_files.ROOT}/proc/{pid}/task")  # noqa: PTH208 - pathlib is heavy
    except OSError:
        return ()
    for thread in threads:
        words = (_files.read(f"/proc/{pid}/task/{thread}/children") or "").split()
        found += [int(word) for word in words]
    return tuple(found)


def command_line(pid: int) -> str:
    """Return the command of *pid* in one line; empty when it is gone, or has ended."""
    return (_files.read(f"/proc/{pid}/cmdline") or "").replace("\0", " ").strip()


def descendants(pid: int) -> tuple[int, ...]:
    """Return the children of *pid*, theirs, and so on, nearest first."""
    parents = _parents()
    found = [pid]
    for above in found:
        found += [child for child, its in parents.items() if its == above and child not in found]
    return tuple(found[1:])


def _parents() -> dict[int, int]:
    try:
        names = os.listdir(_files.ROOT + "/proc")  # noqa: PTH208 - pathlib is heavy
    except OSError:
        return {}
    pids = [int(name) for name in names if name.isdigit()]
    return {pid: above for pid in sorted(pids) if (above := parent(pid)) is not None}


def _stat(pid: int, position: int) -> int | None:
    words = _files.stat(pid)
    return _files.number(words[position]) if len(words) > position else None
