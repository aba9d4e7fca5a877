"""Which of the tasks before it a fault needs: the smallest part of a history that brings it back.

Delta debugging (Zeller and Hildebrandt 2002) cut to the question: most faults of this kind need
one earlier task, so the shortest end of the history that does it is found first, by doubling and
halving; its first task is needed, and the search goes on behind it.  Some need a number of tasks,
whichever: what leaks is repeated to see that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# Calls of the whole sequence that one search may take.
BUDGET = 60
# Times that the whole history is tried before it counts as not needed.
_FIRST_TRIES = 3
# From so many tasks on a number of them, whichever, is tried for.
_CROWD = 8
# Needed tasks of which each is left out once more in the end.
_FEW = 6

Fails = Callable[[tuple[int, ...]], bool]
"""Whether the fault comes back after the tasks at these positions, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What of a history a fault needs."""

    positions: tuple[int, ...]
    """In the history, from 0; empty where the fault did not come back at all."""
    trials: int
    hits: int = 0
    """How often the fault came back after exactly these."""
    whichever: bool = False
    """So many tasks are needed, and it does not matter which."""
    is_minimal: bool = False
    """No task of it can be left out; False where the budget ended before that was known."""


class _SpentError(Exception):
    """The budget is spent."""


class _Search:
    def __init__(self, fails: Fails, budget: int) -> None:
        self._fails, self._left = fails, budget
        self._known: dict[tuple[int, ...], bool] = {}
        self.best: tuple[int, ...] = ()
        self.trials = self.hits = 0

    def fails(self, positions: tuple[int, ...], *, again: bool = False) -> bool:
        """Whether the fault comes back after *positions*; what fails is the best so far."""
        if positions in self._known and not again:
            return self._known[positions]
        if not self._left:
            raise _SpentError
        self._left -= 1
        self.trials += 1
        found = self._known[positions] = self._fails(positions)
        if found and positions != self.best:
            self.best, self.hits = positions, 0
        self.hits += found
        return found

    def shortest_end(self, kept: tuple[int, ...], rest: tuple[int, ...]) -> tuple[int, ...]:
        """Return the shortest end of *rest* that fails after *kept*; *rest* itself does."""
        low, high = 0, 1
        while high < len(rest) and not self.fails(kept + rest[-high:]):
            low, high = high, high * 2
        high = min(high, len(rest))
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.fails(kept + rest[-middle:]) else (middle, high)
        return rest[-high:]


def needed(length: int, fails: Fails, budget: int = BUDGET) -> Needed:
    """Return which of *length* earlier tasks are needed, in at most *budget* trials.

    The fault must not come back without any of them.
    """
    search = _Search(fails, budget)
    minimal = whichever = False
    try:
        whole = tuple(range(length))
        if length and any(search.fails(whole, again=True) for _ in range(_FIRST_TRIES)):
            kept, whichever = _narrowed(search, whole)
            search.fails(kept, again=True)  # once more: chance may have had a hand in it
            minimal = True
    except _SpentError:
        pass
    return Needed(
        positions=search.best,
        trials=search.trials,
        hits=search.hits,
        whichever=whichever,
        is_minimal=minimal,
    )


def _narrowed(search: _Search, whole: tuple[int, ...]) -> tuple[tuple[int, ...], bool]:
    kept: tuple[int, ...] = ()
    rest = whole
    while not kept or not search.fails(kept):
        end = search.shortest_end(kept, rest)
        kept, rest = (*kept, end[0]), end[1:]
        if len(end) >= _CROWD and not search.fails(kept) and _is_crowd(search, kept + rest):
            return kept + rest, True
    return _each_needed(search, kept), False


def _is_crowd(search: _Search, found: tuple[int, ...]) -> bool:
    """Whether as many calls of one of the tasks do it, and one fewer do not."""
    one = found[-1]
    crowd = (one,) * len(found)
    whichever = search.fails(crowd) and not search.fails(crowd[1:])
    search.fails(found, again=True)  # the best is what was recorded, not what was made up
    return whichever


def _each_needed(search: _Search, kept: tuple[int, ...]) -> tuple[int, ...]:
    """Leave out what a later task has made needless."""
    if len(kept) > _FEW:
        return kept
    for one in kept:
        fewer = tuple(other for other in kept if other != one)
        if fewer and search.fails(fewer):
            kept = fewer
    return kept
