"""What a worker does just now, read cheaply enough to be read all the time."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ._layout import MAGIC, Kind, Method, State, Word

_WORDS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """The words of one recorder file, without its texts, its message and its history."""

    name: str
    """Of the file."""
    words: tuple[int, ...]

    @property
    def pid(self) -> int:
        """The worker."""
        return self.words[Word.PID]

    @property
    def start_ticks(self) -> int:
        """When it began; 0 where the system does not tell."""
        return self.words[Word.START_TICKS]

    @property
    def has_ended(self) -> bool:
        """Whether its owner has seen its end."""
        return bool(self.words[Word.EXIT_SEEN])

    @property
    def is_bare(self) -> bool:
        """Whether it runs one call of its own, and no tasks of a pool."""
        return self.words[Word.KIND] == Kind.PROCESS

    @property
    def is_busy(self) -> bool:
        """Whether a task is begun and not answered."""
        return self.words[Word.STATE] in {State.LOADING, State.RUNNING, State.SENDING}

    @property
    def in_rest(self) -> bool:
        """Whether its task runs for the report alone, after a failure in the same chunk."""
        return self.is_busy and bool(self.words[Word.REST])

    @property
    def enough(self) -> int:
        """The signal that ends such a task; 0 where it listens to none."""
        return max(0, self.words[Word.REST] - 1)

    @property
    def task(self) -> tuple[int, int, int]:
        """What tells its current task from every other of it."""
        words = self.words
        return words[Word.CALL], words[Word.BASE] + words[Word.OFFSET], words[Word.STARTED]

    @property
    def label(self) -> str:
        """The pool method that made the call."""
        method = self.words[Word.METHOD]
        return Method.NAMES[method] if method < len(Method.NAMES) else ""

    @property
    def started(self) -> float:
        """When its current task began, in seconds since the epoch."""
        return self.words[Word.STARTED] / 1e9

    @property
    def done(self) -> int:
        """Tasks it has ended, those of its current chunk included."""
        return self.words[Word.DONE] + (self.words[Word.OFFSET] if self.is_busy else 0)

    @property
    def progress(self) -> tuple[int, ...]:
        """Changes whenever it does anything that the recorder knows of."""
        return tuple(self.words[place] for place in _PROGRESS)


_PROGRESS = (
    *(Word.SEQ, Word.STATE, Word.CALL, Word.OFFSET, Word.STARTED, Word.DONE, Word.FAILED),
    *(Word.RING_POSITION, Word.PART, Word.STDOUT_TOTAL, Word.STDERR_TOTAL),
    *(Word.EXIT_SEEN, Word.TERMINATED),
)


def glance(path: Path) -> Glance | None:
    """Return what the file at *path* says just now, or None when it is no recorder file."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        raw = os.pread(handle, _WORDS * 8, 0)
    except OSError:
        return None
    finally:
        os.close(handle)
    if len(raw) < _WORDS * 8:
        return None
    words = tuple(memoryview(raw).cast("Q"))
    return Glance(name=path.name, words=words) if words[Word.MAGIC] == MAGIC else None
