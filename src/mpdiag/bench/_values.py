"""What is measured, and what came of it, as values."""

from __future__ import annotations

from dataclasses import dataclass, field

RACE, WORKERS, LATENCY, POOL = "race", "workers", "latency", "pool"
"""The shapes: one to one, several to one, there and back, tasks of a pool."""

FORM = 1
"""Version of the document that `--json` writes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One measurement that can be repeated."""

    shape: str
    road: str
    payload: str
    count: int
    workers: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """One round of a case, in seconds since the first sender began."""

    build: float
    """To make the items, without sending them."""
    sent: float
    """Until the last sender returned."""
    received: float
    """Until the last item was received and checked; of a latency, for all questions."""
    item_bytes: int = 0
    """Size of an item as a pickle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """All rounds of a case under one interpreter."""

    python: str
    case: Case
    timings: tuple[Timing, ...] = ()
    error: str = ""
    """Why it could not be measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where it was measured."""

    system: str
    cpus: int
    hypervisor: str = ""
    load: float = 0.0
    steal: float = 0.0
    """Part of the time that the hypervisor gave to others meanwhile."""
    memcpy: float = 0.0
    """Bytes that one process copies in a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One call of `mpdiag bench`."""

    kind: str
    """``channels`` or ``pools``."""
    machine: Machine
    rows: tuple[Row, ...] = ()
    rounds: int = 0
    seconds: float = 0.0
    notes: tuple[str, ...] = field(default=())
