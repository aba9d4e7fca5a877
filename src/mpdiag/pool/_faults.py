"""What ``pool.faults`` is: values for a program, and lines for a person who prints them."""

from __future__ import annotations

from ..model import Crash, Failure, library_path

# Characters of an error and of the inputs in a line.  More: a line is wrapped several times.
MOST_ERROR, MOST_INPUTS = 100, 100


class Faults(tuple[Failure | Crash, ...]):
    """The failures and crashes of a pool, oldest first; printed, each is one line."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(map(line, self)) or "no faults"


def line(fault: Failure | Crash) -> str:
    """Return what went wrong, with which inputs, and where, without a control character."""
    what = f"worker died: {fault.verdict.headline}" if fault.kind == "crash" else _error(fault)
    shown = ", ".join(f"{name} = {value.text}" for name, value in fault.inputs.values.items())
    worker = fault.worker
    parts = [_cut(what, MOST_ERROR)]
    if fault.task is not None:
        place = f"{fault.task.target}({_cut(shown, MOST_INPUTS)})"
        if at := _place(fault):
            place += f", {at}"
        parts += [place, f"task {fault.task.index} (from 0) of {fault.task.label}"]
    return "; ".join([*parts, f"worker {worker.number} (pid {worker.pid})"])


def _place(fault: Failure | Crash) -> str:
    """Return where it went wrong in the user's own code, or else where the function begins."""
    trace = fault.trace if isinstance(fault, Crash) else fault.error.trace
    own = [frame for frame in trace if not library_path(frame.file)] or trace
    if own:
        return f"{own[-1].file}:{own[-1].line}"
    task = fault.task
    return f"{task.file}:{task.line}" if task is not None and task.file else ""


def _error(failure: Failure) -> str:
    return f"{failure.error.type}: {failure.error.message}"


def _cut(text: str, most: int) -> str:
    text = text if len(text) <= most else text[: most - 3] + "..."
    return text if text.isprintable() else repr(text)[1:-1]
