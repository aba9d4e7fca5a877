"""One look serves for all objects of a kind; what only a start hands over stands in for itself."""

from __future__ import annotations

import functools
import multiprocessing
import threading
from typing import Any, NoReturn

import pytest

from mpdiag.patches._crossing_kinds import shape_of, stands_in


class Record:
    def __init__(self, **fields: object) -> None:
        vars(self).update(fields)

    def method(self) -> None:
        """Do nothing."""


class Hostile:
    """Any use of it is an error."""

    def __getattribute__(self, name: str) -> NoReturn:
        raise AssertionError(name)

    def __eq__(self, other: object) -> NoReturn:
        raise AssertionError

    def __hash__(self) -> NoReturn:
        raise AssertionError

    def __repr__(self) -> NoReturn:
        raise AssertionError


class Strange(dict[Any, Any]):
    def values(self) -> NoReturn:
        """Raise, as no look may call it."""
        raise AssertionError

    __iter__ = keys = items = values


def one(x: object) -> object:
    """Return *x*."""
    return x


def two(x: object) -> object:
    """Return *x*."""
    return x


ALIKE = [
    ((1, "a"), (2, "b")),
    ([1, 2, 3], [4]),
    ({"a": 1}, {"b": 2, "c": 3}),
    (Record(a=1), Record(a=2)),
    (functools.partial(one, 1), functools.partial(one, 2)),
    (Record(a=1).method, Record(a=7).method),
]
UNLIKE = [
    ((1, "a"), ("a", 1)),
    ((1,), (1, 2)),
    ([1], [None]),
    ([1], (1,)),
    (one, two),
    (Record(a=1), Record(b=1)),
    (Record(a=1), Record(a=one)),
    ({"f": one}, {"f": two}),
    (functools.partial(one), functools.partial(two)),
    (functools.partial(one, 1), functools.partial(one, "a")),
    (Record(a=one).method, Record(a=two).method),
    ([[[one]]], [[[two]]]),
    (Record, Hostile),
]


@pytest.mark.parametrize(("first", "second"), ALIKE)
def test_what_pickles_alike_is_of_one_kind(first: object, second: object) -> None:
    """Whatever its values are."""
    assert shape_of(first) == shape_of(second)
    hash(shape_of(first))


@pytest.mark.parametrize(("first", "second"), UNLIKE)
def test_what_refers_to_other_names_is_another_kind(first: object, second: object) -> None:
    """Another function or class may be missing in the worker."""
    assert shape_of(first) != shape_of(second)


def test_no_code_of_the_user_runs() -> None:
    """Objects that fail in everything are looked at as others are."""
    for value in (Hostile(), [Hostile()], {"a": Hostile()}, (Hostile(),), Strange(a=1)):
        hash(shape_of(value))
        assert stands_in("fork")(value) is None


def test_a_large_or_endless_object_is_looked_at_in_part() -> None:
    """In depth and in width."""
    ring: list[object] = []
    ring.append(ring)
    assert shape_of(ring) == shape_of([[[[[]]]]])
    assert shape_of([1] * 1_000_000) == shape_of([1])


def test_a_process_that_starts_may_be_given_locks_and_queues() -> None:
    """A task may not: multiprocessing itself refuses them there."""
    context = multiprocessing.get_context("fork")
    value, raw = context.Value("i", 1), context.RawArray("i", 2)
    for given in (context.Lock(), context.SimpleQueue(), context.Condition(), value, raw):
        assert stands_in("fork")(given), given
        assert stands_in("")(given) is None
    assert stands_in("fork")(threading.Lock()) is None


def test_a_pipe_goes_along_with_both() -> None:
    """It is not opened a second time to be looked at."""
    for end in multiprocessing.Pipe():
        assert stands_in("fork")(end) == stands_in("")(end) == "Connection"
        end.close()


def test_a_lock_of_fork_is_refused_by_others_in_truth() -> None:
    """From 3.11 on, which tell it of a lock."""
    lock = multiprocessing.get_context("fork").Lock()
    told = any(name in vars(lock) for name in ("_is_fork_ctx", "is_fork_ctx"))
    assert (stands_in("spawn")(lock) is None) == told
