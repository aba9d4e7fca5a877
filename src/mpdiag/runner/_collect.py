"""From the folder of a run to its findings: the runner's last work, and its first at a crash."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from .. import codec
from ..evidence import (
    DeathFacts,
    death_facts,
    environment_card,
    git_revision,
    parent,
    read_counters,
    sample_memory,
)
from ..judge import group, keep_numbers, numbers_of, settle_outcomes
from ..model import (
    Cause,
    Crash,
    ExitStatus,
    Failure,
    Fingerprint,
    Hang,
    Moment,
    Occurrence,
    Run,
    RunId,
    Running,
    Unwatched,
    exit_status,
)
from ..options import Options
from ..recorder import (
    Glance,
    PastMessage,
    Reading,
    State,
    cancelled_tasks,
    glance,
    ran_messages,
    read,
)
from ._crashes import crash_of, ending_of, is_crash, places_in, readings, running_of
from ._ended import Ended, is_gone
from ._folder import RunFolder
from ._inbox import Inbox
from ._limits import limits_reached
from ._memory import Courses
from ._offspring import Offspring, names_of, tracker_words
from ._origins import origins_in, sources_of
from ._passing import sample_passing
from ._relays import passed_on, wait_for_relays
from ._tally import counts_of, counts_tasks, tasks_of, was_running
from ._timeouts import TimedOut

# Seconds for the owner of a dead worker to find the task that it was just taking.
_OWNER_PATIENCE = 1.0
# The exit code of a shell, and of some programs, for Ctrl-C.
_SIGINT_CODE = 130
_SIGTERM_CODE = 143


def mask_of(options: Options) -> codec.Mask:
    """Return what hides secrets in everything that is shown or kept of a run."""
    return codec.Mask((*codec.DEFAULT_NAMES, *options.secret_names))


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the runner knows of the run without looking into its folder."""

    id: RunId
    argv: tuple[str, ...]
    """Without secrets: it is shown and kept."""
    cwd: str
    started: float
    program: int = 0
    """Process id of the program; 0 when it is this process."""

    def facts(self, store: Path) -> dict[str, object]:
        """Return what whoever collects must know if this process is killed."""
        known = {"id": self.id, "argv": self.argv, "cwd": self.cwd, "started": self.started}
        return {**known, "store": str(store)}


