"""Searches for what is smallest, as generators: each yields trials and is sent whether they hold.

What is there at the start holds, and is never yielded; what is returned has been seen to hold.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")
Search = Generator[T, bool, R]

# Trials in a row that bring nothing, after which a search among many places ends.  More: a value
# of which all is needed takes the calls that others are in want of.  Fewer: something stays.
_PATIENCE = 12
# Places that are both ends, and nothing between them.
_BOTH = 2


def shortest(count: int) -> Search[Sequence[int], Sequence[int]]:
    """Search for the fewest of the places 0 to *count* - 1; none at all does not hold.

    One alone at an end, a short beginning, a short end; then what can go from between.
    """
    kept: Sequence[int] = range(count)
    for one in (kept[:1], kept[-1:]) if count > 1 else ():
        if (yield one):
            return one
    if len(kept) > _BOTH and (yield kept[:-1]):
        length = yield from least(_BOTH, len(kept) - 1, _beginning(kept))
        kept = kept[:length]
    if len(kept) > _BOTH and (yield kept[1:]):
        length = yield from least(_BOTH, len(kept) - 1, _end(kept))
        kept = kept[-length:]
    if len(kept) <= _BOTH:
        return kept
    ends = [kept[0], kept[-1]]
    if (yield ends):
        return ends
    return (yield from fewest(kept[1:-1], before=kept[:1], after=kept[-1:]))


def _beginning(kept: Sequence[int]) -> Callable[[int], Sequence[int]]:
    return lambda length: kept[:length]


def _end(kept: Sequence[int]) -> Callable[[int], Sequence[int]]:
    return lambda length: kept[-length:]


def fewest(
    kept: Sequence[int], *, before: Sequence[int] = (), after: Sequence[int] = ()
) -> Search[Sequence[int], Sequence[int]]:
    """Search for the fewest of *kept* between what stands *before* and *after* (ddmin)."""
    kept, misses = list(kept), 0
    piece = max(1, len(kept) // 2)
    while piece:
        start = 0
        while start < len(kept) and misses < _PATIENCE:
            fewer = kept[:start] + kept[start + piece :]
            if (yield [*before, *fewer, *after]):
                kept, misses = fewer, 0
            else:
                start, misses = start + piece, misses + 1
        piece //= 2
    return [*before, *kept, *after]


def least(low: int, high: int, trial: Callable[[int], T]) -> Search[T, int]:
    """Search for the least number from *low* to *high*, which holds: upwards, then between."""
    probe, found = low, False
    while low < high:
        if (yield trial(probe)):
            high, found = probe, True
        else:
            low = probe + 1
        probe = (low + high) // 2 if found or 2 * probe >= high else 2 * probe
    return high


def furthest(count: int) -> Search[int, int]:
    """Search for the greatest number up to *count*; 0 holds."""
    low, high, probe = 0, count + 1, 1
    while high - low > 1:
        if (yield probe):
            low = probe
        else:
            high = probe
        probe = min(2 * low, count) if high > count else (low + high) // 2
    return low


def lowest(value: int) -> Search[int, int]:
    """Search for the number nearest to 0; 0 itself does not hold.

    1, a power of 2, the next one; then between what holds and what does not; then fewer bits.
    """
    sign, high = (1, value) if value > 0 else (-1, -value)
    if high == 1 or (yield sign):
        return sign
    low = top = 1 << (high.bit_length() - 1)
    if top == high or (yield sign * top):
        low, high = 1, top
    if high > low and (yield sign * (high - 1)):
        high -= 1
        if low == 1:
            power = yield from _between(0, high.bit_length(), lambda n: sign * (1 << n))
            low, high = 1 << (power - 1), min(high, 1 << power)
        high = yield from _between(low, high, lambda n: sign * n)
    while (bare := high ^ (1 << (high.bit_length() - 1))) and (yield sign * bare):
        high = bare
    return sign * high


def _between(low: int, high: int, trial: Callable[[int], T]) -> Search[T, int]:
    """Search between *low*, which does not hold, and *high*, which does."""
    while high - low > 1:
        probe = (low + high) // 2
        if (yield trial(probe)):
            high = probe
        else:
            low = probe
    return high


def lowest_float(value: float) -> Search[float, float]:
    """Search for the simplest number near to 0; 0 itself does not hold, *value* is finite."""
    whole = int(value)
    if value == whole:
        found = yield from _as_floats(lowest(whole))
        return found
    for one in (1.0 if value > 0 else -1.0, float(whole)):
        if one and (yield one):
            return one if abs(one) == 1 else (yield from _as_floats(lowest(whole)))
    for digits in (1, 3):
        rounded = round(value, digits)
        if rounded not in {0.0, value} and (yield rounded):
            return rounded
    return value


def _as_floats(search: Search[int, int]) -> Search[float, float]:
    try:
        trial = next(search)
        while True:
            trial = search.send((yield float(trial)))
    except StopIteration as end:
        return float(end.value)


def most(places: Sequence[int]) -> Search[Sequence[int], Sequence[int]]:
    """Search for the most of *places* that hold together; none of them holds."""
    done: list[int] = []
    pending, misses = [list(places)], 0
    while pending and misses < _PATIENCE:
        group = pending.pop(0)
        if group and (yield [*done, *group]):
            done, misses = [*done, *group], 0
        elif len(group) > 1:
            middle, misses = len(group) // 2, misses + 1
            pending[:0] = [group[:middle], group[middle:]]
    return done
