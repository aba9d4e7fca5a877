"""Equal fingerprints are one fault, numbered in the order in which it is told."""

from __future__ import annotations

from typing import Any

from mpdiag.judge import group, settle_outcomes
from mpdiag.model import (
    Cause,
    Certainty,
    Crash,
    Error,
    ExitStatus,
    Failure,
    Fingerprint,
    Inputs,
    Outcome,
    RunId,
    Task,
    Verdict,
    Worker,
)

RUN = RunId("k7f2")
A, B, C = (Fingerprint(16 * letter) for letter in "abc")
KILLED = Verdict(cause=Cause.SIGNAL, certainty=Certainty.PROVEN, headline="SIGKILL, sender unknown")


def failure(mark: Fingerprint, at: float, **changes: Any) -> Failure:
    """Return a failure of task *at* in ``Pool.map``."""
    fields: dict[str, Any] = {
        "task": Task(target="app.parse", label="Pool.map", index=int(at), call=1),
        "worker": Worker(pid=8123),
        "error": Error(type="app.BadRecord", message="no"),
        "inputs": Inputs(),
        "note": f"mpdiag: task {int(at)}, worker 2 (pid 8123)",
    }
    return Failure(fingerprint=mark, at=at, **{**fields, **changes})


def crash(mark: Fingerprint, at: float) -> Crash:
    """Return a crash in ``Pool.map``."""
    return Crash(
        fingerprint=mark,
        at=at,
        task=Task(target="app.parse", label="Pool.map", index=int(at), call=1),
        worker=Worker(pid=99),
        status=ExitStatus(signal=9),
        verdict=KILLED,
        inputs=Inputs(),
    )


def test_occurrences_with_one_fingerprint_are_one_fault() -> None:
    """The first is the oldest, the others follow, and a larger count from elsewhere counts."""
    (fault,) = group(RUN, [failure(A, 3), failure(A, 1), failure(A, 2)], {(A, ""): 37, (B, ""): 4})
    assert (fault.id, fault.count, fault.kind) == ("k7f2.1", 37, "failure")
    assert fault.first.at == 1
    assert [other.at for other in fault.others] == [2, 3]


def test_what_was_kept_counts_when_the_counter_knows_less() -> None:
    """A counter that was lost with its worker does not lower the count."""
    (fault,) = group(RUN, [failure(A, 1), failure(A, 2)], {(A, ""): 1})
    assert fault.count == 2


def test_one_failure_seen_twice_counts_once() -> None:
    """What guard and patch both saw, or came by two roads, is one occurrence."""
    twice = [failure(A, 1.0), failure(A, 1.0001), failure(A, 2)]
    (fault,) = group(RUN, twice, {})
    assert fault.count == 2


def test_equal_failures_without_a_position_are_not_taken_for_one() -> None:
    """Two calls of a bare target are two occurrences, though nothing but the time differs."""
    bare = Task(target="app.parse", label="Process")
    (fault,) = group(
        RUN, [failure(A, 1, task=bare, note="n"), failure(A, 2, task=bare, note="n")], {}
    )
    assert fault.count == 2


def test_what_ran_because_of_us_is_not_first_if_another_can_be() -> None:
    """The first occurrence is one that plain Python would have had."""
    (fault,) = group(RUN, [failure(A, 1, in_keep_going=True), failure(A, 2)], {})
    assert fault.first.at == 2


def test_the_fault_that_ended_the_program_is_number_one_and_caught_ones_come_last() -> None:
    """Ended, unknown, caught; within these crashes first, then the most frequent."""
    many = [failure(A, n) for n in range(1, 6)]
    found = group(RUN, [*many, failure(B, 10), crash(C, 11)], {})
    assert [fault.fingerprint for fault in found] == [C, A, B]
    settled = settle_outcomes(found, ExitStatus(code=1), {failure(B, 10).note})
    assert [fault.fingerprint for fault in settled] == [B, C, A]
    assert [fault.id for fault in settled] == ["k7f2.1", "k7f2.2", "k7f2.3"]
    assert settled[0].outcome is Outcome.ENDED
    assert settled[0].raised == "Pool.map raised this BadRecord"


def test_a_program_that_ended_well_has_caught_its_failures() -> None:
    """Exit code 0 and no exception that ended it: caught."""
    (fault,) = settle_outcomes(group(RUN, [failure(A, 1)], {}), ExitStatus(code=0), set())
    assert fault.outcome is Outcome.CAUGHT


def test_after_a_death_by_signal_the_outcome_is_unknown() -> None:
    """Nobody could say what the program was about to do."""
    (fault,) = settle_outcomes(group(RUN, [failure(A, 1)], {}), ExitStatus(signal=15), set())
    assert fault.outcome is Outcome.UNKNOWN


def test_another_exception_than_this_ended_the_program() -> None:
    """A program that ended by one failure has caught the other, whatever its exit code."""
    found = group(RUN, [failure(A, 1), failure(B, 2)], {})
    settled = settle_outcomes(found, ExitStatus(code=1), {failure(B, 2).note})
    assert [(fault.fingerprint, fault.outcome) for fault in settled] == [
        (B, Outcome.ENDED),
        (A, Outcome.UNKNOWN),
    ]


def in_test(mark: Fingerprint, at: float, test: str) -> Failure:
    """Return a failure in a worker that was started in *test* of pytest."""
    return failure(mark, at, worker=Worker(pid=8123, test=test))


def test_the_same_in_two_tests_is_two_faults() -> None:
    """One of them may be expected: each has its own count and outcome."""
    both = [in_test(A, 1, "test_a"), in_test(A, 2, "test_b"), in_test(A, 3, "test_b")]
    faults = group(RUN, both, {(A, "test_b"): 5})
    ended = settle_outcomes(faults, ExitStatus(code=1), {both[0].note}, tests=True)
    assert [(one.first.worker.test, one.count, one.outcome) for one in ended] == [
        ("test_a", 1, Outcome.ENDED),
        ("test_b", 5, Outcome.CAUGHT),
    ]


def test_without_word_from_pytest_the_outcome_of_a_test_is_unknown() -> None:
    """A pytest that we do not know tells nothing, so that a failed one says nothing either."""
    faults = group(RUN, [in_test(A, 1, "test_a")], {})
    (fault,) = settle_outcomes(faults, ExitStatus(code=1), set())
    assert fault.outcome is Outcome.UNKNOWN
