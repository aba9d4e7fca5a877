"""Descriptors of this process's pools, which no forked child may keep.

A child that has the owner's end of a worker's socket keeps that worker alive after its owner; one
that has the worker's end hides its death.  So every forked child closes them, whoever forked it.
"""

from __future__ import annotations

import errno
import os
import socket
import threading
from functools import partial

from ..recorder import State, Word
from ..worker import let_go_of_siblings

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from typing import Any

# Seconds that a fork waits for one of a pool in another thread at most.
PATIENCE = 10.0
# The lowest number of the descriptor of a worker.  Higher: more systems do not have it.
OUT_OF_REACH = 512
# Exit code of a worker whose task has closed its socket.
CUT_OFF = 74

_open: dict[int, socket.socket] = {}
_mine: set[int] = set()
# Held while a socket is made, and from there to the end of a fork of ours.
making = threading.RLock()


def pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a worker's socket: the owner's, which never blocks, and its own."""
    with making:
        ours, theirs = socket.socketpair()
        guard(ours)
        guard(theirs)
    ours.setblocking(False)
    return ours, theirs


def shut(end: socket.socket) -> None:
    """Close one end."""
    with making:
        _open.pop(end.fileno(), None)
        end.close()


def keep(end: socket.socket) -> None:
    """Let the next forked child of this process keep *end*; runs while `making` is held."""
    _mine.clear()
    _mine.add(end.fileno())


def keep_none() -> None:
    """Let no child keep anything any more: what was meant has been forked."""
    _mine.clear()


def guard(end: socket.socket) -> None:
    """Keep *end* from the children of this process."""
    _open[end.fileno()] = end


def out_of_reach(end: socket.socket) -> socket.socket:
    """Return the worker's end with a number that ``os.closerange(3, 256)`` in a task spares.

    Nor will a file have it soon that is opened after a task has closed all that it could.
    """
    try:
        import fcntl

        number = fcntl.fcntl(end.fileno(), fcntl.F_DUPFD_CLOEXEC, OUT_OF_REACH)
    except (ImportError, OSError):  # the limit is lower
        guard(end)
        return end
    moved = socket.socket(end.family, end.type, end.proto, fileno=number)
    shut(end)
    guard(moved)
    return moved


def end_if_closed(error: OSError, words: Any) -> None:
    """End this worker if a task has closed its socket; else its owner is gone."""
    if error.errno != errno.EBADF:
        return
    words[Word.STATE] = State.RUNNING  # so its task is to blame, and does not run again
    from multiprocessing.util import _flush_std_streams  # type: ignore[attr-defined]

    _flush_std_streams()
    os._exit(CUT_OFF)


def let_go() -> None:
    """Let go of `making`: a signal may have kept the end of a fork from that."""
    while making._is_owned():  # type: ignore[attr-defined] # as in 3.10 to 3.14
        making.release()


def _after_in_parent() -> None:
    try:
        making.release()
    except RuntimeError:
        pass  # the wait was given up


def _after_in_child() -> None:
    making._at_fork_reinit()  # type: ignore[attr-defined]
    for number, end in list(_open.items()):
        if number not in _mine:
            del _open[number]
            # Its object must not close what has the number by then.
            os.close(end.detach())
    if _mine:
        let_go_of_siblings()
    _mine.clear()


# No code of Python comes before it: a signal handler that raises there would leave the lock free.
_before = partial(making.acquire, timeout=PATIENCE)
os.register_at_fork(
    before=_before, after_in_parent=_after_in_parent, after_in_child=_after_in_child
)
