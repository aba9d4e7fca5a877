"""Write live values and targets as expressions, and prove that each makes the same value again.

Runs in a child that has imported the program: it looks at values of the user's classes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from functools import partial
from importlib import import_module
from pathlib import PurePath
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any, NamedTuple

from ._alike import alike
from ._expression import Expression, NoExpression, attribute, call, flat, name_of
from ._kinds import KINDS, object_expression

# Parts of a whole expression.  More: nobody reads it in a test.
_PARTS = 150
_FUNCTIONS = (FunctionType, BuiltinFunctionType)


class Reached(NamedTuple):
    """What a test calls in place of a target."""

    head: Expression
    args: tuple[object, ...] = ()
    """What a partial puts first."""
    kwargs: dict[str, object] = {}  # noqa: RUF012 - never changed


def reach(target: Callable[..., object]) -> Reached:
    """Return how a test calls *target*.

    Raises:
        NoExpression: it cannot.
    """
    if type(target) is partial:
        inner = reach(target.func)
        kwargs = {**inner.kwargs, **target.keywords}
        return Reached(inner.head, (*inner.args, *target.args), kwargs)
    if isinstance(target, MethodType):
        owner = target.__self__
        head = name_of(owner) if isinstance(owner, type) else express(owner)
        return Reached(["attribute", head, target.__func__.__name__])
    if isinstance(target, (type, *_FUNCTIONS)):
        return Reached(name_of(target))
    return Reached(express(target))


def express(value: object) -> Expression:
    """Return an expression that was seen to make a value like *value*.

    Raises:
        NoExpression: there is none, or it is too long to be read.
    """
    found = _Writer().write(value)
    names: dict[str, object] = {}

    def naming(module: str, name: str) -> str:
        short = f"_{len(names)}"
        names[short] = attribute(import_module(module), name)
        return short

    try:
        again: object = eval(flat(found, naming), names)  # noqa: S307 - written here
        same = alike(again, value)
    except Exception as error:
        what = f"{type(error).__name__}: {error}"
        raise NoExpression(f"a {type(value).__qualname__} is not made again: {what}") from None
    if not same:
        raise NoExpression(f"a {type(value).__qualname__} would not be made again as it was")
    return found


class _Writer:
    """One expression on its way; knows what it has written."""

    def __init__(self) -> None:
        self._seen: dict[int, object] = {}
        self._parts = 0

    def write(self, value: object) -> Expression:
        """Return the expression for *value*."""
        self._parts += 1
        if self._parts > _PARTS:
            raise NoExpression("its inputs have too many parts to be read")
        if isinstance(value, Enum):
            return _member(value)
        if isinstance(value, (type, *_FUNCTIONS)):
            return name_of(value)
        how = KINDS.get(PurePath if isinstance(value, PurePath) else type(value))
        if how is not None:
            return how(self, value)
        self.once(value)
        return object_expression(self, value)

    def all(self, values: Iterable[object]) -> list[Expression]:
        """Return the expressions for *values*."""
        return [self.write(value) for value in values]

    def once(self, value: object) -> None:
        """Refuse what stands in two places: written down, it would become two values."""
        if id(value) in self._seen:
            raise NoExpression("one and the same value stands in two places of its inputs")
        self._seen[id(value)] = value


def _member(value: Enum) -> Expression:
    cls: Any = type(value)
    if value.name in cls.__members__:
        return ["attribute", name_of(cls), value.name]
    return call(name_of(cls), [repr(value.value)])  # several flags at once
