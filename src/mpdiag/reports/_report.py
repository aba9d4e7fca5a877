"""The end report of a run."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from ..layout import (
    GLUE,
    NARROWEST,
    NEVER_STARTED,
    WIDTH,
    Row,
    cells,
    clean,
    lay_out,
    number,
    paragraph,
    sides,
)
from ..model import Crash, Failure, Fault, Hang, Run, RunId
from ._crash import crash_line, crash_rows, crash_title
from ._failure import failure_rows, failure_title, short_line
from ._hang import hang_rows
from ._headline import all_caught, caught_headline, headline, nothing
from ._remarks import kept, remark_rows, remarks
from ._rows import hit, passed_over

# Faults in full.  More: the first ones, which most often are the cause, leave the screen.
IN_FULL = 10
# Faults in one line each, after those.
IN_SHORT = 20
# Lines of a message that is too long for the head.
MESSAGE_LINES = 5
NAME = "mpdiag: "
_BELOW = len(NAME)


def render(
    run: Run,
    *,
    store: Path | None = None,
    waits: bool = False,
    quiet: bool = False,
    width: int = WIDTH,
) -> Iterator[str]:
    """Yield the lines of the end report of *run*, none wider than *width*.

    *store* is the folder that keeps the run, None when it could not be kept.  It *waits* when
    that is tried again later; else no line leads to what is not there.
    *quiet* leaves out what is not a fault that the program let through.
    """
    width = max(width, NARROWEST)
    lost = store is None and not waits
    # The id stands in many sentences: it is made safe once.
    run = dataclasses.replace(run, id=RunId(clean(run.id)))
    if not run.faults:
        if not quiet:
            yield from _without_faults(run, width)
    elif all_caught(run):
        if not quiet:
            yield from _all_caught(run, width, lost=lost)
            yield from paragraph(NAME + kept(run, store, waits=waits), width)
    else:
        yield from paragraph(NAME + headline(run), width)
        yield ""
        yield from _entries(run, width, lost=lost)
        yield from _about_run(run, width)
        yield from paragraph(NAME + kept(run, store, waits=waits), width)


def _without_faults(run: Run, width: int) -> Iterator[str]:
    yield from paragraph(NAME + nothing(run), width)
    for line in remarks(run):
        yield from _indented(line, width)


def _all_caught(run: Run, width: int, *, lost: bool) -> Iterator[str]:
    yield from paragraph(NAME + caught_headline(run), width)
    for fault in run.faults[:IN_SHORT]:
        yield from _indented(_short(fault, run, lost=lost), width)
    if len(run.faults) > IN_SHORT:
        yield from _indented(_more(run.faults[IN_SHORT:], run), width)
    for line in remarks(run):
        yield from _indented(line, width)


def _indented(text: str, width: int) -> Iterator[str]:
    yield from (" " * _BELOW + line for line in paragraph(text, width - _BELOW, indent=2))


def _entries(run: Run, width: int, *, lost: bool) -> Iterator[str]:
    """Yield the faults in full, the later ones and those that were caught in one line each."""
    open_faults = [fault for fault in run.faults if not passed_over(fault)]
    caught = [fault for fault in run.faults if passed_over(fault)]
    leaders = _leaders(open_faults)
    for index, fault in enumerate(open_faults[:IN_FULL]):
        if index:
            yield ""
        yield from _safe_entry(fault, run, width=width, leads=fault in leaders, lost=lost)
    yield from _list(open_faults[IN_FULL:], "", run, width, lost=lost)
    yield from _list(caught, "caught by the program: ", run, width, lost=lost)


def _safe_entry(fault: Fault, run: Run, *, width: int, leads: bool, lost: bool) -> Iterator[str]:
    """Yield the entry, or at least that it exists: one odd value must not cost the others."""
    try:
        yield from list(entry(fault, run, width=width, leads=leads, lost=lost))
    except Exception as error:
        why = f"not told here: {type(error).__name__} in mpdiag, please report it;"
        text = f"{_ordinal(fault)}{why} mpdiag{GLUE}show{GLUE}{clean(fault.id)} --json"
        yield from paragraph(text, width, indent=3)


def _leaders(faults: Sequence[Fault]) -> list[Fault]:
    """Return the entries that carry what is said once a report: a failure and a crash."""
    failures = [fault for fault in faults if fault.kind == "failure"]
    deaths = [fault for fault in faults if fault.kind != "failure"]
    return failures[:1] + deaths[:1]


def _list(faults: Sequence[Fault], how: str, run: Run, width: int, *, lost: bool) -> Iterator[str]:
    if faults:
        yield ""
    for fault in faults[:IN_SHORT]:
        text = f"{_ordinal(fault)}{how}{_short(fault, run, lost=lost)}"
        yield from paragraph(text, width, indent=3)
    if len(faults) > IN_SHORT:
        yield from paragraph(f"   {_more(faults[IN_SHORT:], run)}", width, indent=3)


def _more(faults: Sequence[Fault], run: Run) -> str:
    return f"and {number(len(faults))} more: mpdiag{GLUE}ls (run {run.id})"


def entry(
    fault: Fault, run: Run, *, width: int = WIDTH, leads: bool = True, lost: bool = False
) -> Iterator[str]:
    """Yield one fault in full: its head, then its rows."""
    first = fault.first
    rows = _rows(fault, run, leads=leads)
    head = f"{_ordinal(fault)}{title_of(fault)}"
    yield sides(head, hit(fault), width - 1)
    room = width - 3 - cells(hit(fault))
    if isinstance(first, Failure):
        yield from lay_out(_left_out(first, cells(head) > room), width)
    yield from lay_out(_without_show(rows, fault) if lost else rows, width)


def _show(fault: Fault) -> str:
    return f": mpdiag{GLUE}show{GLUE}{clean(fault.id)}"


def _without_show(rows: Iterable[Row], fault: Fault) -> Iterator[Row]:
    """Yield *rows* without those that lead to what is not kept."""
    for row in rows:
        if row.label != "more":
            yield dataclasses.replace(row, text=row.text.removesuffix(_show(fault)))


def _rows(fault: Fault, run: Run, *, leads: bool) -> Iterator[Row]:
    match fault.first:
        case Failure() as failure:
            return failure_rows(fault, failure, run, leads=leads)
        case Crash() as crash:
            return crash_rows(fault, crash, run, leads=leads)
        case Hang() as hang:
            return hang_rows(fault, hang, run)


def _left_out(failure: Failure, is_cut: bool) -> Iterator[Row]:
    """Yield what the head of the entry leaves out of the message."""
    message, title = clean(failure.error.message.strip()), failure_title(failure)
    explained = failure.task.label == NEVER_STARTED
    if message and (is_cut or (message not in title and not explained)):
        yield Row(label="message", text=message, most=MESSAGE_LINES)


def title_of(fault: Fault) -> str:
    """Return the one line that names *fault*."""
    first = fault.first
    return failure_title(first) if isinstance(first, Failure) else crash_title(first)


def _ordinal(fault: Fault) -> str:
    return f"{clean(fault.id).rpartition('.')[2][:8]:<2} "


def _short(fault: Fault, run: Run, *, lost: bool) -> str:
    first = fault.first
    line = short_line(first, run) if isinstance(first, Failure) else crash_line(first, run)
    return f"{clean(line, most=400)}, {hit(fault)}{'' if lost else _show(fault)}"


def _about_run(run: Run, width: int) -> Iterator[str]:
    """Yield the rows that belong to no fault."""
    rows = list(remark_rows(run))
    if rows:
        yield ""
        yield from lay_out(rows, width)
