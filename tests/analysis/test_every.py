"""All tasks of a run, counted: whole or not at all, and without what is only known of a sample."""

from __future__ import annotations

import pickle
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mpdiag.analysis import Record, every_pass, explain, recalled
from mpdiag.analysis._every import MOST
from mpdiag.model import Fault, FaultId, Fingerprint, Reason, Reasons, Run
from mpdiag.recorder import PastMessage

from .test_tasks import TASK, chunk, failure, run_of

# Its test module stands in messages as the module of their target.
TARGET = f"{run_of.__module__}.parse"
PID = 8


def messages(*raws: bytes, ran: int = 20) -> Iterator[tuple[int, PastMessage]]:
    """Give messages of which *ran* tasks ran in the worker of the failures."""
    return ((PID, PastMessage(raw, ran, True)) for raw in raws)


def run_with(passed: int, *failed: int) -> tuple[Run, Fault]:
    """Return a run with failures at these positions, and so many passes."""
    tasks = [replace(TASK, target=TARGET, index=index) for index in failed]
    failures = [replace(failure(0, {}), task=task) for task in tasks]
    run, fault = run_of(failures, [])
    return replace(run, passed={TARGET: passed}), fault


def ids(found: list[Record] | None) -> list[object]:
    """Return the first value of each record."""
    return [one.args[0]["id"] for one in found or ()]  # type: ignore[index]


def test_all_but_those_that_failed() -> None:
    """Every task of every message, in their order, but the failures."""
    run, fault = run_with(38, 3, 25)
    found = every_pass(run, fault, messages(chunk(20), chunk(20, base=20)), seconds=60)
    assert ids(found) == [n for n in range(40) if n not in {3, 25}]
    assert found is not None
    assert {(one.worker, one.nth, one.previous, one.running) for one in found} == {(None,) * 4}


def test_tasks_that_never_ran_are_none() -> None:
    """Of a chunk that a failure cut short only those count that came before it."""
    run, fault = run_with(7, 7)
    assert ids(every_pass(run, fault, messages(chunk(20), ran=8), seconds=60)) == [*range(7)]


@pytest.mark.parametrize("passed", [37, 39, 0])
def test_not_as_many_as_were_counted(passed: int) -> None:
    """A message that is missing, or tasks too many: then nothing is said to be all."""
    run, fault = run_with(passed, 3, 25)
    assert every_pass(run, fault, messages(chunk(20), chunk(20, base=20)), seconds=60) is None


def test_a_failure_that_was_not_kept_makes_it_a_sample() -> None:
    """Where failures are known by their number alone, passes cannot be told from them."""
    run, fault = run_with(38, 3)
    assert every_pass(run, fault, messages(chunk(20), chunk(20, base=20)), seconds=60) is None


def test_failures_of_other_faults_are_no_passes() -> None:
    """What failed in another way is neither among the failures nor among the others."""
    run, fault = run_with(38, 3)
    second = replace(run_with(38, 25)[1], id=FaultId("k7f2.2"), fingerprint=Fingerprint("f" * 16))
    both = replace(run, faults=(fault, second))
    found = every_pass(both, fault, messages(chunk(20), chunk(20, base=20)), seconds=60)
    assert len(ids(found)) == 38


def test_the_same_position_in_another_worker() -> None:
    """Two pools may number their calls alike: a failure is of its own worker."""
    run, fault = run_with(39, 3)
    there = [*messages(chunk(20)), *((9, one) for _, one in messages(chunk(20)))]
    assert len(ids(every_pass(run, fault, there, seconds=60))) == 39


def test_other_targets_and_damage_are_passed_over() -> None:
    """What is of another target, or no message at all, is not counted."""
    run, fault = run_with(19, 3)
    other = pickle.dumps((1, 0, len, ((),), {}, 2, 1, 0))
    there = messages(other, b"", b"\xff", pickle.dumps(7), chunk(20))
    assert len(ids(every_pass(run, fault, there, seconds=60))) == 19


def test_it_takes_no_longer_than_it_may() -> None:
    """Without time there is a sample, as before."""
    run, fault = run_with(19, 3)
    assert every_pass(run, fault, messages(chunk(20)), seconds=1e-9) is None


def test_it_takes_no_more_than_it_may() -> None:
    """More tasks than memory is spent on are not even read."""
    run, fault = run_with(MOST + 1, 3)
    unread = (pytest.fail("was read") for _ in range(1))
    assert every_pass(run, fault, unread, seconds=60) is None


