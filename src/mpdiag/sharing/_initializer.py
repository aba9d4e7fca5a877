"""Primitives as globals of a pool's workers: `Pool(**initializer(results=queue))`."""

from __future__ import annotations

import os
from collections.abc import Callable
from multiprocessing import context
from typing import Any, TypedDict

from ..errors import NotInheritable, NotInherited, NotShareable
from ._handle import HOMES, Shared
from ._known import made_for_fork

_inherited: dict[str, object] = {}


class Arguments(TypedDict):
    """What a pool takes."""

    initializer: Callable[..., object]
    initargs: tuple[object, ...]


class _Given:
    """The primitives of one pool, on their way to its workers."""

    def __init__(self, primitives: dict[str, object]) -> None:
        self.primitives = primitives

    def __reduce__(self) -> tuple[object, ...]:
        if context.get_spawning_popen() is not None:
            for name, primitive in self.primitives.items():
                if made_for_fork(primitive):
                    raise NotInheritable(
                        f"{name}, a {type(primitive).__name__}, was made for fork and cannot go"
                        " to a worker that is not forked"
                    )
        return _Given, (self.primitives,)


def initializer(
    *, initializer: Callable[..., object] | None = None, initargs: Any = (), **primitives: Any
) -> Arguments:
    """Return the arguments with which a pool gives its workers *primitives*, by their names.

    Your own *initializer* is called with *initargs* after that.  A task asks `inherited`.

    Raises:
        NotShareable: one of them is none of the primitives of `multiprocessing`.
    """
    for name, primitive in primitives.items():
        if isinstance(primitive, Shared):
            primitives[name] = primitive._here() or primitive
        elif not f"{type(primitive).__module__}.".startswith(HOMES):
            raise NotShareable(f"{name} is a {type(primitive).__qualname__}")
    return {"initializer": _begin, "initargs": (_Given(primitives), initializer, tuple(initargs))}


def _begin(
    given: _Given, then: Callable[..., object] | None, arguments: tuple[object, ...]
) -> None:
    """Take in what was given.  Runs in the worker, before its first task."""
    _inherited.update(given.primitives)
    if then is not None:
        then(*arguments)


def inherited(name: str) -> Any:
    """Return what the pool of this worker was given by `initializer` as *name*.

    Raises:
        NotInherited: it was given nothing of that name.
    """
    try:
        return _inherited[name]
    except KeyError:
        there = ", ".join(sorted(_inherited)) or "nothing"
        raise NotInherited(
            f"pid {os.getpid()} was started without {name!r}; it has {there}"
        ) from None
