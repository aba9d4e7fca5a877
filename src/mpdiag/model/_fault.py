"""What was found in a run: faults, and the run around them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, NewType

from ._hang import Occurrence
from ._occurrence import ExitStatus, Fingerprint, Inputs, Neighbour, Task, Worker
from ._origin import Origin
from ._reason import Reasons
from ._shrunk import Shrunk

RunId = NewType("RunId", str)
"""Four or more characters, such as ``k7f2``; never reused within a store."""
FaultId = NewType("FaultId", str)
"""``run.number``, such as ``k7f2.1``."""


class Outcome(str, Enum):
    """What became of a fault."""

    ENDED = "ended the program"
    CAUGHT = "caught by the program"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """Where a fault that was not recorded here came from: a bundle."""

    id: FaultId
    """Its ID where it was recorded."""
    at: float
    """When it was taken in; seconds since the epoch."""
    digest: str
    """Of all that its bundle held; tells that it was taken in before."""
    left_out: tuple[str, ...] = ()
    """What was known of it and did not come along, one phrase each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """All occurrences with one fingerprint in one run."""

    id: FaultId
    run: RunId
    fingerprint: Fingerprint
    kind: Literal["failure", "crash", "hang"]
    count: int
    first: Occurrence
    others: tuple[Occurrence, ...] = ()
    """Further occurrences that were kept, oldest first; fewer than *count* when limits bind."""
    outcome: Outcome = Outcome.UNKNOWN
    why: str = ""
    """What separates it from the tasks that went well, with counts, where that is clear."""
    reasons: Reasons | None = None
    """The same counted over all tasks; None where their inputs were not all there."""
    raised: str = ""
    """What the caller got, such as ``Pool.map raised this KeyError``; empty when unknown."""
    shrunk: Shrunk | None = None
    """What `mpdiag shrink` made of its inputs."""
    imported: Imported | None = None
    """None for one that was recorded in this store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unwatched:
    """A Python process of the run that mpdiag could not enter."""

    pid: int
    reason: str
    """Such as ``started with -I`` or ``started with a cleaned environment``."""
    place: str = ""
    """``file:line`` in the program that started it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A task that was running when the run ended, of which nothing worse is known."""

    worker: Worker
    text: str
    """One line: target, position and input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passing:
    """A task that went well, kept to be compared with those that failed."""

    task: Task
    inputs: Inputs
    pid: int | None = None
    """Of its worker."""
    worker: int | None = None
    """The number of its worker."""
    running: tuple[Neighbour, ...] | None = None
    """What other workers of its pool ran when it ended; None when nobody looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One program under diagnosis, parent and all descendants."""

    id: RunId
    argv: tuple[str, ...]
    cwd: str
    started: float
    """Seconds since the epoch."""
    seconds: float
    status: ExitStatus
    tasks: int = 0
    """Tasks that ran to an end, good or bad."""
    tasks_known: bool = True
    """False when workers were seen that do not count tasks (bare processes)."""
    failed: int = 0
    passed: dict[str, int] = field(default_factory=dict)
    """Tasks of pools that went well, by target, of the targets that faults name."""
    workers: int = 0
    extra_tasks: int = 0
    """Tasks that ran only because mpdiag went on after a failure."""
    cancelled: int = 0
    """Tasks that the pool never started after a failure."""
    ignored: int = 0
    """Failures of the types named by ``ignore``."""
    unwatched: tuple[Unwatched, ...] = ()
    interrupted: tuple[Running, ...] = ()
    limits: tuple[str, ...] = ()
    """Limits that were reached, one sentence each."""
    rescued: tuple[str, ...] = ()
    """What plain Python would have done otherwise, one sentence each."""
    memory: tuple[str, ...] = ()
    """What stood out in the course of its workers' memory, one sentence each."""
    left: tuple[str, ...] = ()
    """Processes that were left behind, and what follows from kills; one sentence each."""
    environment: dict[str, str] = field(default_factory=dict)
    """The environment card: versions, start method, limits, threads, allowed variables."""
    origins: dict[str, Origin] = field(default_factory=dict)
    """By the process id of the owner: what a second call of a task must restore."""
    sources: dict[str, str] = field(default_factory=dict)
    """Hash of each file that a fault names; empty for one that was changed during the run."""
    faults: tuple[Fault, ...] = ()
    passing: tuple[Passing, ...] = ()
    """A sample of the tasks that went well; none where nothing failed."""
