"""Call a recorded task again in children of its own, and compare what comes of it."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from enum import Enum
from typing import Any

from ..errors import NotReplayable
from ..model import (
    Cause,
    Crash,
    Error,
    ExitStatus,
    Failure,
    Frame,
    Hang,
    Inputs,
    Occurrence,
    Task,
    crash_parts,
    ending_words,
    exit_status,
    fingerprint,
    from_plain,
)
from ._plan import Plan, is_changed
from .trial._process import Ended, run_child
from .trial._steps import packed_calls

_FRAME = re.compile(r'(?m)^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<function>.*)$')


class Same(str, Enum):
    """How what came of a call compares with the fault."""

    SAME = "same fault"
    MOVED = "same fault, on another line"
    """The code changed since: line numbers are no evidence."""
    DIFFERENT = "different"
    PASSED = "passed"
    NOT_CALLED = "not called"


@dataclass(frozen=True, slots=True, kw_only=True)
class Again:
    """What one further call came to."""

    same: Same
    seconds: float
    error: Error | None = None
    """What it raised."""
    status: ExitStatus = field(default_factory=ExitStatus)
    """How the child ended."""
    stuck_at: tuple[Frame, ...] = ()
    """Where it was at its deadline, outermost first, without their lines."""
    is_stuck: bool = False
    why: str = ""
    """Why it was not called."""
    said: tuple[str, ...] = ()
    """What is to be said of the import."""

    @property
    def was_called(self) -> bool:
        """Whether the target was called at all."""
        return self.same is not Same.NOT_CALLED


def call_again(
    plan: Plan,
    *,
    before: Sequence[tuple[Task, Inputs]] = (),
    pdb: bool = False,
    quiet: bool = False,
) -> Again:
    """Call the target of *plan* once, in a child of its own.

    Those *before* it are called first.  With *pdb* the child has the terminal, and no deadline.
    *quiet* takes its output away.
    """
    request = request_of(plan, before=before, pdb=pdb)
    ended = run_child(request, environment_of(plan, os.environ), quiet=quiet)
    return compare(plan, ended)


def call_often(plan: Plan, times: int, *, beside: int | None = None) -> list[Again]:
    """Call the target of *plan* several times, each in a fresh child, some side by side."""
    width = beside or min(times, os.cpu_count() or 1)
    with ThreadPoolExecutor(width) as threads:
        return list(threads.map(lambda _: call_again(plan, quiet=True), range(times)))


def request_of(
    plan: Plan, *, before: Sequence[tuple[Task, Inputs]] = (), pdb: bool = False
) -> dict[str, Any]:
    """Return what a child must know to make the call of *plan*, after those *before* it."""
    if plan.inputs.encoded is None:
        raise NotReplayable(plan.fault.id, "its inputs are not kept")
    messages, groups = packed_calls(before, call_request)
    return {
        **call_request(plan.task, plan.inputs),
        "messages": messages,
        "before": groups,
        "initializer": base64.b64encode(plan.initializer).decode() if plan.initializer else "",
        "random": base64.b64encode(plan.occurrence.inputs.random or b"").decode(),
        "switch_interval": 0.0,
        "gate": "",
        "origin": asdict(plan.origin),
        "start_method": plan.start_method,
        "deadline": plan.deadline,
        "prove": _was_unsendable(plan),
        "pdb": pdb,
    }


def call_request(task: Task, inputs: Inputs) -> dict[str, Any]:
    """Return what a child must know of one call."""
    return {
        "encoded": base64.b64encode(inputs.encoded or b"").decode(),
        "encoding": inputs.encoding,
        "offset": inputs.offset,
        "callee": base64.b64encode(inputs.callee).decode() if inputs.callee else None,
        "target": task.target,
        "label": task.label,
    }


def _was_unsendable(plan: Plan) -> bool:
    first = plan.occurrence
    if not isinstance(first, Failure) or first.verdict is None:
        return False
    return first.verdict.cause is Cause.RAISED


def environment_of(plan: Plan, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a child: this one, with what was recorded."""
    kept = {name: value for name, value in environ.items() if not name.startswith("MPDIAG_")}
    return {**kept, **plan.environment}


