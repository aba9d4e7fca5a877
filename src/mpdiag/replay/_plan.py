"""What a second call of a task would restore, and what it could not: known before it is made."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from ..codec import MASKED
from ..errors import NotReplayable
from ..evidence import git_revision, source_hashes
from ..model import Failure, Fault, Hang, History, Inputs, Occurrence, Origin, Run, Task

# Seconds that a call may take beyond what it took when it was recorded.  Less: a loaded machine
# is taken for a hang.  More: whoever replays a hang waits for it.
PATIENCE = 30.0
# And how many times as long as then.
_SLOWER = 3.0
# Seconds that the call of a hang has at least: the import of its program is among them.
_SHORTEST = 10.0
# Names that a row lists; the rest is a number.
_LISTED = 6
_NO_TASKS = frozenset({"start of a worker"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One task that can be called again."""

    fault: Fault
    run: Run
    task: Task
    origin: Origin
    inputs: Inputs
    start_method: str
    environment: dict[str, str]
    """What of the recorded environment is set."""
    missing: tuple[str, ...]
    """What cannot be restored, one phrase each."""
    changed: tuple[str, ...]
    """What is not the code that ran, one phrase each."""
    deadline: float
    """Seconds for one call."""

    @property
    def history(self) -> History | None:
        """What its worker did before, where that is kept."""
        first = self.fault.first
        return None if isinstance(first, Hang) else first.history

    @property
    def initializer(self) -> bytes | None:
        """The initializer of its pool with its arguments, where they could be kept."""
        return self.history.initializer if self.history is not None else None

    @property
    def occurrence(self) -> Occurrence:
        """The occurrence whose inputs are used."""
        return self.fault.first


def obstacle(fault: Fault, run: Run) -> str:
    """Return why the task of *fault* cannot be called again, or an empty text."""
    first = fault.first
    task, inputs = first.task, first.inputs
    if task is None or task.label in _NO_TASKS:
        return "its worker had no task"
    if not task.replay:
        return f"{task.target} is guarded with replay=False"
    if inputs.encoded is None:
        if inputs.encoding == "none":
            return "its inputs are not kept"
        return "its inputs are kept as text only"
    if inputs.likely and not isinstance(first, Failure):
        return "of its inputs only the last message that it received is kept"
    return "" if origin_of(first, run) else "where its program ran was not recorded"


def origin_of(occurrence: Occurrence, run: Run) -> Origin | None:
    """Return where the worker of *occurrence* ran."""
    own = run.origins.get(str(occurrence.worker.owner))
    return own or next(iter(run.origins.values()), None)


def make_plan(fault: Fault, run: Run, environ: Mapping[str, str] = os.environ) -> Plan:
    """Return what a second call of the first occurrence of *fault* takes.

    Raises:
        NotReplayable: too little is kept, or its function forbids it.
    """
    why = obstacle(fault, run)
    origin, task = origin_of(fault.first, run), fault.first.task
    if why or origin is None or task is None:
        raise NotReplayable(fault.id, why)
    environment = {
        name.removeprefix("env "): value
        for name, value in run.environment.items()
        if name.startswith("env ") and not name.startswith("env MPDIAG_") and MASKED not in value
    }
    return Plan(
        fault=fault,
        run=run,
        task=task,
        origin=origin,
        inputs=fault.first.inputs,
        start_method=fault.first.worker.start_method or "",
        environment=environment,
        missing=tuple(_missing(fault, run, origin, environ)),
        changed=tuple(_changed(run, origin)),
        deadline=_deadline(fault.first),
    )


def with_shrunk(plan: Plan) -> Plan:
    """Return *plan* with the smaller inputs of its fault.

    Raises:
        NotReplayable: none are kept.
    """
    shrunk = plan.fault.shrunk
    if shrunk is None:
        raise NotReplayable(plan.fault.id, "no smaller inputs are kept with it (mpdiag shrink)")
    if shrunk.inputs.encoded is None:
        raise NotReplayable(plan.fault.id, "its smaller inputs are kept as text only")
    return replace(plan, inputs=shrunk.inputs)


def _deadline(first: Occurrence) -> float:
    if isinstance(first, Hang):  # it would wait for ever; longer proves no more
        return min(PATIENCE, max(_SHORTEST, 2 * first.stuck_for))
    started = first.task.started if first.task is not None else None
    took = max(0.0, first.at - started) if started else 0.0
    return PATIENCE + _SLOWER * took


def _missing(fault: Fault, run: Run, origin: Origin, environ: Mapping[str, str]) -> Iterator[str]:
    first = fault.first
    if first.worker.start_method == "fork":
        yield "what the program had in memory when it forked: it is imported afresh"
    if first.task is not None and first.task.label != "Process":
        yield from _left_behind(None if isinstance(first, Hang) else first.history)
    if first.inputs.random is None:
        yield "open files, sockets, locks and the state of random generators"
    else:
        yield "open files, sockets, locks and random generators of the program's own"
    unset = [name for name in run.environment.get("other variables", "").split(", ") if name]
    unset = [name for name in unset if name not in environ and not name.startswith("MPDIAG_")]
    if unset:
        rest = f" and {len(unset) - _LISTED} more" if len(unset) > _LISTED else ""
        yield f"variables that are not set now: {', '.join(unset[:_LISTED])}{rest}"
    yield from _other_place(run, origin)


def _left_behind(history: History | None) -> Iterator[str]:
    """Yield what was in the worker from before its task; its initializer may run again."""
    if history is None:
        yield "what an initializer of the pool, or tasks before this one, left in the worker"
        return
    name = history.initializer_name
    if name and history.initializer is None:
        yield f"what {name}, the initializer of the pool, did: it could not be kept"
    if history.tasks:
        plural = "" if history.tasks == 1 else "s"
        kept = f"the inputs of {history.kept:,} are kept" if history.kept else "none is kept"
        yield f"what {history.tasks:,} task{plural} before this one left in the worker; {kept}"


def _other_place(run: Run, origin: Origin) -> Iterator[str]:
    recorded = run.environment.get("python", "")
    if recorded and recorded != platform.python_version():
        yield f"Python {recorded}: this is {platform.python_version()}"
    if not Path(origin.cwd or "/").is_dir():
        yield f"the folder {origin.cwd}, which is not here"
    gone = [one for one in origin.path if one and not Path(one).exists()]
    gone = [one for one in gone if not one.endswith(".zip")]  # of the library; most have none
    if gone:
        yield f"{gone[0]}{f' and {len(gone) - 1} more' if gone[1:] else ''} of sys.path"
    if any(MASKED in word for word in origin.argv):
        yield "arguments of the program that are masked"


def _changed(run: Run, origin: Origin) -> Iterator[str]:
    now = source_hashes(run.sources)
    for file, before in run.sources.items():
        name = os.path.relpath(file, origin.cwd) if file.startswith(f"{origin.cwd}/") else file
        if file not in now:
            yield f"{name} is not here"
        elif not before:
            yield f"{name} was written while the program ran"
        elif now[file] != before:
            yield f"{name} was changed since"
    then, revision = run.environment.get("git revision", ""), git_revision(origin.cwd)
    if then and revision and then != revision:
        yield f"git is at {revision[:12]}, and was at {then[:12]}"


def is_changed(plan: Plan) -> bool:
    """Whether a line number may be another one by now."""
    return bool(plan.changed)
