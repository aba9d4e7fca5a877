"""What a bundle holds, and what became of one that was taken in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from ..layout import (
    GLUE,
    WIDTH,
    Row,
    call,
    clean,
    date_and_clock,
    lay_out,
    number,
    paragraph,
    plural,
)
from ..model import Fault, FaultId, Imported
from ..options import size_text
from ._report import title_of

NAME = "mpdiag: "


def bundle_lines(fault: Fault, counts: Mapping[str, int], left_out: Sequence[str]) -> Iterator[str]:
    """Yield what a bundle of *fault* holds, with sizes, and what was left out and why."""
    yield from paragraph(f"{NAME}bundle of {clean(fault.id)}, {title_of(fault)}", WIDTH)
    yield from lay_out(_bundle_rows(fault, counts, left_out), WIDTH)


def _bundle_rows(fault: Fault, counts: Mapping[str, int], left_out: Sequence[str]) -> Iterator[Row]:
    def size(part: str) -> str:
        return size_text(counts[f"{part} bytes"])

    yield Row(label="run", text=f"command, folder, environment card ({size('run')})", most=2)
    kept, all_ = number(counts["occurrence"]), plural(fault.count, "occurrence")
    text = f"{kept} of {all_}: trace, locals, evidence, output ({size('occurrence')})"
    yield Row(label="fault", text=text, most=2)
    if counts["passing"]:
        text = f"{plural(counts['passing'], 'passing task')} to compare with ({size('passing')})"
        yield Row(label="samples", text=text, most=2)
    if counts["pickle"]:
        text = f"{plural(counts['pickle'], 'pickle')} ({size('pickle')}), not masked"
        yield Row(label="inputs", text=text, most=2)
    else:
        yield Row(label="inputs", text="no pickles: it can be shown, not replayed")
    for index, phrase in enumerate(left_out):
        yield Row(label="" if index else "left out", text=clean(phrase), most=3)


def taken_in_lines(
    fault: Fault, name: FaultId, *, known: bool, own: bool, unknown: int
) -> Iterator[str]:
    """Yield what became of the bundle of *fault*, which has the ID *name* here."""
    show = f"mpdiag{GLUE}show{GLUE}{name}"
    if known:
        how = "it was recorded in this store" if own else "it was imported before"
        yield from paragraph(f"{NAME}{name} is here already: {how}; {show}", WIDTH)
        return
    task = fault.first.task
    target = f" in {call(task)}" if task is not None else ""
    yield from paragraph(f"{NAME}imported {name}: {title_of(fault)}{target}", WIDTH)
    if fault.id != name:
        text = f"it was {clean(fault.id)} where it was recorded; that ID is taken here"
        yield from paragraph(f"        {text}", WIDTH)
    if unknown:
        text = f"{plural(unknown, 'part')} of it, made by a later mpdiag, left out"
        yield from paragraph(f"        {text}", WIDTH)
    yield from paragraph(f"        {show}", WIDTH)


def imported_rows(imported: Imported | None, name: FaultId) -> Iterator[Row]:
    """Yield where a fault came from that was not recorded here."""
    if imported is None:
        return
    before = f", where it was {clean(imported.id)}" if imported.id != name else ""
    text = f"{date_and_clock(imported.at)}, from a bundle{before}"
    yield Row(label="imported", text=text, most=2)
    for phrase in imported.left_out:
        yield Row(text=f"left out of it: {clean(phrase)}", most=2)
