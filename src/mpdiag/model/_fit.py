"""Tell whether a value holds what its type says: what comes from a file may hold anything."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any, TypeAlias

# Values inside values.  The longest chain of exceptions that is recorded has fewer; a report that
# walks down a deeper one would run out of stack.
_DEEPEST = 100
# Bits of a number.  Times, counts and sizes have fewer; larger ones are no floats, and no columns.
_BITS = 63

_Check: TypeAlias = Callable[[object, int], str]


def misfit(kind: Any, value: object) -> str:
    """Return where *value* is not of the type *kind*, all the way down; empty if it is."""
    return _check_of(kind)(value, 0)


@cache
def _check_of(hint: Any) -> _Check:
    """Return what checks one value of the type *hint*."""
    if hint is Any or hint is object:
        return lambda value, depth: ""  # noqa: ARG005 - any value will do
    supertype = getattr(hint, "__supertype__", None)
    if supertype is not None:
        return _check_of(supertype)
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _one_of(tuple(_check_of(arg) for arg in args))
    if origin is typing.Literal:
        return lambda value, depth: "" if value in args else _said(value)  # noqa: ARG005
    if origin is tuple:
        return _all_in(_check_of(args[0]))
    if origin is dict:
        return _mapping(_check_of(args[1]))
    if dataclasses.is_dataclass(hint):
        return _fields(hint)
    return _plain(hint)


def _one_of(checks: tuple[_Check, ...]) -> _Check:
    def check(value: object, depth: int) -> str:
        found = [each(value, depth) for each in checks]
        return "" if "" in found else max(found, key=len)

    return check


def _all_in(check_item: _Check) -> _Check:
    def check(value: object, depth: int) -> str:
        if type(value) is not tuple:
            return _said(value)
        return next((wrong for item in value if (wrong := check_item(item, depth))), "")

    return check


def _mapping(check_item: _Check) -> _Check:
    def check(value: object, depth: int) -> str:
        if type(value) is not dict:
            return _said(value)
        for key, item in value.items():
            wrong = check_item(item, depth) if type(key) is str else _said(key)
            if wrong:
                return wrong
        return ""

    return check


def _fields(kind: Any) -> _Check:
    # Made at the first value: an exception holds exceptions.
    checks: dict[str, _Check] = {}

    def check(value: object, depth: int) -> str:
        if type(value) is not kind:
            return _said(value)
        if depth > _DEEPEST:
            return "too many levels"
        if not checks:
            checks.update({n: _check_of(hint) for n, hint in typing.get_type_hints(kind).items()})
        for name, each in checks.items():
            wrong = each(getattr(value, name), depth + 1)
            if wrong:
                return f"{name}: {wrong}"[:200]
        return ""

    return check


def _plain(kind: Any) -> _Check:
    allowed = {float: (float, int)}.get(kind, (kind,))

    def check(value: object, depth: int) -> str:
        del depth
        if type(value) not in allowed:
            return _said(value)
        return "a number too large" if type(value) is int and value.bit_length() > _BITS else ""

    def check_member(value: object, depth: int) -> str:
        del depth
        return "" if isinstance(value, kind) else _said(value)

    return check_member if isinstance(kind, type) and issubclass(kind, Enum) else check


def _said(value: object) -> str:
    return f"a {type(value).__name__} does not belong there"
