"""Says that nothing moves: the watchdog's alarms, kept and printed while the program goes on."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MpdiagError
from ..model import Fault, Hang, Run, Stuck
from ..options import Options
from ..runner import Alarm, Asker, Collector, Timeouts, Watchdog, hang_of
from ..store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

# Seconds to wait for a store that another process writes; signals wait as long.
_PATIENCE = 1.0
# Sentences about workers that are slow, or wait, at one place of the program.  More: a program
# whose tasks take long as a rule fills the log.  Events tell of all.
QUIET_LINES = 3


class HangWatch:
    """Watches one run for its session, which *say* prints for."""

    def __init__(
        self,
        collector: Collector,
        options: Options,
        *,
        say: Callable[[Iterable[str]], None],
        tell: Callable[..., None],
    ) -> None:
        self._collector, self._options = collector, options
        self._say, self._tell = say, tell
        self._told: list[Hang] = []
        self._watchdog: Watchdog | None = None
        self._timeouts: Timeouts | None = None
        self._is_ready = False
        self._is_ending = False
        self._sentences: Counter[tuple[str, str]] = Counter()

    def begin(self, program: int) -> None:
        """Start to watch; *program* is its process id."""
        folder = self._collector.folder.path
        if folder is None:
            return
        asker = Asker(
            folder=folder,
            program=program,
            mask=self._collector.mask,
            values=self._options.values,
            cwd=self._collector.about.cwd,
        )
        if self._options.hang_after:
            self._watchdog = Watchdog(asker, hang_after=self._options.hang_after)
        if self._options.task_timeout or self._options.keep_going:
            self._timeouts = Timeouts(asker, self._options.task_timeout or math.inf)

    def tick(self) -> None:
        """Look, and say what is new."""
        self._end_late_tasks()
        alarm = self._watchdog.tick() if self._watchdog is not None else None
        if alarm is None:
            self._make_ready()
            return
        if alarm.moves_again:
            self._over(alarm)
        else:
            self._report(alarm)

    def _make_ready(self) -> None:
        """Import what writes a report while there is time: it takes long on a loaded machine."""
        if not self._is_ready and self._watchdog is not None and self._watchdog.suspects:
            self._is_ready = True
            from ..reports import live_hang  # noqa: F401

    def last_words(self) -> None:
        """Take in what stood still when the run is told to end; printed with its end report."""
        self._is_ending = True
        alarm = self._watchdog.last_words() if self._watchdog is not None else None
        if alarm is not None:
            told = {hang.fingerprint for hang in self._told}
            found = [hang_of(one.stuck, one.moment, quiet=alarm.quiet) for one in alarm.loops]
            if alarm.moment is not None:
                found += [hang_of(one, alarm.moment, quiet=alarm.quiet) for one in alarm.full]
            self._collector.hangs += [one for one in found if one.fingerprint not in told]
        self._collector.note_running(alarm.moment if alarm is not None else None)

    def _end_late_tasks(self) -> None:
        ended = self._timeouts.tick() if self._timeouts is not None else {}
        self._collector.timed_out |= ended
        for one in ended.values():
            self._tell("task timeout", pid=one.pid, index=one.task, seconds=one.seconds)
            what = f"mpdiag: task {one.task} has run for {one.seconds:.1f} s in pid {one.pid}"
            self._print([f"{what}: ended by {one.by}"])

    def _over(self, alarm: Alarm) -> None:
        from ..reports import moves_again

        self._told.clear()
        self._tell("moves again", after=alarm.since_report)
        if not self._is_ending:  # a program that ends is no news
            self._print([moves_again(self._collector.interim(), since=alarm.since_report or 0.0)])

    def _report(self, alarm: Alarm) -> None:
        from ..reports import live_hang, quiet_line, still_stuck

        moment = alarm.moment
        if moment is None:
            return
        hangs = [hang_of(one, moment, quiet=alarm.quiet) for one in alarm.full]
        for stuck in alarm.lines:
            cause = stuck.verdict.cause.value
            self._tell(stuck.level, cause=cause, pids=list(stuck.pids), place=stuck.place)
        told = [(stuck, count) for stuck in alarm.lines if (count := self._count(stuck))]
        self._print(quiet_line(one, moment, last=count == QUIET_LINES) for one, count in told)
        self._told += hangs
        self._collector.hangs += hangs
        for hang in hangs:
            self._tell("hang", cause=hang.verdict.cause.value, pids=list(hang.pids))
        if hangs:
            reminder = self._watchdog.until_reminder() if self._watchdog is not None else 0.0
            run, store = self._kept()
            faults = _those(run, hangs)
            self._print(live_hang(faults, run, quiet=alarm.quiet, reminder=reminder, store=store))
        elif alarm.since_report is not None and not alarm.lines and self._told:
            run = self._collector.interim()
            self._print([still_stuck(_those(run, self._told), run, since=alarm.since_report)])

    def _count(self, stuck: Stuck) -> int:
        """Return which sentence about its place it is; 0 for one too many."""
        key = stuck.level, stuck.place
        self._sentences[key] += 1
        return self._sentences[key] if self._sentences[key] <= QUIET_LINES else 0

    def _kept(self) -> tuple[Run, Path | None]:
        """Save what is known, so that `mpdiag show` finds it while the program goes on."""
        run = self._collector.interim()
        options = self._options
        try:
            store = Store.open(options.store, deadline=_PATIENCE, limits=options.limits)
            saved = store.save(run)
        except MpdiagError:
            return run, None
        if saved.id != run.id:
            self._collector.about = replace(self._collector.about, id=saved.id)
            run = self._collector.interim()
        return run, options.store

    def _print(self, lines: Iterable[str]) -> None:
        if self._options.format != "json":
            self._say(lines)


def _those(run: Run, hangs: Sequence[Hang]) -> list[Fault]:
    prints = {hang.fingerprint for hang in hangs}
    return [one for one in run.faults if one.kind == "hang" and one.fingerprint in prints]
