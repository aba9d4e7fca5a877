"""Objects that resist: some of their methods raise or block."""

from __future__ import annotations

import threading
from collections.abc import Callable as Deed
from typing import Any, NoReturn


def _raise(*_: object) -> NoReturn:
    raise ZeroDivisionError("hostile")


def _block(*_: object) -> None:
    threading.Event().wait()


def _load(*_: object) -> NoReturn:
    raise ZeroDivisionError("hostile as it is loaded")


class Hostile(Exception):
    """Nothing is wrong with it yet."""


class ReduceRaises(Hostile):
    def __reduce__(self) -> NoReturn:
        _raise()


class LoadRaises(Hostile):
    def __reduce__(self) -> tuple[object, ...]:
        return _load, ()


class DelRaises(Hostile):
    def __del__(self) -> None:
        _raise()


class ReprRaises(Hostile):
    __repr__ = __str__ = __format__ = _raise


class ReprBlocks(Hostile):
    __repr__ = __str__ = __format__ = _block  # type: ignore[assignment]


class EqRaises(Hostile):
    __eq__ = __ne__ = _raise
    __hash__ = _raise


class EqBlocks(Hostile):
    __eq__ = __ne__ = _block  # type: ignore[assignment]
    __hash__ = _block  # type: ignore[assignment]


class BoolRaises(Hostile):
    __bool__ = __len__ = __iter__ = _raise


class AttributesRaise(Hostile):
    def __getattr__(self, name: str) -> object:
        if name.startswith("__"):
            raise AttributeError(name)
        _raise()


class ClassRaises(Hostile):
    @property  # type: ignore[misc]
    def __class__(self) -> NoReturn:  # type: ignore[override]
        _raise()


RAISES = {
    kind.__name__: kind
    for kind in (
        ReduceRaises,
        LoadRaises,
        DelRaises,
        ReprRaises,
        EqRaises,
        BoolRaises,
        AttributesRaise,
        ClassRaises,
    )
}
BLOCKS = {kind.__name__: kind for kind in (ReprBlocks, EqBlocks)}
HARMLESS = {*RAISES, *BLOCKS} - {"ReduceRaises", "LoadRaises"}
"""Those that can be pickled and read again."""


def make(kind: str) -> Hostile:
    """Return an object of that class."""
    return {**RAISES, **BLOCKS}[kind]()


def work(kind: str, way: str, n: int, value: object) -> object:
    """For task 7 return or raise something hostile, or be given it; else return the number."""
    if n == 7 and way == "result":
        return make(kind)
    if n == 7 and way == "error":
        raise make(kind)
    return n


class Target:
    """Adds one; asked for anything else it raises."""

    def __init__(self, kind: str) -> None:
        self.__class__ = _targets[kind]

    def __call__(self, x: int) -> int:
        return x + 1


def _attribute(self: object, name: str) -> object:
    if name.startswith("__"):
        raise AttributeError(name)
    raise ZeroDivisionError(name)


class GetattrTarget(Target):
    __getattr__ = _attribute


class EqTarget(Target):
    __eq__ = _raise
    __hash__ = object.__hash__


class HashTarget(Target):
    __hash__ = _raise


class ReprTarget(Target):
    __repr__ = _raise


class BoolTarget(Target):
    __bool__ = _raise


_targets: dict[str, type[Target]] = {
    "__getattr__": GetattrTarget,
    "__eq__": EqTarget,
    "__hash__": HashTarget,
    "__repr__": ReprTarget,
    "__bool__": BoolTarget,
}


class Callable:
    """Does something as it is pickled, in the process that pickles it."""

    def __init__(self, deed: Deed[[], Any]) -> None:
        self.deed = deed

    def __reduce__(self) -> tuple[object, ...]:
        self.deed()
        return object, ()