@dataclass
class Collector:
    """Reads the folder of one run again and again, and judges at the end."""

    folder: RunFolder
    about: About
    options: Options
    inbox: Inbox = field(init=False)
    courses: Courses = field(default_factory=Courses)
    warnings: list[str] = field(default_factory=list)
    """Lines about memory near a limit, each to be said at once."""
    crashes: dict[str, Crash] = field(default_factory=dict)
    """By the name of the recorder file."""
    hangs: list[Hang] = field(default_factory=list)
    numbers: dict[tuple[Fingerprint, str], int] = field(default_factory=dict)
    """The numbers of faults that were told while the program ran; they keep them."""
    timed_out: dict[str, TimedOut] = field(default_factory=dict)
    """Workers that were ended for --task-timeout, by the name of the recorder file."""
    running: tuple[Running, ...] = ()
    """What the workers did when the run was told to end."""

    def __post_init__(self) -> None:
        self.inbox = Inbox(self.folder, self.options.limits)
        self.mask = mask_of(self.options)
        self.baseline = read_counters()
        self.ended = Ended(self.folder, self.options.limits.passing_bytes // 2)
        self.offspring = Offspring()

    def look(self) -> list[Failure | Crash]:
        """Return the first occurrence of each fault that is new."""
        told = [one for one in self.inbox.read() if not _was_interrupted(one)]
        return [*told, *self._new_crashes(ended=False)]

    def _new_crashes(self, *, ended: bool) -> Iterator[Crash]:
        living: list[Glance] = []
        for path in self.folder.recorders():
            if path.name in self.crashes or (self.ended.is_waiting(path) and not ended):
                continue
            seen = glance(path)
            if seen is not None and not seen.has_ended and not ended:
                living.append(seen)
            elif seen is not None and (ended or not self._is_put_away(path, seen)):
                yield from self._crash_in(path, seen, ended=ended)
        if living:
            self._sample(living)
            self.offspring.look(living)

    def _is_put_away(self, path: Path, seen: Glance) -> bool:
        """Whether *path* is of a worker that ended without a fault; put it away when it is time."""
        if path.name not in self.ended.waiting:
            return False
        if self.ended.take(path, seen):
            self.courses.forget(seen.pid)
        return True

    def _crash_in(self, path: Path, seen: Glance, *, ended: bool) -> Iterator[Crash]:
        """Judge a worker that has ended; yield its crash if it is the first of its kind."""
        reading = read(path)
        if reading is None or not is_crash(reading):
            if seen.has_ended:
                self.ended.wait(path, seen)
            return
        if reading.exitcode is None and not (ended and is_gone(reading)):
            return
        if not ended and not (passed_on(reading) and _is_settled(reading)):
            return
        crash = self._crash(read(path) or reading)  # the tails may have grown
        self.ended.settle(path)  # a ring is as large as ten recorders
        known = {(other.fingerprint, other.worker.test) for other in self.crashes.values()}
        is_new = (crash.fingerprint, crash.worker.test) not in known
        self.crashes[path.name] = crash if is_new else replace(crash, history=None)
        if is_new:
            yield crash

    def _sample(self, living: list[Glance]) -> None:
        """Look at the memory of the living; a dead process has none, and its last look stays."""
        around = sample_memory(self.baseline.cgroup)
        for near in self.courses.look(living, around, time.time()):
            if self.folder.path is not None:
                self.warnings += self.courses.warn(
                    near,
                    self.folder.path,
                    mask=self.mask,
                    values=self.options.values,
                    cwd=self.about.cwd,
                )

    def _crash(self, reading: Reading) -> Crash:
        status = exit_status(reading.exitcode)
        facts = self._facts(reading)
        crash = crash_of(reading, facts, mask=self.mask, values=self.options.values, status=status)
        crash = self.courses.explain(crash, reading.pid)
        ended = self.timed_out.get(reading.path.name) or ending_of(reading.path)
        return ended.explain(crash) if ended is not None else crash

    def _facts(self, reading: Reading) -> DeathFacts:
        seen = self.courses.looked.get(reading.pid)
        before = (reading.exit_ns or time.time_ns()) / 1e9 - seen.at if seen is not None else None
        facts = death_facts(
            reading.pid,
            self.courses.counters_of(reading.pid) or self.baseline,
            peak_bytes=seen.memory.peak_bytes if seen is not None else None,
            worker_bytes=seen.memory.now_bytes if seen is not None else None,
            around=seen.around if seen is not None else None,
            seconds_before=max(0.0, before) if before is not None else None,
            terminated_by_owner=False,  # such a death is no crash
        )
        if not reading.sent or reading.exitcode != -reading.sent:
            return facts
        return replace(
            facts,
            sender=self._sender(reading),
            sent_by_itself=reading.sender == reading.pid,
            sent_place=reading.sent_place.removeprefix(f"{self.about.cwd}/"),
        )

    def _sender(self, reading: Reading) -> str:
        """Return who sent *reading* the signal that ended it."""
        pid = reading.sender
        for one in self._readings():
            if one.pid == pid and one.number:
                return f"worker {one.number} (pid {pid})"
        program = pid in {reading.owner, self.about.program} or parent(pid) == os.getpid()
        return f"the program (pid {pid})" if program else f"process {pid} of the run"

    def _readings(self) -> Iterator[Reading]:
        if self.folder.path is not None:
            yield from readings(self.folder.path)
            yield from readings(self.ended.path)

    def ran(self) -> Iterator[tuple[int, PastMessage]]:
        """Yield pid and message of all that workers worked through, as far as there was room."""
        for reading in self._readings():
            for message in ran_messages(reading.path):
                yield reading.pid, message

    def finish(self, status: ExitStatus) -> Run:
        """Return the run with all its faults; call once, after the program's end."""
        wait_for_relays(self._paths("*.relay"))
        self.inbox.read()
        self.inbox.close()
        list(self._new_crashes(ended=True))
        return self._run(status)

    def interim(self) -> Run:
        """Return the run as far as it is known; its faults keep the numbers that they have here."""
        run = self._run(ExitStatus())
        self.numbers |= numbers_of(run.faults)
        return run

    def note_running(self, moment: Moment | None = None) -> None:
        """Keep what every worker does now, before the signal that ends the run does its work.

        *moment* says where they are.
        """
        places = places_in(moment) if moment is not None else {}
        self.running = tuple(
            running_of(
                reading,
                mask=self.mask,
                values=self.options.values,
                place=places.get(reading.pid, ""),
            )
            for reading in self._readings()
            if reading.exitcode is None and reading.label and reading.state == State.RUNNING
        )

    def _run(self, status: ExitStatus) -> Run:
        found = list(self._readings())
        occurrences: list[Occurrence] = [
            *self.inbox.failures(),
            *self.crashes.values(),
            *self.hangs,
        ]
        ctrl_c = status.signal == signal.SIGINT or status.code == _SIGINT_CODE
        if ctrl_c:
            occurrences = [one for one in occurrences if not _was_interrupted(one)]
        faults = settle_outcomes(
            group(self.about.id, occurrences, counts_of(found)),
            status,
            self.inbox.ended_notes,
            tests=self.inbox.tests,
        )
        faults = keep_numbers(faults, self.numbers)
        sampled = sample_passing(found, faults, self.options, self.mask)
        return Run(
            id=self.about.id,
            argv=self.about.argv,
            cwd=self.about.cwd,
            started=self.about.started,
            seconds=time.time() - self.about.started,
            status=status,
            tasks=sum(tasks_of(reading) for reading in found) + self.inbox.unsent,
            tasks_known=all(map(counts_tasks, found)),
            failed=sum(fault.count for fault in faults if fault.kind == "failure"),
            passed=sampled.passed,
            passing=sampled.passing,
            workers=len(found),
            cancelled=sum(reading.skipped for reading in found)
            + cancelled_tasks(str(self.folder.path or "")),
            extra_tasks=sum(reading.extra for reading in found),
            ignored=sum(reading.ignored for reading in found),
            unwatched=self._unwatched(),
            interrupted=self._interrupted(found, status, ctrl_c=ctrl_c),
            memory=tuple(self.courses.leaks(found)),
            left=(*self.offspring.left(names_of(found)), *tracker_words(found, status)),
            limits=(*limits_reached(self.inbox, faults), *sampled.limits),
            rescued=tuple(dict.fromkeys(self.inbox.rescued)),
            environment=self._card(),
            origins=origins_in(self._paths("*.origin"), self.mask) if faults else {},
            sources=sources_of(faults, since=self.about.started),
            faults=faults,
        )

    def _card(self) -> dict[str, str]:
        card = {n: self.mask.text(value) for n, value in environment_card().items()}
        revision = git_revision(self.about.cwd)
        return {**card, "git revision": revision} if revision else card

    def _interrupted(
        self, found: list[Reading], status: ExitStatus, *, ctrl_c: bool
    ) -> tuple[Running, ...]:
        """Return what was running when the run was cut short."""
        seen = [
            running_of(reading, mask=self.mask, values=self.options.values)
            for reading in found
            if ctrl_c and was_running(reading)
        ]
        pids = {one.worker.pid for one in seen}
        if not ctrl_c and status.signal is None and status.code != _SIGTERM_CODE:
            return ()
        return (*seen, *(one for one in self.running if one.worker.pid not in pids))

    def _unwatched(self) -> tuple[Unwatched, ...]:
        """Return the Python processes that never checked in, or whose tasks are not seen."""
        here = {int(path.stem) for path in self._paths("*.here") if path.stem.isdigit()}
        here |= self.ended.here
        missing = [one for pid, one in self.inbox.started.items() if pid not in here]
        if self.about.program and self.folder.path and self.about.program not in here:
            reason = "the program itself: its interpreter was started with -I, -E or -S"
            reason = f"{reason}, or has no mpdiag"
            missing.insert(0, Unwatched(pid=self.about.program, reason=reason))
        return (*missing, *self.inbox.unwatched)

    def _paths(self, pattern: str) -> list[Path]:
        return list(self.folder.path.glob(pattern)) if self.folder.path else []


def _is_settled(reading: Reading) -> bool:
    """Whether the owner of a dead worker has seen to the lock, and to the task, that it held."""
    return not reading.read_lock or time.time_ns() - reading.exit_ns > _OWNER_PATIENCE * 1e9


def _was_interrupted(occurrence: Occurrence) -> bool:
    """Whether Ctrl-C is all that happened, if it was one."""
    verdict = occurrence.verdict
    return verdict is not None and verdict.cause is Cause.INTERRUPTED
