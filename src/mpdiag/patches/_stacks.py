"""Stacks on request: a real-time signal has faulthandler write those of all threads to a file.

The runner sends the signal, and only to a process that still has all of what stands in the head
of its file: see `runner`.  Runs in every Python of a run: imports nothing but C modules that
are built in.
"""

from __future__ import annotations

import os

from ..recorder import start_ticks

# Above what glibc keeps for itself, and away from both ends of the range, where users look first.
_ABOVE_FIRST = 17
# The descriptor lies where programs do not count theirs: numbers they see stay the same.
_HIGHEST_FD = 731
_TRIES = 16

_number = 0
_fd = -1
_path = ""
_ours: tuple[int, int] | None = None
"""Device and inode of the file behind the descriptor, which the program may close."""


def listen(folder: str) -> None:
    """Write the stacks of this process into *folder* whenever the signal comes, if it is free."""
    global _number, _fd, _ours
    if _fd >= 0 or not folder:
        return
    try:
        import _signal  # type: ignore[import-not-found]  # `signal` would bring enum along
        import faulthandler

        number = _signal.SIGRTMIN + _ABOVE_FIRST
        if _signal.getsignal(number) != _signal.SIG_DFL:
            return
        fd = _move(_open(folder))
        faulthandler.register(number, fd, all_threads=True)
        _number, _fd, _ours = number, fd, _identity(fd)
        _head()
    except Exception:  # another system: no stacks
        pass


def follow(folder: str) -> None:
    """Have a forked child write to a file of its own; runs in the child."""
    global _ours  # noqa: PLW0603 - as above
    if _fd < 0 or _identity(_fd) != _ours:
        return
    try:
        new = _open(folder)
        os.dup2(new, _fd, inheritable=False)  # the handler, which was inherited, knows this number
        os.close(new)
        _ours = _identity(_fd)
        _head()
    except Exception:
        pass  # its descriptor leads to the file of another process, so nobody will ask


def yield_to(number: object) -> None:
    """Make way for the program if it is about to handle the signal *number* itself."""
    if _fd >= 0 and number == _number:
        fall_silent(keep_handler=True)


def fall_silent(*, keep_handler: bool = False) -> None:
    """Undo `listen`; with *keep_handler* the signal belongs to the program now."""
    global _fd
    if _fd < 0:
        return
    fd, _fd = _fd, -1
    try:
        if not keep_handler:
            import faulthandler

            faulthandler.unregister(_number)
        if _identity(fd) == _ours:
            os.close(fd)
        os.unlink(_path)
    except Exception:
        pass


def _open(folder: str) -> int:
    global _path  # noqa: PLW0603 - as above
    _path = f"{folder}/{os.getpid()}.stacks"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_CLOEXEC
    return os.open(_path, flags, 0o600)


def _move(fd: int) -> int:
    """Return a high descriptor in place of *fd*, or *fd* where all of them are taken."""
    for high in range(_HIGHEST_FD, _HIGHEST_FD - _TRIES, -1):
        if _identity(high) is None:
            try:
                os.dup2(fd, high, inheritable=False)
            except OSError:  # above the limit of this process
                return fd
            os.close(fd)
            return high
    return fd


def _identity(fd: int) -> tuple[int, int] | None:
    try:
        found = os.fstat(fd)
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _head() -> None:
    """Say what the runner compares, and which thread is the main one."""
    import _thread

    words = (_number, _fd, start_ticks(), _thread.get_ident())
    os.write(_fd, f"mpdiag {' '.join(map(str, words))}\n".encode())
