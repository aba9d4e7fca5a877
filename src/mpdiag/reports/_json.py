"""Faults and runs as plain containers for other programs; the schema is in ``docs/``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone

from ..layout import clean
from ..model import (
    Crash,
    Error,
    ExitStatus,
    Failure,
    Fault,
    Frame,
    Hang,
    Inputs,
    ProcessMoment,
    Run,
    Shrunk,
    Snapshot,
    Task,
    Worker,
)
from ._lookup import explain_lookup

VERSION = 1
"""Of the JSON: goes up when a key is removed or changes its meaning, not when one is added."""


def fault_json(fault: Fault, run: Run) -> dict[str, object]:
    """Return *fault* under the keys that other programs may rely on.

    ``error`` is null of crashes and hangs, ``verdict`` of plain exceptions; ``task.index``,
    ``worker.number``, ``exit.code`` and ``exit.signal`` are null where unknown; ``hang`` is null
    of all but hangs, ``shrunk`` until `mpdiag shrink` has found smaller inputs.
    """
    first = fault.first
    error = first.error if isinstance(first, Failure) else None
    trace = first.error.trace if isinstance(first, Failure) else first.trace
    status = first.status if isinstance(first, (Crash, Failure)) else ExitStatus()
    return {
        "id": fault.id,
        "kind": fault.kind,
        "count": fault.count,
        "error": None if error is None else _error(error, first.inputs),
        "verdict": _verdict(fault),
        "target": first.task.target if first.task is not None else None,
        "inputs": _texts(first.inputs.values),
        "task": _task(first.task),
        "worker": _worker(first.worker),
        "exit": _exit(status),
        "trace": [_frame(frame) for frame in trace],
        "output": {"stdout": first.output.stdout, "stderr": first.output.stderr},
        "outcome": fault.outcome.value,
        "run": fault.run,
        "at": iso(first.at),
        "passed": None if first.task is None else run.passed.get(first.task.target),
        "environment": dict(run.environment),
        "hang": _hang(first) if isinstance(first, Hang) else None,
        "shrunk": None if fault.shrunk is None else small_json(fault.shrunk),
        "imported": _imported(fault),
    }


def small_json(shrunk: Shrunk) -> dict[str, object]:
    """Return smaller inputs that end in the fault, as text."""
    return {
        "inputs": _texts(shrunk.inputs.values),
        "size": shrunk.size,
        "size_before": shrunk.size_before,
        "calls": shrunk.calls,
        "occurrence": shrunk.occurrence,
        "is_least": shrunk.is_least,
    }


def _imported(fault: Fault) -> dict[str, object] | None:
    """Return when a fault was taken in from a bundle, and its ID where it was recorded."""
    if fault.imported is None:
        return None
    return {"id": fault.imported.id, "at": iso(fault.imported.at)}


def _hang(hang: Hang) -> dict[str, object]:
    """Return how long nothing moved, who is in it, and what every process did."""
    moment = hang.moment
    return {
        "seconds": hang.stuck_for,
        "pids": list(hang.pids),
        "rows": [{"label": row.label, "text": row.text} for row in hang.rows],
        "fix": hang.verdict.fix,
        "processes": [_process(one) for one in moment.processes] if moment is not None else [],
    }


def _process(process: ProcessMoment) -> dict[str, object]:
    return {
        "pid": process.pid,
        "role": process.role,
        "state": process.state,
        "task": _task(process.task),
        "no_stack": process.no_stack,
        "threads": [
            {
                "tid": thread.tid,
                "main": thread.main,
                "state": thread.state,
                "call": thread.wait.call if thread.wait is not None else None,
                "frames": [_frame(frame) for frame in thread.frames],
            }
            for thread in process.threads
        ],
    }


def _error(error: Error, inputs: Inputs) -> dict[str, object]:
    explained = explain_lookup(error, inputs)
    return {
        "type": error.type,
        "message": error.message,
        "notes": list(error.notes),
        "detail": [] if explained is None else [clean(each) for each in explained.sentences],
    }


def _verdict(fault: Fault) -> dict[str, object] | None:
    verdict = fault.first.verdict
    if verdict is None:
        return None
    closed = [f"not readable: {source}" for source in verdict.not_readable]
    return {
        "cause": verdict.cause.value,
        "certainty": verdict.certainty.value,
        "evidence": [*verdict.evidence, *closed],
    }


def _task(task: Task | None) -> dict[str, object] | None:
    return None if task is None else {"index": task.index, "call": task.call}


def _worker(worker: Worker) -> dict[str, object]:
    return {"number": worker.number, "pid": worker.pid, "test": worker.test or None}


def _exit(status: ExitStatus) -> dict[str, object]:
    return {"code": status.code, "signal": status.signal}


def _frame(frame: Frame) -> dict[str, object]:
    return {
        "file": frame.file,
        "line": frame.line,
        "function": frame.function,
        "locals": _texts(frame.locals),
    }


def _texts(values: Mapping[str, Snapshot]) -> dict[str, str]:
    return {name: snapshot.text for name, snapshot in values.items()}


def iso(at: float) -> str | None:
    """Return *at* in ISO 8601, in UTC; None when no calendar has it."""
    try:
        return datetime.fromtimestamp(at, timezone.utc).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):
        return None


def json_lines(run: Run) -> Iterator[str]:
    """Yield one JSON object a line: each fault, then the run."""
    for fault in run.faults:
        yield dumps({"type": "fault", "version": VERSION, **fault_json(fault, run)})
    yield dumps({"type": "run", "version": VERSION, **_run(run)})


def dumps(value: object) -> str:
    """Return *value* as JSON in one line of ASCII, in which nothing can move a terminal."""
    return json.dumps(value, ensure_ascii=True, separators=(", ", ": "))


def _run(run: Run) -> dict[str, object]:
    return {
        "id": run.id,
        "argv": list(run.argv),
        "cwd": run.cwd,
        "at": iso(run.started),
        "seconds": round(run.seconds, 3),
        "exit": _exit(run.status),
        "tasks": run.tasks,
        "tasks_known": run.tasks_known,
        "workers": run.workers,
        "faults": len(run.faults),
        "failed": run.failed,
        "extra_tasks": run.extra_tasks,
        "cancelled": run.cancelled,
        "ignored": run.ignored,
        "unwatched": [{"pid": o.pid, "reason": o.reason, "place": o.place} for o in run.unwatched],
        "running": [{"worker": _worker(o.worker), "text": o.text} for o in run.interrupted],
        "memory": list(run.memory),
        "left": list(run.left),
        "limits": list(run.limits),
        "changed": list(run.rescued),
    }