def rows(count: int, bad: int) -> tuple[list[Record], list[Record]]:
    """Return failures, and passes of which the first few are too large by one only."""
    chance = random.Random(1)
    sizes = [chance.randrange(900) for _ in range(count - 5)] + [1007] * 5
    passed = [Record((n, size), {}, n % 3, n) for n, size in enumerate(sizes)]
    return [Record((n, 1008 + n), {}, n % 3, n) for n in range(bad)], passed


def test_counts_and_cuts_are_of_all_tasks() -> None:
    """What a sample does not show moves the threshold, and the count is of all."""
    failed, passed = rows(8_000, 40)
    every = [Record(one.args) for one in passed]
    (one,) = explain(failed, passed[:2000], names=("n", "size"), every=every).suspects
    assert one.condition == "size > 1007"
    assert (one.failures, one.passes, one.exact) == ((40, 40), (0, 8_000), True)
    (sampled,) = explain(failed, passed[:2000], names=("n", "size"), all_passed=8_000).suspects
    assert (sampled.passes, sampled.exact) == ((0, 2000), False)
    assert sampled.condition == "size > 1000"


def test_false_alarms_outside_the_sample_are_counted() -> None:
    """A condition that separates the sample, and not all, is only associated."""
    failed, passed = ([Record(({"kind": kind},))] * n for kind, n in (("x", 30), ("a", 5000)))
    found = explain(failed, passed[:2000], names=("row",), every=passed + failed[:1] * 400)
    assert found.wording == "associated"
    assert (found.suspects[0].passes, found.suspects[0].exact) == ((400, 5400), True)


def test_what_only_a_sample_knows_is_counted_over_it() -> None:
    """The worker of a task is not in its message: such a condition stays one of a sample."""
    passed = [Record((n,), {}, n % 3, n) for n in range(2000)]
    failed = [Record((n,), {}, 7, n) for n in range(30)]
    every = [Record((n,)) for n in range(50_000)]
    (one,) = explain(failed, passed, names=("n",), every=every, all_passed=50_000).suspects
    assert one.condition == "worker == 7"
    assert (one.passes, one.exact) == ((0, 2000), False)


@pytest.mark.parametrize(("all_passed", "word"), [(2000, "separates"), (50_000, "associated")])
def test_false_alarms_of_a_sample_stand_for_more(all_passed: int, word: str) -> None:
    """Three passes of a sample are 75 of all: more than there are failures."""
    passed = [Record((), {}, 7 if n < 3 else n % 3) for n in range(2000)]
    failed = [Record((), {}, 7)] * 40
    found = explain(failed, passed, all_passed=all_passed)
    assert [one.condition for one in found.suspects] == ["worker == 7"]
    assert (found.suspects[0].passes, found.wording) == ((3, 2000), word)


def test_a_refinement_does_not_take_the_unknown_for_a_difference() -> None:
    """Passes of which only inputs are known do not make their worker, or their age, a condition."""
    failed = [Record((n, True), {}, 3, n) for n in range(60)]
    passed = [Record((n, False), {}, 3, n) for n in range(2000)]
    every = [Record((n, False)) for n in range(9900)] + [Record((n, True)) for n in range(100)]
    (one,) = explain(failed, passed, names=("n", "late"), every=every).suspects
    assert "worker" not in one.condition
    assert "nth" not in one.condition
    assert one.exact


REASON = Reason(condition="size > 1007", paths=("size",), failures=(40, 40), passes=(0, 8_000))


def test_exact_counts_are_told_again() -> None:
    """Later, from a sample, the condition and the counts are those of the run's end."""
    failed, passed = rows(8_000, 40)
    found = explain(failed, passed[:2000], names=("n", "size"), all_passed=8_000)
    told = recalled(found, Reasons(wording="separates", found=(REASON,)))
    (one,) = told.suspects
    assert (one.condition, one.passes, one.exact) == ("size > 1007", (0, 8_000), True)
    assert one.steps == found.suspects[0].steps != ()
    assert one.holds(failed[0])
    assert not one.holds(passed[0])


def test_a_reason_that_the_sample_does_not_show() -> None:
    """It is told as it was found; there is nothing to swap."""
    found = explain([], [], names=())
    told = recalled(found, Reasons(wording="associated", found=(REASON,)))
    assert (told.wording, told.suspects[0].condition) == ("associated", "size > 1007")
    assert told.suspects[0].steps == ()


@pytest.mark.parametrize(
    "reasons",
    [None, Reasons(wording="separates", found=()), Reasons(wording="no", found=(REASON,))],
)
def test_nothing_to_tell_again(reasons: Reasons | None) -> None:
    """Without exact counts, or with a word that is none, the sample speaks."""
    failed, passed = rows(3000, 40)
    found = explain(failed, passed, names=("n", "size"))
    assert recalled(found, reasons) is found
