"""A worker, or a whole run, that lives and makes no progress."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ._moment import Moment
from ._occurrence import (
    Crash,
    Failure,
    Fingerprint,
    Frame,
    Inputs,
    Output,
    Task,
    Verdict,
    Worker,
)
from ._stuck import Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Hang:
    """A worker lives but its task makes no progress."""

    fingerprint: Fingerprint
    task: Task | None
    worker: Worker
    """The first of *pids*; for the program itself, a worker without a number."""
    verdict: Verdict
    inputs: Inputs
    at: float
    stuck_for: float
    """Seconds."""
    trace: tuple[Frame, ...] = ()
    output: Output = field(default_factory=Output)
    note: str = ""
    pids: tuple[int, ...] = ()
    """All processes that are in it."""
    rows: tuple[Note, ...] = ()
    """Who waits where for what."""
    moment: Moment | None = None
    """All processes of the run, as they were judged."""
    kind: Literal["hang"] = "hang"


Occurrence: TypeAlias = Failure | Crash | Hang
