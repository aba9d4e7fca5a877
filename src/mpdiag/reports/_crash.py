"""The entry of a dead or stuck worker in the end report."""

from __future__ import annotations

import signal
from collections.abc import Iterator

from ..layout import (
    GLUE,
    Row,
    call,
    clean,
    clock,
    duration,
    locals_on_line,
    number,
    own_frame,
    plural,
    spot,
    where,
)
from ..model import Cause, Crash, ExitStatus, Fault, Hang, Lost, Run
from ._rows import (
    again_row,
    also_row,
    cancelled_row,
    changed_rows,
    evidence_rows,
    input_rows,
    local_rows,
    outcome_row,
    passed_over,
    rest_row,
    signal_name,
    task_text,
    test_rows,
    worker_text,
)

# Last lines of a dead worker's output that an entry shows.  All that was kept is in `show`.
OUTPUT_LINES = 3


def crash_title(crash: Crash | Hang) -> str:
    """Return the one line that names *crash* in every report."""
    return clean(crash.verdict.headline) or clean(crash.verdict.cause.value)


def crash_rows(fault: Fault, crash: Crash | Hang, run: Run, *, leads: bool) -> Iterator[Row]:
    """Yield the rows below the head; those about the whole run only when the entry *leads*."""
    unknown = _no_line(crash.status) if isinstance(crash, Crash) else ""
    yield from where(crash.task, crash.trace, cwd=run.cwd, unknown=unknown, below="in")
    yield from input_rows(crash.inputs, {})
    local = locals_on_line(own_frame(crash.trace), crash.inputs.values)
    yield from local_rows(dict(local), {})
    yield Row(label="worker", text=crash_summary(crash, run), most=3)
    yield from test_rows(crash.worker)
    yield from evidence_rows(crash.verdict)
    yield from _output_rows(crash)
    if isinstance(crash, Crash) and crash.lost is not None:
        yield from _lost_row(crash.lost)
    if leads and not any(one.kind == "failure" and not passed_over(one) for one in run.faults):
        has_lost = isinstance(crash, Crash) and crash.lost is not None
        yield from cancelled_row(run, label="" if has_lost else "lost")
    if fault.count > 1:
        yield also_row(fault)
    yield outcome_row(fault, run)
    yield from rest_row(crash)
    yield from changed_rows(run, extra=False, rescued=leads)
    yield from _fix_row(crash)
    yield from again_row(fault, run)
    if fault.count <= 1:
        yield also_row(fault)


def _no_line(status: ExitStatus) -> str:
    """Return why there is no line."""
    if status.signal == signal.SIGKILL:
        return f"line{GLUE}unknown{GLUE}(SIGKILL{GLUE}leaves{GLUE}none)"
    if status.signal is not None:
        return f"line{GLUE}unknown ({signal_name(status.signal)} left no stack)"
    if status.code is not None:
        return f"line{GLUE}unknown (exit code {status.code} leaves none)"
    return "line unknown"


def crash_summary(crash: Crash | Hang, run: Run) -> str:
    """Return which worker it was, at which task, and when."""
    worker = worker_text(crash.worker, workers=crash.worker.of or run.workers)
    parts = [worker, task_text(crash.task), clock(crash.at)]
    if isinstance(crash, Hang):
        parts.append(f"no progress for {duration(crash.stuck_for)}")
    return ", ".join(parts)


def _output_rows(crash: Crash | Hang) -> Iterator[Row]:
    """Yield the last lines of the worker's stderr, or else of its stdout."""
    name = "stderr" if crash.output.stderr.strip() else "stdout"
    text = crash.output.stderr if name == "stderr" else crash.output.stdout
    lines = [line for line in text.splitlines() if line.strip()][-OUTPUT_LINES:]
    for index, line in enumerate(lines):
        yield Row(label="" if index else name, text=clean(line), most=2)


def _lost_row(lost: Lost) -> Iterator[Row]:
    total = lost.done + lost.never_started
    if total <= 0:
        return
    text = f"with it {plural(total, 'task')} of its chunk: "
    if lost.done and lost.never_started:
        text += f"{number(lost.done)} done, {number(lost.never_started)} never started"
    else:
        text += "" if total == 1 else "all "
        text += "done" if lost.done else "never started"
    yield Row(label="lost", text=text, most=2)


def _fix_row(crash: Crash | Hang) -> Iterator[Row]:
    verdict = crash.verdict
    text = clean(verdict.fix)
    if not text and verdict.cause is Cause.OUT_OF_MEMORY:
        text = "less memory in the target, fewer workers, or a higher limit"
    if crash.task is not None:
        text = text.replace("in the target", f"in {call(crash.task).partition('(')[0]}")
    if text:
        yield Row(label="fix", text=text, most=3)


def crash_line(crash: Crash | Hang, run: Run) -> str:
    """Return a fault that needs no entry as ``SIGKILL, sender unknown, resize(path)``."""
    at, _ = spot(crash.task, crash.trace, run.cwd)
    return f"{crash_title(crash)}, {at}"
