"""Ways for a worker to die, each called in the worker that is to die."""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
from typing import NoReturn

EXIT_CALL = 3
"""Exit code of `exit_call`."""
HARD_EXIT = 7
"""Exit code of `hard_exit`."""


def kill() -> None:
    """Die by SIGKILL, which leaves no last word."""
    os.kill(os.getpid(), signal.SIGKILL)


def segfault() -> None:
    """Die by SIGSEGV, as a bug in an extension module does."""
    # Private, as of 3.10 to 3.14; made by CPython for its own tests of the same thing.
    faulthandler._sigsegv()  # type: ignore[attr-defined]


def abort() -> None:
    """Die by SIGABRT, as a failed assertion in C does."""
    os.abort()


def bus_error() -> None:
    """Die by SIGBUS, as a mapped file that shrinks does."""
    os.kill(os.getpid(), signal.SIGBUS)


def hard_exit() -> NoReturn:
    """Leave by `os._exit`, which runs no cleanup."""
    os._exit(HARD_EXIT)


def exit_call() -> NoReturn:
    """Leave by `sys.exit`, which is an exception."""
    sys.exit(EXIT_CALL)


def interrupt() -> NoReturn:
    """Raise KeyboardInterrupt, as Ctrl-C does in the main thread."""
    raise KeyboardInterrupt
