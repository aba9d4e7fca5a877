"""On what a fault depends is told from counted calls, and never from more than 25 of them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from mpdiag.replay import Condition, Dependence, Occurred, Rate, flakiness
from mpdiag.replay.dependence._flakiness import MOST, more_often

SPREAD = Occurred(count=40, by_worker={1: 11, 2: 9, 3: 12, 4: 8}, workers=4)
ONE_WORKER = Occurred(count=40, by_worker={3: 40}, workers=4)
ONCE = Occurred(count=1, by_worker={3: 1}, workers=4)


def trials(
    fails: Callable[[Condition], bool], *, history: bool = True
) -> Callable[[Condition, int], Sequence[bool]]:
    """Return what calls a task that *fails* under a condition."""

    def call(condition: Condition, calls: int) -> Sequence[bool]:
        if condition is Condition.AFTER and not history:
            return []
        return [fails(condition) for _ in range(calls)]

    return call


@pytest.mark.parametrize(
    ("conditions", "occurred", "expected"),
    [
        ({Condition.ALONE, Condition.AFTER, Condition.BESIDE}, SPREAD, Dependence.NOTHING),
        ({Condition.AFTER}, SPREAD, Dependence.HISTORY),
        ({Condition.AFTER}, ONE_WORKER, Dependence.HISTORY),
        ({Condition.BESIDE}, SPREAD, Dependence.TIMING),
        (set(), ONE_WORKER, Dependence.WORKER),
        (set(), SPREAD, Dependence.CHANCE),
        (set(), ONCE, Dependence.UNKNOWN),
    ],
)
def test_each_class_has_its_condition(
    conditions: set[Condition], occurred: Occurred, expected: Dependence
) -> None:
    """The first condition under which a fault comes back names its class."""
    found = flakiness(trials(lambda condition: condition in conditions), occurred)
    assert found.dependence is expected
    assert found.runs <= MOST == 25


def test_what_comes_as_often_under_load_is_random() -> None:
    """A fault of three in ten, whatever is done, is called random in nearly all diagnoses."""
    chance = random.Random(7)
    found = Counter(
        flakiness(trials(lambda _: chance.random() < 0.3), SPREAD).dependence for _ in range(300)
    )
    assert found[Dependence.CHANCE] >= 280


def test_what_comes_more_often_under_load_is_timing() -> None:
    """A race that six of ten calls side by side meet is called one in nearly all diagnoses."""
    chance = random.Random(7)

    def fails(condition: Condition) -> bool:
        return condition is Condition.BESIDE and chance.random() < 0.6

    found = Counter(flakiness(trials(fails), SPREAD).dependence for _ in range(300))
    assert found[Dependence.TIMING] >= 290


def test_without_a_history_no_call_is_made_after_it() -> None:
    """A fault whose history is not kept is diagnosed by the rest."""
    found = flakiness(trials(lambda _: False, history=False), ONE_WORKER)
    assert found.dependence is Dependence.WORKER
    assert found.rates[Condition.AFTER].calls == 0


def test_few_occurrences_in_one_worker_prove_nothing() -> None:
    """Three of three in one of four workers may be chance; most of many, in several, is none."""
    assert Occurred(count=3, by_worker={3: 3}, workers=4).worker is None
    assert Occurred(count=30, by_worker={3: 20, 1: 10}, workers=4).worker is None
    assert Occurred(count=9, by_worker={3: 9}, workers=1).worker is None
    assert ONE_WORKER.worker == 3


def test_rates_are_compared_exactly() -> None:
    """Four of twelve against none of thirteen is no chance; two of three against it neither."""
    assert more_often(Rate(hits=4, calls=12), Rate(hits=0, calls=13))
    assert not more_often(Rate(hits=3, calls=12), Rate(hits=0, calls=13))
    assert more_often(Rate(hits=2, calls=3), Rate(hits=0, calls=10))
    assert not more_often(Rate(hits=0, calls=3), Rate(hits=0, calls=10))
    assert not more_often(Rate(hits=3, calls=10), Rate(hits=3, calls=10))
