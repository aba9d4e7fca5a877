"""Where it happened: the frame to show, its place, its line and the names on that line."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath

from ..model import Frame, Snapshot, Task, library_path
from ._text import Row, cells, clean, cut

_IN_BRACES = re.compile(r"\{([^{}:!]*)[^{}]*\}")
_NAME = re.compile(r"(?<![\w.])[^\W\d]\w*")
# The label of what a worker met before it knew its target.
NEVER_STARTED = "start of a worker"
# Locals printed with a failing line.  More: the line itself is lost among them; `show` has all.
MOST_LOCALS = 5


def place(file: str, line: int | None, cwd: str) -> str:
    """Return ``file:line``, relative to *cwd* or to the library folder that holds the file."""
    path = shorter(file, cwd)
    return path if line is None else f"{path}:{line}"


def shorter(file: str, cwd: str) -> str:
    """Return the path of *file* as a reader would name it."""
    library = library_path(file)
    if library is not None:
        return clean(library)
    base = cwd.rstrip("/") + "/"
    if cwd and file.startswith(base):
        return clean(file[len(base) :])
    return clean(file)


def is_own(frame: Frame) -> bool:
    """Tell whether the user may have written the code of *frame*."""
    return library_path(frame.file) is None


def own_frame(trace: Sequence[Frame]) -> Frame | None:
    """Return the innermost frame of the user's own code, or else the innermost."""
    frames = [frame for frame in trace if is_own(frame)] or trace
    return frames[-1] if frames else None


def call(task: Task | None) -> str:
    """Return the target as it is called: ``parse(record)``."""
    if task is None:
        return "no task"
    if task.label == NEVER_STARTED:  # what it would have run is not known to it
        return task.label
    return clean(task.signature or task.target or "a task")


def where(
    task: Task | None,
    trace: Sequence[Frame],
    *,
    cwd: str,
    unknown: str = "",
    below: str = "raised in",
) -> list[Row]:
    """Return the row that says where, with its source line and what lies below it.

    *unknown* says why there is no line, when there is none; *below* is how the innermost call is
    introduced, if that is a library's.
    """
    frame = own_frame(trace)
    if frame is None:
        return [Row(label="where", text=_without_line(task, cwd, unknown), most=3)]
    if below_target(task, frame):
        return [Row(label="where", text=_defined(task, cwd), most=3), _below(trace[-1], cwd, below)]
    inside = "" if task and _is_target(task, frame) else f", in {clean(frame.function)}"
    text = f"{call(task)}{inside}, {place(frame.file, frame.line, cwd)}"
    rows = [Row(label="where", text=text, most=3), *source(frame)]
    if trace[-1] is not frame:
        rows.append(_below(trace[-1], cwd, below))
    return rows


def below_target(task: Task | None, frame: Frame) -> bool:
    """Tell whether *frame* is a library's, on the way to or from a target of the user's own.

    Such a target was not running: its inputs or its result could not travel.
    """
    if task is None or not task.file:
        return False
    return not is_own(frame) and library_path(task.file) is None


def spot(task: Task | None, trace: Sequence[Frame], cwd: str) -> tuple[str, str]:
    """Return where it happened in a few words, with the whole path and with the file's name."""
    frame = own_frame(trace)
    file, line = (frame.file, frame.line) if frame else ("", None)
    if task and frame and below_target(task, frame):
        file, line = task.file, task.line
    if not file:
        return call(task), call(task)
    return place(file, line, cwd), place(PurePath(file).name, line, "")


def _below(frame: Frame, cwd: str, words: str) -> Row:
    at = place(frame.file, frame.line, cwd)
    return Row(text=f"{words} {clean(frame.function)}, {at}", most=2)


def _without_line(task: Task | None, cwd: str, unknown: str) -> str:
    defined = _defined(task, cwd)
    if task and task.file and not unknown:
        return defined
    return f"{defined}; {unknown or 'line unknown'}"


def _defined(task: Task | None, cwd: str) -> str:
    """Return the target as it is called, with the place of its definition."""
    return call(task) + (f", {place(task.file, task.line, cwd)}" if task and task.file else "")


def _is_target(task: Task, frame: Frame) -> bool:
    return task.target.rpartition(".")[2] == frame.function.rpartition(".")[2]


def source(frame: Frame, *, room: int = 64) -> Iterator[Row]:
    """Yield the source line of *frame* with its number, and carets where columns are known."""
    text = frame.source.rstrip("\r\n").replace("\t", " ")
    line = text.strip()
    if not line:
        return
    gutter = f"  {frame.line}    "
    indent = len(text) - len(text.lstrip())
    before, marked, after = _split(frame, line, indent)
    before, marked, after = _fit(before, marked, after, room - len(gutter))
    yield Row(text=f"{gutter}{before}{marked}{after}", raw=True)
    if marked and (before.strip() or after.strip()):
        yield Row(text=" " * (len(gutter) + cells(before)) + "^" * cells(marked), raw=True)


def _split(frame: Frame, line: str, indent: int) -> tuple[str, str, str]:
    """Return what stands before, in and after the columns of *frame*, escaped."""
    if frame.column is None:
        return clean(line), "", ""
    start = min(max(frame.column - indent, 0), len(line))
    end = len(line)
    if frame.end_column is not None and frame.end_line in {None, frame.line}:
        end = min(max(frame.end_column - indent, start), len(line))
    return clean(line[:start]), clean(line[start:end]), clean(line[end:])


def _fit(before: str, marked: str, after: str, room: int) -> tuple[str, str, str]:
    """Return the three parts, cut to *room* columns so that the marked part stays in sight."""
    if cells(before + marked + after) <= room:
        return before, marked, after
    if not marked:
        return cut(before, room), "", ""
    if cells(before) + min(cells(marked), room // 2) > room - 3:
        # The tail of what stands before is nearest to the fault.
        before = "..." + before[-(room // 3) :]
        while cells(before) > room // 2:
            before = "..." + before[4:]
    marked = cut(marked, max(room - cells(before) - (3 if after else 0), 3))
    return before, marked, cut(after, max(room - cells(before + marked), 0))


def names_on(line: str) -> list[str]:
    """Return the variable names on a source line, in order; none from inside strings."""
    names: list[str] = []
    previous = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(line.strip()).readline):
            if (
                token.type == tokenize.NAME
                and previous not in {".", "!"}
                and not _is_word(token.string)
            ):
                names.append(token.string)
            elif token.type == tokenize.STRING:
                names += _names_in_string(token.string)
            previous = token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        pass  # a piece of a longer statement, or no text at all: what was read so far stands
    return list(dict.fromkeys(names))


def _is_word(name: str) -> bool:
    return keyword.iskeyword(name)


def _names_in_string(text: str) -> list[str]:
    """Return the names in the braces of an f-string; before 3.12 it is one token."""
    prefix = text[: len(text) - len(text.lstrip("rRfFbBuU"))]
    if "f" not in prefix.lower():
        return []
    inside = " ".join(_IN_BRACES.findall(text))
    return [name for name in _NAME.findall(inside) if not _is_word(name)]


def locals_on_line(
    frame: Frame | None, shown: Mapping[str, Snapshot]
) -> list[tuple[str, Snapshot]]:
    """Return the locals that stand on the line of *frame* and were not *shown* as inputs."""
    if frame is None or not frame.source:
        return []
    found = [
        (name, frame.locals[name])
        for name in names_on(frame.source)
        if name in frame.locals
        and (name not in shown or shown[name].text != frame.locals[name].text)
    ]
    return found[:MOST_LOCALS]
