"""From the text that faulthandler wrote to frames."""

from __future__ import annotations

import linecache
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..model import Frame

_THREAD = re.compile(r"^(?:Current thread|Thread) 0x(?P<ident>[0-9a-f]+)(?: \[(?P<name>.*?)\])? \(")
_FRAME = re.compile(r'^  File "(?P<file>.*)", line (?P<line>\d+) in (?P<function>.*)$')
_ESCAPE = re.compile(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}")
_OURS = f"{Path(__file__).parents[1]}/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """One thread of a dump."""

    ident: int
    """Address of the thread (``threading.get_ident``)."""
    name: str
    """Where the interpreter tells it (3.14)."""
    frames: tuple[Frame, ...]
    """Outermost first; those of mpdiag, and what a forked child has from its parent, left out."""


def stacks_in(text: str) -> Iterator[Stack]:
    """Yield the threads of a dump, in its order: the current one of a crash, the newest first."""
    ident, name, lines = -1, "", list[str]()
    for line in text.splitlines():
        if head := _THREAD.match(line):
            if ident >= 0:
                yield Stack(ident=ident, name=name, frames=_frames(lines))
            ident, name, lines = int(head["ident"], 16), head["name"] or "", []
        else:
            lines.append(line)
    if ident >= 0:
        yield Stack(ident=ident, name=name, frames=_frames(lines))


def with_source(frame: Frame) -> Frame:
    """Return *frame* with its line as it stands in the file now."""
    from dataclasses import replace

    return replace(frame, source=linecache.getline(frame.file, frame.line).rstrip("\n"))


def is_plumbing(frame: Frame) -> bool:
    """Whether *frame* is of the library that runs tasks, not of the task."""
    return any(
        part in frame.file for part in ("/mpdiag/", "/multiprocessing/", "/concurrent/futures/")
    )


def _frames(lines: list[str]) -> tuple[Frame, ...]:
    found = []
    for line in lines:
        if match := _FRAME.match(line):
            frame = Frame(
                file=_plain(match["file"]),
                line=int(match["line"]),
                function=_plain(match["function"]),
            )
            if _starts_process(frame):
                break
            found.append(frame)
    return tuple(
        with_source(frame) for frame in reversed(found) if not frame.file.startswith(_OURS)
    )


def _starts_process(frame: Frame) -> bool:
    """Whether what lies further out is how this process was made, or what its parent did."""
    return frame.function == "_bootstrap" and frame.file.endswith("multiprocessing/process.py")


def _plain(text: str) -> str:
    """Return *text* without the escapes of faulthandler, which writes ASCII only."""
    if "\\" not in text:
        return text
    return _ESCAPE.sub(_char, text)


def _char(match: re.Match[str]) -> str:
    digits = match[0][2:]
    return chr(int(digits, 16))
