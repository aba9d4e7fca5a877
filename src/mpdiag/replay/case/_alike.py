"""Whether two values are the same to whoever looks at them: types, parts and all."""

from __future__ import annotations

from typing import Any


def alike(one: Any, other: Any) -> bool:
    """Return whether *one* and *other* are of the same type and hold the same."""
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if isinstance(one, (float, complex)):
        return repr(one) == repr(other)  # NaN, and the sign of zero
    if isinstance(one, dict):
        keys = _items(list(one), list(other))
        return keys and _items(list(one.values()), list(other.values())) and _state(one, other)
    if isinstance(one, (list, tuple)):
        return _items(one, other) and _state(one, other)
    if hasattr(one, "dtype") and hasattr(one, "tolist"):
        return bool(one.dtype == other.dtype and alike(one.tolist(), other.tolist()))
    if _has_own_eq(type(one)):
        return bool(one == other) and _state(one, other)
    return _state(one, other) and bool(_values(one))


def _has_own_eq(cls: type) -> bool:
    return any("__eq__" in vars(base) for base in cls.__mro__[:-1])


def _items(one: Any, other: Any) -> bool:
    return len(one) == len(other) and all(map(alike, one, other))


def _state(one: object, other: object) -> bool:
    """Return whether the attributes of both are alike; a mapping is compared by its items."""
    first, second = _values(one), _values(other)
    return first.keys() == second.keys() and all(alike(first[n], second[n]) for n in first)


def _values(value: object) -> dict[str, object]:
    names = [name for cls in type(value).__mro__ for name in _slots(cls)]
    found = {name: getattr(value, name) for name in names if hasattr(value, name)}
    return {**found, **getattr(value, "__dict__", {})}


def _slots(cls: type) -> tuple[str, ...]:
    if cls.__module__ in {"builtins", "collections", "decimal", "pathlib", "fractions", "uuid"}:
        return ()
    slots = cls.__dict__.get("__slots__", ())
    names = (slots,) if isinstance(slots, str) else tuple(slots)
    return tuple(name for name in names if name not in {"__dict__", "__weakref__"})
