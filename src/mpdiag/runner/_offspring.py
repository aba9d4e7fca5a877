"""Processes that tasks start: who is left at the end of the run, and which task left it.

/proc/PID/task/PID/children of each worker is read at every look; a child that outlives its
worker was seen before with its task.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..evidence import children_of, command_line, vitals
from ..model import ExitStatus
from ..recorder import Glance, Reading

# Start methods with a resource tracker from the start, as the recorder numbers them.
_TRACKED = (2, 3)

# Children that are remembered; a worker that starts more of them has not left them behind.
MOST = 1000
# Looks in a row that find a child ended and not waited for, before it counts as a zombie.
ZOMBIE_LOOKS = 4
# In the commands of what multiprocessing starts for itself: it ends on its own.
_SERVER = "multiprocessing."
# Processes that a report names.
MOST_NAMED = 5


@dataclass(slots=True)
class _Child:
    worker: int
    task: str
    started_ticks: int
    zombie_looks: int = 0


class Offspring:
    """The children of all workers of a run, as far as they were seen."""

    def __init__(self) -> None:
        self._seen: dict[int, _Child] = {}
        self._zombies: dict[int, tuple[int, str]] = {}
        """By worker: the most at a time, and the task of the first."""

    def look(self, living: list[Glance]) -> None:
        """Take a look at the children of the *living*, and forget those that are gone."""
        for one in living:
            for pid in children_of(one.pid):
                if pid not in self._seen and len(self._seen) < MOST:
                    self._add(pid, one)
        zombies: dict[int, int] = {}
        for pid, child in list(self._seen.items()):
            now = vitals(pid)
            if now is None or now.started_ticks != child.started_ticks:
                del self._seen[pid]
                continue
            child.zombie_looks = child.zombie_looks + 1 if now.state == "Z" else 0
            if child.zombie_looks >= ZOMBIE_LOOKS:
                zombies[child.worker] = zombies.get(child.worker, 0) + 1
                self._zombies.setdefault(child.worker, (0, child.task))
        for worker, count in zombies.items():
            most, task = self._zombies[worker]
            self._zombies[worker] = max(most, count), task

    def _add(self, pid: int, worker: Glance) -> None:
        now = vitals(pid)
        if now is not None:
            self._seen[pid] = _Child(worker.pid, _task_of(worker), now.started_ticks)

    def left(self, workers: Mapping[int, str]) -> Iterator[str]:
        """Yield what is left behind at the end, one sentence each; *workers* are named by pid."""
        there = []
        for pid, child in self._seen.items():
            now = vitals(pid)
            same = now is not None and now.started_ticks == child.started_ticks
            runs = same and now is not None and now.state not in "ZX"
            if runs and pid not in workers and _SERVER not in command_line(pid):
                there.append((pid, child))
        for pid, child in there[:MOST_NAMED]:
            what = command_line(pid)[:60] or "a process"
            who = workers.get(child.worker, f"pid {child.worker}")
            yield f"process {pid} ({what}) still runs; started in {child.task}, {who}"
        if len(there) > MOST_NAMED:
            yield f"and {len(there) - MOST_NAMED} more processes that tasks started still run"
        for worker, (most, task) in self._zombies.items():
            who = workers.get(worker, f"pid {worker}")
            number = "a process" if most == 1 else f"{most} processes"
            yield f"{who} never waited for {number} that had ended (zombies), from {task} on"


def _task_of(worker: Glance) -> str:
    """Return the task that a worker was running when a child of it was first seen."""
    if not worker.is_busy or worker.is_bare:
        return worker.label or "a worker between two tasks"
    _, index, _ = worker.task
    return f"task {index} (from 0) of {worker.label}"


def names_of(found: Sequence[Reading]) -> dict[int, str]:
    """Return the workers of a run by process id, as a sentence names them."""
    return {
        one.pid: f"worker {one.number} (pid {one.pid})" if one.number else f"pid {one.pid}"
        for one in found
    }


def tracker_words(found: Sequence[Reading], status: ExitStatus) -> Iterator[str]:
    """Yield what the resource tracker's warning means, where a kill will have brought it about."""
    tracked = any(one.start_method in _TRACKED for one in found)
    killed = any(one.exitcode == -signal.SIGKILL and not one.terminated for one in found)
    if tracked and status.signal is not None:
        whose, what = "the program was killed", "semaphores or shared memory"
    elif tracked and killed:
        whose, what = "a worker was killed", "shared memory"
    else:
        return
    yield (
        f"{whose}: a warning of the resource tracker about leaked {what} is a consequence of"
        " that, and what leaked is cleaned up by it"
    )
