"""What a program hands to other processes, and what of it runs there, by its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from ._source import Function, Source

POOLS = frozenset({"Pool", "ProcessPoolExecutor"})
_METHODS = {
    "Pool": frozenset(
        {
            *("apply", "apply_async", "map", "map_async", "imap", "imap_unordered"),
            *("starmap", "starmap_async"),
        }
    ),
    "ProcessPoolExecutor": frozenset({"submit", "map"}),
}
# Methods whose further arguments are those of the target, one by one.
_ONE_BY_ONE = frozenset({"submit"})
_AS_TUPLE = frozenset({"apply", "apply_async", "Process"})


LOOPS = (ast.For, ast.AsyncFor, ast.While, ast.ListComp, ast.GeneratorExp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """A function that a program gives to another process."""

    call: ast.Call
    kind: str
    """``Process``, or the kind of the pool."""
    method: str
    """``Process``, ``initializer``, or the method of the pool."""
    target: ast.expr
    args: tuple[ast.expr, ...] = ()
    """Those of the target, as far as they are written out."""


@lru_cache(maxsize=8)
def handed_over(source: Source) -> tuple[Handed, ...]:
    """Return each function that *source* gives to a process or a pool."""
    return tuple(one for call in source.calls for one in _handed(source, call))


def _handed(source: Source, call: ast.Call) -> Iterator[Handed]:
    made = source.kind(call)
    given = {one.arg: one.value for one in call.keywords if one.arg}
    if made == "Process" and "target" in given:
        yield _one(call, made, "Process", given["target"], given)
    elif made in POOLS and "initializer" in given:
        initial = {"args": given["initargs"]} if "initargs" in given else {}
        yield _one(call, made, "initializer", given["initializer"], initial)
    elif isinstance(call.func, ast.Attribute):
        kind, method = source.kind(call.func.value), call.func.attr
        if method in _METHODS.get(kind, ()) and call.args:
            yield _one(call, kind, method, call.args[0], given)


def _one(
    call: ast.Call, kind: str, method: str, target: ast.expr, given: dict[str, ast.expr]
) -> Handed:
    args: list[ast.expr] = []
    listed = given.get("args") or (call.args[1] if method in _AS_TUPLE and call.args[1:] else None)
    if method in _ONE_BY_ONE:
        args = call.args[1:]
    elif isinstance(listed, (ast.Tuple, ast.List)):
        args = listed.elts
    if isinstance(target, ast.Call) and ast.unparse(target.func).endswith("partial"):
        args, target = [*target.args[1:], *args], (target.args or [target])[0]
    return Handed(call=call, kind=kind, method=method, target=target, args=tuple(args))


@lru_cache(maxsize=8)
def targets(source: Source) -> dict[Function, Handed]:
    """Return the functions of *source* that other processes are given, initializers as well."""
    found = {
        function: one
        for one in handed_over(source)
        if (function := source.function(one.target)) is not None
    }
    learn_parameters(source, found)
    return found


def learn_parameters(source: Source, found: dict[Function, Handed]) -> None:
    """Take note of what the parameters of each target hold."""
    for function, one in found.items():
        for parameter, given in zip(function.args.args, one.args, strict=False):
            if kind := source.kind(given):
                source.kinds[function, parameter.arg] = kind


@lru_cache(maxsize=8)
def in_workers(source: Source) -> tuple[Function, ...]:
    """Return the functions that run in workers: targets, ``run`` methods, and what they call."""
    left = [function for function, one in targets(source).items() if one.method != "initializer"]
    for node in source.process_classes.values():
        left += [one for one in node.body if isinstance(one, ast.FunctionDef) if one.name == "run"]
    return closure(source, left)


def several_workers(source: Source) -> bool:
    """Whether more than one process may run a function of *source*."""
    handed = handed_over(source)
    return len(handed) > 1 or any(
        one.kind in POOLS or in_a_loop(source, one.call) for one in handed
    )


def in_a_loop(source: Source, node: ast.AST) -> bool:
    """Whether *node* runs several times where it stands."""
    return any(isinstance(one, LOOPS) for one in source.above(node))


@lru_cache(maxsize=8)
def initializers(source: Source) -> tuple[Function, ...]:
    """Return the functions that set up workers, and what they call."""
    found = [one for one, handed in targets(source).items() if handed.method == "initializer"]
    return closure(source, found)


def closure(source: Source, left: list[Function]) -> tuple[Function, ...]:
    """Return *left* and the functions of this file that they call, directly or not."""
    left = list(left)
    found: dict[Function, None] = {}
    while left:
        one = left.pop()
        if one not in found:
            found[one] = None
            called = (source.function(node.func) for node in _calls_in(one))
            left += [function for function in called if function is not None]
    return tuple(found)


def _calls_in(node: ast.AST) -> Iterator[ast.Call]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Call))


@lru_cache(maxsize=8)
def starts(source: Source) -> tuple[ast.Call, ...]:
    """Return the calls that start processes."""
    return tuple(call for call in source.calls if is_start(source, call))


def is_start(source: Source, call: ast.Call) -> bool:
    """Whether *call* starts a process: making an executor or a ``Process`` does not yet."""
    if source.kind(call) in {"Pool", "Manager"}:
        return True
    if not isinstance(call.func, ast.Attribute):
        return False
    held, method = source.kind(call.func.value), call.func.attr
    return (held == "Process" and method == "start") or (
        held == "ProcessPoolExecutor" and method in _METHODS[held]
    )


def started_by(source: Source, call: ast.Call) -> ast.Call | None:
    """Return the call by which *call* starts a process: itself, or one in what it calls."""
    if is_start(source, call):
        return call
    function = source.function(call.func)
    if function is None:
        return None
    for one in closure(source, [function]):
        for inner in _calls_in(one):
            if is_start(source, inner):
                return inner
    return None


@lru_cache(maxsize=8)
def method_chosen(source: Source) -> tuple[str, int]:
    """Return the start method that the program asks for by name, and its line; empty if none."""
    for call in source.calls:
        last = ast.unparse(call.func).rpartition(".")[2]
        if last in {"set_start_method", "get_context"} and call.args:
            match call.args[0]:
                case ast.Constant(value=str(name)):
                    return name, call.lineno
                case _:
                    pass
    return "", 0


def forks(source: Source) -> bool:
    """Whether workers may be forks of the program: it does not ask for another start method."""
    return method_chosen(source)[0] in {"", "fork"}
