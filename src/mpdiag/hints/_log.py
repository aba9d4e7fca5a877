"""What a log says of errors: tracebacks and single lines, each as a sight.

A log may be cut anywhere, mixed from several processes, or have a prefix before each line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Frame
from ._hint import Sight

# Lines that one message may have.
MOST_LINES = 20
_HEAD = "Traceback (most recent call last):"
_FRAME = re.compile(r'^ {2}File "(?P<file>[^"]*)", line (?P<line>\d+)(?:, in (?P<function>.+))?$')
_ERROR = re.compile(r"^(?P<type>[A-Za-z_][\w.]*)(?::(?: (?P<message>.*))?)?$")
# A single line of a log that is the last of a traceback, wherever it was cut.
_ALONE = re.compile(
    r"(?P<type>\b[A-Za-z_][\w.]*(?:Error|Exception|Warning|BrokenProcessPool|Empty)): "
    r"(?P<message>.+)$"
)
_NEXT = ("During handling of", "The above exception", _HEAD)


def sights_of(text: str) -> Iterator[Sight]:
    """Yield the errors of a log in their order, and each other line that is not empty."""
    lines = text.splitlines()
    at = 0
    while at < len(lines):
        column = lines[at].find(_HEAD)
        if column < 0:
            yield from _single(lines[at], at + 1)
            at += 1
        else:
            sight, at = _traceback(lines, at, column)
            yield sight


def _single(line: str, number: int) -> Iterator[Sight]:
    found = _ALONE.search(line)
    if found:
        yield Sight(type=found["type"], message=found["message"], line=number)
    elif line.strip():
        yield Sight(message=line, line=number)


def _traceback(lines: list[str], at: int, column: int) -> tuple[Sight, int]:
    """Return the traceback whose head is line *at*, and the number of the line behind it."""
    begun = at + 1
    frames: list[Frame] = []
    at += 1
    while at < len(lines):
        line = lines[at][column:]
        found = _FRAME.match(line)
        if found:
            source = lines[at + 1][column:] if at + 1 < len(lines) else ""
            frames.append(_frame(found, source))
        elif line[:1] not in {" ", ""} or not line.strip():
            break
        at += 1
    error, at = _message(lines, at, column)
    return Sight(type=error[0], message=error[1], frames=tuple(frames), line=begun), at


def _frame(found: re.Match[str], source: str) -> Frame:
    is_source = source.startswith("    ") and not _FRAME.match(source)
    return Frame(
        file=found["file"],
        line=int(found["line"]),
        function=found["function"] or "",
        source=source.strip() if is_source else "",
    )


def _message(lines: list[str], at: int, column: int) -> tuple[tuple[str, str], int]:
    """Return type and message of the error that ends a traceback, and the line behind it."""
    found = _ERROR.match(lines[at][column:].rstrip()) if at < len(lines) else None
    if found is None:
        return ("", ""), at
    message = [found["message"] or ""]
    at += 1
    while at < len(lines) and len(message) < MOST_LINES:
        line = lines[at][column:].rstrip()
        if not line or line.startswith(('"""', *_NEXT)) or _HEAD in lines[at]:
            break
        if len(message[0]) and not message[0].endswith(":") and _ALONE.search(line):
            break
        message.append(line)
        at += 1
    return (found["type"], "\n".join(message).strip()), at
