"""The course of each worker's memory: sampled by the runner, bounded, and told before a kill.

A look costs 10 us a worker, and every fourth 30.  SIGKILL leaves no stack, and with
``memory.oom.group`` nobody is left who could write one: so task, input and stack are taken down
when memory comes near a limit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..codec import Mask
from ..evidence import (
    Counters,
    Memory,
    MemorySample,
    cgroup_lines,
    is_plumbing,
    read_counters,
    read_memory,
    sample_memory,
    space_limit,
)
from ..judge import NEAR, Look, judge_growth, rate, size
from ..model import Crash, Frame
from ..recorder import Glance, Reading, read
from ._crashes import running_of
from ._stacks import ask

# Looks kept of one worker.  When they are there every second goes, and the next come half as often.
MOST_LOOKS = 128
# Looks out of which one reads the peak, and whether the worker has moved to another cgroup; of a
# new worker all do.  More: an early peak is missed.  Fewer: the runner takes more of a processor.
SLOWLY = 4
# Leaks that a report names.
MOST_LEAKS = 3
# Innermost frames in a warning; seconds to wait for them, in which nothing else is looked at.
MOST_FRAMES, STACK_PATIENCE = 5, 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What the last look at a living worker saw of memory."""

    memory: Memory
    around: MemorySample
    at: float
    """Seconds since the epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearLimit:
    """A worker whose memory, or whose container's, comes near its limit."""

    pid: int
    used_bytes: int
    limit_bytes: int
    of: str
    """Whose limit: ``container``, or ``worker's address space (RLIMIT_AS)``."""

    @property
    def words(self) -> str:
        """Return use and limit as a report says them."""
        used, limit = size(self.used_bytes), size(self.limit_bytes)
        return f"{self.of} at {used} of {limit}"


@dataclass(slots=True)
class _Course:
    """One worker's looks, thinned out as they grow in number."""

    space: int | None
    cgroup: str
    """As the kernel names it; a worker may move to another."""
    counters: Counters | None = None
    """Of its cgroup, where that is not the runner's."""
    looks: list[Look] = field(default_factory=list)
    every: int = 1
    seen: int = 0

    def add(self, look: Look) -> None:
        """Keep *look* if it is its turn."""
        self.seen += 1
        if self.seen % self.every:
            return
        self.looks.append(look)
        if len(self.looks) >= MOST_LOOKS:
            self.looks = self.looks[1::2]
            self.every *= 2


