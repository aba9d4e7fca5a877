"""Text that fits a terminal and cannot control it."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

WIDTH = 79
# The narrowest report that still has room for its columns.
NARROWEST = 40
INDENT = 3
LABEL = 10
# Characters of one user text that are looked at.  Fewer: long paths and messages are cut that
# would have fit; more: a message of megabytes is escaped character by character to show a line.
LONGEST = 4_000
GLUE = "\N{NO-BREAK SPACE}"
"""A space in our own wording that no line ends at; user text has none, see `clean`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One labelled piece of an entry; rows without a label continue the one above."""

    label: str = ""
    text: str
    most: int | None = None
    """Lines that the text may take; what is beyond is cut."""
    raw: bool = False
    """The text is laid out already: source lines and carets."""


def clean(text: str, *, most: int = LONGEST) -> str:
    r"""Return *text* with all that could move or colour a terminal escaped, as ``\x1b``."""
    if len(text) > most:
        text = text[:most] + "..."
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _escape(char) for char in text)


def _escape(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def cells(text: str) -> int:
    """Return the columns that *text* takes on a terminal."""
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def _cells_of(char: str) -> int:
    if unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _head(text: str, width: int) -> int:
    """Return how many characters of *text* fit into *width* columns."""
    used = 0
    for position, char in enumerate(text):
        used += _cells_of(char)
        if used > width:
            return position
    return len(text)


def cut(text: str, width: int) -> str:
    """Return *text*, its end replaced by ``...`` when it is wider than *width*."""
    if cells(text) <= width:
        return text
    return text[: _head(text, max(width - 3, 0))] + "..."


def wrap(text: str, width: int, *, most: int | None = None) -> list[str]:
    """Return the lines of *text*, at most *most* of them, the last one cut if need be."""
    lines: list[str] = []
    line: str | None = None
    for word in text.split(" "):
        if line is not None and cells(line) + 1 + cells(word) <= width:
            line = f"{line} {word}"
            continue
        if line is not None:
            lines.append(line)
        line = word
        while cells(line) > width:
            # A character wider than the whole line still has to go somewhere.
            end = max(_head(line, width), 1)
            lines.append(line[:end])
            line = line[end:]
    lines.append(line or "")
    if most is not None and len(lines) > most:
        lines = [*lines[: most - 1], cut(f"{lines[most - 1]} ...", width)]
    return [one.replace(GLUE, " ").rstrip() for one in lines]


def lay_out(rows: Iterable[Row], width: int) -> Iterator[str]:
    """Yield the lines of *rows* below the head of an entry."""
    margin = " " * (INDENT + LABEL)
    room = width - len(margin)
    for row in rows:
        pieces = [cut(row.text, room)] if row.raw else wrap(row.text, room, most=row.most)
        yield f"{' ' * INDENT}{row.label:<{LABEL}}{pieces[0]}".rstrip()
        yield from ((margin + piece).rstrip() for piece in pieces[1:])


def paragraph(text: str, width: int, *, indent: int = 8) -> Iterator[str]:
    """Yield the lines of a sentence, all but the first indented."""
    first, *more = wrap(text, width - indent) if cells(text) > width else [text]
    yield first.replace(GLUE, " ").rstrip()
    yield from (" " * indent + line for line in more)


def sides(left: str, right: str, width: int) -> str:
    """Return one line with *right* at its end; *left* is cut where they would meet."""
    room = width - cells(right) - 2
    left = cut(left, room)
    return f"{left}{' ' * (width - cells(left) - cells(right))}{right}"


def number(count: int) -> str:
    """Return *count* with thousands separators."""
    return f"{count:,}"


def position(index: int) -> str:
    """Return the position of an input: plain, so that it can be searched for, up to a million."""
    return str(index) if index < 1_000_000 else f"{index:,}"  # noqa: PLR2004 (said above)


def plural(count: int, noun: str) -> str:
    """Return *count* with its noun: ``1 task``, ``37 tasks``."""
    if count != 1:
        noun = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{number(count)} {noun}"


def duration(seconds: float) -> str:
    """Return a span of time as ``2.1 s``, ``4 min 10 s``, ``2 h 11 min`` or ``3 d 4 h``."""
    if seconds < 59.95:  # noqa: PLR2004 (what would be shown as 60.0)
        return f"{max(seconds, 0):.1f} s"
    if not seconds < 1e9:  # noqa: PLR2004 (thirty years, or not a number: a broken clock)
        return "a very long time"
    whole = round(seconds)
    for unit, size, small, step in (
        ("d", 86_400, "h", 3_600),
        ("h", 3_600, "min", 60),
        ("min", 60, "s", 1),
    ):
        if whole >= size:
            rest = whole % size // step
            return f"{whole // size} {unit} {rest} {small}" if rest else f"{whole // size} {unit}"
    return f"{whole} s"


def clock(at: float) -> str:
    """Return the wall-clock time of *at*."""
    try:
        return time.strftime("%H:%M:%S", time.localtime(at))
    except (OverflowError, ValueError, OSError):
        return "at an unknown time"


def date_and_clock(at: float) -> str:
    """Return the day and the wall-clock time of *at*, with the offset from UTC."""
    try:
        return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(at))
    except (OverflowError, ValueError, OSError):
        return "at an unknown time"
