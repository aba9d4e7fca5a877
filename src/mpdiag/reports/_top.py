"""The table of ``mpdiag top``: one line for each worker, in 80 columns."""

from __future__ import annotations

from collections.abc import Iterator

from ..judge import size
from ..layout import cells, clean, cut, duration, number, plural, position
from ..model import RunView, WorkerView

_HEAD = "   #     pid   cpu   memory  task                   for     done  per s failed"


def top_lines(
    view: RunView,
    *,
    title: str,
    started: float,
    width: int = 80,
    height: int | None = None,
    selected: int | None = None,
) -> Iterator[str]:
    """Yield the lines of one picture; *selected* is the place of the worker that keys act on."""
    yield cut(f"mpdiag top: {clean(title)}", width)
    yield cut(", ".join(_counts(view, started)), width)
    yield cut(f"faults so far: {', '.join(_faults(view)) or 'none'}", width)
    yield ""
    yield cut(_HEAD, width)
    most = len(view.lines) if height is None else max(height - 7, 1)
    first = max((selected or 0) - most + 1, 0)  # the chosen one stays in sight
    for place, line in list(enumerate(view.lines))[first : first + most]:
        mark = ">" if place == selected else " "
        yield cut(mark + _worker(line, width), width).rstrip()
    if len(view.lines) > most:
        yield f"   {number(len(view.lines))} in all"
    if not view.lines:
        yield "   no worker now" if view.gone else "   no worker yet"


def _counts(view: RunView, started: float) -> Iterator[str]:
    yield duration(view.at - started)
    yield plural(len(view.lines), "worker")
    if view.gone:
        yield f"{number(view.gone)} ended"
    rate = sum(line.rate for line in view.lines)
    yield f"{plural(view.done, 'task')} done, {rate:,.1f} per second"


def _faults(view: RunView) -> Iterator[str]:
    """Yield what went wrong so far, by kind."""
    if view.failed:
        yield f"{plural(view.failed, 'task')} failed"
    for how, many in view.died:
        yield f"{plural(many, 'worker')} died ({how})"


def _worker(line: WorkerView, width: int) -> str:
    share = "-" if line.cpu is None else f"{line.cpu:.0%}"
    memory = "-" if line.memory_bytes is None else size(line.memory_bytes)
    seconds = "-" if line.seconds is None else _short(line.seconds)
    head = f"{line.number or '-':>3} {line.pid:>7} {share:>5} {memory:>8}"
    tail = f"{seconds:>7} {line.done:>8,} {_rate(line.rate):>6} {line.failed or '-':>6}"
    room = 17
    task = _task(line, room)
    text = f"{head}  {task}{' ' * (room - cells(task))} {tail}"
    left = width - cells(text) - 3
    inputs = clean(line.inputs)
    return f"{text}  {cut(inputs, left)}" if inputs and left > 6 else text  # noqa: PLR2004


def _task(line: WorkerView, room: int) -> str:
    if line.seconds is None:
        return line.state
    at = "" if line.index is None else f" {position(line.index)}"
    return cut(clean(line.target.rpartition(".")[2]), room - len(at)) + at


def _short(seconds: float) -> str:
    if seconds < 100:  # noqa: PLR2004
        return f"{seconds:.1f} s"
    return duration(seconds).replace(" min", "m").replace(" h ", "h")


def _rate(rate: float) -> str:
    return f"{rate:,.1f}" if rate < 1000 else f"{rate:,.0f}"  # noqa: PLR2004


def input_line(line: WorkerView, width: int = 80) -> str:
    """Return the inputs of the worker that is selected, in one line."""
    return cut(f"worker {line.number or '-'}: {clean(line.inputs) or line.state}", width)
