"""Frozen values to plain containers (ready for JSON) and back."""

from __future__ import annotations

import base64
import dataclasses
import types
import typing
from collections.abc import Hashable
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


# What stays as it is; most of what is asked for.
_PLAIN = frozenset({str, int, float, bool, type(None)})


def to_plain(value: object) -> Any:
    """Return *value* as dicts, lists, strings and numbers; bytes become base64 text."""
    kind = type(value)
    if kind in _PLAIN:
        return value
    names = _field_names(typing.cast("Hashable", kind))
    if names:
        made = {}
        for name in names:  # most are plain: no call for them
            item = getattr(value, name)
            made[name] = item if type(item) in _PLAIN else to_plain(item)
        return made
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, (list, tuple)):
        return [item if type(item) in _PLAIN else to_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): to_plain(item) for key, item in value.items()}
    return value


@cache
def _field_names(kind: Hashable) -> tuple[str, ...]:
    if not dataclasses.is_dataclass(kind):
        return ()
    return tuple(field.name for field in dataclasses.fields(kind))


def from_plain(kind: type[T], data: object) -> T:
    """Return the value of type *kind* that *data* was made from.

    Keys that *kind* does not know are skipped, missing ones take their default.

    Raises:
        TypeError, ValueError, KeyError: *data* is not such a value.
    """
    return typing.cast("T", _build(kind, data))


def _build(hint: Any, data: Any) -> Any:
    if data is None or hint is Any:
        return data
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _build_union(typing.get_args(hint), data)
    if origin is tuple:
        return tuple(_build(typing.get_args(hint)[0], item) for item in data)
    if origin is dict:
        return {key: _build(typing.get_args(hint)[1], item) for key, item in data.items()}
    if dataclasses.is_dataclass(hint):
        return _build_dataclass(typing.cast("type", hint), data)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(data)
    if hint is bytes:
        return base64.b64decode(data)
    return data


def _build_union(options: tuple[Any, ...], data: Any) -> Any:
    known = [option for option in options if option is not type(None)]
    if len(known) == 1:
        return _build(known[0], data)
    for option in known:
        if (
            dataclasses.is_dataclass(option)
            and _hints(typing.cast("type", option))["kind"] == typing.Literal[data["kind"]]
        ):
            return _build(option, data)
    return data


def _build_dataclass(kind: Any, data: object) -> Any:
    if not isinstance(data, dict):
        raise TypeError(f"{data!r:.80} is no {kind.__name__}")
    hints = _hints(kind)
    return kind(**{name: _build(hints[name], item) for name, item in data.items() if name in hints})


@cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return typing.get_type_hints(kind)
