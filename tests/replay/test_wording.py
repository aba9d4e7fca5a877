"""A smaller input that fails at the same line with another sentence is no smaller input."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

import pytest

from mpdiag.model import to_plain
from mpdiag.replay.smaller._wording import wording
from mpdiag.worker._error import describe_error

EMPTY: dict[object, object] = {}


def said(call: Callable[[], object]) -> str:
    """Return the wording of what *call* raises."""
    try:
        call()
    except Exception as error:
        plain = to_plain(describe_error(error))
        assert isinstance(plain, dict)
        return wording(plain)
    pytest.fail("it raised nothing")


def at(text: str) -> datetime:
    """Return the day that *text* names."""
    return datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - only its errors count


def refuse(name: str) -> None:
    """Raise an error in words that are made of data."""
    raise ValueError(f"no such customer {name}")


def first(items: list[int]) -> int:
    """Return the one item."""
    (one,) = items
    return one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: at("2024-02-30"), lambda: at("2023-02-29")),
        (lambda: float("2,92"), lambda: float("a b")),
        (lambda: int("x1"), lambda: int("")),
        (lambda: json.loads("[1 2]"), lambda: json.loads("[11  22]")),
        (lambda: refuse("alice"), lambda: refuse("")),
        (lambda: EMPTY["a"], lambda: EMPTY[1]),
    ],
    ids=["date", "float", "int", "json", "own words", "key"],
)
def test_other_values_in_one_sentence_are_one_fault(
    one: Callable[[], object], other: Callable[[], object]
) -> None:
    """What is quoted, counted or written by the program does not matter."""
    assert said(one) == said(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (lambda: at("2024-02-30"), lambda: at("0000-01-01")),
        (lambda: json.loads("[1 2]"), lambda: json.loads("[")),
        (lambda: first([1, 2]), lambda: first([])),
        (b"\xc3(".decode, b"\xc3".decode),
    ],
    ids=["date", "json", "unpack", "decode"],
)
def test_another_sentence_is_another_fault(
    one: Callable[[], object], other: Callable[[], object]
) -> None:
    """Though type and line are the same."""
    assert said(one) != said(other)
