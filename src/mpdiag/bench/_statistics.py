"""Medians, their spread, and which differences are none.  Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ._values import Row

# Rounds from which a spread means something.
ENOUGH = 3
# The least difference that is believed, whatever the spread says: two runs of the same differ by
# as much on a quiet machine.
LEAST = 0.05
# The same where there are too few rounds for a spread.
FEW = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Middle:
    """The median of some rounds, and how far they lie apart."""

    value: float
    low: float
    high: float
    rounds: int

    @property
    def spread(self) -> float:
        """Half of the distance between the quartiles, as a part of the median."""
        return (self.high - self.low) / 2 / self.value if self.value else 0.0


def middle(values: Iterable[float]) -> Middle:
    """Return the median with its quartiles; of fewer than four rounds, with their ends."""
    ordered = sorted(values)
    if not ordered:
        return Middle(value=math.nan, low=math.nan, high=math.nan, rounds=0)
    cut = len(ordered) // 4
    return Middle(
        value=median(ordered), low=ordered[cut], high=ordered[-1 - cut], rounds=len(ordered)
    )


def noise(first: Middle, second: Middle) -> float:
    """Return the difference, as a part, below which two medians are not told apart."""
    if min(first.rounds, second.rounds) < ENOUGH:
        return FEW
    return max(LEAST, 2 * math.hypot(first.spread, second.spread) / math.sqrt(ENOUGH))


def tied(first: Middle, second: Middle) -> bool:
    """Tell whether the difference lies within the noise."""
    low, high = sorted((first.value, second.value))
    return high <= low * (1 + noise(first, second))


def paired(first: Sequence[float], second: Sequence[float]) -> Middle:
    """Return the ratio of two, round by round: what slowed a round slowed both."""
    return middle(a / b for a, b in zip(first, second, strict=False) if b)


def rate(row: Row) -> float:
    """Return items a second, until the last was received and checked."""
    took = received(row).value
    return row.case.count / took if took else math.nan


def received(row: Row) -> Middle:
    """Return the seconds until the last item was received and checked."""
    return middle(timing.received for timing in row.timings)


def sent(row: Row) -> Middle:
    """Return the seconds until the last sender returned."""
    return middle(timing.sent for timing in row.timings)


def built(row: Row) -> Middle:
    """Return the seconds to make the items."""
    return middle(timing.build for timing in row.timings)


def speed(row: Row, base: Row) -> tuple[Middle, bool]:
    """Return how many times as fast *row* is as *base*, and whether that is a tie.

    Their numbers of items may differ.  It is a tie if the rounds do not agree which one is faster.
    """
    scale = row.case.count / base.case.count
    ratio = paired(
        [timing.received * scale for timing in base.timings],
        [timing.received for timing in row.timings],
    )
    if ratio.rounds < ENOUGH:
        return ratio, not ratio.value < 1 / (1 + FEW) and not ratio.value > 1 + FEW
    near = 1 / (1 + LEAST) <= ratio.value <= 1 + LEAST
    return ratio, near or ratio.low <= 1 <= ratio.high
