"""Values taken apart and put together again: containers, objects with fields, arrays, tables.

Nothing here calls a constructor of the user: what is put together is a copy with other content.
"""

from __future__ import annotations

import copy
import dataclasses
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from enum import Enum
from typing import Any, NamedTuple

Path = tuple[int, ...]
"""The way from a value to a part of it: a number for each step."""

_TEXTS = (str, bytes, bytearray)
_SEQUENCES = (list, tuple, deque)
_SETS = (set, frozenset)
# Of a class that was made by a class statement, in CPython's type flags.
_HEAP = 1 << 9
# Values of an array or a table that are looked at one by one.  More: there is no budget for them.
_CELLS = 64


class Parts(NamedTuple):
    """What a value consists of."""

    names: tuple[object, ...]
    """Positions, keys, or names of fields."""
    values: list[Any]
    fixed: bool
    """None of them can be left out."""


def parts(value: object) -> Parts | None:
    """Return the parts of *value*; None of one that has none, or that is not to be opened."""
    if isinstance(value, dict):
        return Parts(tuple(value), list(value.values()), fixed=False)
    names = field_names(value)
    if names is not None:
        return Parts(names, [_field(value, name) for name in names], fixed=True)
    if isinstance(value, (*_SEQUENCES, *_SETS)):
        items = list(value)
        return Parts(tuple(range(len(items))), items, fixed=False)
    return _cells(value)


def _cells(value: Any) -> Parts | None:
    """Return the values of a small array or table, row by row."""
    if is_array(value) and value.size <= _CELLS and value.dtype.kind != "V":
        cells = value.ravel().tolist()
    elif is_table(value) and value.size <= _CELLS:
        cells = value.to_numpy(dtype=object).ravel().tolist()
    else:
        return None
    return Parts(tuple(range(len(cells))), cells, fixed=True)


def _with_cells(value: Any, new: Mapping[int, object]) -> Any:
    made = value.copy()
    for number, one in new.items():
        if is_array(value):
            made.flat[number] = one
        else:
            where = divmod(number, value.shape[1]) if len(value.shape) > 1 else number
            made.iat[where] = one
    return made


def field_names(value: object) -> tuple[str, ...] | None:
    """Return the fields that a value of its class always has; None of other values."""
    cls = type(value)
    if isinstance(value, tuple):
        found = getattr(cls, "_fields", None)
        return tuple(found) if isinstance(found, tuple) and len(found) == len(value) else None
    if isinstance(value, (dict, Enum, type, *_SEQUENCES, *_SETS, *_TEXTS)):
        return None
    if not cls.__flags__ & _HEAP or cls.__module__.partition(".")[0] in _CLOSED:
        return None
    if dataclasses.is_dataclass(value):
        names = [field.name for field in dataclasses.fields(value)]
    else:
        names = [*_attributes(value), *_slots(cls)]
    there = tuple(name for name in dict.fromkeys(names) if _has(value, name))
    return there if there and _is_plain(cls) else None


# Their classes keep what they are in other places than their attributes.
_CLOSED = frozenset({"pathlib", "decimal", "fractions", "uuid", "ipaddress", "numpy", "pandas"})


def _attributes(value: object) -> list[str]:
    found = getattr(value, "__dict__", None)
    return [name for name in found if isinstance(name, str)] if isinstance(found, dict) else []


def _slots(cls: type) -> list[str]:
    named: list[str] = []
    for one in cls.__mro__:
        slots = vars(one).get("__slots__", ())
        named += [slots] if isinstance(slots, str) else list(slots)
    return [name for name in named if name not in {"__dict__", "__weakref__"}]


def _has(value: object, name: str) -> bool:
    try:
        object.__getattribute__(value, name)
    except Exception:
        return False
    return True


def _is_plain(cls: type) -> bool:
    """Whether its instances are all in their fields: no base in C holds the rest."""
    return all(one is object or one.__flags__ & _HEAP for one in cls.__mro__)


def _field(value: object, name: str) -> Any:
    if isinstance(value, tuple):
        return tuple.__getitem__(value, type(value)._fields.index(name))  # type: ignore[attr-defined]
    return object.__getattribute__(value, name)


def with_parts(value: Any, new: Mapping[int, object]) -> Any:
    """Return a copy of *value* in which the parts of these numbers are others."""
    found = parts(value)
    if found is None:
        raise TypeError(f"a {type(value).__qualname__} has no parts")
    if is_array(value) or is_table(value):
        return _with_cells(value, new)
    values = [new.get(number, old) for number, old in enumerate(found.values)]
    if isinstance(value, dict):
        return _refilled(value, found.names, values)
    if isinstance(value, (*_SEQUENCES, *_SETS)):
        return _sequence(value, values)
    made = object.__new__(type(value))
    for name, one in zip(found.names, values, strict=True):
        object.__setattr__(made, str(name), one)
    return made


