"""Crashes of a run, from the recorder files of the dead."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from .. import codec
from ..evidence import DeathFacts, is_plumbing, stacks_in
from ..judge import judge_death
from ..model import (
    Crash,
    Ending,
    ExitStatus,
    Frame,
    History,
    Inputs,
    Lost,
    Moment,
    Output,
    Running,
    Snapshot,
    Task,
    Worker,
    crash_parts,
    ending_words,
    exit_status,
    fingerprint,
    from_plain,
)
from ..recorder import ENDING, Kind, PastMessage, Reading, State, left_answer, past_messages, read
from ..worker import packed_history

_START_METHODS = ("", "fork", "spawn", "forkserver")
# Bytes of a message that are read to find the input in it.
_MOST_READ = 4 << 20


def readings(folder: Path) -> Iterator[Reading]:
    """Yield what the workers of a run recorded."""
    for path in sorted(folder.glob("*.rec")):
        reading = read(path)
        if reading is not None:
            yield reading


def is_crash(reading: Reading) -> bool:
    """Whether a worker died and left its task without an answer."""
    in_task = reading.busy and reading.kind in {Kind.POOL, Kind.EXECUTOR}
    if reading.terminated or (reading.answered and not in_task):
        return False
    if reading.state in {State.ENDED, State.INTERRUPTED}:
        return False
    status = exit_status(reading.exitcode)
    if status.code == 0 and reading.kind != Kind.POOL:
        return False
    return reading.busy or reading.exitcode is not None


def crash_of(
    reading: Reading, facts: DeathFacts, *, mask: codec.Mask, values: str, status: ExitStatus
) -> Crash:
    """Return the crash of the worker behind *reading*."""
    verdict = judge_death(status, facts, target=reading.target.partition("(")[0])
    if reading.state == State.LOADING:
        early = "it died while it took the task off the queue: the task had not begun"
        verdict = replace(verdict, evidence=(early, *verdict.evidence))
    task, in_rest = task_of(reading), reading.busy and bool(left_answer(reading))
    return Crash(
        fingerprint=fingerprint(crash_parts(ending_words(reading.exitcode), reading.target)),
        task=task,
        worker=worker_of(reading),
        status=status,
        verdict=verdict,
        inputs=inputs_of(reading, mask=mask, values=values),
        at=(reading.exit_ns or reading.started_ns or reading.created_ns) / 1e9,
        trace=stack_of(reading.path.with_suffix(".fault")),
        output=output_of(reading, mask=mask, values=values),
        lost=lost_of(reading) if not in_rest else None,
        in_keep_going=in_rest,
        history=history_of(reading, values=values),
    )


def ending_of(path: Path) -> Ending | None:
    """Return why its pool ended the worker behind a recorder file, if it did."""
    try:
        text = path.with_suffix(ENDING).read_text("utf-8")
        return from_plain(Ending, json.loads(text))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def worker_of(reading: Reading) -> Worker:
    """Return who recorded."""
    return Worker(
        pid=reading.pid,
        number=reading.number or None,
        of=reading.of or None,
        replacement=reading.replacement,
        name=reading.name,
        owner=reading.owner,
        start_method=_START_METHODS[reading.start_method] or None,
        test=reading.test,
    )


def task_of(reading: Reading) -> Task | None:
    """Return the task that was running, if one was."""
    if not reading.busy and not _in_initializer(reading):
        return None
    name, _, rest = reading.target.partition("(")
    bare = reading.label in {"Process", "initializer"}
    return Task(
        target=name,
        signature=f"{name.rpartition('.')[2]}({rest}" if rest else "",
        file=reading.target_file,
        line=reading.target_line or None,
        label=reading.label,
        index=None if bare else reading.index,
        call=None if bare else reading.call,
        started=reading.started_ns / 1e9,
    )


def _in_initializer(reading: Reading) -> bool:
    return reading.state == State.STARTING and reading.label == "initializer"


def lost_of(reading: Reading) -> Lost | None:
    """Return what went with the worker of its chunk."""
    if not reading.busy or reading.size <= 1 or reading.shares_out:
        return None
    return Lost(done=reading.offset, never_started=reading.size - reading.offset - 1)


def history_of(reading: Reading, *, values: str) -> History | None:
    """Return what the worker had run before its task; its initializer is not known."""
    if not reading.busy or reading.label in {"", "Process", "initializer"}:
        return None
    if values != "full":
        return None
    past, offset = past_messages(reading.path), reading.offset if reading.size else 0
    if offset:
        whole = len(reading.payload) == reading.payload_bytes
        past.append(PastMessage(reading.payload if whole else b"", offset, True))
    found = packed_history(past, tasks=reading.done + offset)
    return replace(found, seconds=max(0, reading.exit_ns - reading.created_ns) / 1e9)


def inputs_of(reading: Reading, *, mask: codec.Mask, values: str) -> Inputs:
    """Return the inputs of the task that was running, read from its message without loading it."""
    begun = reading.busy or reading.state == State.INTERRUPTED or _in_initializer(reading)
    if not begun or not reading.payload:
        return Inputs(encoding="none")
    if reading.payload_is_text:
        text = mask.text(reading.payload.decode("utf-8", "replace"))
        shown = Snapshot(text=text if values != "none" else "", type="dict")
        return Inputs(values={"arguments": shown})
    if values == "none":
        return Inputs(values=_outlined(reading), encoding="none")
    encoded = reading.payload if len(reading.payload) == reading.payload_bytes else None
    if values != "full":  # one above the limit is cut, and named, where it is kept
        encoded = None
    found = _named(reading)
    likely = reading.label == "Process"
    return Inputs(
        values={name: _snapshot(name, value, mask) for name, value in found.items()},
        encoded=encoded,
        encoding="task" if encoded is not None else "text",
        offset=reading.offset if reading.size else None,
        likely=likely,
    )


def _snapshot(name: str, value: object, mask: codec.Mask) -> Snapshot:
    if mask.hides(name):
        return Snapshot(text=codec.MASKED)
    return codec.snapshot(value, mask=mask)


def _outlined(reading: Reading) -> dict[str, Snapshot]:
    return {"message": Snapshot(text="", type="message", size=reading.payload_bytes)}


def _named(reading: Reading) -> dict[str, object]:
    """Return the inputs by parameter name, as far as the message tells them."""
    message = codec.read_pickle(reading.payload)
    if reading.label == "Process":
        return {"last message received": message}
    offset = reading.offset if reading.size else None
    return codec.message_inputs(message, target=reading.target, offset=offset)


def output_of(reading: Reading, *, mask: codec.Mask, values: str) -> Output:
    """Return the last lines that the worker wrote."""
    if values == "none":
        return Output()
    return Output(stdout=mask.text(reading.stdout), stderr=mask.text(reading.stderr))


def stack_of(path: Path) -> tuple[Frame, ...]:
    """Return the Python stack that a fatal signal left, outermost frame first."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    current = text[max(text.find("Current thread"), 0) :]
    first = next(stacks_in(current), None)
    return tuple(frame for frame in first.frames if not is_plumbing(frame)) if first else ()


def places_in(moment: Moment) -> dict[int, str]:
    """Return where the main thread of each process is, in the user's code."""
    found = {}
    for process in moment.processes:
        frames = next((thread.frames for thread in process.threads if thread.main), ())
        own = [frame for frame in frames if not is_plumbing(frame)]
        if own:
            found[process.pid] = f"{own[-1].file}:{own[-1].line}"
    return found


def running_of(reading: Reading, *, mask: codec.Mask, values: str, place: str = "") -> Running:
    """Return what a worker was doing when the run was interrupted."""
    inputs = inputs_of(reading, mask=mask, values=values)
    shown = ", ".join(f"{name} = {value.text}" for name, value in inputs.values.items())
    task = f"task {reading.index} (from 0) of {reading.label}" if reading.label else "a task"
    name = reading.target.partition("(")[0]
    return Running(
        worker=worker_of(reading),
        text=f"{name}, {task}{f', at {place}' if place else ''}: {shown}"[:300],
    )