def compare(plan: Plan, ended: Ended) -> Again:
    """Return what a child left beside what the fault was."""
    answer, code, overdue, seconds = ended
    said = tuple(answer["said"])
    status = ExitStatus() if overdue else exit_status(code)
    if answer["step"] == "raised":
        error = from_plain(Error, answer["error"])
        if error.type == "KeyboardInterrupt" and never_ended(plan.occurrence):
            # Who sat at the terminal had seen enough.
            stuck = Again(same=Same.SAME, is_stuck=True, stuck_at=error.trace, seconds=seconds)
            return replace(stuck, error=error, said=said)
        same = _same_error(plan, answer["mark"], error)
        return Again(same=same, error=error, status=status, seconds=seconds, said=said)
    if answer["step"] == "returned":
        same = _same_return(plan, answer["unsendable"])
        return Again(same=same, status=status, seconds=seconds, said=said)
    if answer["step"] != "call":
        why = answer.get("why") or _died_early(answer["step"], code, overdue=overdue)
        return Again(same=Same.NOT_CALLED, why=why, status=status, seconds=seconds, said=said)
    if overdue:
        at = frames_in(answer["stacks"])
        same = Same.SAME if never_ended(plan.occurrence) else Same.DIFFERENT
        return Again(same=same, is_stuck=True, stuck_at=at, seconds=seconds, said=said)
    same = Same.SAME if _same_crash(plan, code) else Same.DIFFERENT
    return Again(same=same, status=status, seconds=seconds, said=said)


def never_ended(first: Occurrence) -> bool:
    """Whether the fault was that the task did not come to its end."""
    return isinstance(first, Hang) or (
        isinstance(first, Crash) and first.verdict.cause is Cause.TASK_TIMEOUT
    )


def _same_error(plan: Plan, mark: str, error: Error) -> Same:
    if mark == plan.fault.fingerprint:
        return Same.SAME
    first = plan.occurrence
    if not isinstance(first, Failure) or not is_changed(plan):
        return Same.DIFFERENT
    alike = (error.type, error.message) == (first.error.type, first.error.message)
    return (
        Same.MOVED
        if alike and _inner(error.trace) == _inner(first.error.trace)
        else (Same.DIFFERENT)
    )


def _inner(trace: tuple[Frame, ...]) -> tuple[str, str] | None:
    return (trace[-1].file, trace[-1].function) if trace else None


def _same_return(plan: Plan, unsendable: str) -> Same:
    first = plan.occurrence
    if not unsendable:
        return Same.PASSED
    evidence = first.verdict.evidence if first.verdict is not None else ()
    return Same.SAME if unsendable in evidence else Same.DIFFERENT


def _same_crash(plan: Plan, code: int) -> bool:
    """Whether the child ended as the worker did; the fingerprint of a crash says no more."""
    task = plan.task
    whole = f"{task.target}({task.signature.partition('(')[2]}" if task.signature else task.target
    mark = fingerprint(crash_parts(ending_words(code), whole))
    return isinstance(plan.occurrence, Crash) and mark == plan.fault.fingerprint


def _died_early(step: str, code: int, *, overdue: bool) -> str:
    what = "the start of its process" if step == "start" else "the import of its program"
    if overdue:
        return f"{what} did not come to an end"
    return f"{what} ended with {ending_words(code)}"


def frames_in(stacks: str) -> tuple[Frame, ...]:
    """Return what faulthandler saw of the main thread, which comes last, at the deadline."""
    found = [
        Frame(file=match["file"], line=int(match["line"]), function=match["function"])
        for match in _FRAME.finditer(stacks.rpartition("hread 0x")[2])
    ]
    return tuple(one for one in reversed(found) if f"{os.sep}mpdiag{os.sep}" not in one.file)
