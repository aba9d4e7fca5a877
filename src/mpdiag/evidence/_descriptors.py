"""The open ends of a process, and how much waits in them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import Literal

from ..model import End
from . import _files
from ._sockets import Sockets

# More are not looked at: a process with so many is a server, and each costs some microseconds.
MOST_ENDS = 4096


def open_ends(pid: int, sockets: Sockets | None = None) -> tuple[End, ...]:
    """Return the open ends of *pid*; none when it is gone or closed to us."""
    return tuple(_ends(pid, sockets or Sockets()))


def _ends(pid: int, sockets: Sockets) -> Iterator[End]:
    folder = f"{_files.ROOT}/proc/{pid}/fd"
    try:
        numbers = sorted(int(name) for name in os.listdir(folder))  # noqa: PTH208 - heavy
    except OSError:
        return
    for fd in numbers[:MOST_ENDS]:
        try:
            found = os.stat(f"{folder}/{fd}")  # noqa: PTH116
        except OSError:
            continue
        flags = int(_files.field(_files.read(f"/proc/{pid}/fdinfo/{fd}"), "flags") or "2", 8)
        yield _end(f"{folder}/{fd}", fd, found, flags & os.O_ACCMODE, sockets)


def _end(path: str, fd: int, found: os.stat_result, mode: int, sockets: Sockets) -> End:
    kind = _kind(found.st_mode)
    filled, capacity, peer = None, None, None
    if kind == "pipe":
        filled, capacity = _fill(path, mode)
    elif kind == "socket":
        peer, filled = sockets.peer_and_fill(found.st_ino)
    return End(
        fd=fd,
        kind=kind,
        inode=found.st_ino,
        reads=mode != os.O_WRONLY,
        writes=mode != os.O_RDONLY,
        filled=filled,
        capacity=capacity,
        peer=peer,
    )


def _kind(mode: int) -> Literal["pipe", "socket", "file", "other"]:
    if stat.S_ISFIFO(mode):
        return "pipe"
    if stat.S_ISSOCK(mode):
        return "socket"
    return "file" if stat.S_ISREG(mode) else "other"


def _fill(path: str, mode: int) -> tuple[int | None, int | None]:
    """Return how many bytes wait in a pipe, and how many it takes.

    The pipe is opened as it is open already, so that no reader or writer appears that was none.
    """
    try:
        import fcntl
        import termios
    except ImportError:
        return None, None
    try:
        handle = os.open(path, mode | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None, None
    try:
        raw = fcntl.ioctl(handle, termios.FIONREAD, b"\0" * 4)
        capacity = fcntl.fcntl(handle, getattr(fcntl, "F_GETPIPE_SZ", 1032))
        return int.from_bytes(raw, "little"), capacity
    except OSError:
        return None, None
    finally:
        os.close(handle)
