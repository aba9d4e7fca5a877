"""An exception in full: every frame with its line and locals, its notes, members and chain."""

from __future__ import annotations

from collections.abc import Iterator

from ..layout import INDENT, clean, is_own, lay_out, place, source, wrap
from ..model import Error, Fidelity, Frame
from ._rows import assignment, error_title

# Levels of chain and groups.  Nobody writes more; a hostile bundle may.
DEEPEST = 40
# Frames of one trace, from its two ends.  A recursion has thousands, all alike.
MOST_FRAMES = 60
_MESSAGE_LINES = 40
_VALUE_LINES = 4
# What the caller got of an exception that could not be sent as it was.
_REACHED = {
    Fidelity.REBUILT: "the caller got one that was rebuilt from its parts",
    Fidelity.TEXT: "the caller got a stand-in with its text",
    Fidelity.LOST: "the caller got nothing of it",
}


def error_lines(
    error: Error, cwd: str, width: int, *, depth: int = 0, how: str = "", path: str = ""
) -> Iterator[str]:
    """Yield *error* with all that hangs on it, members further in than their group."""
    margin = " " * INDENT
    for index, line in enumerate(_message(error, how, width - INDENT - 2)):
        yield f"{margin}{'  ' if index else ''}{line}"
    for frame in _frames(error.trace):
        if frame is None:
            yield f"{margin}... {len(error.trace) - MOST_FRAMES:,} frames left out"
        else:
            yield from frame_lines(frame, cwd, width)
    for note in error.notes:
        for piece in wrap(f"note: {clean(note)}", width - INDENT - 2, most=20):
            yield f"{margin}{piece}"
    if error.fidelity in _REACHED:
        yield f"{margin}({_REACHED[error.fidelity]})"
    if depth < DEEPEST:
        yield from _linked(error, cwd, width, depth, path)


def _linked(error: Error, cwd: str, width: int, depth: int, path: str) -> Iterator[str]:
    for index, member in enumerate(error.members, 1):
        yield ""
        at = f"{path}{index}"
        how = f"member {at} of {path}{len(error.members)}: "
        yield from error_lines(member, cwd, width, depth=depth + 1, how=how, path=f"{at}.")
    before, how = error.cause, "caused by "
    if before is None and not error.suppress_context:
        before, how = error.context, "while handling "
    if before is not None:
        yield ""
        yield from error_lines(before, cwd, width, depth=depth + 1, how=how)


def _message(error: Error, how: str, room: int) -> list[str]:
    """Return type and message, its own lines kept."""
    lines = error.message.splitlines()
    if len(lines) <= 1:
        return wrap(how + error_title(error), room, most=_MESSAGE_LINES)
    texts = [f"{how}{clean(error.type)}: {clean(lines[0])}", *map(clean, lines[1:])]
    pieces = [piece for text in texts for piece in wrap(text, room, most=_MESSAGE_LINES)]
    return pieces if len(pieces) <= _MESSAGE_LINES else [*pieces[:_MESSAGE_LINES], "..."]


def _frames(trace: tuple[Frame, ...]) -> list[Frame | None]:
    """Return the frames to show, None for those left out between the two ends."""
    if len(trace) <= MOST_FRAMES:
        return list(trace)
    half = MOST_FRAMES // 2
    return [*trace[:half], None, *trace[-half:]]


def frame_lines(frame: Frame, cwd: str, width: int) -> Iterator[str]:
    """Yield one frame: function and place, the line, and each local."""
    margin = " " * INDENT
    # Where the user did not write the code, the whole path tells which installation it was.
    at = (
        place(frame.file, frame.line, cwd) if is_own(frame) else f"{clean(frame.file)}:{frame.line}"
    )
    room = width - INDENT - 4
    for piece in wrap(f"{clean(frame.function)}, {at}", room, most=4):
        yield f"{margin}{piece}"
    yield from (line.replace(" " * 10, "", 1) for line in lay_out(source(frame), width))
    for name, snapshot in frame.locals.items():
        pieces = wrap(assignment(name, snapshot), room - 4, most=_VALUE_LINES)
        yield f"{margin}      {pieces[0]}"
        yield from (f"{margin}        {piece}" for piece in pieces[1:])
