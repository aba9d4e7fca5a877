"""A running program in numbers, for ``mpdiag top``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerView:
    """One worker."""

    pid: int
    number: int
    state: str
    cpu: float | None
    """Share of one processor since the last look, or since its start."""
    memory_bytes: int | None
    target: str
    index: int | None
    seconds: float | None
    """How long it has been at its task."""
    done: int
    rate: float
    """Tasks a second, of late."""
    failed: int
    inputs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run at one moment."""

    at: float
    lines: tuple[WorkerView, ...]
    done: int
    """Of all its workers, also of those that are gone."""
    failed: int
    gone: int
    """Workers that have ended, well or not."""
    died: tuple[tuple[str, int], ...] = ()
    """How workers died that left a task unanswered, such as ``SIGKILL``, and how many."""
