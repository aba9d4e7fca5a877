"""Which objects are of one kind, so that one look serves for all; which only a start hands over.

No code of the user's classes runs.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from itertools import islice
from multiprocessing.process import BaseProcess
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any

# How deep a kind goes into an object, and over how many of its parts.  More: each of 100,000 tasks
# costs more than the task.  Fewer: one with a lambda deep inside passes for one without.
DEPTH, PARTS = 4, 20
_BY_NAME = (type, FunctionType, BuiltinFunctionType)
_PLAIN = frozenset({bool, bytes, complex, float, int, str, type(None)})
# Handed over while a process starts, and refused with a task.
_AT_START = ("synchronize", "queues", "sharedctypes", "heap")
# Names of what is elsewhere: to load one, its owner must live.
_ELSEWHERE = ("connection", "managers", "shared_memory", "resource_sharer")


def shape_of(value: Any, depth: int = DEPTH) -> object:
    """Return what is equal for objects that pickle alike: their classes, down to *depth*."""
    cls = type(value)  # which, unlike isinstance, asks nothing of the object
    if cls in _PLAIN:
        return cls
    if issubclass(cls, _BY_NAME):
        return value.__module__, value.__qualname__
    if depth == 0:
        return cls
    if cls is MethodType:
        return cls, shape_of(value.__func__), shape_of(value.__self__, depth - 1)
    if cls is functools.partial:
        return cls, shape_of(value.func, depth), shape_of((*value.args, value.keywords), depth)
    if issubclass(cls, tuple):
        return cls, tuple(shape_of(one, depth - 1) for one in islice(tuple.__iter__(value), PARTS))
    if cls in {list, set, frozenset}:
        return cls, frozenset(shape_of(one, depth - 1) for one in islice(value, PARTS))
    if issubclass(cls, dict):
        held = islice(dict.values(value), PARTS)
        return cls, frozenset(shape_of(one, depth - 1) for one in held)
    return cls, _attributes(value, depth)


def _attributes(value: object, depth: int) -> object:
    own = islice(dict.items(_own(value)), PARTS)
    return frozenset((name, shape_of(one, depth - 1)) for name, one in own)


def _own(value: object) -> dict[str, object]:
    """Return the attributes of *value* itself, without a call of its class's code."""
    try:
        found = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return {}
    return found if type(found) is dict else {}


def stands_in(starting: str) -> Callable[[object], str | None]:
    """Return what names the objects that are not pickled themselves when they are looked at.

    *starting*: the start method of a process that is about to be started, which may be given locks
    and queues; empty for what is sent to one that runs.
    """
    families = (*_ELSEWHERE, *_AT_START) if starting else _ELSEWHERE
    modules = frozenset(f"multiprocessing.{one}" for one in families)

    def name_of(value: object) -> str | None:
        kind = type(value)
        if issubclass(kind, (*_BY_NAME, BaseException)):
            return None
        if starting in {"spawn", "forkserver"} and _is_of_fork(value):
            return None  # refused in truth as well
        for cls in type.mro(kind)[:-1]:
            if cls.__module__ in modules or cls.__module__.startswith("mpdiag."):
                return cls.__name__
        if starting and (issubclass(kind, BaseProcess) or _is_shared(value)):
            return kind.__name__
        return None

    return name_of


def _is_of_fork(value: object) -> bool:
    """Whether *value* is a lock that was made for fork; told from 3.11 on."""
    found = _own(value)
    return bool(found.get("_is_fork_ctx") or found.get("is_fork_ctx"))


def _is_shared(value: object) -> bool:
    """Whether *value* is of ctypes, in memory that processes share."""
    return type.mro(type(value))[-2].__module__ == "_ctypes" and "_wrapper" in _own(value)
