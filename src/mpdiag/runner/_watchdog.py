"""Decides when nothing moves, and when that is said; runs in the runner's tick, outside of the run.

pulse ─▶ nothing for EARLY seconds: one moment is kept, for Ctrl-C
─▶ nothing for the limit: another moment ─▶ judge ─▶ alarm, reminders
─▶ one worker at one task for the limit: two moments ─▶ judge ─▶ a line
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ..judge import judge_moment
from ..model import Cause, Moment, Stuck
from ._moment import Asker, look
from ._pulse import Beat, Pulse

# Seconds after which a first moment is kept, so that Ctrl-C can tell what stood still.
EARLY = 5.0
# Seconds after the first report at which it is said again, then again and again by the last.
REMINDERS = (300.0, 1800.0, 5400.0)
AGAIN = 3600.0
# Seconds between two moments by which those who compute are told from those who wait.
APART = 0.5
# Looks at the recorder in the time after which a hang is reported, and seconds between two.
_LOOKS, _MOST, _LEAST = 20, 1.0, 0.25
_Task: TypeAlias = tuple[object, ...]
# Using a processor is their trouble.
_LOOPS = frozenset({Cause.LOOP, Cause.LOOP_IN_C, Cause.BUSY_WAIT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """A task that computes, and may never end."""

    stuck: Stuck
    moment: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What there is to say."""

    moment: Moment | None = None
    full: tuple[Stuck, ...] = ()
    """Told in full: the run hangs."""
    lines: tuple[Stuck, ...] = ()
    """One line each: slow, or waiting, or stuck beside others that work."""
    loops: tuple[Loop, ...] = ()
    """Told in a line before, and going on when the run was told to end."""
    quiet: float = 0.0
    """Seconds without progress."""
    since_report: float | None = None
    """Seconds since the hang was first reported; None for the first report."""
    moves_again: bool = False


