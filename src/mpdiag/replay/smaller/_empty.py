"""The simplest value of a type, and values emptied without a change of their shape."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum
from fractions import Fraction
from math import isfinite
from pathlib import PurePath
from typing import Any
from uuid import UUID

from ._parts import axes, is_array, is_table, parts, size_of, with_parts

_EPOCH = (2000, 1, 1)
# Values that are opened to be emptied.  More: the trial is not worth the time to make it.
MOST = 20_000

# By class, the first that fits; a subclass stays what it is where that runs no code of the user.
_EMPTY: tuple[tuple[type, Callable[[Any], object]], ...] = (
    (Enum, lambda value: _members(value)[0]),
    (bool, lambda _: False),
    (int, lambda value: int.__new__(type(value), 0)),
    (float, lambda value: float.__new__(type(value), 0.0)),
    (complex, lambda value: complex.__new__(type(value), 0)),
    (Decimal, lambda _: Decimal(0)),
    (Fraction, lambda _: Fraction(0)),
    (str, lambda value: str.__new__(type(value), "")),
    (bytes, lambda value: bytes.__new__(type(value), b"")),
    (dt.datetime, lambda value: dt.datetime(*_EPOCH, tzinfo=value.tzinfo)),
    (dt.date, lambda _: dt.date(*_EPOCH)),
    (dt.time, lambda value: dt.time(tzinfo=value.tzinfo)),
    (dt.timedelta, lambda _: dt.timedelta()),
    (PurePath, lambda value: type(value)("x")),
    (UUID, lambda _: UUID(int=0)),
    (range, lambda _: range(0)),
)


def _members(value: Enum) -> list[Enum]:
    return list(type(value).__members__.values())


def simpler(value: Any) -> Iterator[Any]:
    """Yield values of the type of *value* between its simplest and itself, the simplest first."""
    if isinstance(value, Enum):
        members = _members(value)
        yield from members[1 : members.index(value)]
    elif isinstance(value, (Decimal, Fraction)):
        yield from (type(value)(one) for one in (1, -1, int(value)) if one and one != value)
    elif isinstance(value, complex):
        yield from (complex(value.real), complex(0, value.imag))
    elif isinstance(value, dt.datetime):
        day = value.replace(hour=0, minute=0, second=0, microsecond=0)
        yield from (day.replace(month=1, day=1), day.replace(day=1), day)
    elif isinstance(value, dt.date):
        yield from (value.replace(month=1, day=1), value.replace(day=1))
    elif isinstance(value, dt.timedelta):
        yield from (dt.timedelta(seconds=1), dt.timedelta(days=value.days))
    elif isinstance(value, PurePath):
        yield type(value)(value.name)


def empty(value: Any) -> Any:
    """Return the simplest value of the type of *value*; itself where none is known."""
    if is_numpy_scalar(value):
        return type(value)(0)
    for kind, simplest in _EMPTY:
        if isinstance(value, kind):
            return simplest(value)
    ways = axes(value)
    if ways:
        return ways[0].only(())
    found = parts(value)
    if found is not None and found.fixed:
        return with_parts(value, {i: empty(one) for i, one in enumerate(found.values)})
    return value


def hollow(value: Any) -> Any:
    """Return *value* with the same shape and the simplest leaves.

    None, nan and inf stay: they are what a fault is often about.  A large value stays whole.
    """
    return _hollow(value) if size_of(value, MOST) < MOST else value


def _hollow(value: Any) -> Any:
    found = parts(value)
    if found is not None:
        return with_parts(value, {i: _hollow(one) for i, one in enumerate(found.values)})
    if is_array(value):
        return _zeros(value)
    return value if is_odd(value) or is_table(value) else empty(value)


def is_empty(value: Any) -> bool:
    """Whether nothing simpler of its type is known."""
    if is_numpy_scalar(value):
        return not value
    for kind, simplest in _EMPTY:
        if isinstance(value, kind):
            return bool(value == simplest(value))
    ways = axes(value)
    if ways:
        return not all(axis.length for axis in ways)
    found = parts(value)
    return all(map(is_empty, found.values)) if found else True


def is_odd(value: object) -> bool:
    """Whether it is a number that is none: nan or infinite."""
    return isinstance(value, float) and not isfinite(value)


def _zeros(value: Any) -> Any:
    made = value.copy()
    if made.dtype.kind == "f":
        made[value == value] = 0  # noqa: PLR0124 - nan alone differs from itself
    elif made.dtype.kind in "biucSU":
        made[...] = made.dtype.type()
    return made


def is_numpy_scalar(value: object) -> bool:
    """Whether it is a single number of numpy."""
    return any(
        one.__module__ == "numpy" and one.__name__ in {"number", "bool", "bool_"}
        for one in type(value).__mro__
    )
