"""What is said about a hang while the program goes on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..layout import GLUE, NARROWEST, WIDTH, clean, duration, lay_out, paragraph, position, sides
from ..model import Cause, Fault, Hang, Moment, ProcessMoment, Run, Stuck
from ._hang import hang_rows, who
from ._rows import hit, task_text

_NAME = "mpdiag: "
# Up to here seconds are easier to compare with the option than minutes are.
_IN_SECONDS = 120.0


def live_hang(
    faults: Sequence[Fault],
    run: Run,
    *,
    quiet: float,
    reminder: float,
    store: Path | None,
    width: int = WIDTH,
) -> Iterator[str]:
    """Yield the report on hangs that are new; *reminder* is in how many seconds the next comes."""
    width = max(width, NARROWEST)
    head = f"stuck: no task has moved for {_span(quiet)}; still waiting (run {clean(run.id)})"
    yield from paragraph(_NAME + head, width)
    yield ""
    live = f"next reminder in {_span(reminder)} (--hang-after 0: never)"
    for fault in faults:
        hang = fault.first
        if isinstance(hang, Hang):
            number = clean(fault.id).rpartition(".")[2]
            yield sides(f"{number:<2} {clean(hang.verdict.headline)}", hit(fault), width - 1)
            yield from lay_out(hang_rows(fault, hang, run, live=live), width)
    kept = f"kept in {clean(str(store))}" if store is not None else "not kept"
    yield from paragraph(f"{_NAME}{kept}; Ctrl-C ends the program as always", width)


def still_stuck(faults: Sequence[Fault], run: Run, *, since: float, width: int = WIDTH) -> str:
    """Return the reminder that nothing has changed."""
    shows = ", ".join(f"mpdiag{GLUE}show{GLUE}{clean(fault.id)}" for fault in faults)
    text = f"{_NAME}still stuck, {_span(since)} after the first report, nothing new"
    text += f" (run {clean(run.id)})" + (f": {shows}" if shows else "")
    return "\n".join(paragraph(text, width))


def moves_again(run: Run, *, since: float) -> str:
    """Return that the hang that was reported is over."""
    return f"{_NAME}moves again, {_span(since)} after the report (run {clean(run.id)})"


def quiet_line(stuck: Stuck, moment: Moment, *, last: bool = False, width: int = WIDTH) -> str:
    """Return one sentence about a worker that is slow, or waits for what may still come.

    The *last* one about its place says that it is.
    """
    process = next((one for one in moment.processes if one.pid in stuck.pids), None)
    name = f"{who(process)} (pid {process.pid})" if process is not None else "a process"
    said = [_since(process, moment), _rate(process), clean(stuck.place)]
    text = f"{_NAME}{name} {_is(stuck)}: {', '.join(filter(None, said))}"
    text += " (no more is said of this place)" if last else ""
    return "\n".join(paragraph(text, width))


def _is(stuck: Stuck) -> str:
    """Return what is said of it, such as ``is slow, not stuck`` or ``waits for a socket``."""
    headline = clean(stuck.verdict.headline)
    if stuck.level == "waiting":
        return headline
    if stuck.level == "stuck":
        return f"is stuck ({headline})"
    if stuck.verdict.cause is Cause.UNKNOWN:
        return "is slow, not stuck"
    return f"is slow, possibly in an {stuck.verdict.cause.value}"


def _since(process: ProcessMoment | None, moment: Moment) -> str:
    task = process.task if process is not None else None
    if task is None or task.started is None:
        return ""
    what = f"task {position(task.index)}" if task.index is not None else task_text(task)
    return f"{what} for {_span(moment.at - task.started)}".replace(" ", GLUE)


def _rate(process: ProcessMoment | None) -> str:
    """Return how fast the worker was until then, such as ``3.1 tasks/s before``."""
    task = process.task if process is not None else None
    if process is None or task is None or task.index is None:
        return ""
    if not process.done:
        return f"its{GLUE}first"
    if process.since is None or not task.started or task.started <= process.since:
        return ""
    rate = process.done / (task.started - process.since)
    for unit, seconds in (("s", 1), ("min", 60), ("h", 3600)):
        if rate * seconds >= 1 or unit == "h":
            return f"{rate * seconds:,.1f}{GLUE}tasks/{unit}{GLUE}before"
    return ""


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < _IN_SECONDS else duration(seconds)
