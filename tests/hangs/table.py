"""Each program of this folder, with the one trouble that it has and must be told of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

PROGRAMS = Path(__file__).parent / "programs"
ALL = ("fork", "spawn", "forkserver")
CLEAN = ("spawn", "forkserver")


@dataclass(frozen=True, kw_only=True)
class Program:
    """One program, and what is to be said of it within `--hang-after 5`."""

    name: str
    verdict: str
    """Cause of the hang; of programs that do not hang, the level (``slow``, ``waiting``)."""
    methods: tuple[str, ...] = ALL
    """Start methods under which it can occur."""
    options: tuple[str, ...] = ()
    note: str = ""
    least: tuple[int, int] = (3, 10)
    """The first Python in which it can occur."""
    level: str = ""
    """Where it is not that of the verdict."""

    @property
    def path(self) -> Path:
        """Where it is."""
        return PROGRAMS / f"{self.name}.py"

    @property
    def hangs(self) -> bool:
        """Whether it is to be told of in full."""
        return (self.level or self.verdict) not in {"slow", "waiting", "nothing"}


TABLE = (
    Program(name="join_before_drain", verdict="join before drain"),
    Program(name="join_of_many", verdict="join before drain", note="two workers, one queue"),
    Program(name="orphaned_lock", verdict="orphaned lock"),
    Program(
        name="lock_at_fork",
        verdict="lock held at fork",
        methods=("fork",),
        note="spawn and forkserver start without the parent's locks",
    ),
    Program(
        name="logging_lock_at_fork",
        verdict="lock held at fork",
        methods=("fork",),
        note="of a handler's own lock; those of logging itself are made anew at a fork",
    ),
    Program(name="no_writer", verdict="nobody will write"),
    Program(name="manager_queue", verdict="nobody will write", note="of a manager's queue, likely"),
    Program(name="dead_worker", verdict="waiting for a dead worker", options=("--no-rescue",)),
    Program(name="half_message", verdict="half-written message"),
    Program(name="stopped", verdict="stopped process"),
    Program(name="deadlock", verdict="deadlock"),
    Program(
        name="thread_deadlock",
        verdict="deadlock",
        note="of threads: possible, by their stacks and the source",
    ),
    Program(name="event_never_set", verdict="never set"),
    Program(name="barrier_never_full", verdict="never set"),
    Program(name="dead_manager", verdict="manager died"),
    Program(name="own_end", verdict="write end open in its reader"),
    Program(name="both_send", verdict="both blocked in send"),
    Program(name="open_tasks", verdict="tasks never marked done"),
    Program(name="two_readers", verdict="two readers of one connection"),
    Program(name="busy_wait", verdict="busy waiting"),
    Program(name="joined_at_exit", verdict="joined at exit"),
    Program(
        name="no_workers",
        verdict="no workers left",
        methods=CLEAN,
        least=(3, 11),
        note="max_tasks_per_child is refused with fork; python/cpython#115634",
    ),
    Program(
        name="loop",
        verdict="endless loop in Python",
        level="slow",
        note="possible: in one line, since nobody can know that it will not end",
    ),
    Program(name="loop_in_c", verdict="endless loop in C", level="slow", note="the same"),
    Program(name="slow", verdict="slow"),
    Program(name="steady", verdict="nothing"),
    Program(name="serves", verdict="nothing"),
    Program(name="idle", verdict="nothing"),
    Program(name="timer", verdict="nothing"),
    Program(name="scheduler", verdict="nothing"),
    Program(name="heartbeat", verdict="nothing"),
    Program(name="subprocess_works", verdict="waiting"),
    Program(name="manager_fed", verdict="waiting"),
    Program(name="scraper", verdict="waiting"),
)
BY_NAME = {program.name: program for program in TABLE}
