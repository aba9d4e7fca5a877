"""The rows that failures and crashes share: inputs, outcome, what mpdiag changed."""

from __future__ import annotations

import signal
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from ..layout import GLUE, NEVER_STARTED, WIDTH, Row, cells, clean, number, plural, position
from ..model import (
    Crash,
    Error,
    ExitStatus,
    Fault,
    Hang,
    Inputs,
    Occurrence,
    Outcome,
    Run,
    Snapshot,
    Task,
    Verdict,
    Worker,
)
from ..replay import obstacle
from ._lookup import Explained

# Lines one input may take.  Fewer: the bad part is often beyond; more: the rest of the report
# leaves the screen.
INPUT_LINES = 3
# Parameters printed.  A call with more is read in `show`.
MOST_INPUTS = 8
# What a worker does before its first task.
START_LABELS = frozenset({"initializer", NEVER_STARTED})
_ROOM = WIDTH - 13
Remarks: TypeAlias = Mapping[str, Sequence[str]]
"""Lines below a value, by its name."""


def error_title(error: Error) -> str:
    """Return type and message in one line, as Python prints them."""
    first, *more = error.message.strip().splitlines() or [""]
    message = clean(first) + (" ..." if more else "")
    return f"{clean(error.type)}: {message}" if message else clean(error.type)


def signal_name(signum: int) -> str:
    """Return ``SIGKILL`` for 9, and ``signal 99`` for a number without a name."""
    try:
        return signal.Signals(signum).name
    except ValueError:
        return f"signal {signum}"


def status_text(status: ExitStatus) -> str:
    """Return how a process ended: ``exit code 1``, ``SIGKILL``."""
    if status.signal is not None:
        return signal_name(status.signal)
    return "exit code unknown" if status.code is None else f"exit code {status.code}"


def input_rows(inputs: Inputs, remarks: Remarks, *, target: str = "the target") -> Iterator[Row]:
    """Yield one row for each parameter, each with what *target* made of it, and its remarks."""
    label = "input"
    for name, snapshot in list(inputs.values.items())[:MOST_INPUTS]:
        yield Row(label=label, text=assignment(name, snapshot), most=INPUT_LINES)
        if name in inputs.changed:
            yield Row(text=changed_text(name, inputs, target), most=INPUT_LINES)
        yield from (Row(text=line, most=2) for line in remarks.get(name, ()))
        if inputs.likely and label:
            yield Row(text="(the last message it received: likely, not certain)")
        label = ""
    left_out = len(inputs.values) - MOST_INPUTS
    if left_out > 0:
        yield Row(text=f"and {left_out} more")


def changed_text(name: str, inputs: Inputs, target: str) -> str:
    """Return what the target had made of an input by the time it failed."""
    return f"changed by {target} since: {assignment(name, inputs.changed[name])}"


def local_rows(local: Mapping[str, Snapshot], remarks: Remarks) -> Iterator[Row]:
    """Yield the locals that stand on the failing line, each followed by its remarks."""
    label = "locals"
    for name, snapshot in local.items():
        yield Row(label=label, text=assignment(name, snapshot), most=2)
        yield from (Row(text=line, most=2) for line in remarks.get(name, ()))
        label = ""


def detail_rows(explained: Explained) -> Iterator[Row]:
    """Yield what was looked up in vain, with the expression that it was looked up in."""
    for index, line in enumerate(explained.sentences):
        yield Row(label="" if index else "detail", text=line, most=3)


def assignment(name: str, snapshot: Snapshot) -> str:
    """Return ``name = value`` in one line."""
    return f"{clean(name)} = {clean(snapshot.text)}"


def evidence_rows(verdict: Verdict) -> Iterator[Row]:
    """Yield what supports the verdict, and which sources were closed."""
    lines = [clean(line) for line in verdict.evidence]
    if verdict.not_readable:
        closed = "not readable: " + clean(", ".join(verdict.not_readable))
        if lines and cells(lines[-1]) + 2 + cells(closed) <= _ROOM:
            lines[-1] = f"{lines[-1]}; {closed}"
        else:
            lines.append(closed)
    for line_number, line in enumerate(lines):
        yield Row(label="" if line_number else "evidence", text=line, most=3)


def worker_text(worker: Worker, *, workers: int = 0) -> str:
    """Return ``2 of 8 (pid 8123)``, with as much as is known; *workers* where it is in no pool."""
    if worker.number is None:
        return f"pid {worker.pid}"
    of = f" of {number(workers)}" if worker.number <= workers else ""
    second = ", a replacement" if worker.replacement else ""
    return f"{worker.number}{of} (pid {worker.pid}{second})"


def task_text(task: Task | None) -> str:
    """Return ``task 4711 (from 0) of Pool.map``, with as much as is known."""
    if task is None:
        return "between two tasks"
    label = clean(task.label)
    if task.index is None:
        return label or "a call"
    return f"task {position(task.index)} (from 0)" + (f" of {label}" if label else "")


def test_rows(worker: Worker) -> Iterator[Row]:
    """Yield the test of pytest in which *worker* was started, if it was in one."""
    if not worker.test:
        return
    name, _, phase = clean(worker.test).partition(" (")
    said = f" (the worker was started in its {phase.rstrip(')')})" if phase else ""
    yield Row(label="test", text=f"{name}{said}", most=3)


