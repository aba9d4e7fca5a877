"""A live traceback to frames with source lines, columns and bounded locals."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from types import (
    BuiltinFunctionType,
    CodeType,
    FrameType,
    FunctionType,
    ModuleType,
    TracebackType,
)

from ..model import Frame, Snapshot

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
# Functions of the standard library between a pool's loop and the user's function.
_POOL_FUNCTIONS = frozenset({"mapstar", "starmapstar", "_process_chunk", "<listcomp>", "worker"})
_POOL_FILES = ("multiprocessing/pool.py", "concurrent/futures/process.py")
# A recursion error has a thousand frames that say the same; fewer would hide where it began.
_FIRST, _LAST = 10, 40
# More locals than these are seldom read, and cost the worker time.
_LOCALS = 40


def frames(
    traceback: TracebackType | None, keep: Callable[[str, object], Snapshot] | None
) -> tuple[Frame, ...]:
    """Return the user's frames of *traceback*, outermost first; *keep* takes a local's value."""
    links = shown(traceback)
    return tuple(_frame(link.tb_frame, link.tb_lasti, link.tb_lineno, keep) for link in links)


def shown(traceback: TracebackType | None) -> list[TracebackType]:
    """Return the links of *traceback* that become frames of a trace, in their order."""
    links = [link for link in walk(traceback) if not is_plumbing(link.tb_frame.f_code)]
    return links if len(links) <= _FIRST + _LAST else links[:_FIRST] + links[-_LAST:]


def walk(traceback: TracebackType | None) -> Iterator[TracebackType]:
    """Yield the links of *traceback*, outermost first."""
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def is_plumbing(code: CodeType) -> bool:
    """Whether a frame belongs to mpdiag or to the pool, not to the user."""
    file = code.co_filename
    if file.startswith(_OURS):
        return not file.startswith(_OURS + "testing")
    return code.co_name in _POOL_FUNCTIONS and file.endswith(_POOL_FILES)


def peel(traceback: TracebackType | None) -> TracebackType | None:
    """Return *traceback* without the frames of ours that it begins with."""
    link = traceback
    while link is not None and is_plumbing(link.tb_frame.f_code):
        link = link.tb_next
    return link


def without_ours(traceback: TracebackType | None) -> TracebackType | None:
    """Return *traceback* without the frames of ours, wherever they stand."""
    kept = [
        link for link in walk(traceback) if not link.tb_frame.f_code.co_filename.startswith(_OURS)
    ]
    rest = None
    for link in reversed(kept):
        link.tb_next = rest
        rest = link
    return rest


def _frame(
    frame: FrameType,
    lasti: int,
    line: int,
    keep: Callable[[str, object], Snapshot] | None,
) -> Frame:
    import linecache

    code = frame.f_code
    source = linecache.getline(code.co_filename, line, frame.f_globals).rstrip("\n")
    end_line, column, end_column = _columns(code, lasti, source)
    return Frame(
        file=code.co_filename,
        line=line,
        function=code.co_name,
        first_line=code.co_firstlineno,
        end_line=end_line,
        column=column,
        end_column=end_column,
        source=source,
        locals=_locals(frame, keep) if keep is not None else {},
        globals=_globals(frame, keep) if keep is not None else {},
    )


def _columns(code: CodeType, lasti: int, source: str) -> tuple[int | None, int | None, int | None]:
    """Return end line, column and end column in characters; the interpreter counts bytes."""
    if not hasattr(code, "co_positions") or lasti < 0:
        return None, None, None
    position = next(itertools.islice(code.co_positions(), lasti // 2, None), None)
    if position is None:
        return None, None, None
    line, end_line, column, end_column = position
    if column is None or end_column is None:
        return end_line, None, None
    raw = source.encode("utf-8", "replace")
    column = len(raw[:column].decode("utf-8", "replace"))
    if end_line != line:
        return end_line, column, None
    return end_line, column, len(raw[:end_column].decode("utf-8", "replace"))


def _locals(frame: FrameType, keep: Callable[[str, object], Snapshot]) -> dict[str, Snapshot]:
    found = frame.f_locals
    if found is frame.f_globals:
        return {}  # the frame of a module: its locals are the whole program
    return {
        name: keep(name, value)
        for name, value in itertools.islice(found.items(), _LOCALS)
        if isinstance(name, str)
    }


def _globals(frame: FrameType, keep: Callable[[str, object], Snapshot]) -> dict[str, Snapshot]:
    """Return the globals that the code of *frame* names; of what is defined there, its kind."""
    found = frame.f_globals
    names = itertools.islice((name for name in frame.f_code.co_names if name in found), _LOCALS)
    return {name: _defined(found[name]) or keep(name, found[name]) for name in names}


def _defined(value: object) -> Snapshot | None:
    """Return a module, function or class by its name, without running its code; None for values."""
    kind = type(value)
    if issubclass(kind, ModuleType):
        names = object.__getattribute__(value, "__dict__")
        return Snapshot(text=str(names.get("__name__")), type="module")
    if issubclass(kind, type):
        return Snapshot(text=type.__repr__(value), type="class")
    if isinstance(value, (FunctionType, BuiltinFunctionType)) and issubclass(
        kind, (FunctionType, BuiltinFunctionType)
    ):
        return Snapshot(text=f"<function {value.__qualname__}>", type="function")
    return None
