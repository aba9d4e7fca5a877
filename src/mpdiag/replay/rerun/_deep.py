"""What the variables were at the line that fails, for tasks whose inputs do not tell."""

from __future__ import annotations

import pickle
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from ... import codec
from ...analysis import Explanation, Record
from ...model import Failure, Fault, Inputs
from .._plan import Plan
from ..trial._sandbox import Sandbox
from ._swap import exchange
from ._watch import Place, Watcher

# Failing and passing tasks that are called again, and seconds for all of them.
FAILED, PASSED, SECONDS = 40, 300, 60.0
_DEADLINE = 10.0


def deep_place(fault: Fault) -> Place | None:
    """Return the innermost line in the user's own code at which *fault* failed."""
    first = fault.first
    if not isinstance(first, Failure) or first.task is None or not first.error.trace:
        return None
    own = [frame for frame in first.error.trace if frame.file == first.task.file]
    frame = own[-1] if own else first.error.trace[-1]
    name = frame.function.rpartition(".")[2]
    return Place(file=frame.file, function=name, line=frame.line)


def evenly(records: Sequence[Record], most: int) -> Sequence[Record]:
    """Return *most* of *records*, early and late alike: else their time would separate them."""
    if len(records) <= most:
        return records
    return [records[number * len(records) // most] for number in range(most)]


def names_variables(found: Explanation) -> bool:
    """Tell whether the first suspect is about a variable: inputs alone were compared before."""
    steps = found.suspects[0].steps if found.suspects else ()
    return any(path[0][0] == "local" for path in steps)


def look_deep(
    plan: Plan, place: Place, failed: Sequence[Record], passed: Sequence[Record]
) -> tuple[list[Record], list[Record]]:
    """Return those tasks that came to *place* again, with their variables there."""
    end = time.monotonic() + SECONDS
    with TemporaryDirectory() as folder, Sandbox(plan, deadline=_DEADLINE) as sandbox:
        path = Path(folder) / "variables"
        return tuple(  # type: ignore[return-value]
            [
                replaced
                for record in chosen
                if time.monotonic() < end
                for replaced in _looked(record, plan, place, sandbox, path)
            ]
            for chosen in (evenly(failed, FAILED), evenly(passed, PASSED))
        )


def _looked(record: Record, plan: Plan, place: Place, sandbox: Sandbox, path: Path) -> list[Record]:
    if record.inputs is None or record.inputs.encoded is None:
        return []
    watcher = Watcher(
        target=plan.task.target, callee=plan.inputs.callee, place=place, path=str(path)
    )
    path.unlink(missing_ok=True)
    sandbox.plan = replace(sandbox.plan, inputs=_with_target(record.inputs, watcher))
    sandbox.trial()
    try:
        found = codec.read_pickle(path.read_bytes())
    except OSError:
        return []
    if not isinstance(found, dict) or not found:
        return []
    variables = {name: codec.read_pickle(raw) for name, raw in found.items()}
    return [Record(record.args, record.kwargs, locals=variables, inputs=record.inputs)]


def _with_target(inputs: Inputs, target: Watcher) -> Inputs:
    """Return *inputs* with *target* in the place of what they were for."""
    return replace(exchange(inputs, inputs, ()), callee=pickle.dumps(target))
