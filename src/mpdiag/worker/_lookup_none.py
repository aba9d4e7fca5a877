"""Values that were used as what they are not: None above all."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from .. import codec
from ..model import Lookup
from ._look import Look, message_of
from ._site import COMPREHENSIONS

_NONE = "NoneType"
_KINDS = re.compile(r"'(\w+)' and '(\w+)'")
# Of functions that take one thing, and say so of that alone.
_OWN_ARGUMENT = ("int() argument", "float() argument", "object of type 'NoneType' has no len()")
# What each kind of expression takes its values from.
_OPERANDS: tuple[tuple[type[ast.AST], tuple[str, ...]], ...] = (
    (ast.Subscript, ("value",)),
    (ast.Attribute, ("value",)),
    (ast.For, ("iter",)),
    (ast.AsyncFor, ("iter",)),
    (ast.UnaryOp, ("operand",)),
    (ast.Await, ("value",)),
    (ast.YieldFrom, ("value",)),
    (ast.Starred, ("value",)),
)
_MISTAKEN = ("string indices must be", "list indices must be", "tuple indices must be")


def read_type(error: BaseException, look: Look, below: str) -> Lookup | None:
    """Return what was None in a TypeError about it, or no dict in one about indexes."""
    message = message_of(error)
    if below:
        return None
    if _NONE in message:
        return read_none(look, error)
    if message.startswith(_MISTAKEN) and isinstance(look.node, ast.Subscript):
        node = look.node.value
        value = look.value(node)
        if value is not codec.UNKNOWN and not codec.is_a(value, str, bytes, list, tuple):
            return None
        path = look.path(node, value)
        return Lookup(
            kind="type",
            frame=look.index,
            subject=look.text(node),
            value=look.keep(node, value),
            path=path,
            set_at=() if path else look.set_at(node),
        )
    return None


def read_none(look: Look, error: BaseException) -> Lookup | None:
    """Return which expression was None, and where it was set."""
    message = message_of(error)
    nodes = [one for one in _used(look, message) if not isinstance(one, ast.Constant)]
    known = [(node, look.value(node)) for node in nodes]
    fit = [node for node, value in known if value is None]
    if not fit and _is_certain(look.node, message):
        fit = [node for node, value in known if value is codec.UNKNOWN]
    if len(fit) != 1:
        return None
    node = fit[0]
    path = look.path(node, None) if look.value(node) is None else ""
    return Lookup(
        kind="none",
        frame=look.index,
        subject=look.text(node),
        path=path,
        set_at=() if path else look.set_at(node, none=True),
        remark="returned" if isinstance(node, (ast.Call, ast.Await)) else "",
    )


def _used(look: Look, message: str) -> Iterator[ast.expr]:
    """Yield the parts of the failing expression that *message* may be about."""
    node = look.node
    for kind, fields in _OPERANDS:
        if isinstance(node, kind):
            yield from (getattr(node, field) for field in fields)
    match node:
        case ast.Compare(left=left, comparators=[right]):
            yield from [right] if "argument of type" in message else _of_two(left, right, message)
        case ast.BinOp(left=left, right=right) | ast.AugAssign(target=left, value=right):
            yield from _of_two(left, right, message)
        case ast.Call():
            yield from _of_call(node, message)
        case ast.With(items=[item]) | ast.AsyncWith(items=[item]):
            yield item.context_expr
        case ast.Tuple() | ast.List() if "unpack" in message:
            yield from _unpacked(look)
        case ast.Name() if "iterable" in message or "context manager" in message:
            yield node
    if isinstance(node, COMPREHENSIONS):
        yield node.generators[0].iter


def _of_two(left: ast.expr, right: ast.expr, message: str) -> Iterator[ast.expr]:
    """Yield the operands that *message* says to be None."""
    kinds = _KINDS.search(message)
    if kinds is None or kinds[1] == _NONE:
        yield left
    if kinds is None or kinds[2] == _NONE:
        yield right


def _is_certain(node: ast.AST, message: str) -> bool:
    """Tell whether *message* is about just that part of *node*, and not about what is in it."""
    if isinstance(node, ast.Call) and "after *" not in message:
        return "not callable" in message or message.startswith(_OWN_ARGUMENT)
    return not isinstance(node, (ast.BinOp, ast.AugAssign, ast.Compare)) or "' and '" in message


def _of_call(node: ast.Call, message: str) -> Iterator[ast.expr]:
    if "after **" in message:
        yield from (one.value for one in node.keywords if one.arg is None)
    elif "after *" in message:
        yield from (one.value for one in node.args if isinstance(one, ast.Starred))
    elif "not callable" in message:
        yield node.func
    elif "supported" in message:
        return  # between things that the call has looked at
    elif isinstance(node.func, ast.Name) and node.func.id == "getattr" and "attribute" in message:
        yield from node.args[:1]
    else:
        yield from node.args
        yield from (one.value for one in node.keywords)


def _unpacked(look: Look) -> Iterator[ast.expr]:
    """Yield what was to be taken apart."""
    match look.site.parent:
        case ast.Assign(value=value):
            yield value
        case ast.For(iter=things):
            yield things
