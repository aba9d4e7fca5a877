"""What happened once: a failure or a crash, with its task, worker and evidence."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Literal, NewType

from ._history import History
from ._lookup import Lookup
from ._snapshot import Snapshot

Fingerprint = NewType("Fingerprint", str)
"""Equal for occurrences that are the same; 16 hexadecimal digits."""


class Fidelity(str, Enum):
    """How much of a value survived its way out of the worker."""

    EXACT = "exact"
    REBUILT = "rebuilt"
    TEXT = "text"
    LOST = "lost"


class Certainty(str, Enum):
    """How sure a verdict is."""

    PROVEN = "proven"
    VERY_LIKELY = "very likely"
    LIKELY = "likely"
    POSSIBLE = "possible"
    UNKNOWN = "unknown"


class Cause(str, Enum):
    """What ended or stopped a worker."""

    RAISED = "raised"
    EXIT_CALL = "exit call"
    SIGNAL = "signal"
    OUT_OF_MEMORY = "out of memory"
    ORPHANED_LOCK = "orphaned lock"
    INTERRUPTED = "interrupted"
    JOIN_BEFORE_DRAIN = "join before drain"
    LOCK_AT_FORK = "lock held at fork"
    NO_WRITER = "nobody will write"
    DEAD_WORKER = "waiting for a dead worker"
    HALF_MESSAGE = "half-written message"
    STOPPED = "stopped process"
    LOOP = "endless loop in Python"
    LOOP_IN_C = "endless loop in C"
    DEADLOCK = "deadlock"
    NEVER_SET = "never set"
    DEAD_MANAGER = "manager died"
    OWN_END = "write end open in its reader"
    BOTH_SEND = "both blocked in send"
    OPEN_TASKS = "tasks never marked done"
    TWO_READERS = "two readers of one connection"
    BUSY_WAIT = "busy waiting"
    JOINED_AT_EXIT = "joined at exit"
    NO_WORKERS = "no workers left"
    TASK_TIMEOUT = "task timeout"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """One frame of a trace, with the line as it stood and bounded locals."""

    file: str
    line: int
    function: str
    first_line: int = 0
    end_line: int | None = None
    column: int | None = None
    """0-based, in characters; None where the interpreter does not tell (3.10)."""
    end_column: int | None = None
    source: str = ""
    locals: dict[str, Snapshot] = field(default_factory=dict)
    globals: dict[str, Snapshot] = field(default_factory=dict)
    """Those that its code names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Error:
    """An exception as data, with everything that hangs on it."""

    type: str
    """Qualified name; the module is left out for builtins."""
    message: str
    notes: tuple[str, ...] = ()
    trace: tuple[Frame, ...] = ()
    """Outermost frame first; frames of mpdiag and of the pool are left out."""
    cause: Error | None = None
    context: Error | None = None
    suppress_context: bool = False
    members: tuple[Error, ...] = ()
    """Of an exception group."""
    fidelity: Fidelity = Fidelity.EXACT
    """How much of the exception reached the caller."""
    raw: str | None = None
    """Traceback in tblib's dict form as JSON text, for tools that want a live one."""
    lookup: Lookup | None = None
    """What was looked up in vain; of the first of its kind in a worker, where that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One call of a target: which call of which pool method, and where in it."""

    target: str
    """Qualified name of the callable, such as ``app.parse``."""
    signature: str = ""
    """Parameter names as in a call, such as ``parse(record)``."""
    file: str = ""
    """Where the target is defined; empty when unknown."""
    line: int | None = None
    label: str = ""
    """``Pool.map``, ``ProcessPoolExecutor.submit``, ``Process``, ``guard``."""
    index: int | None = None
    """Position of the input, from 0; None where it has none."""
    call: int | None = None
    """Number of the pool call within its owner, from 1."""
    started: float | None = None
    """Seconds since the epoch."""
    nth: int | None = None
    """Tasks that its worker had run before it."""
    replay: bool = True
    """False where ``@guard(replay=False)`` forbids a second call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """The process that ran the task."""

    pid: int
    number: int | None = None
    """From 1: its place in its pool, or in the order in which its owner started processes."""
    of: int | None = None
    """How many workers its pool has; None where it is in none."""
    replacement: bool = False
    """Another worker had its place before, and ended."""
    name: str = ""
    owner: int | None = None
    """Process id of the owner."""
    start_method: str | None = None
    test: str = ""
    """Of pytest, in which the worker was started, as pytest writes it; empty without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitStatus:
    """How a process ended: exactly one of *code* and *signal* is known, or neither."""

    code: int | None = None
    signal: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Cause, certainty and evidence of a crash or hang."""

    cause: Cause
    certainty: Certainty
    headline: str
    """Such as ``SIGKILL, very likely out of memory``."""
    evidence: tuple[str, ...] = ()
    not_readable: tuple[str, ...] = ()
    """Sources that could have told more, and were closed."""
    fix: str = ""
    """What would prevent it, such as ``fewer workers, or a limit above 512 MiB``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The last lines that a worker wrote."""

    stdout: str = ""
    stderr: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of a task: as text by parameter name, and as bytes where they could be kept."""

    values: dict[str, Snapshot] = field(default_factory=dict)
    encoded: bytes | None = None
    """Bytes of ``(args, kwargs)``; see *encoding*.  Never loaded to show anything."""
    encoding: Literal["pickle", "cloudpickle", "task", "text", "none"] = "text"
    """``task``: the raw message of the pool, of which *offset* names the item."""
    offset: int | None = None
    changed: dict[str, Snapshot] = field(default_factory=dict)
    """What the target had made of an input by the time it failed, where that is not *values*."""
    callee: bytes | None = None
    """Bytes of a target that its name alone does not lead to, such as a ``partial``."""
    random: bytes | None = None
    """State of the random generators before the call, where that was asked for; a pickle."""
    likely: bool = False
    """The last message that a bare process received, not the arguments of a call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbour:
    """A task that ran before another one in its worker, or in another worker at its end."""

    inputs: Inputs
    """Without bytes where they were too large: the place says where else to look."""
    label: str = ""
    call: int | None = None
    index: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What a dead worker took with it of its chunk."""

    done: int
    never_started: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A target raised."""

    fingerprint: Fingerprint
    task: Task
    worker: Worker
    error: Error
    inputs: Inputs
    at: float
    """Seconds since the epoch, read in the worker."""
    output: Output = field(default_factory=Output)
    verdict: Verdict | None = None
    """Of failures that are more than an exception: an exit call, a value that cannot be sent."""
    status: ExitStatus = field(default_factory=ExitStatus)
    """How the worker ended by it; empty where it went on."""
    note: str = ""
    """The line that was added to the exception (PEP 678); finds it again in its owner."""
    in_keep_going: bool = False
    """The task ran only because mpdiag went on after the first failure of its chunk."""
    previous: Neighbour | None = None
    """What its worker ran before it."""
    running: tuple[Neighbour, ...] | None = None
    """What other workers of its pool ran when it failed; None when nobody looked."""
    start_state: str | None = None
    history: History | None = None
    """What ran before it in its worker; None where it is not the first of its kind there."""
    kind: Literal["failure"] = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crash:
    """A worker died and left its task without an answer."""

    fingerprint: Fingerprint
    task: Task | None
    worker: Worker
    status: ExitStatus
    verdict: Verdict
    inputs: Inputs
    at: float
    """Seconds since the epoch at which the death was seen."""
    trace: tuple[Frame, ...] = ()
    """From faulthandler, where the signal left a stack."""
    output: Output = field(default_factory=Output)
    lost: Lost | None = None
    note: str = ""
    in_keep_going: bool = False
    """The task ran only because mpdiag went on after the first failure of its chunk."""
    history: History | None = None
    kind: Literal["crash"] = "crash"
