"""The entry of a hang: who waits for whom, since when, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..layout import (
    GLUE,
    INDENT,
    LABEL,
    WIDTH,
    Row,
    cells,
    clean,
    clock,
    cut,
    duration,
    lay_out,
    own_frame,
    place,
    plural,
    sides,
)
from ..model import (
    Cause,
    Fault,
    Frame,
    Hang,
    Moment,
    Note,
    Outcome,
    ProcessMoment,
    Run,
    Stuck,
    ThreadMoment,
)
from ..recorder import State
from ._rows import again_row, evidence_rows, input_rows, status_text, task_text

# Frames of one thread in a list of stacks, innermost last.  All of them are in the JSON.
MOST_FRAMES = 30
_PLACE_LAST = re.compile(r"(.+), (\S+:\d+)")


def hang_rows(fault: Fault, hang: Hang, run: Run, *, live: str = "") -> Iterator[Row]:
    """Yield the rows below the head; while it lasts, *live* says when the next reminder comes."""
    yield from (note_row(note, run.cwd) for note in hang.rows)
    if not hang.rows:
        yield from _unexplained(hang, run)
    yield from input_rows(hang.inputs, {})
    if not live or hang.verdict.cause is Cause.UNKNOWN:
        yield from evidence_rows(hang.verdict)
    if hang.verdict.fix:
        yield Row(label="fix", text=clean(_shorter(hang.verdict.fix, run.cwd)), most=3)
    since = f"{clock(hang.at - hang.stuck_for)}, for {duration(hang.stuck_for)}"
    yield Row(label="since", text=f"{since.partition(',')[0]}; {live}" if live else since, most=2)
    if not live:
        yield Row(label="outcome", text=_outcome(fault, run), most=3)
    yield from again_row(fault, run)
    yield Row(label="stacks", text=_stacks(fault, hang, live=bool(live)), most=2)


def note_row(note: Note, cwd: str = "") -> Row:
    """Return one row of the wait graph, its place at the right end of its only line."""
    text, at = clean(_shorter(note.text, cwd)), clean(_shorter(note.place, cwd))
    if not at and (found := _PLACE_LAST.fullmatch(text)) is not None:
        text, at = found[1], found[2]
    # Labels are ours; what stands there in a store of somebody else must not shift the columns.
    label = cut(clean(note.label).encode("ascii", "replace").decode(), LABEL - 1)
    room = WIDTH - INDENT - LABEL
    if at:
        gap = room - cells(text) - cells(at) - 1
        if gap >= 1:
            return Row(label=label, text=f"{text}{GLUE * gap} {at}")
        text = f"{text}, {at}"
    return Row(label=label, text=text, most=4)


def _shorter(text: str, cwd: str) -> str:
    """Return *text* with the paths below *cwd* as a reader would name them."""
    return text.replace(cwd.rstrip("/") + "/", "") if cwd.strip("/") else text


def _unexplained(hang: Hang, run: Run) -> Iterator[Row]:
    """Yield where those who wait are, when nobody knows why."""
    for process in hang.moment.processes if hang.moment is not None else ():
        if process.pid in hang.pids:
            yield Row(label=cut(who(process), LABEL - 1), text=doing(process, run.cwd), most=2)


def _outcome(fault: Fault, run: Run) -> str:
    ended = status_text(run.status).replace(" ", GLUE)
    if fault.outcome is Outcome.CAUGHT:
        return f"it moved on later; the program ended well ({ended})"
    return f"the program ended with {ended}"


def _stacks(fault: Fault, hang: Hang, *, live: bool) -> str:
    show = f"mpdiag{GLUE}show{GLUE}{clean(fault.id)}"
    if not live:
        debug = f", mpdiag{GLUE}debug{GLUE}{clean(fault.id)}" if hang.trace else ""
        return f"{show}{debug} (of that moment)"
    program = next((one.pid for one in _processes(hang.moment) if one.role == "program"), None)
    now = f", mpdiag{GLUE}stacks{GLUE}{program}{GLUE}(of{GLUE}now)" if program else ""
    return f"{show}{GLUE}(of{GLUE}this{GLUE}moment){now}"


def hang_line(hang: Hang, run: Run) -> str:
    """Return a hang that needs no entry in one line."""
    frame = own_frame(hang.trace)
    at = f", {place(frame.file, frame.line, run.cwd)}" if frame else ""
    return f"{clean(hang.verdict.headline)}{at}"


def who(process: ProcessMoment) -> str:
    """Return what a report calls *process*: ``main``, ``worker 3``."""
    if process.role == "program":
        return "main"
    number = process.worker.number if process.worker is not None else None
    return f"worker {number}" if number else process.role


def doing(process: ProcessMoment, cwd: str) -> str:
    """Return what *process* is at, in one line."""
    parts = [f"pid {process.pid}"]
    if process.task is not None:
        parts.append(task_text(process.task))
    main = next((thread for thread in process.threads if thread.main), None)
    if main is not None:
        parts += filter(None, (waits(main), _place(main, cwd)))
    if process.no_stack and process.role != "other":
        parts.append(f"no stack: {clean(process.no_stack)}")
    return ", ".join(parts)


def waits(thread: ThreadMoment) -> str:
    """Return what the kernel says of *thread*."""
    if thread.state == "R":
        return "runs"
    if thread.state in "Tt":
        return "stopped"
    if thread.wait is None or thread.wait.call == "?":
        return "waits"
    fd = f" of descriptor {thread.wait.fd}" if thread.wait.fd is not None else ""
    return f"waits in {clean(thread.wait.call)}{fd}"


def _place(thread: ThreadMoment, cwd: str) -> str:
    frame = own_frame(thread.frames)
    return f"{place(frame.file, frame.line, cwd)}" if frame else ""


def _processes(moment: Moment | None) -> tuple[ProcessMoment, ...]:
    return moment.processes if moment is not None else ()


def stuck_lines(stuck: Stuck, width: int = WIDTH) -> Iterator[str]:
    """Yield what is known of a trouble that nobody has kept yet."""
    yield sides(clean(stuck.verdict.headline), plural(len(stuck.pids), "process"), width - 1)
    yield from lay_out(map(note_row, stuck.rows), width)
    yield from lay_out(evidence_rows(stuck.verdict), width)
    if stuck.verdict.fix:
        yield from lay_out([Row(label="fix", text=clean(stuck.verdict.fix), most=3)], width)


def stack_lines(moment: Moment, cwd: str, width: int = WIDTH) -> Iterator[str]:
    """Yield the stacks of every process at *moment*, newest call last."""
    for index, process in enumerate(moment.processes):
        if index:
            yield ""
        idle = process.role == "worker" and process.state_of_worker == State.WAITING
        now = f"{doing(process, cwd)}{', between two tasks' if idle else ''}"
        yield cut(f"{who(process)}: {now}", width).rstrip()
        if process.inputs is not None:
            for name, snapshot in process.inputs.values.items():
                yield cut(f"   {clean(name)} = {clean(snapshot.text)}", width).rstrip()
        if process.role == "other":
            yield cut(f"   not Python: {clean(process.command)}", width).rstrip()
        for thread in process.threads:
            yield from (cut(line, width).rstrip() for line in _thread(thread, process, cwd))


def _thread(thread: ThreadMoment, process: ProcessMoment, cwd: str) -> Iterator[str]:
    if not thread.frames:
        return
    if not thread.main or len(process.threads) > 1:
        name = "main thread" if thread.main else f"thread {clean(thread.name)}".rstrip()
        number = f" (tid {thread.tid})" if thread.tid is not None else ""
        yield f"   {name}{number}, {waits(thread)}"
    for frame in thread.frames[-MOST_FRAMES:]:
        yield from _frame(frame, cwd)


def _frame(frame: Frame, cwd: str) -> Iterator[str]:
    yield f"     {place(frame.file, frame.line, cwd)}, in {clean(frame.function)}"
    if frame.source.strip():
        yield f"       {clean(frame.source.strip())}"
    for name, value in frame.locals.items():
        yield f"         {clean(name)} = {clean(value.text) or '?'}"
