"""On what a fault depends, told from how often it comes back under which conditions.

    alone in a fresh process ──▶ each time: deterministic
                             ──▶ at times: does load bring it more often?  timing : random
                             ──▶ never: after its worker's history?         history
                                        beside load and other tasks?        timing
                                        always in the same worker?          worker
                                        else random, or not reproduced

A claim is made where chance alone would seldom do the same; the counts are told with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import comb

from ._rate import Rate

# Calls alone, after the history, and under load; together the most that one diagnosis takes.
ALONE, AFTER, BESIDE = 10, 3, 12
MOST = ALONE + AFTER + BESIDE
# Below this, chance is not what happened.  Higher where the fault never came without: a race
# that is met in three of twelve calls is one.
_CHANCE, _NEVER_BEFORE, _ONE_WORKER = 0.05, 0.1, 0.01
# And of the occurrences at least so many were in one worker.
_SHARE = 0.9
# So often a fault must have occurred to be called random though it did not come back.
_SEEN = 3


class Condition(str, Enum):
    """How the task is called again."""

    ALONE = "alone"
    AFTER = "after its history"
    BESIDE = "under load"


class Dependence(str, Enum):
    """On what a fault depends."""

    NOTHING = "deterministic"
    HISTORY = "dependent on history"
    TIMING = "dependent on timing or load"
    WORKER = "dependent on the worker or environment"
    CHANCE = "random"
    UNKNOWN = "not reproduced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurred:
    """Where the fault occurred when it was recorded."""

    count: int = 1
    by_worker: Mapping[int, int] = field(default_factory=dict)
    """Occurrences that were kept, by the number of their worker."""
    workers: int = 0
    """How many workers the pool had; 0 where that is not known."""

    @property
    def worker(self) -> int | None:
        """The worker in which nearly all were, by more than chance; None without one."""
        kept = sum(self.by_worker.values())
        found = max(self.by_worker, key=lambda one: self.by_worker[one], default=None)
        if found is None or self.by_worker[found] < _SHARE * kept:
            return None
        return found if self._chance(kept, self.by_worker[found]) < _ONE_WORKER else None

    def _chance(self, kept: int, top: int) -> float:
        """Return how likely as many fall to one worker, were all of them alike."""
        if self.workers < 2:  # noqa: PLR2004 - one worker has them all
            return 1.0
        share = 1 / self.workers
        tail = sum(
            comb(kept, hits) * share**hits * (1 - share) ** (kept - hits)
            for hits in range(top, kept + 1)
        )
        return min(1.0, self.workers * tail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flakiness:
    """What a fault depends on, with what was counted."""

    dependence: Dependence
    rates: dict[Condition, Rate]
    occurred: Occurred

    @property
    def runs(self) -> int:
        """Calls of the task in all."""
        return sum(rate.calls for rate in self.rates.values())


Trials = Callable[[Condition, int], Sequence[bool]]
"""Call the task so many times under a condition; whether the same fault came back, of each.

Fewer than asked for where that cannot be done, such as without a history.
"""


def flakiness(trials: Trials, occurred: Occurred) -> Flakiness:
    """Return what a fault depends on, in at most `MOST` calls of its task."""
    rates: dict[Condition, Rate] = {}

    def count(condition: Condition, calls: int) -> Rate:
        found = trials(condition, calls)
        before = rates.get(condition, Rate(hits=0, calls=0))
        rates[condition] = Rate(hits=before.hits + sum(found), calls=before.calls + len(found))
        return rates[condition]

    return Flakiness(dependence=_settled(count, occurred), rates=rates, occurred=occurred)


def _settled(count: Callable[[Condition, int], Rate], occurred: Occurred) -> Dependence:
    alone = count(Condition.ALONE, ALONE)
    if alone.hits == alone.calls and alone.calls:
        return Dependence.NOTHING
    if alone.hits:
        beside = count(Condition.BESIDE, BESIDE)
        return Dependence.TIMING if more_often(beside, alone) else Dependence.CHANCE
    after = count(Condition.AFTER, AFTER)
    if after.hits and more_often(after, alone):
        return Dependence.HISTORY
    beside = count(Condition.BESIDE, BESIDE)
    without = Rate(hits=alone.hits + after.hits, calls=alone.calls + after.calls)
    if more_often(beside, without, chance=_NEVER_BEFORE):
        return Dependence.TIMING
    if beside.hits or after.hits:
        return Dependence.CHANCE
    if occurred.worker is not None:
        return Dependence.WORKER
    return Dependence.CHANCE if occurred.count >= _SEEN else Dependence.UNKNOWN


def more_often(one: Rate, other: Rate, *, chance: float = _CHANCE) -> bool:
    """Whether *one* is above *other* by more than chance (Fisher's exact test, one-sided)."""
    hits, calls = one.hits + other.hits, one.calls + other.calls
    most = min(hits, one.calls)
    ways = sum(
        comb(one.calls, k) * comb(other.calls, hits - k)
        for k in range(one.hits, most + 1)
        if hits - k <= other.calls
    )
    return one.hits > 0 and ways / comb(calls, hits) < chance
