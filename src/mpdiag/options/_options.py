"""The resolved settings of one run, as a frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

KIB = 1024
MIB = 1024 * KIB
GIB = 1024 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is kept; lower saves memory and disk, higher keeps more to look at."""

    value_bytes: int = MIB
    """Of one input; a larger one is kept as text."""
    run_bytes: int = 256 * MIB
    """Of everything one run keeps."""
    store_bytes: int = GIB
    """Of the store; the oldest runs go first."""
    first: int = 20
    """Occurrences of a fault that are kept whole, from its first on."""
    reservoir: int = 200
    """Further occurrences of a fault, drawn at random from all of them."""
    reservoir_bytes: int = 32 * MIB
    passing: int = 2000
    """Inputs of tasks that went well, kept for comparison when there are failures."""
    passing_bytes: int = 64 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the user asked for; made by `load`, which checks every value."""

    keep_going: bool = True
    """Run the rest of a chunk after a failure, for diagnosis."""
    values: Literal["full", "text", "none"] = "full"
    """``text`` keeps no pickles, ``none`` only names, types and sizes."""
    ignore: tuple[str, ...] = ()
    """Names of exception types that are counted and not reported."""
    log_context: bool = False
    """Add run, worker and task to the program's own log records."""
    capture_fd: bool = False
    """Keep the last lines of what a worker writes to its descriptors, not to its streams alone."""
    record_random: bool = False
    """Keep the state of random generators before each task, for replay."""
    hang_after: float = 60.0
    """Seconds without progress after which a hang is reported; 0: never."""
    task_timeout: float | None = None
    """Seconds after which a task of a pool is ended with its worker."""
    rescue: bool = True
    """Undo what can be undone without guessing: a lost task, the lock of a dead worker."""
    quiet: bool = False
    format: Literal["text", "json"] = "text"
    events: str | None = None
    """A file, ``-`` for standard error, or ``fd:N``."""
    store: Path = field(default_factory=lambda: Path(".mpdiag"))
    """Absolute when it comes from `load`."""
    exit_code_on_fault: int | None = None
    secret_names: tuple[str, ...] = ()
    """Names whose values are masked, beyond those that are masked anyway."""
    limits: Limits = field(default_factory=Limits)
    python: str | None = None
    """The interpreter of the program; None: the one that runs mpdiag."""
