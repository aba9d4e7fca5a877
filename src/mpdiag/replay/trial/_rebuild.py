"""The target and the inputs of a recorded task as live values.

Runs in the child that calls them, and loads pickles: only ever those that were vouched for.
"""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Iterator
from functools import partial
from importlib import import_module
from typing import Any, NamedTuple

from ...worker import executor_chunk


class CannotRebuild(Exception):
    """The target or its inputs cannot be had in this process; the message says why."""


class LiveCall(NamedTuple):
    """A target and its inputs."""

    target: Callable[..., object]
    args: tuple[object, ...]
    kwargs: dict[str, object]


def rebuild(
    encoded: bytes, *, encoding: str, offset: int | None, callee: bytes | None, target: str
) -> LiveCall:
    """Return the call that was recorded.

    Raises:
        CannotRebuild: something of it cannot be had here.
    """
    loaded = _loaded(encoded, "its inputs")
    if encoding == "task":
        call = from_message(loaded, offset)
    else:
        args, kwargs = loaded
        function = _loaded(callee, "its target") if callee is not None else find_target(target)
        call = LiveCall(function, tuple(args), dict(kwargs))
    if not allows_replay(call.target):
        raise CannotRebuild(f"{target} is guarded with replay=False")
    return call


def rebuild_each(encoded: bytes, offsets: list[int | None]) -> Iterator[LiveCall]:
    """Yield calls of one message of a pool, which is loaded once.

    Raises:
        CannotRebuild: one of them cannot be had here.
    """
    loaded = _loaded(encoded, "the inputs of a task before it")
    for offset in offsets:
        call = from_message(loaded, offset)
        if not allows_replay(call.target):
            name = getattr(call.target, "__qualname__", "a task before it")
            raise CannotRebuild(f"{name}, which ran before it, is guarded with replay=False")
        yield call


def _loaded(raw: bytes, what: str) -> Any:
    try:
        return pickle.loads(raw)
    except Exception as error:
        raise CannotRebuild(f"{what} cannot be loaded: {type(error).__name__}: {error}") from error


def from_message(message: Any, offset: int | None) -> LiveCall:
    """Take the call out of a pool's message; `codec.message_inputs` reads the same statically."""
    if isinstance(message, (tuple, list)):
        func, args, kwargs = message[2:5]
        if offset is None:
            return LiveCall(func, tuple(args), dict(kwargs))
        target, items = args[0]
        star = getattr(func, "__name__", "") == "starmapstar"
        return LiveCall(target, tuple(items[offset]) if star else (items[offset],), {})
    func, args, kwargs = message.fn, message.args, message.kwargs  # a _CallItem
    if offset is not None and type(func) is partial and func.func is executor_chunk:
        return LiveCall(func.args[0], tuple(args[0][offset]), {})
    return LiveCall(func, tuple(args), dict(kwargs))


def find_target(name: str) -> Callable[..., object]:
    """Return what *name* leads to: in the main module, else in the module it begins with.

    Raises:
        CannotRebuild: it leads nowhere.
    """
    for found in _candidates(name):
        if callable(found):
            return found
    raise CannotRebuild(f"there is no {name} in the program as a worker imports it")


def _candidates(name: str) -> Iterator[object]:
    parts = name.split(".")
    yield _attribute(sys.modules.get("__main__"), parts)
    for end in range(len(parts) - 1, 0, -1):
        try:
            module = import_module(".".join(parts[:end]))
        except ImportError:
            continue
        yield _attribute(module, parts[end:])


def _attribute(value: object, names: list[str]) -> object:
    for name in names:
        value = getattr(value, name, None)
    return value


def allows_replay(target: object) -> bool:
    """Whether no guard on *target* says ``replay=False``."""
    while type(target) is partial:
        target = target.func
    function = getattr(target, "__func__", target)
    return getattr(function, "__mpdiag_replay__", True) is not False
