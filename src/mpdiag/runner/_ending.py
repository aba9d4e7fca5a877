"""End as the program ended, in time: the same exit code, or death by the same signal."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn, TextIO

from ..model import ExitStatus

_PR_SET_DUMPABLE = 4
# HUP, INT, KILL and TERM leave no core file.  For the others ctypes is imported, which takes a
# few milliseconds.
_WITHOUT_CORE = frozenset({1, 2, 9, 15})


@contextmanager
def reporting(
    status: ExitStatus, *, deadline: float | None = None, grace: float = 2.0
) -> Iterator[None]:
    """Bound what the runner still does after the program has ended.

    The process ends like the program, whatever it was doing, at *deadline* (of
    ``time.monotonic``), *grace* seconds after a SIGTERM that arrives meanwhile, and at once on
    SIGINT.  A hangup of the terminal changes nothing.
    """

    def end_now(_number: int, _frame: FrameType | None) -> None:
        end_like(status)

    def end_soon(_number: int, _frame: FrameType | None) -> None:
        if not any(signal.getitimer(signal.ITIMER_REAL)):
            signal.setitimer(signal.ITIMER_REAL, grace)

    handlers: dict[int, Callable[[int, FrameType | None], None] | signal.Handlers] = {
        signal.SIGALRM: end_now,
        signal.SIGINT: end_now,
        signal.SIGTERM: end_soon,
        signal.SIGHUP: signal.SIG_IGN,
    }
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    if deadline is not None:  # a timer of zero would be none
        signal.setitimer(signal.ITIMER_REAL, max(deadline - time.monotonic(), 0.001))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


def end_like(status: ExitStatus) -> NoReturn:
    """End this process as the program ended: the same exit code, or death by the same signal."""
    _say_goodbye()
    if status.signal is not None:
        _die_by(status.signal)
        os._exit(128 + status.signal)  # process 1 cannot die by its own signal
    os._exit(status.code or 0)


def _say_goodbye() -> None:
    """Run the exit functions and flush."""
    import atexit

    atexit._run_exitfuncs()  # prints what they raise
    _flush(sys.stdout)
    _flush(sys.stderr)


def _flush(stream: TextIO | None) -> None:
    try:
        if stream is not None:
            stream.flush()
    except (OSError, ValueError):  # the reader is gone, or it is closed
        pass


def _die_by(number: int) -> None:
    """Let the default action of signal *number* end this process, without a core file."""
    if number not in _WITHOUT_CORE:
        _leave_no_core()
    try:
        signal.signal(number, signal.SIG_DFL)
    except (OSError, ValueError):
        pass  # SIGKILL has no other
    os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})


def _leave_no_core() -> None:
    """Prevent a second core file beside the program's own."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        import ctypes

        # A core_pattern that is a command is run in spite of the limit.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0)
    except Exception:
        pass
