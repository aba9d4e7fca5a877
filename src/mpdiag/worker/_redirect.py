"""Lay a relay between descriptors 1 and 2 of this worker and what they were: ``--capture-fd``.

Runs in the child, before user code.  Whatever fails, the descriptors stay as they are.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import termios
import time
from os.path import dirname

from ..recorder import Word
from ._state import WorkerState

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds that the start of the relay may take, about 0.05 when nothing else runs.
_START = 10.0
# Seconds that a worker waits for its output to be passed on before it answers.  A reader that is
# slower than that makes the worker wait anyway once the pipe is full.
_SETTLE = 2.0
_PROGRAM = (
    "import sys; sys.path.append(sys.argv[1]); "
    "from mpdiag.recorder._relay import relay; relay(*sys.argv[2:])"
)


def redirect(state: WorkerState) -> None:
    """Start the relay and turn the descriptors to it; on success `state.settle` is set."""
    readers: list[int] = []
    writers: list[int] = []
    try:
        groups = _groups()
        for _ in groups:
            reader, writer = os.pipe()
            readers.append(reader)
            writers.append(writer)
        if groups and _start(state.recorder.path, groups, readers):
            for fds, writer in zip(groups, writers):  # noqa: B905 - made together
                for fd in fds:
                    os.dup2(writer, fd)
            state.settle = _settler(state, writers)
            writers = []  # stay open, to be asked
    except Exception:
        pass
    for fd in (*readers, *writers):
        os.close(fd)


def _groups() -> list[tuple[int, ...]]:
    """Return the descriptors to relay; what leads to one place together, which keeps its order."""
    there = []
    for fd in (1, 2):
        try:
            there.append((fd, os.fstat(fd)))
        except OSError:
            continue  # the program closed it
    if len(there) > 1 and os.path.samestat(there[0][1], there[1][1]):
        return [(1, 2)]
    return [(fd,) for fd, _ in there]


def _start(path: str, groups: list[tuple[int, ...]], readers: list[int]) -> bool:
    """Start the relay as a program of its own; return whether it is there."""
    lock = os.open(path[:-4] + ".relay", os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)  # held until the relay ends: it inherits the lock
        for fd in (lock, *readers):
            os.set_inheritable(fd, True)
        roads = [f"{reader}:{fds[-1]}" for fds, reader in zip(groups, readers)]  # noqa: B905
        home = dirname(dirname(dirname(__file__)))
        words = ["-I", "-S", "-c", _PROGRAM, home, path, str(lock), *roads]
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, *words],
            os.environ,
            setsigmask=signal.valid_signals(),
        )
    finally:
        os.close(lock)
    return _went_well(pid)


def _went_well(pid: int) -> bool:
    """Wait for the first process of the relay, which ends when the second is there."""
    deadline = time.monotonic() + _START
    while time.monotonic() < deadline:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            return status == 0
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return False


def _settler(state: WorkerState, writers: list[int]) -> Callable[[], None]:
    words, pid = state.words, state.pid

    def waits(writer: int) -> bool:
        return any(fcntl.ioctl(writer, termios.FIONREAD, bytes(4)))

    def settle() -> None:
        """Wait until all that was written is passed on, so that it stands before our answer."""
        deadline = time.monotonic() + _SETTLE
        try:
            while any(map(waits, writers)) or words[Word.RELAYING]:
                if time.monotonic() > deadline or os.getpid() != pid:
                    return
                time.sleep(0.0005)
        except Exception:
            pass

    return settle
