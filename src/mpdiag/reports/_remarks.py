"""What a report says of a run besides its faults: what ran, what was not seen, limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..layout import Row, clean, number, plural, shorter
from ..model import Run, Running
from ._rows import extra_tasks, passed_over, worker_text

# Lines of one kind.  More: eighty idle workers hide the fault.
MOST_LINES = 16


def remarks(run: Run) -> Iterator[str]:
    """Yield the lines below the sentence of a run without entries."""
    for lines in (
        [running(one) for one in run.interrupted],
        unwatched(run),
        ignored(run),
        [clean(text) for text in run.memory],
        [clean(text) for text in run.left],
        [clean(text) for text in run.limits],
        extra_tasks(run),
        rescued(run),
    ):
        yield from few(lines)


def remark_rows(run: Run) -> Iterator[Row]:
    """Yield the rows below the entries of a run with faults."""
    yield from _labelled("running", [running(one) for one in run.interrupted])
    yield from _labelled("unwatched", unwatched(run))
    yield from _labelled("ignored", ignored(run))
    yield from _labelled("memory", [clean(text) for text in run.memory])
    yield from _labelled("left", [clean(text) for text in run.left])
    yield from _labelled("limits", [clean(text) for text in run.limits])
    if not any(fault.kind == "failure" and not passed_over(fault) for fault in run.faults):
        # Otherwise the first failure says it.
        yield from _labelled("changed", extra_tasks(run))
    if not any(fault.kind != "failure" for fault in run.faults):
        # Otherwise the first crash says it.
        yield from _labelled("changed", rescued(run))


def _labelled(label: str, texts: Sequence[str]) -> Iterator[Row]:
    for index, text in enumerate(few(texts)):
        yield Row(label="" if index else label, text=text, most=3)


def few(lines: Sequence[str]) -> list[str]:
    """Return *lines* that say something, those beyond the limit as their number."""
    lines = [line for line in lines if line.strip()]
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[:MOST_LINES], f"and {number(len(lines) - MOST_LINES)} more"]


def running(one: Running) -> str:
    """Return what a worker was at when the run was cut short."""
    return f"worker {worker_text(one.worker)}: {clean(one.text)}"


def ignored(run: Run) -> list[str]:
    """Return how many failures were only counted, as the setting asks."""
    return [f"{plural(run.ignored, 'failure')} of ignored types"] if run.ignored else []


def rescued(run: Run) -> list[str]:
    """Return what plain Python would have done otherwise, each said once."""
    return [clean(text) for text in dict.fromkeys(run.rescued)]


def unwatched(run: Run) -> list[str]:
    """Return one line for each reason and place: ``2 Python processes started with -I``."""
    groups = Counter((one.reason, one.place) for one in run.unwatched)
    return [_unwatched_line(run, reason, at, count) for (reason, at), count in groups.items()]


def _unwatched_line(run: Run, reason: str, at: str, count: int) -> str:
    what = "a Python process" if count == 1 else f"{number(count)} Python processes"
    return f"{what} {clean(reason)}{f', {shorter(at, run.cwd)}' if at else ''}"


def kept(run: Run, store: Path | None, *, waits: bool = False) -> str:
    """Return where the run is kept, with the warning that pickles cannot be masked."""
    if waits:
        return "not kept yet: the next mpdiag command in this folder tries again"
    if store is None:
        return "not kept: this report is all there is"
    occurrences = (one for fault in run.faults for one in (fault.first, *fault.others))
    unmasked = any(one.inputs.encoded for one in occurrences)
    return f"kept in {clean(str(store))}{' (inputs are stored unmasked)' if unmasked else ''}"
