"""What would go wrong in a program, found before it does."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Seen(Enum):
    """By what a trouble was found."""

    SOURCE = "source"
    """Its source was read."""
    SEND = "send"
    """Pickling it failed, for a process that the program started or gave something."""
    LOAD = "load"
    """It did not load in a fresh interpreter that had imported the program."""
    IMPORT = "import"
    """The program could not be imported as a worker imports it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing in a program that fails under spawn or forkserver, or goes wrong in silence."""

    hint: str
    """Its slug in the table of hints; empty for an error that the table does not know."""
    fails: bool
    """It fails, or gives other results, under spawn and forkserver; else it is a remark."""
    seen: Seen
    file: str
    line: int
    """From 1; 0 where the place is not known."""
    source: str = ""
    subject: str = ""
    """What was sent, such as ``the input record of task (Pool.map)``."""
    path: str = ""
    """The part of it that cannot be sent, in words."""
    error: str = ""
    what: str
    why: str
    change: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The answer of one check."""

    program: str
    troubles: tuple[Trouble, ...]
    files: int
    """Files that were read."""
    ended: str = ""
    """How the program ended, as ``exit code 0``; empty when it was not run."""
    looked: int = 0
    """Kinds of objects that went to other processes and were looked at."""
    asks_for: str = ""
    """The start method that the program names itself, as ``fork (job.py:7)``."""
    limits: tuple[str, ...] = ()
    """What could not be told."""

    @property
    def fails(self) -> tuple[Trouble, ...]:
        """Those that fail under spawn and forkserver."""
        return tuple(one for one in self.troubles if one.fails)

    @property
    def remarks(self) -> tuple[Trouble, ...]:
        """Those that go wrong under any start method, without an error."""
        return tuple(one for one in self.troubles if not one.fails)
