"""Whether anything of a run moves: its tasks by the recorder, the rest by processor time."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..evidence import children_of, descendants, vitals
from ..recorder import Glance, glance
from ._folder import files_in

# Share of one processor below which a run counts as still.  Lower: a main program that looks
# every 10 ms whether its result is ready never does.  Higher: slow work is taken for none.
STILL = 0.02
# Seconds of processor time that come in steps of 0.01 and cannot be told from none.
GRAIN = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """What a worker did when it was last looked at, and since when it has not moved."""

    glance: Glance
    since: float
    """On the clock of the runner."""


@dataclass(slots=True)
class Pulse:
    """Takes the pulse of one run; *now* is on any clock that never goes back."""

    folder: Path
    program: int
    beats: dict[str, Beat] = field(default_factory=dict)
    """By name of the recorder file, of workers that have not ended."""
    had_workers: bool = False
    tasks_since: float = 0.0
    """Since when no task has moved."""
    still_since: float = 0.0
    """Since when, besides, no processor time was used."""
    _over: set[str] = field(default_factory=set)
    _cpu: tuple[float, float] | None = None
    """When processor time was read, and how much it was."""

    def take(self, now: float) -> bool:
        """Look at all workers; return whether a task has moved since the last look."""
        moved = False
        for path in files_in(self.folder):
            if path.name not in self._over:
                moved |= self._look(path, now)
        if moved:
            self.tasks_since = self.still_since = now
            self._cpu = None
        else:
            self._look_at_cpu(now)
        return moved

    def _look(self, path: Path, now: float) -> bool:
        seen = glance(path)
        if seen is None:
            return False
        self.had_workers = True
        before = self.beats.get(path.name)
        if seen.has_ended:
            self._over.add(path.name)
            self.beats.pop(path.name, None)
            if vitals(seen.pid) is None:  # else somebody has its number again
                (self.folder / f"{seen.pid}.stacks").unlink(missing_ok=True)
            return True
        if before is not None and before.glance.progress == seen.progress:
            return False
        self.beats[path.name] = Beat(glance=seen, since=now)
        return True

    def _look_at_cpu(self, now: float) -> None:
        used = sum(map(_cpu_of, self.members()))
        if self._cpu is None:
            self._cpu = now, used
            return
        at, before = self._cpu
        if used < before:  # a child has gone that nobody waited for
            self._cpu = now, used
        elif used - before > GRAIN + STILL * (now - at):
            self.still_since, self._cpu = now, (now, used)

    def forgive(self, now: float) -> None:
        """Do not count the processor time that our own question cost."""
        self._cpu = now, sum(map(_cpu_of, self.members()))

    def members(self) -> list[int]:
        """Return the processes of the run, as far as they are alive."""
        workers = (beat.glance.pid for beat in self.beats.values())
        return list(dict.fromkeys([*_family(self.program), *workers]))

    def overdue(self, now: float, limit: float) -> list[Beat]:
        """Return the pool's workers that have been at one task for *limit* seconds."""
        return [
            beat
            for beat in self.beats.values()
            if beat.glance.is_busy
            and not beat.glance.is_bare
            and now - beat.since >= limit
            and _is_alive(beat.glance)
        ]


def _family(program: int) -> list[int]:
    """Return *program* and its descendants: by the kernel's own lists, which take little time."""
    found = [program]
    for above in found:
        found += [child for child in children_of(above) if child not in found]
    return found if len(found) > 1 else [program, *descendants(program)]


def _is_alive(seen: Glance) -> bool:
    now = vitals(seen.pid)
    return now is not None and seen.start_ticks in {0, now.started_ticks} and now.state not in "ZX"


def _cpu_of(pid: int) -> float:
    now = vitals(pid)
    return now.cpu + now.cpu_of_children if now is not None else 0.0
