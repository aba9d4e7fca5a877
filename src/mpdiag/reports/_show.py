"""One fault with everything that is known about it, for ``mpdiag show``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain as together

from ..layout import (
    INDENT,
    NARROWEST,
    WIDTH,
    Row,
    call,
    clean,
    date_and_clock,
    duration,
    lay_out,
    number,
    place,
    plural,
    sides,
    wrap,
)
from ..model import (
    Crash,
    Failure,
    Fault,
    FaultId,
    Hang,
    Inputs,
    Occurrence,
    Output,
    Run,
    Shrunk,
    Verdict,
)
from ._bundle import imported_rows
from ._hang import note_row, stack_lines
from ._lookup import explain_lookup
from ._remarks import remark_rows
from ._report import title_of
from ._rows import (
    assignment,
    changed_text,
    detail_rows,
    evidence_rows,
    hit,
    outcome_row,
    rest_row,
    signal_name,
    status_text,
    task_text,
    test_rows,
    why_rows,
    worker_text,
)
from ._trace import error_lines, frame_lines

# Occurrences listed.  The store keeps some hundreds; the JSON has them all.
MOST_OCCURRENCES = 50
# Lines that one value may take.  Its snapshot is bounded; this holds for what is not ours.
VALUE_LINES = 60


def render_fault(fault: Fault, run: Run, *, width: int = WIDTH) -> Iterator[str]:
    """Yield the lines that tell all about *fault*, none wider than *width*."""
    yield from (line.rstrip() for line in _all(fault, run, max(width, NARROWEST)))


def _all(fault: Fault, run: Run, width: int) -> Iterator[str]:
    first = fault.first
    title = f"{clean(fault.id)}  {title_of(fault)}"
    yield sides(title, hit(fault), width)
    yield from lay_out(_facts(fault, run), width)
    yield from _section("inputs", _inputs(first.inputs, width))
    if fault.shrunk is not None:
        yield from _section("smaller inputs, same fault", _smaller(fault.shrunk, width))
    if isinstance(first, Failure):
        yield from _section("exception, newest call last", error_lines(first.error, run.cwd, width))
    else:
        frames = (frame_lines(frame, run.cwd, width) for frame in first.trace)
        yield from _section("stack, newest call last", together.from_iterable(frames))
    if isinstance(first, Hang) and first.moment is not None:
        stacks = stack_lines(first.moment, run.cwd, width)
        yield from _section("every process at that moment, newest call last", stacks)
    yield from _output(first.output, width)
    yield from _section(_occurrences_title(fault), _occurrences(fault, width))
    yield from _section("run", lay_out(_run_rows(run), width))
    yield from _section("environment", _environment(run, width))


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield *lines* below their title, and neither when there are none."""
    for index, line in enumerate(lines):
        if not index:
            yield ""
            yield title
        yield line


def _facts(fault: Fault, run: Run) -> Iterator[Row]:
    first = fault.first
    yield Row(label="target", text=_target(first, run), most=3)
    text = f"{date_and_clock(first.at)}, {task_text(first.task)}"
    yield Row(label="first", text=text, most=3)
    yield Row(label="worker", text=_worker(first), most=3)
    yield from test_rows(first.worker)
    if isinstance(first, Crash):
        yield Row(label="exit", text=_exit(first), most=3)
    if isinstance(first, Hang):
        yield from (note_row(note, run.cwd) for note in first.rows)
        yield Row(label="lasted", text=f"no progress for {duration(first.stuck_for)} by then")
    if first.verdict is not None:
        yield from _verdict_rows(first.verdict)
    if isinstance(first, Crash) and first.lost is not None:
        done, never = number(first.lost.done), number(first.lost.never_started)
        yield Row(label="lost", text=f"of its chunk: {done} done, {never} never started")
    explained = explain_lookup(first.error, first.inputs) if isinstance(first, Failure) else None
    if explained is not None:
        yield from detail_rows(explained)
    yield from why_rows(fault)
    yield outcome_row(fault, run)
    yield from imported_rows(fault.imported, FaultId(fault.id.partition("#")[0]))
    yield from rest_row(first)
    if first.verdict is not None and first.verdict.fix:
        yield Row(label="fix", text=clean(first.verdict.fix), most=4)


def _target(first: Occurrence, run: Run) -> str:
    task = first.task
    if task is None:
        return "none: the worker was between two tasks"
    at = f", {place(task.file, task.line, run.cwd)}" if task.file else ""
    said = task.signature.partition("(")[0]
    name = "" if task.target in {"", said} or not said else f" ({clean(task.target)})"
    return f"{call(task)}{name}{at}"


def _worker(first: Occurrence) -> str:
    worker = first.worker
    parts = [worker_text(worker)]
    if worker.name:
        parts.append(clean(worker.name))
    if worker.start_method:
        parts.append(f"start method {clean(worker.start_method)}")
    if worker.owner is not None:
        parts.append(f"started by pid {worker.owner}")
    if first.task is not None and first.task.call is not None:
        parts.append(f"pool call {first.task.call}")
    return ", ".join(parts)


