"""One piece of work in a fork of this process: waited for, and gone with all that it started."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import time
import warnings
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from typing import Any, NoReturn

from ._made import Tell
from ._process import GRACE, Ended
from ._rebuild import CannotRebuild

# Seconds between two looks at a fork that closed its end.  More: a crash costs them.
_LOOK = 0.002
# And for its stacks to be written, from the first byte.
_WRITES = 0.1
# What a call ends with, once told, changes nothing any more.
_LAST = frozenset({"raised", "returned", "refused"})


def in_fork(
    work: Callable[[Tell], None], road: Connection, *, deadline: float, stacks: int
) -> Ended:
    """Do *work* in a fork of this process, and return what it told last and how it ended.

    Tells the parent at the other end of *road* its process id; *stacks* is a file for those of a
    fork that crashes, or is not done within *deadline* seconds.

    Raises:
        EOFError: the parent is gone.
    """
    os.ftruncate(stacks, 0)
    os.lseek(stacks, 0, os.SEEK_SET)
    reader, writer = Pipe(duplex=False)
    begun = time.monotonic()
    with reader:
        with writer, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # threads of C libraries see to themselves
            pid = os.fork()
            if pid == 0:
                road.close()
                _be_fork(work, writer, deadline, stacks)
        try:
            road.send_bytes(json.dumps({"step": "begun", "pid": pid}).encode())
            found = _Watch(pid, reader, road, begun + deadline, stacks).run()
        finally:
            code = _end(pid)
    answer, overdue = found
    code = 0 if answer["step"] in _LAST else code  # that it was ended then says nothing
    answer["stacks"] = os.pread(stacks, 1 << 20, 0).decode("utf-8", "replace")
    return Ended(answer, code, overdue, time.monotonic() - begun)


def _be_fork(
    work: Callable[[Tell], None], writer: Connection, deadline: float, stacks: int
) -> NoReturn:
    def tell(step: str, **more: object) -> None:
        writer.send_bytes(json.dumps({"step": step, **more}).encode())

    try:
        os.setsid()
        _no_core()
        faulthandler.enable(stacks)
        faulthandler.dump_traceback_later(deadline, file=stacks)
        work(tell)
    except CannotRebuild as error:
        tell("refused", why=str(error))
    finally:
        os._exit(0)


def _no_core() -> None:
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, most))


class _Watch:
    """Waits for one fork."""

    def __init__(
        self, pid: int, reader: Connection, road: Connection, until: float, stacks: int
    ) -> None:
        self.pid, self.reader, self.road, self.until = pid, reader, road, until
        self.stacks = stacks
        self.answer: dict[str, Any] = {"step": "import"}

    def run(self) -> tuple[dict[str, Any], bool]:
        """Return what was told last, and whether it was not done in time."""
        told = True
        while not self._late():
            ends: list[Any] = [self.road, *([self.reader] if told else [])]
            ready = wait(ends, 0.05 if told else _LOOK)
            if self.road in ready:
                raise EOFError("the parent wants no more")
            if self.reader in ready:
                told = self._hear()
            if self.answer["step"] in _LAST:
                return self.answer, False
            if not ready and self._has_ended(silent=not told):
                return self.answer, False
        return self.answer, True

    def _hear(self) -> bool:
        try:
            self.answer |= json.loads(self.reader.recv_bytes())
        except (EOFError, OSError):
            return False
        return True

    def _late(self) -> bool:
        """Whether its time is over, and its stacks are written."""
        over = time.monotonic() - self.until
        return over > (_WRITES if os.fstat(self.stacks).st_size else GRACE)

    def _has_ended(self, *, silent: bool) -> bool:
        if not hasattr(os, "waitid"):  # macOS below 3.13
            return silent
        try:
            found = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return True
        return found is not None


def _end(pid: int) -> int:
    """End the fork and its session; return how it ended, or would have."""
    for kill in (os.killpg, os.kill):
        try:
            kill(pid, signal.SIGKILL)
        except OSError:
            pass
    try:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    except ChildProcessError:
        return 0
