"""The tasks of a history, one by one: what each takes to be called again, and what it was."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ... import codec
from ...model import Failure, History, Inputs, Occurrence, Snapshot, Task

# Tasks of a history that are called again, the last of them.  More: each trial takes longer.
MOST = 10_000
# Bytes of a message that are read to show one of its tasks.
_MOST_READ = codec.ReadLimits(size_bytes=4 << 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One task that ran before the one that failed."""

    message: bytes
    """As it came off the queue of the pool."""
    offset: int | None = None
    """Its place in a chunk; None where the message is one task."""
    back: int = 1
    """How many tasks before the one that failed: 1 is the last."""


def steps_of(history: History | None) -> tuple[Step, ...]:
    """Return the tasks of *history* whose inputs are kept, oldest first.

    Raises:
        ValueError: the history was not written by mpdiag.
    """
    found: list[Step] = []
    if history is None or not history.packed:
        return ()
    back = 0
    parts = zip(history.parts, history.messages(), strict=True)
    for part, message in reversed(list(parts)):
        for offset in range(part.ran - 1, -1, -1):
            back += 1
            if back > MOST:
                break
            if message:
                place = offset if part.is_chunk else None
                found.append(Step(message=message, offset=place, back=back))
    return tuple(reversed(found))


def as_calls(steps: Sequence[Step], task: Task) -> list[tuple[Task, Inputs]]:
    """Return *steps* as what a trial makes before the call of *task*, which has their pool."""
    before = Task(target="a task before it", label=task.label)
    return [
        (before, Inputs(encoded=step.message, encoding="task", offset=step.offset))
        for step in steps
    ]


def packed_calls(
    before: Sequence[tuple[Task, Inputs]], describe: Any
) -> tuple[list[str], list[dict[str, Any]]]:
    """Return messages and groups of calls that are made of them, in order, for a request.

    A message is sent once, and loaded once for each group: the items of a chunk share what they
    shared when it was recorded.  *describe* makes an entry of a call that is no part of a message.
    """
    places: dict[bytes, int] = {}
    groups: list[dict[str, Any]] = []
    for task, inputs in before:
        raw = inputs.encoded
        if inputs.encoding != "task" or raw is None:
            groups.append(describe(task, inputs))
            continue
        place = places.setdefault(raw, len(places))
        last = groups[-1] if groups else {}
        if last.get("message") == place and inputs.offset not in last["offsets"]:
            last["offsets"].append(inputs.offset)
        else:
            groups.append({"message": place, "offsets": [inputs.offset], "label": task.label})
    return [base64.b64encode(raw).decode() for raw in places], groups


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a message says of one of its tasks; nothing was loaded for it."""

    target: str
    index: int | None
    """Its place in its call."""
    inputs: Mapping[str, Snapshot]


def told(step: Step, task: Task, *, mask: codec.Mask) -> Told:
    """Return what is known of *step*, which ran in the worker of *task*."""
    message = _read(step.message)
    found = codec.message_task(message)
    same = found.target == task.target
    inputs = codec.message_inputs(
        message, target=task.signature if same else "", offset=step.offset
    )
    index = None if found.start is None else found.start + (step.offset or 0)
    shown = {name: _snapshot(name, value, mask) for name, value in inputs.items()}
    return Told(target=found.target, index=index, inputs=shown)


def _snapshot(name: str, value: object, mask: codec.Mask) -> Snapshot:
    if mask.hides(name):
        return Snapshot(text=codec.MASKED)
    return codec.snapshot(value, mask=mask)


@lru_cache(maxsize=4)
def _read(message: bytes) -> object:
    return codec.read_pickle(message, limits=_MOST_READ)


def overlapping(occurrence: Occurrence) -> Iterator[Step]:
    """Yield what other workers were running when a task failed, where that is kept."""
    running = occurrence.running if isinstance(occurrence, Failure) else None
    for one in running or ():
        if one.inputs.encoding == "task" and one.inputs.encoded:
            yield Step(message=one.inputs.encoded, offset=one.inputs.offset, back=0)
