"""The smallest part of a history that a fault needs is found in few trials, and nothing else."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from mpdiag.replay import HISTORY_BUDGET, needed


def contains(wanted: Iterable[int], positions: tuple[int, ...]) -> bool:
    """Tell whether *wanted* is in *positions*, in this order."""
    rest = iter(positions)
    return all(one in rest for one in wanted)


@pytest.mark.parametrize("culprit", [0, 1, 17, 511, 512, 998, 999])
def test_one_needed_task_is_found_wherever_it_ran(culprit: int) -> None:
    """Of a thousand tasks the one that matters is found."""
    found = needed(1000, lambda positions: culprit in positions)
    assert found.positions == (culprit,)
    assert found.is_minimal
    assert not found.whichever
    assert found.trials <= 30


@pytest.mark.parametrize("seed", range(20))
def test_a_few_needed_tasks_are_found_in_their_order(seed: int) -> None:
    """Up to three tasks that are needed together are found within the budget."""
    chance = random.Random(seed)
    wanted = sorted(chance.sample(range(200), chance.randrange(1, 4)))
    found = needed(200, lambda positions: contains(wanted, positions))
    assert found.positions == tuple(wanted)
    assert found.is_minimal
    assert found.trials <= HISTORY_BUDGET


@pytest.mark.parametrize("length", [960, 961, 1000, 1024])
def test_a_leak_needs_so_many_whichever(length: int) -> None:
    """A fault that needs 960 tasks of any kind is told as that, and as no task in particular."""
    found = needed(length, lambda positions: len(positions) >= 960)
    assert len(found.positions) == 960
    assert found.whichever
    assert found.trials <= HISTORY_BUDGET


def test_a_task_that_clears_up_is_no_part_of_it() -> None:
    """Task 5 leaves a trace, task 7 removes it, task 9 leaves another: 9 alone is needed."""

    def fails(positions: tuple[int, ...]) -> bool:
        dirty = False
        for one in positions:
            dirty = one in {5, 9} or (dirty and one != 7)
        return dirty

    assert needed(12, fails).positions == (9,)


def test_a_fault_that_does_not_come_back_needs_nothing() -> None:
    """Where the whole history does not bring it back, three tries say so."""
    found = needed(50, lambda positions: False)
    assert (found.positions, found.trials, found.hits) == ((), 3, 0)


def test_an_empty_history_is_not_tried() -> None:
    """Without earlier tasks there is nothing to call."""
    assert needed(0, lambda positions: pytest.fail("called")).trials == 0


def test_a_spent_budget_leaves_the_best_so_far() -> None:
    """When the budget ends, what is left is known to fail, and said not to be the least."""
    wanted = range(0, 100, 3)
    found = needed(100, lambda positions: contains(wanted, positions), 25)
    assert found.trials == 25
    assert contains(wanted, found.positions)
    assert not found.is_minimal
