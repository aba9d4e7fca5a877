"""What is compared: one task with its inputs, and what is said about why some of them fail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ..model import Inputs

Wording: TypeAlias = Literal["separates", "associated", "confirmed", "unexplained"]


@dataclass(eq=False, slots=True)
class Record:
    """One task: what a condition may ask for.  Of plain values and `codec.Node` as they were read.

    Not frozen, since tasks that ran at the same time refer to each other.
    """

    args: Sequence[object]
    kwargs: Mapping[str, object] = field(default_factory=dict)
    worker: int | None = None
    """Its number; None when unknown, as all that follows."""
    nth: int | None = None
    """Tasks that its worker had run before it."""
    previous: Record | None = None
    """The task that its worker ran before it."""
    running: Sequence[Record] | None = None
    """Tasks that other workers ran when it ended."""
    locals: Mapping[str, object] | None = None
    """Variables at the failing line, where the task was run again to see them."""
    inputs: Inputs | None = None
    """As they are kept, for a re-run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clue:
    """What the exception itself points at; it breaks ties, it is no evidence."""

    key: str = ""
    """``repr`` of what was looked up in vain."""
    sources: tuple[str, ...] = ()
    """Lines of the trace, innermost last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A condition that holds for failures and not for passes."""

    condition: str
    """Python over parameter names, ``args``, ``kwargs``, ``worker``, ``nth``, ``previous`` and
    ``running``; where it raises, it does not hold."""
    failures: tuple[int, int]
    """Of how many it holds, of how many."""
    passes: tuple[int, int]
    exact: bool
    """All tasks were counted, not a sample."""
    equals: tuple[str, ...] = ()
    """Other conditions that hold for the same tasks: the data cannot tell them apart."""
    paths: tuple[str, ...] = ()
    """The inputs that it looks at."""
    reruns: int = 0
    flipped: int = 0
    """Re-runs in which the outcome followed the condition."""
    steps: tuple[tuple[tuple[str, object, int], ...], ...] = ()
    """The same inputs step by step: kind, name, position."""
    twins: tuple[Suspect, ...] = field(repr=False, compare=False, default=())
    """The equals, as suspects of their own."""
    holds: Callable[[Record], bool] = field(repr=False, compare=False, default=lambda _: False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What separates the failures of one fault from the tasks that went well."""

    fault: str
    wording: Wording = "unexplained"
    suspects: tuple[Suspect, ...] = ()
    """Best first; more than one when each explains failures that those before leave open."""
    failures: int = 0
    """Occurrences that were compared."""
    passes: int = 0
    tried: int = 0
    """Conditions that were weighed."""
    place: str = ""
    """``file:line`` at which the variables were looked at that conditions may name, too."""
    reruns: int = 0
