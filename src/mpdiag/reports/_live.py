"""What is said while the program runs."""

from __future__ import annotations

from collections.abc import Iterator

from ..layout import NARROWEST, WIDTH, cells, clean, cut, duration, paragraph, spot
from ..model import Crash, ExitStatus, Failure, Fault, FaultId, Hang, Occurrence, Run, RunId
from ._failure import failure_title
from ._report import NAME, entry
from ._rows import worker_text


def live_line(
    occurrence: Occurrence,
    *,
    run: str = "",
    number: int | None = None,
    cwd: str = "",
    workers: int = 0,
    width: int = WIDTH,
) -> str:
    """Return what is said when a group is first seen: one line, of a crash the full entry.

    Without an end of line.  *number* is the fault's, where it is known by then.
    """
    width = max(width, NARROWEST)
    if isinstance(occurrence, Failure):
        return _live_failure(occurrence, cwd, width)
    return "\n".join(_live_crash(occurrence, _around(occurrence, run, cwd, workers), number, width))


def _live_failure(failure: Failure, cwd: str, width: int) -> str:
    """Return ``mpdiag: KeyError: 'that', app.py:14, task 4711``."""
    at, short = spot(failure.task, failure.error.trace, cwd)
    index = failure.task.index
    rest = f", {at}{'' if index is None else f', task {index}'}"
    title = failure_title(failure)
    if len(NAME) + cells(title + rest) > width:
        # The name of the file is enough to find it; the end report has its path.
        rest = rest.replace(at, short, 1)
    room = width - len(NAME) - cells(rest)
    # A long message gives way to the place, which is what tells two faults apart.
    return cut(f"{NAME}{cut(title, max(room, 20))}{rest}", width).rstrip()


def _live_crash(crash: Crash | Hang, run: Run, number: int | None, width: int) -> Iterator[str]:
    fault = Fault(
        id=FaultId(f"{run.id}.{number or '*'}"),
        run=run.id,
        fingerprint=crash.fingerprint,
        kind=crash.kind,
        count=1,
        first=crash,
    )
    yield from paragraph(f"{NAME}{_happened(crash)} (run {run.id}, still going)", width)
    yield ""
    # What becomes of it and how often it happens is known at the end of the run.
    yield from (line for line in entry(fault, run, width=width) if _is_known(line))
    yield from paragraph(f"{NAME}the whole report follows when the program ends", width)


def _is_known(line: str) -> bool:
    return not line.startswith(("   outcome ", "   more "))


def _happened(crash: Crash | Hang) -> str:
    who = f"worker {worker_text(crash.worker)}"
    if isinstance(crash, Hang):
        return f"{who} has made no progress for {duration(crash.stuck_for)}"
    return f"{who} died"


def _around(occurrence: Occurrence, run: str, cwd: str, workers: int) -> Run:
    """Return as much of the run as is known before its end."""
    return Run(
        id=RunId(clean(run)),
        argv=(),
        cwd=cwd,
        started=occurrence.at,
        seconds=0.0,
        status=ExitStatus(),
        workers=workers,
    )
