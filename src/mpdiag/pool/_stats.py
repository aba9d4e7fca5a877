"""What the workers of a pool have done: values for a program, and a table for a person."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._hand import Hand

_HEAD = ("worker", "pid", "tasks", "busy s", "idle s", "start s", "sent B", "received B", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerStats:
    """One worker until now, or until its end."""

    number: int
    pid: int
    tasks: int
    """Answered, well or not."""
    busy_seconds: float
    """With frames that are done: their tasks, reading them, and sending what came of them; and with
    the one that is not done, since it has that."""
    idle_seconds: float
    """The rest of the time since it was ready."""
    start_seconds: float
    """From its start until it was ready, with the initializer; until now if it is not."""
    bytes_sent: int
    """To it, without what went through shared blocks."""
    bytes_received: int
    alive: bool


class PoolStats(tuple[WorkerStats, ...]):
    """The workers of a pool, in the order in which they were started; printed, a table."""

    __slots__ = ()

    def __repr__(self) -> str:
        rows = [_HEAD, *map(_row, self), _total(self)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in rows
        )


def _row(one: WorkerStats) -> tuple[str, ...]:
    end = "" if one.alive else "ended"
    return (str(one.number), str(one.pid), *_figures([one]), end)


def _total(all_: PoolStats) -> tuple[str, ...]:
    return ("all", "", *_figures(all_), "")


def _figures(some: PoolStats | list[WorkerStats]) -> tuple[str, ...]:
    return (
        f"{sum(one.tasks for one in some):,}",
        f"{sum(one.busy_seconds for one in some):.2f}",
        f"{sum(one.idle_seconds for one in some):.2f}",
        f"{sum(one.start_seconds for one in some):.2f}",
        f"{sum(one.bytes_sent for one in some):,}",
        f"{sum(one.bytes_received for one in some):,}",
    )


class Account:
    """Counts for one worker, on its owner's side."""

    __slots__ = ("busy", "ready", "received", "sent", "since", "started", "tasks")

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.ready = 0.0
        self.tasks = self.sent = self.received = 0
        self.busy = 0.0
        self.since = 0.0
        """When it came to what it has not answered; 0 if it has nothing."""

    def is_ready(self, nanoseconds: int) -> None:
        """Note when it was ready by its own clock, which is ours: nobody may have read that yet."""
        self.ready = max(nanoseconds / 1e9, self.started)

    def answered(self, nanoseconds: int, *, more: bool) -> None:
        """Note how long a frame took, and whether there is another."""
        self.busy += nanoseconds / 1e9
        self.since = time.monotonic() if more else 0.0

    def of(self, hand: Hand, *, alive: bool) -> WorkerStats:
        """Return what there is to tell now."""
        now = time.monotonic()
        ready = self.ready or now
        busy = self.busy + (max(0.0, now - max(self.since, ready)) if self.since else 0.0)
        return WorkerStats(
            number=hand.number,
            pid=hand.pid,
            tasks=self.tasks,
            busy_seconds=busy,
            idle_seconds=max(0.0, now - ready - busy),
            start_seconds=ready - self.started,
            bytes_sent=self.sent,
            bytes_received=self.received,
            alive=alive,
        )