def _exit(crash: Crash) -> str:
    signum = crash.status.signal
    return f"{signal_name(signum)} ({signum})" if signum is not None else status_text(crash.status)


def _verdict_rows(verdict: Verdict) -> Iterator[Row]:
    text = f"{clean(verdict.cause.value)}, {verdict.certainty.value}"
    yield Row(label="cause", text=text, most=3)
    yield from evidence_rows(verdict)


def _inputs(inputs: Inputs, width: int) -> Iterator[str]:
    room = width - INDENT - 2
    for name, snapshot in inputs.values.items():
        texts = [assignment(name, snapshot)]
        if name in inputs.changed:
            texts.append(changed_text(name, inputs, "the target"))
        for text in texts:
            pieces = wrap(text, room, most=VALUE_LINES)
            yield " " * INDENT + pieces[0]
            yield from (" " * (INDENT + 2) + piece for piece in pieces[1:])
    if inputs.likely and inputs.values:
        yield "   (the last message it received: likely, not certain)"
    if inputs.encoded:
        size = f"{len(inputs.encoded):,} bytes"
        kept = "the message of the pool" if inputs.encoding == "task" else inputs.encoding
        yield f"   kept as {kept}, {size}, unmasked; never loaded to show it"
    elif inputs.encoding == "text" and inputs.values:
        yield "   kept as text only: above limits.value_bytes, or not to be pickled"


def _smaller(shrunk: Shrunk, width: int) -> Iterator[str]:
    yield from _inputs(shrunk.inputs, width)
    calls = plural(shrunk.calls, "call")
    least = "" if shrunk.is_least else "; there may be smaller ones"
    size = f"{number(shrunk.size_before)} to {number(shrunk.size)}"
    text = f"size {size} in {calls}, from occurrence #{shrunk.occurrence}{least}"
    yield from (" " * INDENT + piece for piece in wrap(text, width - INDENT))


def _output(output: Output, width: int) -> Iterator[str]:
    for name, text in (("stdout", output.stdout), ("stderr", output.stderr)):
        lines = (clean(line) for line in text.splitlines())
        room = width - INDENT
        wrapped = (" " * INDENT + piece for line in lines for piece in wrap(line, room))
        yield from _section(f"{name} of the worker, last lines", wrapped)


def _occurrences_title(fault: Fault) -> str:
    kept = 1 + len(fault.others)
    if kept == fault.count:
        return plural(kept, "occurrence")
    return f"occurrences: {number(fault.count)}, of which {number(kept)} are kept"


def _occurrences(fault: Fault, width: int) -> Iterator[str]:
    if fault.count <= 1 and not fault.others:
        return
    kept = (fault.first, *fault.others)
    for index, one in enumerate(kept[:MOST_OCCURRENCES], 1):
        values = ", ".join(assignment(n, s) for n, s in list(one.inputs.values.items())[:4])
        where = "" if one.task is None or one.task.index is None else f"task {one.task.index}, "
        text = f"{where}worker {worker_text(one.worker)}: {values or 'no inputs'}"
        pieces = wrap(text, width - INDENT - 5, most=2)
        yield f"{' ' * INDENT}{f'#{index}':<4} {pieces[0]}"
        yield from (" " * (INDENT + 5) + piece for piece in pieces[1:])
    if len(kept) > MOST_OCCURRENCES:
        yield f"   and {number(len(kept) - MOST_OCCURRENCES)} more: mpdiag show --json"


def _run_rows(run: Run) -> Iterator[Row]:
    yield Row(label="command", text=clean(" ".join(run.argv)), most=4)
    yield Row(label="in", text=clean(run.cwd), most=3)
    yield Row(label="started", text=date_and_clock(run.started))
    lasted = f"{duration(run.seconds)}, {status_text(run.status)}"
    tasks = (
        plural(run.tasks, "task") if run.tasks_known else f"at least {plural(run.tasks, 'task')}"
    )
    yield Row(label="lasted", text=f"{lasted}, {tasks}, {plural(run.workers, 'worker')}", most=2)
    if run.extra_tasks:
        text = f"{plural(run.extra_tasks, 'task')} ran only because mpdiag went on after a failure"
        yield Row(label="extra", text=text, most=2)
    if run.cancelled:
        yield Row(label="cancelled", text=f"{number(run.cancelled)} never started")
    yield from remark_rows(run)


def _environment(run: Run, width: int) -> Iterator[str]:
    room = width - INDENT - 2
    for name, value in run.environment.items():
        pieces = wrap(f"{clean(str(name))}: {clean(str(value))}", room, most=12)
        yield " " * INDENT + pieces[0]
        yield from (" " * (INDENT + 2) + piece for piece in pieces[1:])
