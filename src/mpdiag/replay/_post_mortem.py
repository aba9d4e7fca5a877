"""The frames of a dead worker as live ones, for any debugger: nothing of the program runs.

Each frame is real: a ``raise`` at the recorded line of a code object with the recorded name and
file, run with the recorded locals.  So stock debuggers and IDEs need no patching.
"""

from __future__ import annotations

import ast
import builtins
import io
import linecache
import sys
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import CodeType, TracebackType
from typing import Any

from ..errors import NothingToDebug
from ..model import Failure, Fault, Frame, Snapshot
from ._stub import revived

_RAISED = "__mpdiag_raised__"
# No file of Python has more, and each line costs memory where the file is not here.
_LAST_LINE = 200_000
_LAST_COLUMN = 10_000


class _Stop(Exception):
    """Raised in each rebuilt frame, and caught around it."""


def frames_of(fault: Fault) -> tuple[Frame, ...]:
    """Return the frames in which the first occurrence of *fault* ended, outermost first.

    Where none were left, the target stands alone; its inputs are its locals.

    Raises:
        NothingToDebug: not even a target is known.
    """
    first = fault.first
    trace = first.error.trace if isinstance(first, Failure) else first.trace
    task = first.task
    if not trace:
        if task is None or not task.file:
            raise NothingToDebug(fault.id)
        name = task.target.rpartition(".")[2]
        line = task.line or 1
        trace = (Frame(file=task.file, line=line, first_line=line, function=name),)
    values = {name.lstrip("*"): value for name, value in first.inputs.values.items()}
    known = _with_inputs(trace, task.target if task else "", values)
    return tuple(_tame(frame) for frame in known)


def _tame(frame: Frame) -> Frame:
    """Return *frame* without what no compiler or terminal takes; a bundle may hold anything."""
    return replace(
        frame,
        file=_one_line(frame.file) or "?",
        function=_one_line(frame.function),
        source=_one_line(frame.source.rstrip("\r\n").replace("\t", " " * 8)),
        line=_within(frame.line, 1, _LAST_LINE),
        first_line=_within(frame.first_line, 0, _LAST_LINE),
        column=None if frame.column is None else _within(frame.column, 0, _LAST_COLUMN),
        end_column=None if frame.end_column is None else _within(frame.end_column, 0, _LAST_COLUMN),
        locals={name: value for name, value in frame.locals.items() if name != _RAISED},
    )


def _one_line(text: str) -> str:
    return text if text.isprintable() else repr(text)[1:-1]


def _within(number: int, least: int, most: int) -> int:
    return max(least, min(number, most))


def _with_inputs(
    trace: Sequence[Frame], target: str, values: dict[str, Snapshot]
) -> Iterator[Frame]:
    """Yield *trace*; a frame of the target that has no locals has its inputs."""
    name = target.rpartition(".")[2]
    for frame in trace:
        known = frame.locals or (values if frame.function == name else {})
        yield replace(frame, locals=known)


def traceback_of(
    frames: Sequence[Frame], live: Mapping[str, Mapping[str, object]] | None = None
) -> TracebackType:
    """Return a live traceback through *frames*, which must not be empty.

    *live* has values in place of those that were kept, by function and name.
    """
    _provide_sources(frames)
    link: TracebackType | None = None
    for frame in reversed([_whole(frame) for frame in frames]):
        inner = _run(frame, (live or {}).get(frame.function, {}))
        link = TracebackType(link, inner.tb_frame, inner.tb_lasti, frame.line)
    if link is None:
        raise ValueError("no frames")
    return link


def _whole(frame: Frame) -> Frame:
    """Return *frame* with the first line of its function, where a signal left only the last."""
    if frame.first_line or not Path(frame.file).is_file():
        return frame
    try:
        tree = ast.parse("".join(linecache.getlines(frame.file)))
    except (SyntaxError, ValueError):
        return frame
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and node.name == frame.function
        and node.lineno <= frame.line <= (node.end_lineno or node.lineno)
    ]
    return replace(frame, first_line=max((node.lineno for node in around), default=0))


def _run(frame: Frame, live: Mapping[str, object]) -> TracebackType:
    """Return the traceback of a frame like *frame*, and of nothing else."""
    names: dict[str, object] = {name: revived(value) for name, value in frame.locals.items()}
    names |= {name: value for name, value in live.items() if name in names}
    around = {
        **{name: revived(value) for name, value in frame.globals.items()},
        **names,  # else a comprehension at the prompt would not find them, before Python 3.12
        "__file__": frame.file,
        "__name__": Path(frame.file).stem,
        "__builtins__": builtins,
        _RAISED: _Stop,
    }
    try:
        exec(_code(frame), around, names)  # noqa: S102 - a raise of our own, see _code
    except _Stop as stop:
        trace = stop.__traceback__
        if trace is not None and trace.tb_next is not None:
            del around[_RAISED]
            return trace.tb_next
    raise ValueError("no frame")


def _code(frame: Frame) -> CodeType:
    """Return code that does nothing but raise where *frame* stood."""
    first = frame.first_line if 0 < frame.first_line <= frame.line else frame.line
    line = frame.line - first + 1
    columns = (frame.column or 0, frame.end_column or frame.column or 0)
    name = ast.Name(id=_RAISED, ctx=ast.Load())
    statement = ast.Raise(exc=name, cause=None)
    for node in (name, statement):
        node.lineno = node.end_lineno = line
        node.col_offset, node.end_col_offset = columns
    compiled = compile(ast.Module(body=[statement], type_ignores=[]), frame.file, "exec")
    code: CodeType = compiled.replace(co_name=frame.function, co_firstlineno=max(first, 1))
    if sys.version_info >= (3, 11):
        code = code.replace(co_qualname=frame.function)
    return code


def _provide_sources(frames: Sequence[Frame]) -> None:
    """Show the recorded lines of files that are not here, each in its place."""
    gone = {frame.file for frame in frames if not Path(frame.file).is_file()}
    for file in gone:
        known = {frame.line: _lone(frame.source) for frame in frames if frame.file == file}
        last = max(known)
        lines = [f"{known.get(number, '')}\n" for number in range(1, last + 1)]
        linecache.cache[file] = (sum(map(len, lines)), None, lines, file)


def _lone(line: str) -> str:
    """Return *line* as one that can stand alone, a comment if need be.

    Of a call over several lines the first alone is known, and ``ll`` of pdb ends by it.
    """
    try:
        list(tokenize.generate_tokens(io.StringIO(f"{line.strip()}\n").readline))
    except (tokenize.TokenError, SyntaxError):
        code = line.lstrip()
        return f"{line[: len(line) - len(code)]}# {code}"
    return line


def debug_frames(trace: TracebackType, name: str = "") -> None:
    """Stop in the innermost frame of *trace*.

    In the debugger that *name* (as of ``PYTHONBREAKPOINT``) says, where it can look at a traceback;
    else in pdb.
    """
    debugger_named(name).post_mortem(trace)


def debugger_named(name: str) -> Any:
    """Return the module of the debugger that *name* is of, if it has a ``post_mortem``; or pdb."""
    module = name.rpartition(".")[0]
    try:
        found = import_module(module) if module else None
    except ImportError:
        found = None
    return found if hasattr(found, "post_mortem") else import_module("pdb")
