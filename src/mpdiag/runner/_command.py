"""Find the program and the interpreter that ``mpdiag run`` has to start."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InterpreterNotStarted, NoSuchProgram, NothingToRun, ProgramUnreadable
from ._words import Kind, handed_down, take_apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A program, ready to be started."""

    argv: tuple[str, ...]
    """The interpreter, its flags, the program and the program's arguments."""
    kind: Kind
    name: str
    """As the user gave it: a path, a module, the code."""
    flags: tuple[str, ...] = ()
    """The interpreter's flags; ``-I``, ``-E`` and ``-S`` keep the shim out."""


def find(
    words: Sequence[str], python: str | None = None, *, outer: Sequence[str] | None = None
) -> Command:
    """Return the command that runs *words* with the interpreter *python*.

    *python* is a path, a name on ``PATH`` or the folder of a virtual environment; by default it
    is the interpreter of this process.  *outer* is the command line of this process: the flags
    of ``python -X dev -m mpdiag run`` are handed down.

    Raises:
        NothingToRun: no program is named, or there is an unknown option before it.
        NoSuchProgram: there is no such file.
        ProgramUnreadable: it is there, and closed to us or a folder without a program.
        InterpreterNotStarted: *python* names no program.
    """
    line = take_apart(words)
    if line.kind is None:
        raise NothingToRun
    kind: Kind = _check(line.name) if line.kind == "script" else line.kind
    given = tuple(word for flag in line.flags for word in flag)
    flags = handed_down(sys.orig_argv if outer is None else outer) + given
    argv = (find_interpreter(python), *flags, *line.rest)
    return Command(argv=argv, kind=kind, name=line.name, flags=flags)


def find_interpreter(python: str | None) -> str:
    """Return the path of the interpreter that *python* names.

    Links are not followed: the one in a virtual environment is what makes Python use it.

    Raises:
        InterpreterNotStarted: there is no such file, or it is not a program.
    """
    if not python:
        if not sys.executable:
            raise InterpreterNotStarted("python", "the one that runs mpdiag has no known path")
        return sys.executable
    from shutil import which

    found = which(Path(python, "bin", "python") if Path(python).is_dir() else python)
    if found is None:
        there = Path(python).exists()
        raise InterpreterNotStarted(python, "it is not a program" if there else "there is none")
    return str(Path(found).absolute())


def _check(path: str) -> Kind:
    """Return what *path* is, if Python can read it; what stands in it is Python's business."""
    file = Path(path)
    try:
        file.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NoSuchProgram(path, hint=_hint(file)) from error
    except OSError as error:
        raise ProgramUnreadable(path, str(error.strerror)) from error
    if not os.access(path, os.R_OK):
        raise ProgramUnreadable(path, "this user may not read it")
    if not file.is_dir():
        return "script"
    if not any((file / name).exists() for name in ("__main__.py", "__main__.pyc")):
        raise ProgramUnreadable(path, "it is a folder without a __main__.py")
    return "folder"


def _hint(file: Path) -> str:
    """Return what the user may have meant by *file*, or an empty text."""
    from difflib import get_close_matches
    from shutil import which

    if file.is_symlink():
        return "it is a link to a file that is not there"
    if file.name.startswith("python"):
        return "an interpreter is named with --python"
    try:
        near = get_close_matches(file.name, [each.name for each in file.parent.iterdir()], n=1)
    except OSError:
        return f"there is no folder {str(file.parent)!r}"
    if file.parent == Path() and which(file.name):
        return f"to run the installed command: mpdiag run -m {file.name}"
    return f"did you mean {file.parent / near[0]}?" if near else ""