class Watchdog:
    """Of one run; *clock* never goes back."""

    def __init__(
        self,
        asker: Asker,
        *,
        hang_after: float,
        clock: Callable[[], float] = time.monotonic,
        look: Callable[[Asker], Moment] = look,
        judge: Callable[[Moment, Moment | None], Sequence[Stuck]] = judge_moment,
    ) -> None:
        self.hang_after = hang_after
        self._asker, self._clock, self._take, self._judge = asker, clock, look, judge
        now = clock()
        self.pulse = Pulse(asker.folder, asker.program, tasks_since=now, still_since=now)
        self._every = min(max(hang_after / _LOOKS, _LEAST), _MOST)
        self._next = now
        self._first: Moment | None = None
        self._early: Moment | None = None
        self._next_look = now + hang_after
        self._reported_at: float | None = None
        self._said: set[tuple[object, ...]] = set()
        self._tasks_said: set[_Task] = set()
        self._quiet: set[tuple[_Task, str]] = set()
        self._loops: dict[_Task, Loop] = {}

    def tick(self) -> Alarm | None:
        """Look if it is time, and return what is to be said; call it again and again."""
        now = self._clock()
        if not self.hang_after or now < self._next:
            return None
        self._next = now + self._every
        if self.pulse.take(now) and (alarm := self._moved(now)) is not None:
            return alarm
        if self._first is not None:
            return self._conclude(now, self._first)
        if self._is_due(now):
            if self._early is not None:
                return self._conclude(now, self._early)
            self._first = self._moment()
            self._next = now + APART
        elif self._early is None and self._is_still(now, min(EARLY, self.hang_after / 2)):
            self._early = self._moment()
        return None

    @property
    def suspects(self) -> bool:
        """Whether something may have to be said soon."""
        return self._early is not None or self._first is not None

    def last_words(self) -> Alarm | None:
        """Return what stood still when the run was told to end, if that is known.

        The signal may have reached the workers already, so that they move: what counts is the
        look before.
        """
        now = self._clock()
        at = {_task(beat) for beat in self.pulse.beats.values()}
        loops = tuple(one for task, one in self._loops.items() if task in at)
        if self._early is None and not loops:
            return None
        found = self._judge(self._early, None) if self._early is not None else ()
        return Alarm(
            moment=self._early,
            full=tuple(one for one in found if one.level == "stuck"),
            loops=loops,
            quiet=now - self.pulse.tasks_since,
        )

    def until_reminder(self) -> float:
        """Return the seconds until it is said again."""
        return max(self._next_look - self._clock(), 0.0)

    def _moment(self) -> Moment:
        moment = self._take(self._asker)
        self.pulse.forgive(self._clock())
        return moment

    def _is_still(self, now: float, limit: float) -> bool:
        return self.pulse.had_workers and now - self.pulse.still_since >= limit

    def _is_due(self, now: float) -> bool:
        if not self.pulse.had_workers:
            return False
        if now - self.pulse.tasks_since >= self.hang_after and now >= self._next_look:
            return True
        late = self.pulse.overdue(now, self.hang_after)
        return any(_task(beat) not in self._tasks_said for beat in late)

    def _moved(self, now: float) -> Alarm | None:
        """Begin afresh; say so if a hang was reported."""
        reported, self._reported_at = self._reported_at, None
        self._early = None
        self._next_look = now + self.hang_after
        self._said.clear()
        if reported is None:
            return None
        return Alarm(moves_again=True, since_report=now - reported)

    def _conclude(self, now: float, before: Moment) -> Alarm | None:
        moment = self._moment()
        self._first = None
        self._early = moment if self._early is not None else None
        late = {_task(beat): beat.glance.pid for beat in self.pulse.overdue(now, self.hang_after)}
        found = self._judge(moment, before)
        self._keep_loops(late, found, moment)
        quiet = now - self.pulse.tasks_since
        full = tuple(one for one in found if quiet >= self.hang_after and self._hangs(one, now))
        told = tuple(one for one in found if one not in full and self._is_told(one, late, quiet))
        self._tasks_said |= set(late)
        return self._alarm(now, moment, full, told)

    def _is_told(self, stuck: Stuck, late: dict[_Task, int], quiet: float) -> bool:
        """Whether it is worth a line: something stuck, or once for each task that takes long."""
        here = {*stuck.pids, *stuck.waiting}
        tasks = [task for task, pid in late.items() if pid in here]
        if stuck.level == "stuck":
            return bool(tasks or quiet >= self.hang_after) and self._is_new(stuck, "line")
        # A main program that sleeps while its workers are idle is nobody's business.
        new = [(task, stuck.level) for task in tasks if (task, stuck.level) not in self._quiet]
        self._quiet |= set(new)
        return bool(new)

    def _keep_loops(self, late: dict[_Task, int], found: Sequence[Stuck], moment: Moment) -> None:
        slow = [one for one in found if one.level == "slow" and one.verdict.cause in _LOOPS]
        loops = {one.pids[0]: one for one in slow}
        self._loops = {task: one for task, one in self._loops.items() if task in late}
        self._quiet = {(task, level) for task, level in self._quiet if task in late}
        for task, pid in late.items():
            if pid in loops:
                self._loops.setdefault(task, Loop(stuck=loops[pid], moment=moment))

    def _hangs(self, stuck: Stuck, now: float) -> bool:
        """Whether it is a hang of the run: nobody computes, or computing is the trouble."""
        if stuck.level != "stuck":
            return False
        return stuck.verdict.cause in _LOOPS or self._is_still(now, self.hang_after)

    def _alarm(
        self, now: float, moment: Moment, full: tuple[Stuck, ...], lines: tuple[Stuck, ...]
    ) -> Alarm | None:
        since = now - self._reported_at if self._reported_at is not None else None
        if full and self._reported_at is None:
            self._reported_at = now
        self._next_look = now + self._pause(since, reported=bool(full) or since is not None)
        new = tuple(one for one in full if self._is_new(one, "full"))
        if not new and not lines and since is None:
            return None
        quiet = now - self.pulse.tasks_since
        return Alarm(moment=moment, full=new, lines=lines, quiet=quiet, since_report=since)

    def _pause(self, since: float | None, *, reported: bool) -> float:
        """Return the seconds until the next look at a run that does not move."""
        if not reported:  # soon, if the processor was used a little after the last task moved
            left = self.pulse.still_since + self.hang_after - self._clock()
            return left if left > 0 else self.hang_after
        later = [at for at in REMINDERS if at > (since or 0.0) + 1.0]
        return later[0] - (since or 0.0) if later else AGAIN

    def _is_new(self, stuck: Stuck, how: str) -> bool:
        key = (how, stuck.verdict.cause, stuck.verdict.headline, stuck.pids)
        is_new = key not in self._said
        self._said.add(key)
        return is_new


def _task(beat: Beat) -> _Task:
    seen = beat.glance
    return (seen.name, *seen.task)
