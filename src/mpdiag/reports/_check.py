"""The answer of ``mpdiag check``: what fails under spawn and forkserver, and what else is seen."""

from __future__ import annotations

from collections.abc import Iterator

from ..layout import WIDTH, Row, clean, lay_out, paragraph, plural, sides
from ..model import Checked, Seen, Trouble

CHECK_VERSION = 1
# Lines that one sentence of a hint may take.
_MOST = 3
_FOUND_BY = {
    Seen.SOURCE: "read",
    Seen.SEND: "pickling it failed",
    Seen.LOAD: "loading it in a fresh interpreter failed",
    Seen.IMPORT: "importing the program in a fresh interpreter failed",
}


def check_lines(checked: Checked, *, width: int = WIDTH) -> Iterator[str]:
    """Yield the answer, no line wider than *width*."""
    yield from paragraph(f"mpdiag: {_done(checked)}", width)
    for number, one in enumerate([*checked.fails, *checked.remarks], 1):
        yield ""
        place = f"{clean(one.file)}:{one.line}" if one.line else clean(one.file) or "unknown place"
        yield sides(f"{number}  {place}", _mark(one), width)
        yield from lay_out(_rows(one), width)
    if checked.troubles:
        yield ""
    yield from paragraph(f"mpdiag: {_verdict(checked)}", width)
    if checked.ended not in {"", "exit code 0"}:
        command = f"mpdiag run {clean(checked.program)}"
        yield from paragraph(f"        what failed in the run itself: {command}", width)
    for limit in checked.limits:
        yield from paragraph(f"        not told: {clean(limit)}", width, indent=18)


def _done(checked: Checked) -> str:
    read = f"read {plural(checked.files, 'file')} of {clean(checked.program)}"
    if not checked.ended:
        return f"{read}; nothing was run"
    looked = plural(checked.looked, "kind")
    return (
        f"{read}, ran it once ({checked.ended}), and tried {looked} of objects that went to other"
        " processes"
    )


def _mark(one: Trouble) -> str:
    return f"{'fails' if one.fails else 'remark'}  {one.hint}".rstrip()


def _rows(one: Trouble) -> Iterator[Row]:
    if one.source:
        yield Row(label="code", text=clean(one.source), most=2)
    if one.subject:
        yield Row(label="sent", text=clean(one.subject), most=2)
    if one.path:
        yield Row(label="path", text=clean(one.path), most=_MOST)
    if one.error:
        yield Row(label="error", text=clean(one.error), most=_MOST)
        yield Row(text=_FOUND_BY[one.seen])
    if one.what:
        yield Row(label="hint", text=clean(one.what), most=_MOST)
    if one.why:
        yield Row(text=clean(one.why), most=_MOST)
    if one.change:
        yield Row(label="fix", text=clean(one.change), most=_MOST)


def _verdict(checked: Checked) -> str:
    count = len(checked.fails)
    others = f"; {plural(len(checked.remarks), 'remark')}" if checked.remarks else ""
    if not count:
        return f"nothing found that fails under spawn or forkserver{others}"
    said = f"{plural(count, 'place')} where it fails under spawn and forkserver{others}"
    if checked.asks_for.startswith("fork "):
        return f"{said}, safe from it as long as it asks for {clean(checked.asks_for)}"
    return f"{said}: forkserver is the default since Python 3.14"


def check_json(checked: Checked) -> dict[str, object]:
    """Return the answer as a document; docs/json.md describes it."""
    return {
        "version": CHECK_VERSION,
        "program": checked.program,
        "fails": bool(checked.fails),
        "files": checked.files,
        "ran": checked.ended or None,
        "looked": checked.looked,
        "asks_for": checked.asks_for or None,
        "troubles": [_trouble_json(one) for one in (*checked.fails, *checked.remarks)],
        "limits": list(checked.limits),
    }


def _trouble_json(one: Trouble) -> dict[str, object]:
    return {
        "hint": one.hint or None,
        "fails": one.fails,
        "seen": one.seen.value,
        "file": one.file,
        "line": one.line or None,
        "source": one.source,
        "sent": one.subject or None,
        "path": one.path or None,
        "error": one.error or None,
        "what": one.what,
        "why": one.why,
        "change": one.change,
    }