def also_row(fault: Fault) -> Row:
    """Return the row that names further occurrences and leads to `show`."""
    show = f"mpdiag{GLUE}show{GLUE}{clean(fault.id)}"
    if fault.count <= 1:
        return Row(label="more", text=f"{show} (everything that is known)")
    # The same position comes again in every call: to name it twice tells nothing.
    found = {_index(one) for one in fault.others} - {None, _index(fault.first)}
    indexes = sorted(index for index in found if index is not None)[:3]
    rest = fault.count - 1 - len(indexes)
    names = ", ".join(map(str, indexes))
    if not indexes:
        return Row(label="also", text=f"{number(rest)} more: {show}", most=2)
    word = "task" if len(indexes) == 1 else "tasks"
    more = f" and {number(rest)} more" if rest > 0 else ""
    return Row(label="also", text=f"{word} {names}{more}: {show}", most=2)


def why_rows(fault: Fault) -> Iterator[Row]:
    """Yield what separates *fault* from the tasks that went well, where that is clear."""
    if fault.why:
        yield Row(label="why", text=clean(fault.why), most=4)


def again_row(fault: Fault, run: Run) -> Iterator[Row]:
    """Yield how to make *fault* happen again, where that is possible."""
    if obstacle(fault, run):
        return
    alone = f"{GLUE}(in a child of its own)" if isinstance(fault.first, (Crash, Hang)) else ""
    yield Row(label="again", text=f"mpdiag{GLUE}replay{GLUE}{clean(fault.id)}{alone}")


def _index(occurrence: Occurrence) -> int | None:
    return occurrence.task.index if occurrence.task else None


def outcome_row(fault: Fault, run: Run) -> Row:
    """Return what became of the fault in the program."""
    ended = status_text(run.status).replace(" ", GLUE)
    raised = clean(fault.raised)
    if fault.outcome is not Outcome.ENDED and (fault.kind != "failure" or hits_workers(fault)):
        return Row(label="outcome", text=_outlived(fault, raised, ended), most=3)
    match fault.outcome:
        case Outcome.ENDED if fault.first.worker.test:
            text = f"{raised}; the test failed" if raised else "the test failed"
        case Outcome.ENDED:
            text = (
                f"{raised}; nothing caught it ({ended})"
                if raised
                else f"ended the program ({ended})"
            )
        case Outcome.CAUGHT:
            text = f"{raised}; caught by the program" if raised else "caught by the program"
        case Outcome.UNKNOWN:
            unknown = f"not known whether the program caught it ({ended})"
            text = f"{raised}; {unknown}" if raised else unknown
    return Row(label="outcome", text=text, most=3)


def rest_row(first: Occurrence) -> Iterator[Row]:
    """Say of a task that plain Python would not have run it."""
    if getattr(first, "in_keep_going", False):
        yield Row(label="changed", text="ran only because mpdiag went on after a failure", most=3)


def _outlived(fault: Fault, raised: str, ended: str) -> str:
    """Return what became of a dead worker; nobody has to catch it for the program to go on."""
    if fault.first.worker.test and fault.outcome is Outcome.CAUGHT:
        return "the worker is gone; the test did not fail by that"
    what = raised or ("its process ended" if hits_workers(fault) else "the worker is gone")
    if ended == f"exit{GLUE}code{GLUE}0":
        return f"{what}; the program went on ({ended})"
    return f"{what}; the program ended with {ended}"


def passed_over(fault: Fault) -> bool:
    """Tell whether the program dealt with *fault*: it caught what a task raised.

    A dead process is told in full even if the program ended well: often nobody looked.
    """
    return fault.outcome is Outcome.CAUGHT and fault.kind == "failure" and not hits_workers(fault)


def changed_rows(run: Run, *, extra: bool, rescued: bool) -> Iterator[Row]:
    """Yield what mpdiag did differently from plain Python, once a report."""
    texts = extra_tasks(run) if extra else []
    if rescued:
        texts += [clean(text) for text in dict.fromkeys(run.rescued)]
    for index, text in enumerate(texts):
        yield Row(label="" if index else "changed", text=text, most=3)


def extra_tasks(run: Run) -> list[str]:
    """Return the sentence on tasks that ran for the report alone, if there are any."""
    if not run.extra_tasks:
        return []
    one = run.extra_tasks == 1
    their, them = ("its", "it") if one else ("their", "them")
    skipped = f"ran that plain Python skips after a failure in {their}{GLUE}chunk"
    return [f"{plural(run.extra_tasks, 'task')} {skipped} (--no-keep-going leaves {them} out)"]


def cancelled_row(run: Run, *, label: str = "lost") -> Iterator[Row]:
    """Yield the tasks that the pool threw away after the failure, if there are any."""
    if run.cancelled:
        labels = {
            fault.first.task.label.partition(".")[0] for fault in run.faults if fault.first.task
        }
        how = "skipped in the chunk that failed" if labels == {"Pool"} else "cancelled by the pool"
        text = f"{number(run.cancelled)} never started: {how}"
        yield Row(label=label, text=text)


def hit(fault: Fault) -> str:
    """Return *fault*'s count with what it hit: ``37 tasks``, ``1 worker``, ``2 processes``."""
    if isinstance(fault.first, Hang) and fault.first.pids:
        return plural(len(fault.first.pids), "process")
    return plural(fault.count, "worker" if hits_workers(fault) else "task")


def hits_workers(fault: Fault) -> bool:
    """Tell whether whole workers were hit: bare processes, or workers that ran no task."""
    task = fault.first.task
    return task is None or task.label in {"Process", *START_LABELS}
