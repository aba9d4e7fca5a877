"""The wait graph: which thread of which process waits for what, and who could end the wait.

thread ──waits for──▶ lock, pipe, process ──▶ who holds it, could write or read it, or is it
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property

from ..model import End, Moment, Shared
from ._doing import Doing

_READS = frozenset({"read", "readv", "recvfrom", "recvmsg", "poll", "ppoll", "select", "pselect6"})
_READS_TOO = frozenset({"epoll_wait", "epoll_pwait", "epoll_pwait2"})
_WRITES = frozenset({"write", "writev", "sendto", "sendmsg"})
_OUTSIDE = frozenset(
    {
        *("accept", "accept4", "connect", "flock", "fcntl", "fsync", "io_uring_enter"),
        *("openat", "ioctl", "rt_sigtimedwait", "rt_sigsuspend"),
    }
)
# Seconds by which two looks at the same timeout may differ, beside a tenth of the time between.
_BLUR = 0.5
# A wait that gives up after at least so many seconds is a pause, not a hang.
PAUSE = 5.0
# `recorder.State.WAITING`, which a pure module may not import: a pool's worker without a task.
IDLE = 2


class Waits:
    """One moment, with answers to who waits for whom."""

    def __init__(self, moment: Moment, previous: Moment | None = None) -> None:
        self.moment = moment
        self.by_pid = {process.pid: process for process in moment.processes}
        self.before = {one.pid: one for one in previous.processes} if previous else {}
        self.seconds = moment.at - previous.at if previous else 0.0
        self.doings = tuple(
            Doing(process, thread) for process in moment.processes for thread in process.threads
        )
        self.dead = {worker.pid: worker for worker in moment.dead}
        self._ends: dict[int, list[tuple[int, End]]] = defaultdict(list)
        for process in moment.processes:
            for end in process.ends:
                self._ends[end.inode].append((process.pid, end))

    def of(self, pid: int) -> tuple[Doing, ...]:
        """Return what the threads of *pid* do."""
        return tuple(doing for doing in self.doings if doing.pid == pid)

    def main_of(self, pid: int) -> Doing | None:
        """Return what the main thread of *pid* does."""
        return next((doing for doing in self.of(pid) if doing.thread.main), None)

    def end(self, doing: Doing) -> End | None:
        """Return the one pipe or socket that *doing* waits on."""
        return next(iter(self.ends(doing)), None) if len(doing.fds) == 1 else None

    def ends(self, doing: Doing) -> tuple[End, ...]:
        """Return all ends that *doing* waits on."""
        return tuple(end for end in doing.process.ends if end.fd in doing.fds)

    def reads(self, doing: Doing) -> End | None:
        """Return the pipe or socket that *doing* is blocked in reading."""
        return self.end(doing) if doing.call in _READS else None

    def writes(self, doing: Doing) -> End | None:
        """Return the pipe or socket that *doing* is blocked in writing."""
        return self.end(doing) if doing.call in _WRITES else None

    def writers(self, end: End) -> frozenset[int]:
        """Return the processes that could write what *end* reads."""
        if end.kind == "socket":
            return self._having(end.peer)
        return frozenset(pid for pid, other in self._ends[end.inode] if other.writes)

    def readers(self, end: End) -> frozenset[int]:
        """Return the processes that could read what *end* writes."""
        if end.kind == "socket":
            return self._having(end.peer)
        return frozenset(pid for pid, other in self._ends[end.inode] if other.reads)

    def _having(self, inode: int | None) -> frozenset[int]:
        return frozenset(pid for pid, _ in self._ends.get(inode or -1, ()))

    def fellows(self, end: End) -> frozenset[int]:
        """Return the processes that are blocked in reading the very same *end*."""
        return frozenset(
            doing.pid
            for doing in self.doings
            if (other := self.reads(doing)) is not None and other.inode == end.inode
        )

    def holder(self, semaphore: int) -> int | None:
        """Return who took *semaphore* last and has not given it back."""
        for process in self.moment.processes:
            for one in process.semaphores:
                if one.inode == semaphore and one.holder is not None and one.value in {0, None}:
                    return one.holder
        return None

    def value(self, semaphore: int | None) -> int | None:
        """Return the value of *semaphore*, as one that has it mapped tells."""
        found = (
            one.value
            for process in self.moment.processes
            for one in process.semaphores
            if one.inode == semaphore and one.value is not None
        )
        return next(found, None)

    def having(self, semaphore: int) -> frozenset[int]:
        """Return the processes that have *semaphore* mapped."""
        return frozenset(
            process.pid
            for process in self.moment.processes
            if any(one.inode == semaphore for one in process.semaphores)
        )

    def shared(self, *, inode: int | None = None, semaphore: int | None = None) -> Shared | None:
        """Return the queue, pipe or lock that has this end or semaphore."""
        for one in reversed(self.moment.shared):
            if inode in one.ends or semaphore in one.semaphores:
                return one
        return None

    def joined(self, doing: Doing) -> frozenset[int]:
        """Return the children whose end *doing* waits for."""
        wait = doing.thread.wait
        if wait is not None and wait.pid is not None:
            return frozenset({wait.pid})
        if not doing.within("process", "join"):
            return frozenset()
        pids = frozenset(pid for end in self.ends(doing) for pid in self.writers(end))
        return self._behind_servers(pids - {doing.pid})

    def _behind_servers(self, pids: frozenset[int]) -> frozenset[int]:
        """Return the children of a fork server in its place: it tells their parent of their end."""
        servers = {pid for pid in pids if self.by_pid[pid].role == "server"}
        children = {one.pid for one in self.moment.processes if one.parent in servers}
        return (pids - servers) | children

    def needed(self, doing: Doing) -> frozenset[int]:
        """Return the processes of which any one could end the wait of *doing*."""
        if joined := self.joined(doing):
            return joined
        if doing.semaphore is not None:
            holder = self.holder(doing.semaphore)
            return self.having(doing.semaphore) if holder is None else frozenset({holder})
        if doing.process.role == "server" and doing.call in {"accept", "accept4"}:
            # Who has not connected to a manager yet may still do so.
            return frozenset(one.pid for one in self.moment.processes if one.role != "server")
        if doing.call in _WRITES:
            return frozenset(pid for end in self.ends(doing) for pid in self.readers(end))
        if doing.call in _READS or doing.call in _READS_TOO:
            return frozenset(pid for end in self.ends(doing) for pid in self.writers(end))
        return frozenset()

    def is_free(self, doing: Doing) -> bool:
        """Whether *doing* goes on without anybody of the run."""
        if doing.process.role == "server":
            return False
        if doing.runs or doing.call in _OUTSIDE or doing.process.role == "other":
            return True
        if doing.thread.main:
            passes = doing.sleeps or doing.looks_again or self.pauses(doing)
        else:  # a thread that wakes again and again has not helped so far
            wakes = self._lasts(doing) or (doing.wakes and self._is_awaited(doing))
            passes = self.is_users_own(doing) and wakes
        return passes or self._waits_outside(doing)

    def pauses(self, doing: Doing) -> bool:
        """Whether *doing* will go on by itself, in a while."""
        return doing.until is not None and (doing.until >= PAUSE or self._lasts(doing))

    def _lasts(self, doing: Doing) -> bool:
        """Whether *doing* is in the same wait, or sleep, as at the moment before."""
        process = self.before.get(doing.pid)
        before = next(
            (
                one.wait.until
                for one in (process.threads if process is not None else ())
                if one.tid == doing.thread.tid and one.wait is not None
            ),
            None,
        )
        if before is None or doing.until is None:
            return False
        return abs(before - doing.until - self.seconds) <= _BLUR + self.seconds / 10

    def _is_awaited(self, doing: Doing) -> bool:
        """Whether the main thread waits for the work of this thread: its end, result or items."""
        main = self.main_of(doing.pid)
        if main is None:
            return False
        if main.within("_base", "result", "wait", "result_iterator", "as_completed"):
            return doing.within("thread", "_worker")
        joins = main.within("threading", "join") and not main.is_of_library
        return joins or main.within("queue", "get", "join")

    def is_users_own(self, doing: Doing) -> bool:
        """Whether the program itself started this thread."""
        return bool(doing.thread.frames) and not doing.thread.main and not doing.is_of_library

    def has_life(self, pid: int) -> bool:
        """Whether a thread of its own wakes *pid* now and then, whatever its main thread does."""
        return any(self.is_users_own(doing) and doing.wakes for doing in self.of(pid))

    def _waits_outside(self, doing: Doing) -> bool:
        """Whether it reads or writes what nobody in the run has the other end of."""
        if doing.call not in _READS | _READS_TOO | _WRITES or doing.process.state == "T":
            return False
        ends = self.ends(doing)
        return bool(ends) and any(
            not (self.readers(end) if doing.call in _WRITES else self.writers(end)) for end in ends
        )

    @cached_property
    def live(self) -> frozenset[int]:
        """The processes that can still go on, or wait for one that can."""
        found = {doing.pid for doing in self.doings if self.is_free(doing)}
        found |= {one.pid for one in self.moment.processes if not one.threads}
        found -= {one.pid for one in self.moment.processes if one.state == "T"}
        edges = [(doing.pid, self.needed(doing)) for doing in self.doings]
        grows = True
        while grows:
            more = {pid for pid, needed in edges if needed & found} - found
            more -= {pid for pid in more if self.by_pid[pid].state == "T"}
            found |= more
            grows = bool(more)
        return frozenset(found)

    def blocked(self) -> Iterator[Doing]:
        """Yield what waits in processes that cannot go on; main threads first, servers never."""
        there = (one for one in self.doings if one.process.role != "server")
        stuck = [doing for doing in there if doing.pid not in self.live]
        yield from sorted(stuck, key=lambda doing: not doing.thread.main)

    def is_idle(self, pid: int) -> bool:
        """Whether *pid* is a pool's worker that has nothing to do."""
        process = self.by_pid.get(pid)
        return process is not None and process.state_of_worker == IDLE
