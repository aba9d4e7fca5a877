"""Take apart a command line of the interpreter: flags, program, the program's own arguments.

The program is a script, a folder or zip file, ``-m module``, ``-c code`` or ``-``.  Nobody looks
into what stands behind it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from ..errors import NothingToRun

Kind: TypeAlias = Literal["script", "folder", "module", "code", "stdin"]

# Flags of the interpreter, of all versions; it complains itself about what it does not know.
_FLAGS = frozenset("bBdEiIJOPqRsStuvx")
_WITH_VALUE = frozenset("XW")
_LONG_WITH_VALUE = "--check-hash-based-pycs"
_PROGRAM: Mapping[str, Kind] = {"m": "module", "c": "code"}
# What ``python -m mpdiag run`` hands down; its other flags say where mpdiag itself is found.
_HANDED_DOWN = frozenset("bBdOuvXW")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A command line of the interpreter, taken apart."""

    flags: tuple[tuple[str, ...], ...]
    """Each with its value, if that is a word of its own."""
    kind: Kind | None
    """None if no program is named."""
    name: str
    rest: tuple[str, ...]
    """The program and its arguments, as they were written."""


def take_apart(words: Sequence[str]) -> Line:
    """Return the parts of *words*, which stand behind the name of the interpreter.

    A ``--`` may stem from the command line of mpdiag: flags may follow it, and Python gets one
    only where it needs it.

    Raises:
        NothingToRun: there is an option that neither mpdiag nor Python has.
    """
    flags: list[tuple[str, ...]] = []
    left = list(words)
    while count := _width(left):
        flags.append(tuple(left[:count]))
        del left[:count]
    if left[:1] == ["--"]:
        return _behind_dashes(tuple(flags), left[1:])
    kind, name = _program(left)
    return Line(flags=tuple(flags), kind=kind, name=name, rest=tuple(left))


def split(words: Sequence[str], options: Mapping[str, bool]) -> tuple[list[str], list[str]]:
    """Return *words* in two: those for mpdiag, and the command line for the interpreter.

    *options* are mpdiag's own, and whether a value follows.  They may stand among the flags of
    the interpreter, never behind the program or ``--``.
    """
    ours: list[str] = []
    theirs: list[str] = []
    left = list(words)
    while left:
        name, has_value, _ = left[0].partition("=")
        if name in options:
            count, place = (2 if options[name] and not has_value else 1), ours
        else:
            count, place = _width(left), theirs
        if not count:
            break
        place += left[:count]
        del left[:count]
    return ours, theirs + left


def handed_down(outer: Sequence[str]) -> tuple[str, ...]:
    """Return the flags of ``python FLAGS -m mpdiag ...`` that the program gets as well."""
    try:
        line = take_apart(outer[1:])
    except NothingToRun:  # some other way to call us
        return ()
    if line.kind != "module" or line.name != "mpdiag":
        return ()
    return tuple(word for flag in line.flags if flag[0][1] in _HANDED_DOWN for word in flag)


def _behind_dashes(flags: tuple[tuple[str, ...], ...], left: list[str]) -> Line:
    """Return the line whose words *left* stand behind ``--``."""
    if not left or not left[0].startswith("-"):
        rest = tuple(left)
    elif Path(left[0]).is_file():
        rest = ("--", *left)
    else:
        inner = take_apart(left)
        return Line(flags=flags + inner.flags, kind=inner.kind, name=inner.name, rest=inner.rest)
    return Line(flags=flags, kind="script" if left else None, name="".join(left[:1]), rest=rest)


def _program(left: list[str]) -> tuple[Kind | None, str]:
    """Return kind and name of the program at the head of *left*."""
    if not left:
        return None, ""
    word = left[0]
    if word == "-":
        return "stdin", word
    if not word.startswith("-"):
        return "script", word
    for place, letter in enumerate(word[1:], start=1):
        if letter in _PROGRAM:
            name = word[place + 1 :] or "".join(left[1:2])
            if not name:
                raise NothingToRun(f"the {_PROGRAM[letter]} has to follow -{letter}")
            return _PROGRAM[letter], name
        if letter not in _FLAGS:
            break
    raise NothingToRun(f"{word} is an option of neither mpdiag run nor Python")


def _width(words: Sequence[str]) -> int:
    """Return how many of *words* the flag at their head takes; 0 if there is none."""
    word = words[0] if words else ""
    if word.startswith("--"):
        name, has_value, _ = word.partition("=")
        return (1 if has_value else 2) if name == _LONG_WITH_VALUE else 0
    if not word.startswith("-") or word == "-":
        return 0
    for place, letter in enumerate(word[1:], start=1):
        if letter in _WITH_VALUE:
            return 1 if word[place + 1 :] else 2
        if letter not in _FLAGS:
            return 0
    return 1
