"""What a container holds by key, read without running its class's code."""

from __future__ import annotations

import os
from collections import ChainMap, Counter, UserDict, defaultdict
from itertools import islice
from typing import NamedTuple

from .. import codec

# Keys whose type is looked at.
_TYPES = 1_000
_BASES = (str, bytes, int, float, bool, list, tuple, type(None))


class Held(NamedTuple):
    """The keys of a container, or the members of a set."""

    keys: list[object] | None
    """None where only its own code tells them, or there are too many."""
    role: str = ""

    @property
    def key_type(self) -> type | None:
        """The one type that all keys have."""
        kinds = list(map(type, islice(self.keys or (), _TYPES)))
        return kinds[0] if kinds and all(kind is kinds[0] for kind in kinds) else None


def held(value: object, sought: object) -> Held | None:
    """Return what *value* holds; None if it cannot be what *sought* was not found in."""
    if value is codec.UNKNOWN:
        return Held(None)
    found = _held(value)
    if found is None or found.keys is None or found.role == "own":
        return found
    there = any(codec.same(key, sought) for key in found.keys)
    return None if there else found


def _builtin(value: object) -> Held | None:
    """Return what a dict or a set holds; None of other values."""
    kind = type(value)
    if not issubclass(kind, (dict, set, frozenset)):
        return None
    role = _role(kind) if issubclass(kind, dict) else ""
    if (codec.outline(value).size or 0) > codec.MOST_KEYS:
        return Held(None, role)
    if issubclass(kind, dict):
        return Held([key for key, _ in codec.dict_items(value)], role)
    base: type = set if issubclass(kind, set) else frozenset
    return Held(list(base.__iter__(value)))  # type: ignore[attr-defined]


def _held(value: object) -> Held | None:
    found = _builtin(value)
    if found is not None:
        return found
    kind = type(value)
    if kind is type(os.environ):
        data = dict(codec.instance_fields(value)).get("_data")
        if type(data) is not dict:
            return Held(None, "environment")
        return Held([os.fsdecode(key) for key in data if type(key) is bytes], "environment")
    if issubclass(kind, UserDict):
        data = dict(codec.instance_fields(value)).get("data")
        return Held(list(data), _role(kind)) if type(data) is dict else Held(None, "unlisted")
    if kind is ChainMap:
        maps = dict(codec.instance_fields(value)).get("maps")
        if type(maps) is list and all(type(each) is dict for each in maps):
            return Held([key for each in maps for key in each])
        return Held(None, "unlisted")
    if any(kind is base for base in _BASES):
        return None
    return Held(None, "unlisted")


def _role(kind: type) -> str:
    missing = codec.class_value(kind, "__missing__")
    if missing is defaultdict.__dict__["__missing__"]:
        return "defaultdict"
    if missing is not codec.MISSING and missing is not Counter.__dict__["__missing__"]:
        return "missing"
    own = codec.class_value(kind, "__getitem__")
    return "" if own is dict.__getitem__ or own is UserDict.__dict__["__getitem__"] else "own"
