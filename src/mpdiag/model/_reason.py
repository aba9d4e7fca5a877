"""What separates a fault from the tasks that went well, as it was counted over all of them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A condition, with exact counts."""

    condition: str
    """Python, as in an explanation."""
    paths: tuple[str, ...]
    """The inputs that it looks at."""
    failures: tuple[int, int]
    """Of how many kept occurrences it holds, of how many."""
    passes: tuple[int, int]
    equals: tuple[str, ...] = ()
    """Other conditions that hold for the same tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reasons:
    """What was found at the end of a run, while the inputs of all its tasks were there."""

    wording: str
    """How much the counts allow to say."""
    found: tuple[Reason, ...]
    """Best first."""
