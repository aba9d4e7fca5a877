"""How one object of a pickle is reached from the one around it: ``.pool``, ``['db']``, ``[0]``."""

from __future__ import annotations

import dataclasses
import functools
import inspect
import types
from collections import defaultdict
from typing import Any

from ._pickle_trace import Parts

# Items of one container that are searched for the one that failed.
_MOST_ITEMS = 1_000_000
_PARTIAL = ("func", "args", "keywords", "__dict__")


def step(holders: list[object], child: object, parts: dict[int, Parts]) -> str:
    """Return how *child* is reached from the last of *holders*, which are outermost first.

    Empty for what has no name of its own: the state of an object, what its class is called with.
    """
    parent = holders[-1]
    own = parts.get(id(parent))
    if own is not None:
        if child is own.state or is_args(child, own) or child is type(parent):
            return ""
        if child is own.function:
            return f".{own.how}()[0]" if own.how else ""
    for above, outer in _outer(holders, parts):
        if parent is outer.state or _in_two(parent, outer.state):
            return _state_step(above, outer, parent, child)
        if is_args(parent, outer):
            return _args_step(above, outer, child)
    return item_step(parent, child)


def _outer(holders: list[object], parts: dict[int, Parts]) -> list[tuple[object, Parts]]:
    """Return the two objects around the last holder that have parts: a state may be of two."""
    return [(one, parts[id(one)]) for one in reversed(holders[-3:-1]) if id(one) in parts]


def is_args(value: object, parts: Parts) -> bool:
    """Whether *value* is what a class is called with; the pickler may leave out the class."""
    args = parts.args
    if value is args:
        return True
    return (
        type(value) is tuple
        and type(args) is tuple
        and 0 < len(value) == len(args) - 1
        and all(one is other for one, other in zip(value, args[1:], strict=True))
    )


def _in_two(value: object, state: object) -> bool:
    """Whether *value* is one half of a state: that of ``__dict__``, or that of ``__slots__``."""
    return (
        type(state) is tuple
        and len(state) == 2  # noqa: PLR2004 - as copyreg makes it
        and isinstance(value, dict)
        and any(value is one for one in state)
    )


def _state_step(owner: object, parts: Parts, state: object, child: object) -> str:
    if _in_two(child, parts.state):
        return ""
    if dataclasses.is_dataclass(owner) and isinstance(state, (list, tuple)):
        fields, at = dataclasses.fields(owner), index(state, child)
        return f".{fields[at].name}" if at is not None and at < len(fields) else ""
    inner = item_step(state, child)
    if parts.how == "__getstate__":
        return f".__getstate__(){inner}"
    if parts.how:
        return f".{parts.how}()[2]{inner}"
    names = state.items() if isinstance(state, dict) else ()
    name = next((name for name, one in names if one is child), None)
    return f".{name}" if isinstance(name, str) else inner


def _args_step(owner: object, parts: Parts, child: object) -> str:
    """Return how *child* is reached among what the class of *owner* is called with."""
    at = index(parts.args, child)
    if isinstance(owner, types.MethodType):
        return ".__self__"
    if isinstance(owner, functools.partial):
        return f".{_PARTIAL[at]}" if at is not None and at < len(_PARTIAL) else ""
    if isinstance(owner, defaultdict):
        return ".default_factory"
    if parts.how:
        return f".{parts.how}()[1][{at}]"
    if isinstance(owner, BaseException):
        return f".args[{at}]"
    fields = getattr(type(owner), "_fields", None)
    if isinstance(owner, tuple) and isinstance(fields, tuple) and at is not None:
        return f".{fields[at - 1]}" if 0 < at <= len(fields) else ""
    return "" if child is type(owner) else item_step(owner, child)


def item_step(parent: object, child: object) -> str:
    """Return how *child* is reached in a container."""
    if isinstance(parent, dict):
        for key, value in parent.items():
            if value is child:
                return f"[{_text(key)}]"
            if key is child:
                return f" (its key {_text(key)})"
    if isinstance(parent, (set, frozenset)):
        return " (one of its items)"
    at = index(parent, child)
    return f"[{at}]" if at is not None else ""


def index(parent: Any, child: object) -> int | None:
    """Return the position of *child* in a sequence, by identity."""
    if not isinstance(parent, (list, tuple)) and type(parent).__name__ != "deque":
        return None
    return next(
        (i for i, one in zip(range(_MOST_ITEMS), parent, strict=False) if one is child), None
    )


def _text(key: object) -> str:
    plain = (str, int, bool, float, bytes, type(None))
    return repr(key) if type(key) in plain else type_name(key)


def type_name(value: object) -> str:
    """Return the name of the type of *value* with its module; of functions, what they are."""
    if isinstance(value, types.FunctionType):
        return "lambda" if value.__name__ == "<lambda>" else f"function {value.__qualname__}"
    if inspect.isclass(value):
        return f"class {value.__qualname__}"
    cls = type(value)
    return (
        cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"
    )
