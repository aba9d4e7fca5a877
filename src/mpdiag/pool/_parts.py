"""What the parts of a pool hand to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING, Any

from ._bare import Bare
from ._work import Frame

if TYPE_CHECKING:
    from ._buffers import Copied
    from ._found import Found
    from ._hand import Hand
    from ._limits import Over


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the workers of a pool are made."""

    context: BaseContext
    workers: int
    kind: int
    initializer: Callable[..., object] | None = None
    initargs: tuple[object, ...] = ()
    max_tasks: int | None = None
    memory_limit: int | None = None
    """Bytes that a worker may have in RAM."""
    durable: bool = False
    """What may have run is never run again."""
    daemon: bool | None = None
    rename: str = ""
    """What takes the place of ``Process`` in the names of its workers."""


class Entry:
    """Something on its way to whoever asked for it, and how far that has come."""

    __slots__ = ("at", "took")

    def __init__(self) -> None:
        self.at = 0
        """Tasks that it has been delivered for."""
        self.took: list[None] = []
        """One for each part of it that a stream of results has."""


class Answer(Entry):
    """Results of a worker."""

    __slots__ = ("failed", "frame", "raws", "start", "values")

    def __init__(
        self,
        frame: Frame,
        start: int,
        values: list[Any],
        raws: dict[int, Copied],
        failed: dict[int, tuple[bytes | Bare, list[bytes]]],
    ) -> None:
        self.at, self.took = 0, []
        self.frame, self.start, self.values = frame, start, values
        self.raws, self.failed = raws, failed


class Loss(Entry):
    """A task that ended without an answer of its worker."""

    __slots__ = ("died", "error", "found", "frame", "offset")

    def __init__(
        self,
        frame: Frame | None,
        offset: int,
        error: BaseException,
        *,
        died: bool = False,
        found: Found | None = None,
    ) -> None:
        super().__init__()
        self.frame, self.error, self.died, self.found = frame, error, died, found
        self.offset = offset
        """Of the task in its frame; without a frame, the number of what is open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """A worker that is gone, and was not asked to go."""

    hand: Hand
    exitcode: int | None
    garbled: bool
    guilty: tuple[Frame, int] | None = None
    told: list[Loss] = field(default_factory=list)
    """What its task is told, once that is known."""

    def over_at(self, frame: Frame, offset: int) -> Over | None:
        """Return why its pool ended the worker, if it did so for this task."""
        over = self.hand.over
        return over if over is not None and over.is_at(frame.seq, offset) else None
