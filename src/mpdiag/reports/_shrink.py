"""What a search for smaller inputs came to."""

from __future__ import annotations

from collections.abc import Iterator

from ..layout import WIDTH, Row, clean, lay_out, number, paragraph, plural
from ..model import Shrunk
from ..replay import Plan, Shrinking
from ._again import NAME, what_happened
from ._json import small_json
from ._rows import assignment

_MOST_LINES = 12


def shrinking_lines(plan: Plan, found: Shrinking) -> Iterator[str]:
    """Yield what was found, and whether it is kept."""
    for text in found.again.said:
        yield from paragraph(f"{NAME}{clean(text)}", WIDTH)
    calls = plural(found.calls, "call")
    if found.shrunk is None:
        yield from paragraph(f"{NAME}nothing smaller ends in this fault ({calls})", WIDTH)
        return
    fault = clean(plan.fault.id)
    head = f"{NAME}smaller inputs of {fault}: {size_text(found.shrunk)}, {calls}"
    yield from paragraph(head, WIDTH)
    yield from lay_out(_rows(plan, found, found.shrunk), WIDTH)
    where = f"not kept: {clean(found.not_kept)}" if found.not_kept else "kept with the fault"
    yield from paragraph(f"{NAME}{where}", WIDTH)


def _rows(plan: Plan, found: Shrinking, shrunk: Shrunk) -> Iterator[Row]:
    yield from shrunk_rows(shrunk)
    yield Row(label="fault", text=what_happened(found.again, plan.origin.cwd), most=3)
    if found.stopped:
        text = f"{clean(found.stopped)}: there may be smaller ones (--calls, --seconds)"
        yield Row(label="ended", text=text, most=2)
    if not found.not_kept:
        yield Row(label="again", text=f"mpdiag replay {clean(plan.fault.id)} --shrunk")


def shrunk_rows(shrunk: Shrunk, label: str = "input") -> Iterator[Row]:
    """Yield the smaller inputs, one row each."""
    for index, (name, value) in enumerate(shrunk.inputs.values.items()):
        text = assignment(name, value)
        yield Row(label="" if index else label, text=text, most=_MOST_LINES)
    if not shrunk.inputs.values:
        yield Row(label=label, text="none")


def shrunk_json(plan: Plan, found: Shrinking) -> dict[str, object]:
    """Return the same for other programs; ``shrunk`` is null where nothing smaller was found."""
    return {
        "id": plan.fault.id,
        "calls": found.calls,
        "stopped": found.stopped,
        "shrunk": None if found.shrunk is None else small_json(found.shrunk),
    }


def size_text(shrunk: Shrunk) -> str:
    """Return by how much they are smaller."""
    return f"size {number(shrunk.size_before)} to {number(shrunk.size)}"
