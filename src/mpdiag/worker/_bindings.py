"""Which lines may have given a variable its value, read from the source alone."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from ._site import COMPREHENSIONS, SCOPES

_LOOPS = (ast.For, ast.AsyncFor, ast.While)
_NAMED = (
    ast.ExceptHandler,
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.MatchAs,
    ast.MatchStar,
)
_BLOCKS = ("body", "orelse", "finalbody", "handlers")


class Binding(NamedTuple):
    """One place at which a name gets a value."""

    node: ast.AST
    value: ast.expr | None = None
    """The expression that gives it, where the name stands for all of it."""
    is_parameter: bool = False
    removes: bool = False
    """It takes the value away: ``del``, or the end of an ``except ... as``."""


def reaching(name: str, path: Sequence[ast.AST]) -> list[Binding] | None:
    """Return where *name* may have got the value that it has at ``path[0]``, best known first.

    *path* leads outwards to the function or module.  A list of one is certain.  None where the
    name belongs to an outer scope, or the source does not tell.
    """
    scope = path[-1]
    for parent in path:
        if isinstance(parent, COMPREHENSIONS) and any(
            _stores(each.target, name) for each in parent.generators
        ):
            return []
    if _is_outer(name, scope) or not any(_in(scope, name)):
        return None
    found: list[Binding] = []
    for child, parent in pairwise(path):
        if _before(name, child, parent, found):
            break
    return list({id(one.node): one for one in found}.values())


def anywhere(name: str, scope: ast.AST) -> list[Binding]:
    """Return each place of *scope* at which *name* gets or loses a value, in order."""
    found = {id(one.node): one for one in _in(scope, name)}
    return sorted(found.values(), key=lambda one: getattr(one.node, "lineno", 0))


def _is_outer(name: str, scope: ast.AST) -> bool:
    return any(
        isinstance(node, (ast.Global, ast.Nonlocal)) and name in node.names for node in _own(scope)
    )


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of *scope*, those of functions and classes in it left out."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*SCOPES, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def _before(name: str, child: ast.AST, parent: ast.AST, found: list[Binding]) -> bool:
    """Add to *found* what binds *name* before *child* in *parent*; tell if that is certain."""
    earlier: list[ast.AST] = []
    for block in (getattr(parent, field, None) for field in _BLOCKS):
        if isinstance(block, list) and child in block:
            at = block.index(child)
            if _backwards(name, block[:at], found):
                return True
            if isinstance(parent, _LOOPS) and block is parent.body:
                found += _bindings(block[at:], name)  # of the round before
            if not isinstance(parent, ast.If):
                found += _bindings(earlier, name)
            break
        earlier += block if isinstance(block, list) else ()
    else:
        found += _walrus(child, name)
    return _header(name, child, parent, found)


def _walrus(node: ast.AST, name: str) -> Iterator[Binding]:
    """Yield what ``name := value`` binds within *node*: it may have, or not."""
    for inner in ast.walk(node):
        if isinstance(inner, ast.NamedExpr):
            yield from _of_statement(inner, name)


def _backwards(name: str, statements: Sequence[ast.stmt], found: list[Binding]) -> bool:
    for statement in reversed(statements):
        own = list(_bindings([statement], name))
        if isinstance(statement, (ast.With, ast.AsyncWith)):
            if _backwards(name, statement.body, found):
                return True
            own = [one for one in own if one.node is statement]
        found += own
        is_all = any(one.node is statement for one in own)
        if is_all and not isinstance(statement, _LOOPS):
            return True
    return False


def _header(name: str, child: ast.AST, parent: ast.AST, found: list[Binding]) -> bool:
    """Add what the head of *parent* binds: a loop's variable, ``as``, a parameter."""
    if isinstance(parent, (ast.If, ast.While)):
        found += _walrus(parent.test, name)
        return False
    is_scope = isinstance(parent, SCOPES)
    own = list(_parameter(parent, name) if is_scope else _of_statement(parent, name))
    body = getattr(parent, "body", ())  # of a lambda it is an expression
    inside = isinstance(body, list) and child in body
    if isinstance(parent, ast.stmt) and not (inside or is_scope or isinstance(parent, _LOOPS)):
        return False
    found += own
    return bool(own) and (inside or is_scope)


def _bindings(statements: Iterable[ast.AST], name: str) -> Iterator[Binding]:
    for statement in statements:
        yield from _of_statement(statement, name)
        if not isinstance(statement, (*SCOPES, ast.ClassDef)):
            for node in _own(statement):
                yield from _of_statement(node, name)


def _in(scope: ast.AST, name: str) -> Iterator[Binding]:
    yield from _parameter(scope, name)
    for node in _own(scope):
        yield from _of_statement(node, name)


def _of_statement(node: ast.AST, name: str) -> Iterator[Binding]:
    """Yield the binding of *name* that *node* itself makes, if it does."""
    for target in targets(node):
        if _stores(target, name):
            is_all = isinstance(target, ast.Name) and not isinstance(node, ast.AugAssign)
            value = getattr(node, "value", None) if is_all else None
            yield Binding(node, value, removes=isinstance(node, ast.Delete))
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        if any((one.asname or one.name.partition(".")[0]) == name for one in node.names):
            yield Binding(node)
    elif isinstance(node, _NAMED) and node.name == name:
        yield Binding(node, removes=isinstance(node, ast.ExceptHandler))


def targets(node: ast.AST) -> list[ast.expr]:
    """Return what *node* assigns to, or deletes."""
    match node:
        case ast.Assign(targets=found) | ast.Delete(targets=found):
            return found
        case ast.With(items=items) | ast.AsyncWith(items=items):
            return [item.optional_vars for item in items if item.optional_vars is not None]
        case ast.AnnAssign(value=None):
            return []
        case (
            ast.AnnAssign(target=target)
            | ast.NamedExpr(target=target)
            | ast.AugAssign(target=target)
            | ast.For(target=target)
            | ast.AsyncFor(target=target)
        ):
            return [target]
    return []


def _stores(target: ast.AST, name: str) -> bool:
    return any(
        isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Load)
        for node in ast.walk(target)
    )


def _parameter(scope: ast.AST, name: str) -> Iterator[Binding]:
    if isinstance(scope, SCOPES):
        args = scope.args
        every = [*args.posonlyargs, *args.args, *args.kwonlyargs, args.vararg, args.kwarg]
        if any(one is not None and one.arg == name for one in every):
            yield Binding(scope, _default(args, name), is_parameter=True)


def _default(args: ast.arguments, name: str) -> ast.expr | None:
    """Return what the parameter *name* is where nothing was passed for it."""
    positional = [*args.posonlyargs, *args.args]
    late = positional[len(positional) - len(args.defaults) :]
    pairs = [*zip(late, args.defaults, strict=True)]
    pairs += [
        (one, value) for one, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value
    ]
    return next((value for one, value in pairs if one.arg == name), None)