def _refilled(value: dict[Any, Any], keys: Sequence[object], values: Sequence[object]) -> Any:
    if type(value) is dict:
        return dict(zip(keys, values, strict=True))
    made = copy.copy(value)  # a defaultdict keeps its factory
    made.clear()
    for key, one in zip(keys, values, strict=True):
        made[key] = one
    return made


def _sequence(value: Any, items: Sequence[object]) -> Any:
    if isinstance(value, tuple):
        return tuple.__new__(type(value), items)
    if isinstance(value, frozenset):
        return frozenset.__new__(type(value), items)
    if type(value) in {list, set}:
        return type(value)(items)
    made = copy.copy(value)
    made.clear()
    for item in items:
        made.add(item) if isinstance(made, set) else made.append(item)
    return made


class Axis(NamedTuple):
    """One direction in which a value can be made shorter."""

    length: int
    only: Callable[[Sequence[int]], Any]
    """Returns the value with what is at these places alone."""


def axes(value: Any) -> list[Axis]:
    """Return in which directions *value* can be made shorter: rows and columns of a table."""
    if isinstance(value, str):
        return [Axis(len(value), lambda kept: "".join([value[i] for i in kept]))]
    if isinstance(value, (bytes, bytearray)):
        plain = bytearray if isinstance(value, bytearray) else bytes
        return [Axis(len(value), lambda kept: plain([value[i] for i in kept]))]
    if is_array(value):
        return [Axis(length, _taker(value, axis)) for axis, length in enumerate(value.shape)]
    if is_table(value):
        return [Axis(length, _picker(value, axis)) for axis, length in enumerate(value.shape)]
    found = parts(value)
    if found is None or found.fixed:
        return []
    if isinstance(value, dict):
        return [Axis(len(value), lambda kept: _entries(value, found, kept))]
    return [Axis(len(value), lambda kept: _sequence(value, [found.values[i] for i in kept]))]


def _entries(value: dict[Any, Any], found: Parts, kept: Sequence[int]) -> Any:
    return _refilled(value, [found.names[i] for i in kept], [found.values[i] for i in kept])


def _taker(value: Any, axis: int) -> Callable[[Sequence[int]], Any]:
    return lambda kept: value.take(list(kept), axis=axis)


def _picker(value: Any, axis: int) -> Callable[[Sequence[int]], Any]:
    return lambda kept: value.iloc[(slice(None),) * axis + (list(kept),)]


def is_array(value: Any) -> bool:
    """Whether it is a numpy array with rows; known by its class, numpy need not be there."""
    return _is_of(value, "numpy", "ndarray") and bool(value.ndim)


def is_table(value: Any) -> bool:
    """Whether it is a frame or a series of pandas."""
    return _is_of(value, "pandas", "DataFrame") or _is_of(value, "pandas", "Series")


def _is_of(value: object, package: str, name: str) -> bool:
    return any(
        one.__name__ == name and one.__module__.partition(".")[0] == package
        for one in type(value).__mro__
    )


def at(value: Any, path: Path) -> Any:
    """Return the part of *value* that *path* leads to."""
    for number in path:
        found = parts(value)
        if found is None:
            raise TypeError(f"a {type(value).__qualname__} has no parts")
        value = found.values[number]
    return value


def put(value: Any, path: Path, new: object) -> Any:
    """Return a copy of *value* with *new* where *path* leads to; the rest is shared."""
    passed = [value]
    for number in path[:-1]:
        passed.append(at(passed[-1], (number,)))
    for number, one in zip(reversed(path), reversed(passed), strict=True):
        new = with_parts(one, {number: new})
    return new


def size_of(value: object, most: int = 1_000_000) -> int:
    """Return how many values, characters and digits there are in *value*; *most* if more."""
    found, pending, seen = 0, [value], 0
    while pending and found < most:
        one = pending.pop()
        seen += 1
        found += 1 + _own_size(one)
        opened = parts(one)
        if opened is not None and seen < most:
            pending += opened.values
            pending += opened.names if isinstance(one, dict) else ()
    return min(found, most)


def _own_size(value: Any) -> int:
    if value is None or isinstance(value, bool):
        return 0
    if isinstance(value, (int, float)):
        return len(f"{abs(value):.15g}") if value else 0
    if isinstance(value, _TEXTS):
        return len(value)
    if (is_array(value) or is_table(value)) and value.size > _CELLS:
        return int(value.size)
    return 0
