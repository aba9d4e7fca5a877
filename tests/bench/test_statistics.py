"""Medians, spreads and ties, from numbers alone."""

from __future__ import annotations

import math

import pytest

from mpdiag.bench import Case, Row, Timing
from mpdiag.bench._statistics import Middle, middle, noise, rate, speed, tied


def row(*seconds: float, road: str = "pipe", count: int = 1000, python: str = "3.11.7") -> Row:
    """Return a row with these times."""
    case = Case(shape="race", road=road, payload="int", count=count)
    timings = tuple(Timing(build=s / 10, sent=s / 2, received=s, item_bytes=5) for s in seconds)
    return Row(python=python, case=case, timings=timings)


def test_one_slow_round_moves_neither_median_nor_spread() -> None:
    """The quartiles of five rounds leave out the fastest and the slowest."""
    found = middle([1.0, 1.1, 1.2, 1.1, 90.0])
    assert (found.value, found.low, found.high, found.rounds) == (1.1, 1.1, 1.2, 5)
    assert found.spread == pytest.approx(0.05 / 1.1)


def test_nothing_has_no_median() -> None:
    """Without rounds there is no number, and no error."""
    assert math.isnan(middle([]).value)
    assert math.isnan(rate(row()))


def test_a_difference_within_the_noise_is_a_tie() -> None:
    """Rounds that do not agree which is faster are a tie; rounds that do are a difference."""
    base = row(1.0, 1.2, 1.0, 1.1, 1.3)
    assert speed(row(0.9, 1.3, 0.95, 1.2, 1.2), base)[1]
    ratio, tie = speed(row(0.5, 0.6, 0.5, 0.55, 0.65), base)
    assert (round(ratio.value, 3), tie) == (2.0, False)


def test_a_slow_machine_slows_both_and_changes_no_ratio() -> None:
    """Ratios are taken round by round."""
    ratio, tie = speed(row(1.0, 10.0, 2.0, 5.0), row(2.0, 20.0, 4.0, 10.0))
    assert (ratio.value, ratio.spread, tie) == (2.0, 0.0, False)


def test_less_than_five_percent_is_never_a_difference() -> None:
    """Two runs of the same differ by as much."""
    assert speed(row(1.0, 1.0, 1.0), row(1.04, 1.04, 1.04))[1]


def test_two_rounds_must_differ_by_half() -> None:
    """Where there is no spread, only what cannot be noise counts."""
    assert speed(row(1.0, 1.0), row(1.4, 1.4))[1]
    assert not speed(row(1.0, 1.0), row(1.6, 1.6))[1]
    assert not speed(row(1.6, 1.6), row(1.0, 1.0))[1]


def test_numbers_of_items_may_differ() -> None:
    """A tenth of the items in a tenth of the time is as fast."""
    ratio, tie = speed(row(0.1, 0.1, 0.1, count=100), row(1.0, 1.0, 1.0))
    assert ratio.value == pytest.approx(1.0)
    assert tie


def test_unpaired_medians_are_tied_by_their_spread() -> None:
    """Two runs at different times are compared by how far their rounds lie apart."""
    wide = Middle(value=1.0, low=0.8, high=1.2, rounds=9)
    narrow = Middle(value=1.15, low=1.14, high=1.16, rounds=9)
    assert tied(wide, narrow)
    assert not tied(Middle(value=1.0, low=0.99, high=1.01, rounds=9), narrow)
    assert noise(wide, Middle(value=1.0, low=1.0, high=1.0, rounds=2)) == 0.5
