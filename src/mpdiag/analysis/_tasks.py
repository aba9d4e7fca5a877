"""From a run to records: the inputs of its failed and passing tasks, read and not loaded."""

from __future__ import annotations

import ast
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from .. import codec
from ..model import Crash, Failure, Fault, Hang, Inputs, Neighbour, Passing, Run, Snapshot, Task
from ._record import Clue, Record

# Seconds for reading alone.  More: a long wait for the first line.  Less: fewer passes to compare.
SECONDS = 6.0
# Share of the time that is left for failures, which are few.
_FOR_FAILURES = 0.3
_Arguments: TypeAlias = tuple[Sequence[object], Mapping[str, object]]
_NO_ARGUMENTS: _Arguments = ((), {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Tasks:
    """What is compared for one fault."""

    failed: Sequence[Record]
    passed: Sequence[Record]
    names: tuple[str, ...]
    """Parameters of the target, in order."""
    clue: Clue
    all_passed: int
    """Tasks of the target that went well, in and out of the sample."""
    first: Task | None = None


@dataclass(slots=True)
class _Reader:
    """Reads each message once, within its time."""

    deadline: float
    """On the clock of ``time.process_time``, as all of them here."""
    share: float = 1.0
    """Seconds for one message."""
    own: bool = False
    """This run wrote what is read, so that it may be loaded, without running it."""
    callee: bytes | None = None
    """What the target of the fault holds, of those occurrences that were not kept whole."""
    messages: dict[tuple[object, ...], object] = field(default_factory=dict)
    places: dict[tuple[str, int | None, int], _Arguments] = field(default_factory=dict)
    """Arguments by label, call and index: what neighbours refer to."""

    def arguments(self, inputs: Inputs, key: tuple[object, ...]) -> _Arguments | None:
        """Return the arguments that *inputs* hold; None if they cannot be read in time."""
        raw = inputs.encoded
        if raw is None:
            return _from_text(inputs.values)
        if inputs.encoding != "task":
            return self._with_held(_pair(self._read(raw, ())), inputs.callee or self.callee)
        message = self._read(raw, key)
        args, kwargs = codec.message_arguments(message, offset=inputs.offset)
        return (args, kwargs) if args or kwargs else None

    def _read(self, raw: bytes, key: tuple[object, ...]) -> object:
        if key and key in self.messages:
            return self.messages[key]
        left = min(self.share, self.deadline - time.process_time())
        if left <= 0:
            return None
        found = self._loaded(raw)
        if found is None:
            found = codec.read_pickle(raw, limits=codec.ReadLimits(seconds=left))
        if key:
            self.messages[key] = found
        return found

    def _with_held(self, found: _Arguments | None, callee: bytes | None) -> _Arguments | None:
        """Put what the target holds before its arguments, as in those of a message."""
        if found is None or callee is None:
            return found
        args, kwargs = codec.with_held(self._read(callee, (callee,)), *found)
        return args, {str(name): value for name, value in kwargs.items()}

    def _loaded(self, raw: bytes) -> object:
        try:
            return codec.load_inert(raw) if self.own else None
        except ValueError:
            return None

    def neighbour(self, one: Neighbour | None) -> Record | None:
        """Return another task as a record; None if its inputs are not known."""
        if one is None:
            return None
        found = self.arguments(one.inputs, ()) if one.inputs.encoded else None
        if found is None and one.index is not None:
            found = self.places.get((one.label, one.call, one.index))
        return Record(*found) if found is not None else None

    def neighbours(self, them: Sequence[Neighbour] | None) -> list[Record] | None:
        """Return other tasks as records, those that are known; None if nobody looked."""
        if them is None:
            return None
        found = map(self.neighbour, them)
        return [one for one in found if one is not None]


def tasks_of(run: Run, fault: Fault, *, seconds: float = SECONDS, own: bool = False) -> Tasks:
    """Return the tasks to compare for *fault*: its occurrences, and passes of the same target.

    With *own*, for a run that has just ended and was never stored, they are read at the speed of C.
    """
    first = fault.first.task
    passing = [one for one in run.passing if first and one.task.target == first.target]
    end = time.process_time() + seconds
    reader = _Reader(end - _FOR_FAILURES * seconds, own=own, callee=fault.first.inputs.callee)
    messages = {_message_key(one) for one in passing}
    reader.share = (1 - _FOR_FAILURES) * seconds / max(1, len(messages))
    passes = _passes(reader, passing)
    reader.deadline, reader.share = end, seconds
    failures = _failures(reader, (fault.first, *fault.others))
    _link({**passes, **failures})
    return Tasks(
        failed=[record for record, _ in failures.values()],
        passed=[record for record, _ in passes.values()],
        names=_names(first.signature) if first is not None else (),
        clue=_clue(fault),
        all_passed=run.passed.get(first.target, len(passes)) if first is not None else 0,
        first=first,
    )


_Known: TypeAlias = dict[tuple[str, int], tuple[Record, tuple[int | None, int | None]]]
"""Tasks, each with the process that ran it and its number there."""


def _passes(reader: _Reader, passing: Iterable[Passing]) -> _Known:
    found: _Known = {}
    read: list[tuple[Record, Passing]] = []
    for one in passing:
        arguments = reader.arguments(one.inputs, _message_key(one))
        if arguments is None:
            continue
        task = one.task
        if task.index is not None:
            reader.places[task.label, task.call, task.index] = arguments
        record = Record(*arguments, one.worker, task.nth, inputs=one.inputs)
        found["pass", len(found)] = record, (one.pid, task.nth)
        read.append((record, one))
    for record, one in read:
        record.running = reader.neighbours(one.running)
        record.previous = _before_in_chunk(reader, one)
    return found


def _before_in_chunk(reader: _Reader, one: Passing) -> Record | None:
    """Return the task before *one* in its chunk, which need not be in the sample."""
    offset = one.inputs.offset
    if one.inputs.encoding != "task" or not offset:
        return None
    message = reader.messages.get(_message_key(one))
    args, kwargs = codec.message_arguments(message, offset=offset - 1)
    return Record(args, kwargs) if args or kwargs else None


def _failures(reader: _Reader, occurrences: Iterable[Failure | Crash | Hang]) -> _Known:
    found: _Known = {}
    for one in occurrences:
        task = one.task
        if task is None:
            continue
        arguments = reader.arguments(one.inputs, ())
        if arguments is None:
            continue
        record = Record(*arguments, one.worker.number, task.nth, inputs=one.inputs)
        if isinstance(one, Failure):
            record.previous = reader.neighbour(one.previous)
            record.running = reader.neighbours(one.running)
        found["failure", len(found)] = record, (one.worker.pid, task.nth)
    return found


def _link(known: _Known) -> None:
    """Give each task the one that its worker ran before it, where both are known."""
    places = {place: record for record, place in known.values()}
    for record, (pid, nth) in known.values():
        if record.previous is None and pid is not None and nth:
            record.previous = places.get((pid, nth - 1))


def _message_key(one: Passing) -> tuple[object, ...]:
    """Return what is equal for the tasks of one message."""
    offset, index = one.inputs.offset, one.task.index
    if one.inputs.encoding != "task" or offset is None or index is None:
        return ()
    return one.task.label, one.task.call, index - offset, one.pid


def _pair(message: object) -> _Arguments | None:
    match message:
        case ((tuple() | list()) as args, dict(kwargs)):
            return args, {str(name): value for name, value in kwargs.items()}
    return None


def _from_text(values: Mapping[str, Snapshot]) -> _Arguments | None:
    """Return inputs that were kept as text alone, where the text is a whole literal."""
    found = {}
    for name, snapshot in values.items():
        try:
            found[name] = ast.literal_eval(snapshot.text)
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    return ((), found) if found else None


def _names(signature: str) -> tuple[str, ...]:
    names = signature.partition("(")[2].rstrip(")").split(",")
    plain = (name.strip() for name in names)
    return tuple(name for name in plain if name.isidentifier())


def _clue(fault: Fault) -> Clue:
    if not isinstance(fault.first, Failure):
        return Clue()
    error = fault.first.error
    key = error.message if error.type == "KeyError" else ""
    return Clue(key=key, sources=tuple(frame.source for frame in error.trace))