@dataclass(slots=True)
class Courses:
    """What was seen of the memory of all workers of a run."""

    looked: dict[int, Looked] = field(default_factory=dict)
    """The last look at each worker, by process id."""
    stacks: dict[int, tuple[Frame, ...]] = field(default_factory=dict)
    """Of workers near a limit, taken then."""
    _courses: dict[int, _Course] = field(default_factory=dict)
    _warned: set[int] = field(default_factory=set)
    _cgroup: str = field(default_factory=cgroup_lines)

    def look(self, living: list[Glance], around: MemorySample, now: float) -> Iterator[NearLimit]:
        """Take a look at each of the *living*; yield those near a limit, each once."""
        for one in living:
            course = self._courses.get(one.pid)
            seldom = course is None or course.seen < SLOWLY or course.seen % SLOWLY == 0
            before = self.looked.get(one.pid)
            memory = read_memory(one.pid, before.memory if before and not seldom else None)
            if memory is None:
                continue
            if course is None or seldom:
                course = self._course(one.pid)
            own = course.counters.cgroup if course.counters is not None else None
            its = sample_memory(own) if own is not None else around
            self.looked[one.pid] = Looked(memory=memory, around=its, at=now)
            course.add(Look(tasks=one.done, used_bytes=memory.now_bytes))
            if own is not None:
                yield from self._container([one], its)
            if course.space and memory.virtual_bytes >= NEAR * course.space:
                of = "worker's address space (RLIMIT_AS)"
                yield from self._warn(one.pid, memory.virtual_bytes, course.space, of)
        yield from self._container(living, around)

    def _course(self, pid: int) -> _Course:
        """Return the course of a worker, with the counters of the cgroup that it is in."""
        cgroup = cgroup_lines(pid) or self._cgroup
        course = self._courses.get(pid)
        if course is None:
            course = self._courses[pid] = _Course(space_limit(pid), self._cgroup)
        if cgroup != course.cgroup:
            course.cgroup = cgroup
            course.counters = read_counters(pid) if cgroup != self._cgroup else None
        return course

    def counters_of(self, pid: int) -> Counters | None:
        """Return the counters of a worker's own cgroup, from when it came there; None without."""
        course = self._courses.get(pid)
        return course.counters if course is not None else None

    def _container(self, living: list[Glance], around: MemorySample) -> Iterator[NearLimit]:
        """Name the largest worker of a container that is nearly full."""
        used, limit = around.used_bytes, around.limit_bytes
        if around.of != "container" or not used or not limit or used < NEAR * limit:
            return
        there = [one.pid for one in living if one.pid in self.looked]
        if there:
            largest = max(there, key=lambda pid: self.looked[pid].memory.now_bytes)
            yield from self._warn(largest, used, limit, "container")

    def _warn(self, pid: int, used: int, limit: int, of: str) -> Iterator[NearLimit]:
        if pid not in self._warned:
            self._warned.add(pid)
            yield NearLimit(pid=pid, used_bytes=used, limit_bytes=limit, of=of)

    def warn(
        self, near: NearLimit, folder: Path, *, mask: Mask, values: str, cwd: str
    ) -> list[str]:
        """Return what a worker near a limit is doing: a kill would leave nobody to say it."""
        reading = read(folder / f"{near.pid}.rec")
        if reading is None:
            return []
        at = running_of(reading, mask=mask, values=values)
        dump = ask(folder, [near.pid], patience=STACK_PATIENCE)[near.pid]
        frames = next((one.frames for one in dump.threads if one.ident == dump.main), ())
        self.stacks[near.pid] = frames
        own = [one for one in frames if not is_plumbing(one)][-MOST_FRAMES:]
        files = [one.file.removeprefix(f"{cwd}/") for one in own]
        lines = [
            f"    {file}:{one.line}, in {one.function}"
            for file, one in zip(files, own, strict=True)
        ]
        return [f"worker {reading.number} (pid {near.pid}): {near.words}; {at.text}", *lines]

    def explain(self, crash: Crash, pid: int) -> Crash:
        """Return *crash* with the stack that was taken near the limit, where it left none."""
        stack = self.stacks.get(pid, ())
        if crash.trace or not stack or crash.task is None:
            return crash
        told = "the stack is of the moment when its memory came near the limit"
        verdict = replace(crash.verdict, evidence=(*crash.verdict.evidence, told))
        return replace(crash, trace=stack, verdict=verdict)

    def forget(self, pid: int) -> None:
        """Let go of a worker that ended without a fault, unless it grew."""
        course = self._courses.get(pid)
        if course is not None and judge_growth(course.looks) is None:
            del self._courses[pid]
            self.looked.pop(pid, None)
            self._warned.discard(pid)

    def leaks(self, found: list[Reading]) -> Iterator[str]:
        """Yield a sentence for each worker whose memory grew with each task, worst first."""
        grown = [
            (growth, pid)
            for pid, course in self._courses.items()
            if (growth := judge_growth(course.looks)) is not None
        ]
        grown.sort(key=lambda one: one[0].to_bytes - one[0].from_bytes, reverse=True)
        names = {one.pid: f"worker {one.number} " for one in found if one.number}
        targets = {one.pid: one.target.partition("(")[0] for one in found}
        for growth, pid in grown[:MOST_LEAKS]:
            who = f"{names.get(pid, '')}(pid {pid}), {targets.get(pid) or 'no task'}"
            course = f"from {size(growth.from_bytes)} to {size(growth.to_bytes)}"
            each = f"+{rate(growth.per_task_bytes)} per task over {growth.tasks:,} tasks"
            yield f"{who}: {each}, {course}: likely a leak"
