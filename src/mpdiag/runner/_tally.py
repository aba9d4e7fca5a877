"""What the recorder files of a run add up to."""

from __future__ import annotations

from collections.abc import Iterable

from ..model import Fingerprint
from ..recorder import Kind, Reading, State


def was_running(reading: Reading) -> bool:
    """Whether Ctrl-C, or the pool that it ended, found the worker in a task."""
    ended = reading.terminated and reading.state == State.RUNNING
    return bool(reading.label) and (reading.state == State.INTERRUPTED or bool(ended))


def tasks_of(reading: Reading) -> int:
    """Return how many tasks a worker began and ended, good or bad, and none had begun before."""
    if reading.kind == Kind.PROCESS:
        return 0
    running = reading.state == State.RUNNING
    ran = reading.done + (reading.offset + 1 if running and reading.size else int(running))
    return max(0, ran - reading.repeated)


def counts_tasks(reading: Reading) -> bool:
    """Whether it is known how many tasks a worker ran: not of a bare process, which has no tasks.

    Until its pool's loop begins, a worker is a process without a mark of its own.
    """
    return reading.kind != Kind.PROCESS or not reading.label


def counts_of(found: Iterable[Reading]) -> dict[tuple[Fingerprint, str], int]:
    """Return how often each failure occurred, by test, also where only the count was kept."""
    counts: dict[tuple[Fingerprint, str], int] = {}
    for reading in found:
        for counter in reading.counters:
            key = Fingerprint(f"{counter.fingerprint:016x}"), reading.test
            counts[key] = counts.get(key, 0) + counter.count
    return counts
