"""What passing tasks had where a failing one looked something up in vain."""

from __future__ import annotations

from typing import Any

import pytest

from gold.runs import failure, fault
from mpdiag.analysis import Record, Suspect, Tasks, looked_up
from mpdiag.analysis._record import Clue
from mpdiag.codec import Node
from mpdiag.model import Error, Lookup


def said(lookup: Lookup, failed: list[object], passed: list[object], **more: Any) -> Suspect | None:
    """Return what is said of a target ``parse(record)`` with these records."""
    tasks = Tasks(
        failed=[Record((one,)) for one in failed],
        passed=[Record((one,)) for one in passed],
        names=("record",),
        clue=Clue(),
        all_passed=more.get("all_passed", len(passed)),
    )
    error = Error(type="KeyError", message="", lookup=lookup)
    return looked_up(fault(failure(error=error)), tasks, seconds=30)


def lookup(kind: Any, path: str, sought: str = "") -> Lookup:
    """Return a lookup in a part of the inputs."""
    return Lookup(kind=kind, frame=0, subject="x", path=path, sought=sought)


HAS, HAS_NOT = {"meta": {"size": 1}}, {"meta": {"width": 1}}


@pytest.mark.parametrize(
    ("one", "condition", "bad", "good"),
    [
        (
            lookup("key", "record['meta']", "'size'"),
            "'size' not in record['meta']",
            HAS_NOT,
            HAS,
        ),
        (lookup("none", 'record["u"]'), 'record["u"] is None', {"u": None}, {"u": 1}),
        (lookup("index", "record", "2"), "len(record) < 3", [1, 2], [1, 2, 3]),
        (lookup("index", "record", "-2"), "len(record) < 2", "a", "ab"),
        (
            lookup("none", "record.user"),
            "record.user is None",
            Node("object", "app", "Row", state={"user": None}),
            Node("object", "app", "Row", state={"user": 3}),
        ),
    ],
)
def test_one_failure_is_enough(one: Lookup, condition: str, bad: object, good: object) -> None:
    """The exception names the condition, so that nothing has to be searched."""
    found = said(one, [bad], [good] * 20)
    assert found is not None
    assert (found.condition, found.failures, found.passes) == (condition, (1, 1), (0, 20))
    assert found.exact


@pytest.mark.parametrize(
    ("one", "failed", "passed"),
    [
        pytest.param(
            lookup("key", "record", "'b'"), [{"a": 1}], [{"a": 1}] * 20, id="passes lack it too"
        ),
        pytest.param(lookup("key", "record", "'b'"), [{"a": 1}], [{"b": 1}] * 4, id="few passes"),
        pytest.param(
            lookup("key", "record", "'b'"), [{"b": 1}], [{"b": 1}] * 20, id="it had it at first"
        ),
        pytest.param(
            lookup("key", "record[3]", "'b'"), [[{}] * 4], [[{"b": 1}] * 4] * 20, id="a place"
        ),
        pytest.param(lookup("key", "", "'b'"), [{}], [{"b": 1}] * 20, id="no part of the inputs"),
        pytest.param(lookup("key", "record", "<x>"), [{}], [{"b": 1}] * 20, id="no literal"),
        pytest.param(lookup("key", "other", "'b'"), [{}], [{"b": 1}] * 20, id="no parameter"),
        pytest.param(lookup("key", "record ++", "'b'"), [{}], [{"b": 1}] * 20, id="no Python"),
        pytest.param(lookup("text", "record"), ["x"], ["1"] * 20, id="no condition"),
        pytest.param(lookup("index", "record", "x"), [[]], [[1]] * 20, id="no number"),
        pytest.param(lookup("key", "record", "[1]"), [{}], [{"b": 1}] * 20, id="no key"),
    ],
)
def test_nothing_is_said_that_does_not_set_them_apart(
    one: Lookup, failed: list[object], passed: list[object]
) -> None:
    """What passing tasks have as well is no reason; nor is what was not looked at."""
    assert said(one, failed, passed) is None


def test_a_sample_is_called_one() -> None:
    """Passing tasks that were not looked at may have had it."""
    found = said(lookup("none", "record"), [None], [1] * 20, all_passed=99)
    assert found is not None
    assert not found.exact
