"""What one thread does, by its stack and its system call."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise, takewhile

from ..model import Frame, ProcessMoment, ThreadMoment

_SLEEPS = frozenset({"nanosleep", "clock_nanosleep", "pause"})
_POLLS = frozenset({"poll", "ppoll", "select", "pselect6", "epoll_wait", "epoll_pwait"})
# Files of the library in which a thread serves a pool, a queue or a process, or waits for one.
_SERVICES = (
    *("/multiprocessing/pool.py", "/multiprocessing/queues.py", "/multiprocessing/process.py"),
    *("/multiprocessing/managers.py", "/multiprocessing/connection.py", "/concurrent/futures/"),
)


@dataclass(frozen=True, slots=True)
class Doing:
    """One thread, in its process."""

    process: ProcessMoment
    thread: ThreadMoment

    @property
    def pid(self) -> int:
        """Process id."""
        return self.process.pid

    def within(self, module: str, *functions: str) -> bool:
        """Whether it is inside one of *functions* of *module*, such as ``queues``."""
        tails = (f"/{module}.py", f"/{module}/__init__.py")
        return any(
            frame.function in functions and frame.file.endswith(tails)
            for frame in self.thread.frames
        )

    @property
    def innermost(self) -> Frame | None:
        """Where it is."""
        return self.thread.frames[-1] if self.thread.frames else None

    @property
    def place(self) -> Frame | None:
        """The innermost frame that is not the standard library's."""
        own = (frame for frame in reversed(self.thread.frames) if not is_library(frame))
        return next(own, None)

    @property
    def call(self) -> str:
        """The system call it is in; empty when it runs."""
        return self.thread.wait.call if self.thread.wait is not None else ""

    @property
    def semaphore(self) -> int | None:
        """The named semaphore that it waits on."""
        return self.thread.wait.semaphore if self.thread.wait is not None else None

    @property
    def fds(self) -> tuple[int, ...]:
        """The descriptors that it waits on."""
        wait = self.thread.wait
        if wait is None:
            return ()
        return wait.fds or ((wait.fd,) if wait.fd is not None else ())

    @property
    def receives(self) -> bool:
        """Whether it is inside a ``Connection`` that reads, directly or for a queue."""
        return self.within("connection", "recv", "recv_bytes", "_recv_bytes", "_recv", "poll")

    @property
    def proxied(self) -> str:
        """The method of a manager's object that it waits for, such as ``get``."""
        for outer, inner in pairwise(self.thread.frames):
            if inner.function == "_callmethod" and inner.file.endswith("/managers.py"):
                return outer.function if is_library(outer) else "a method"
        return ""

    @property
    def runs(self) -> bool:
        """Whether it has, or wants, the processor."""
        return self.thread.state == "R"

    @property
    def until(self) -> float | None:
        """Seconds after which it gives up waiting."""
        return self.thread.wait.until if self.thread.wait is not None else None

    @property
    def sleeps(self) -> bool:
        """Whether it is in ``time.sleep`` or its like."""
        if self.call in {"select", "pselect6"} and self.until is not None:
            return not self.fds  # ``time.sleep`` up to 3.10
        return self.call in _SLEEPS

    @property
    def wakes(self) -> bool:
        """Whether it sleeps, or gives up waiting by itself."""
        return self.sleeps or self.until is not None

    @property
    def looks_again(self) -> bool:
        """Whether it waits for an event or a descriptor, and looks up now and then."""
        waits = self.within("threading", "wait") or self.within("synchronize", "wait", "wait_for")
        looks = waits or self.call in _POLLS
        return self.until is not None and looks and not self.is_of_library

    @property
    def is_of_library(self) -> bool:
        """Whether it is in the service of a pool, a queue or a process, or waits for one."""
        inner = takewhile(is_library, reversed(self.thread.frames))
        return any(part in frame.file for frame in inner for part in _SERVICES)


def is_library(frame: Frame) -> bool:
    """Whether *frame* belongs to the standard library."""
    file = frame.file
    return file.startswith("<") or (
        "/lib/python3" in file and "site-packages" not in file and "dist-packages" not in file
    )
