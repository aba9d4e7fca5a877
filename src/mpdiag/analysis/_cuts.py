"""Thresholds: the number that best parts the values of failures from those of passes."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ._columns import SEQUENCES, ids_of, is_any
from ._tests import Test, X

# Values of failures at which a cut is tried.
_CUTS = 40
# Containers in a value that are counted.
_NODES = 5_000
# Larger ints are keys and hashes, not amounts.
_BITS = 200
_LIMITS = sorted({2**bits - 1 for bits in (7, 8, 15, 16, 31, 32, 53, 63, 64)})


class Measure(NamedTuple):
    """A number that a value has."""

    text: str
    cost: float
    of: Callable[[Any], float | None]


class Cut(NamedTuple):
    """Where failures part from passes."""

    above: bool
    at: float
    """The value itself does not belong to the failures."""
    low: float
    high: float


def information(ones: float, zeros: float) -> float:
    """Return the bits that it takes to say which of some records are *ones*."""
    if ones <= 0 or zeros <= 0:
        return 0.0
    both = ones + zeros
    return ones * math.log2(both / ones) + zeros * math.log2(both / zeros)


def gain(held: float, all_failed: float, false: float, all_passed: float) -> float:
    """Return the bits saved by a condition that holds for *held* failures, *false* passes."""
    if held * all_passed <= false * all_failed:
        return 0.0
    saved = information(all_failed, all_passed) - information(held, false)
    return saved - information(all_failed - held, all_passed - false)


def best_cut(failed: Sequence[float], passed: Sequence[float], passes: int) -> Cut | None:
    """Return the cut that tells most, among all *passes*, of which *passed* have the number."""
    passed = sorted(passed)
    failed = sorted(failed)
    every = sorted(set(failed))
    step = max(1, len(every) // _CUTS)
    best, found = 0.0, None
    for value in [*every[::step], *every[-1:]]:
        for above in (True, False):
            cut, won = _try_cut(value, failed, passed, passes, above=above)
            if won > best:
                best, found = won, cut
    return found


def _try_cut(
    value: float, failed: Sequence[float], passed: Sequence[float], passes: int, *, above: bool
) -> tuple[Cut, float]:
    if above:
        at, held = bisect_left(passed, value), len(failed) - bisect_left(failed, value)
        false, low = len(passed) - at, passed[at - 1] if at else -math.inf
        return Cut(True, 0, low, value), gain(held, len(failed), false, passes)
    at, held = bisect_right(passed, value), bisect_right(failed, value)
    high = passed[at] if at < len(passed) else math.inf
    return Cut(False, 0, value, high), gain(held, len(failed), at, passes)


def threshold(measure: Measure, failed: Sequence[Any], passed: Sequence[Any]) -> Test | None:
    """Return the test that *measure* lies beyond a number, rounded within the gap."""
    numbers = [number for number in map(measure.of, failed) if number is not None]
    others = [number for number in map(measure.of, passed) if number is not None]
    cut = best_cut(numbers, others, len(passed)) if numbers and others else None
    if cut is None or math.inf in (-cut.low, cut.high):
        return None  # passes lie on one side alone: a cut would be made up
    text, cost, check = _worded(cut, all(type(one) is int for one in (cut.low, cut.high)))
    of = measure.of
    holds = lambda v: (n := of(v)) is not None and check(n)  # noqa: E731
    return Test(f"{measure.text} {text}", measure.cost + cost, holds)


def _worded(cut: Cut, whole: bool) -> tuple[str, float, Callable[[float], bool]]:
    at = _simplest(cut.low, cut.high, whole=whole)
    if cut.above:
        if at == cut.high:
            return f">= {at!r}", 0.0, lambda n: n >= at
        return f"> {at!r}", 0.0, lambda n: n > at
    if at == cut.low:
        return f"<= {at!r}", 0.0, lambda n: n <= at
    return f"< {at!r}", 0.0, lambda n: n < at


def _simplest(low: float, high: float, *, whole: bool) -> float:
    """Return the number from *low* to *high* that is said in the fewest digits."""
    limit = next((one for one in _LIMITS if low <= one < high), None)
    if low <= 0 <= high:
        return 0
    near = next(_rounded(low, high, whole=whole), low)
    if limit is not None and limit > 100 and _digits(near) > 1:  # noqa: PLR2004 - 2**31-1 is better known
        return limit
    return near


def _rounded(low: float, high: float, *, whole: bool) -> Iterator[float]:
    """Yield multiples of ever smaller powers of ten within the gap."""
    top = math.floor(math.log10(max(abs(low), abs(high)))) + 1
    for power in range(min(top, 300), 0 - 1, -1):
        step = 10**power
        value: float = math.ceil(low / step) * step if not whole else -(-int(low) // step) * step
        if low <= value <= high:
            yield value
    for digits in range(1, 12):
        value = math.ceil(low * 10**digits) / 10**digits
        if low <= value <= high:
            yield value


def _digits(value: float) -> int:
    return len(str(value).rstrip("0"))


def _number(value: Any) -> float | None:
    kind = type(value)
    if (kind is int and value.bit_length() <= _BITS) or (kind is float and math.isfinite(value)):
        return value  # type: ignore[no-any-return]
    return None


def _length(value: Any) -> int | None:
    return len(value) if is_any(value, _SIZED) else None


def _numbers(value: Any) -> list[float]:
    """Return the items of *value* if all are numbers."""
    if not is_any(value, _ORDERED) or not value:
        return []
    return list(value) if all(is_any(one, _NUMERIC) for one in value) else []


def _sum(value: Any) -> float | None:
    found = _numbers(value)
    return _number(sum(found)) if found else None


def _least(value: Any) -> float | None:
    found = _numbers(value)
    return _number(min(found)) if found else None


def _most(value: Any) -> float | None:
    found = _numbers(value)
    return _number(max(found)) if found else None


def _lists(value: Any) -> int | None:
    """Return how many lists *value* holds, itself included, if it holds nothing but numbers."""
    if type(value) is not list:
        return None
    count, stack = 0, [value]
    while stack:
        one = stack.pop()
        if type(one) is list:
            count += 1
            stack.extend(one)
        elif not is_any(one, _LEAVES):
            return None
        if count + len(stack) > _NODES:
            return None
    return count


_LEAVES = ids_of(int, float, bool, type(None))
_NUMERIC, _ORDERED = ids_of(int, float), ids_of(list, tuple)
_SIZED = SEQUENCES | ids_of(str, bytes, dict)
NUMBER = Measure(X, 5, _number)
LENGTH = Measure(f"len({X})", 5, _length)
_OF_LISTS = (
    LENGTH,
    Measure(f"sum({X})", 6.5, _sum),
    Measure(f"min({X})", 6.5, _least),
    Measure(f"max({X})", 6.5, _most),
    Measure(f"repr({X}).count('[')", 6, _lists),
)


def measures_of(failed: Sequence[Any]) -> Iterator[Measure]:
    """Yield the numbers that the values of failed tasks have."""
    kinds = set(map(type, failed))
    if kinds & {int, float}:
        yield NUMBER
    if kinds & {list, tuple}:
        yield from _OF_LISTS
    elif any(is_any(one, _SIZED) for one in failed):
        yield LENGTH
    if str in kinds:
        yield from _counted(failed)


def _counted(failed: Sequence[Any]) -> Iterator[Measure]:
    """Yield how often a mark occurs in a text."""
    for mark in ",;/.: ":
        if any(type(value) is str and mark in value for value in failed[:50]):
            text = f"{X}.count({mark!r})"
            yield Measure(text, 6, lambda v, mark=mark: v.count(mark) if type(v) is str else None)  # type: ignore[misc]
