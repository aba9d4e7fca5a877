"""End tasks that take too long: by ``--task-timeout``, or in the rest of a chunk (`worker._rest`).

--task-timeout   stacks are asked for, then the worker is killed
the rest         the worker is told to end the task, and killed if it does not
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass

from ..evidence import is_plumbing, signals_of, vitals
from ..model import Cause, Certainty, Crash, Ending, Frame, Moment, Verdict
from ..recorder import Glance, glance
from ._moment import Asker, look
from ._stacks import pinned

# Seconds between two looks at the recorder.
EVERY = 0.5
# Seconds that a task may take which runs only because one before it in its chunk has failed.
# Longer: its caller waits for that failure.  Shorter: fewer of the records that fail are found.
REST_SECONDS = 30.0
# And for it to end once it is told to, which one in C code does not hear of.  A dead worker breaks
# an executor, but costs a pool nothing here.
POOL_PATIENCE, EXECUTOR_PATIENCE = 5.0, 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedOut:
    """A worker that was ended because its task took too long."""

    pid: int
    task: int
    """Position of the task, from 0."""
    seconds: float
    """How long it had been running."""
    limit: float
    by: str
    """Who ended it, such as ``--task-timeout``."""
    fix: str
    trace: tuple[Frame, ...]
    waits: str
    """What its main thread did, such as ``waits in futex``."""

    def explain(self, crash: Crash) -> Crash:
        """Return *crash* with what is known of its reason."""
        evidence = f"it had run for {self.seconds:.1f} s, and {self.waits}"
        verdict = Verdict(
            cause=Cause.TASK_TIMEOUT,
            certainty=Certainty.PROVEN,
            headline=f"took longer than {self.limit:g} s: worker ended by {self.by}",
            evidence=(evidence,),
            fix=self.fix,
        )
        return Ending(verdict=verdict, trace=self.trace).explain(crash)


class Timeouts:
    """Ends the workers of one run whose tasks take longer than *limit* seconds."""

    def __init__(self, asker: Asker, limit: float) -> None:
        self._asker, self._limit = asker, limit
        self._next = 0.0
        self._over: set[str] = set()
        self._told: dict[tuple[object, ...], float] = {}
        """Tasks of the rest that were told to end, and until when that may take."""

    def tick(self) -> dict[str, TimedOut]:
        """Return whom it ended, by name of the recorder file."""
        now = time.monotonic()
        if now < self._next:
            return {}
        self._next = now + min(EVERY, self._limit / 4)
        late = [one for one in self._late() if not self._may_end_itself(one)]
        if not late:
            return {}
        moment = look(self._asker)
        return {one.name: ended for one in late if (ended := self._end(one, moment)) is not None}

    def _late(self) -> list[Glance]:
        found = []
        for path in self._asker.folder.glob("*.rec"):
            seen = glance(path) if path.name not in self._over else None
            if seen is not None and seen.has_ended:
                self._over.add(path.name)
            elif seen is not None and self._is_late(seen):
                found.append(seen)
        return found

    def _is_late(self, seen: Glance) -> bool:
        of_a_pool = seen.label.startswith(("Pool.", "ProcessPoolExecutor."))
        limit = min(self._limit, REST_SECONDS) if seen.in_rest else self._limit
        return of_a_pool and seen.is_busy and time.time() - seen.started >= limit

    def _may_end_itself(self, seen: Glance) -> bool:
        """Tell a worker to end a task of the rest; return whether to wait for that."""
        if time.time() - seen.started >= self._limit:
            return False
        key, now = (seen.name, *seen.task), time.monotonic()
        if key not in self._told:
            of_a_pool = seen.label.startswith("Pool.")
            self._told[key] = now + (POOL_PATIENCE if of_a_pool else EXECUTOR_PATIENCE)
            self._signal(seen, seen.enough)
        return now < self._told[key]

    def _signal(self, seen: Glance, number: int) -> bool:
        """Send a signal to a worker if it is still at the same task; return whether it was sent."""
        try:
            with pinned(seen.pid) as handle:
                alive, now = vitals(seen.pid), glance(self._asker.folder / seen.name)
                if alive is None or alive.started_ticks != seen.start_ticks:
                    self._over.add(seen.name)
                    return False
                if alive.state in "ZX":  # it died by itself, and its owner will say how
                    return False
                if now is None or (now.task, now.in_rest) != (seen.task, seen.in_rest):
                    return False
                if not now.is_busy or number not in {signal.SIGKILL, *signals_of(seen.pid)[0]}:
                    return False  # what it does not catch would end it
                signal.pidfd_send_signal(handle, number)
        except (OSError, AttributeError):  # gone, or a Python without the call
            self._over.add(seen.name)
            return False
        return True

    def _end(self, seen: Glance, moment: Moment) -> TimedOut | None:
        """Kill the worker if it is still at the same task."""
        if not self._signal(seen, signal.SIGKILL):
            return None
        self._over.add(seen.name)
        trace, waits = _main_thread(seen.pid, moment)
        seconds = time.time() - seen.started
        limit, by, fix = REST_SECONDS, "mpdiag", "--no-keep-going, if such tasks take so long"
        if seconds >= self._limit:
            limit, by = self._limit, "--task-timeout"
            fix = "a higher --task-timeout, if the task may take so long"
        return TimedOut(
            pid=seen.pid,
            task=seen.task[1],
            seconds=seconds,
            limit=limit,
            by=by,
            fix=fix,
            trace=trace,
            waits=waits,
        )


def _main_thread(pid: int, moment: Moment) -> tuple[tuple[Frame, ...], str]:
    for process in (one for one in moment.processes if one.pid == pid):
        for thread in process.threads:
            if thread.main:
                frames = tuple(one for one in thread.frames if not is_plumbing(one))
                call = thread.wait.call if thread.wait is not None else ""
                return frames, f"waited in {call}" if call else "was running"
    return (), "nothing more is known"
