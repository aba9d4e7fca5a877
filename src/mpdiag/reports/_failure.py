"""The entry of a failure in the end report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ..layout import (
    Row,
    below_target,
    call,
    clean,
    clock,
    locals_on_line,
    own_frame,
    place,
    spot,
    where,
)
from ..model import Error, Failure, Fault, Inputs, Run, Snapshot
from ._hint import hint_rows
from ._lookup import Explained, explain_lookup
from ._rows import (
    MOST_INPUTS,
    Remarks,
    again_row,
    also_row,
    cancelled_row,
    changed_rows,
    detail_rows,
    error_title,
    evidence_rows,
    input_rows,
    local_rows,
    outcome_row,
    task_text,
    test_rows,
    why_rows,
    worker_text,
)

# Links of a chain and members of a group that an entry names.  More are read in `show`.
MOST_LINKS = 3


def failure_title(failure: Failure) -> str:
    """Return the one line that names *failure* in every report."""
    if failure.verdict is not None and failure.verdict.headline:
        return clean(failure.verdict.headline)
    return error_title(failure.error)


def failure_rows(fault: Fault, failure: Failure, run: Run, *, leads: bool) -> Iterator[Row]:
    """Yield the rows below the head; those about the whole run only when the entry *leads*."""
    error = failure.error
    frame = own_frame(error.trace)
    yield from where(failure.task, error.trace, cwd=run.cwd)
    inputs = {**failure.inputs.values, **failure.inputs.changed}
    explained = explain_lookup(error, failure.inputs)
    local = dict(locals_on_line(frame, inputs))
    if frame is not None and below_target(failure.task, frame):
        local = {}
    at_input, at_local = _remarks(explained, error, failure.inputs, local)
    target = call(failure.task).partition("(")[0]
    yield from input_rows(failure.inputs, at_input, target=target)
    yield from local_rows(local, at_local)
    if explained is not None and not at_input and not at_local:
        yield from detail_rows(explained)
    yield from error_rows(error, run, note=failure.note)
    yield from why_rows(fault)
    if failure.verdict is not None:
        yield from evidence_rows(failure.verdict)
    yield Row(label="first", text=first_text(failure), most=3)
    yield from test_rows(failure.worker)
    if fault.count > 1:
        yield also_row(fault)
    yield outcome_row(fault, run)
    if leads:
        yield from cancelled_row(run)
    yield from changed_rows(run, extra=leads, rescued=False)
    yield from hint_rows(failure)
    yield from again_row(fault, run)
    if fault.count <= 1:
        yield also_row(fault)


def _remarks(
    explained: Explained | None, error: Error, inputs: Inputs, local: Mapping[str, Snapshot]
) -> tuple[Remarks, Remarks]:
    """Return what to say below the input, or else below the local, that *explained* is about."""
    lookup = error.lookup
    if explained is None or lookup is None:
        return {}, {}
    said = {explained.subject: explained.lines}
    if lookup.path == lookup.subject and lookup.subject in list(inputs.values)[:MOST_INPUTS]:
        return said, {}
    own = (
        0 <= lookup.frame < len(error.trace) and own_frame(error.trace) is error.trace[lookup.frame]
    )
    return {}, said if own and lookup.subject in local else {}


def first_text(failure: Failure) -> str:
    """Return when, on which task and in which worker it happened first."""
    worker = failure.worker
    who = worker_text(worker) if worker.number is None else f"worker {worker_text(worker)}"
    return f"{clock(failure.at)}, {task_text(failure.task)}, {who}"


def error_rows(error: Error, run: Run, *, note: str) -> Iterator[Row]:
    """Yield what hangs on an exception: its notes, the members of a group, its chain."""
    notes = [clean(text) for text in error.notes if text != note]
    for index, text in enumerate(notes[:MOST_LINKS]):
        yield Row(label="" if index else "notes", text=text, most=2)
    members = list(leaves(error))
    for index, member in enumerate(members[:MOST_LINKS]):
        yield Row(label="" if index else "members", text=_with_place(member, run), most=2)
    if len(members) > MOST_LINKS:
        yield Row(text=f"and {len(members) - MOST_LINKS} more")
    for index, (link, before) in enumerate(list(chain(error))[:MOST_LINKS]):
        text = f"{link} {_with_place(before, run)}"
        yield Row(label="" if index else "chain", text=text, most=2)
        explained = explain_lookup(before)
        if explained is not None:
            yield Row(text=explained.sentences[0], most=2)


def _with_place(error: Error, run: Run) -> str:
    frame = own_frame(error.trace)
    at = f", {place(frame.file, frame.line, run.cwd)}" if frame else ""
    return f"{error_title(error)}{at}"


def chain(error: Error) -> Iterator[tuple[str, Error]]:
    """Yield the exceptions before *error*, newest first, each with how it is linked."""
    while True:
        if error.cause is not None:
            error = error.cause
            yield "caused by", error
        elif error.context is not None and not error.suppress_context:
            error = error.context
            yield "while handling", error
        else:
            return


def leaves(error: Error) -> Iterator[Error]:
    """Yield the exceptions of a group that are no groups themselves."""
    for member in error.members:
        if member.members:
            yield from leaves(member)
        else:
            yield member


def short_line(failure: Failure, run: Run) -> str:
    """Return a fault that needs no entry as ``TimeoutError, net.py:88``."""
    at, _ = spot(failure.task, failure.error.trace, run.cwd)
    verdict = failure.verdict
    title = verdict.headline if verdict and verdict.headline else failure.error.type
    return f"{clean(title)}, {at}"
