"""How troubles with the start of workers are seen in a source: what a fresh process lacks."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import lru_cache

from ._handed import (
    POOLS,
    closure,
    forks,
    handed_over,
    in_workers,
    initializers,
    is_start,
    method_chosen,
    started_by,
    starts,
    targets,
)
from ._source import QUEUES, Function, Source, Spot, bound_by

MUTATORS = frozenset(
    {
        *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"),
        *("update", "setdefault", "popitem", "add", "discard"),
    }
)
# What processes share only if both have the same object.
_NAMED = QUEUES | {
    *("Lock", "RLock", "Semaphore", "BoundedSemaphore", "Event", "Condition", "Barrier"),
    *("Value", "Array"),
}
_SHARED = _NAMED | {"RawValue", "RawArray"}


def without_guard(source: Source) -> Iterator[Spot]:
    """A program that starts processes while it is imported."""
    call = next((one for one in _on_import(source) if not _is_pool_of_module(source, one)), None)
    if call is not None and source.is_main:
        yield source.spot(call)


def pool_of_module(source: Source) -> Iterator[Spot]:
    """A pool that is made at the top of a module."""
    for call in _on_import(source):
        if not source.is_main or _is_pool_of_module(source, call):
            yield source.spot(call, name=_assigned(source, call) or ast.unparse(call.func))


def _on_import(source: Source) -> Iterator[ast.Call]:
    for call in source.calls:
        if source.on_import(call) and started_by(source, call) is not None:
            yield call


def _is_pool_of_module(source: Source, call: ast.Call) -> bool:
    """Whether *call* makes a pool for later use, in a program that has its guard."""
    guarded = any(map(source.is_guarded, source.calls))
    return guarded and source.kind(call) == "Pool" and bool(_assigned(source, call))


def _assigned(source: Source, call: ast.Call) -> str:
    match source.parents.get(call):
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
        case _:
            return ""


def lambdas(source: Source) -> Iterator[Spot]:
    """A lambda as target, directly or by its name."""
    for one in handed_over(source):
        target = one.target
        if isinstance(target, ast.Name):
            target = _lambda_named(source, target) or target
        if isinstance(target, ast.Lambda):
            yield source.spot(one.call)


def _lambda_named(source: Source, name: ast.Name) -> ast.Lambda | None:
    scopes = {source.scope(name), source.tree}
    for node in source.nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=name.id)], value=ast.Lambda() as found):
                if source.scope(node) in scopes:
                    return found
            case _:
                pass
    return None


def local_functions(source: Source) -> Iterator[Spot]:
    """A target that is defined inside another function."""
    for function, one in targets(source).items():
        if not isinstance(source.scope(function), ast.Module):
            yield source.spot(one.call, name=function.name)


def defined_too_late(source: Source) -> Iterator[Spot]:
    """A target below the main guard, or below the line that makes its pool."""
    for function, one in targets(source).items():
        if isinstance(source.scope(function), ast.Module) and (
            (source.is_main and source.is_guarded(function))
            or 0 < _pool_line(source, one.call) < function.lineno
        ):
            yield source.spot(one.call, name=function.name, module="main module")


def _pool_line(source: Source, call: ast.Call) -> int:
    """Return the line that made the pool which *call* uses, when all of it is on module level."""
    match call.func:
        case ast.Attribute(value=ast.Name(id=name) as pool) if source.kind(
            pool
        ) in POOLS and isinstance(source.scope(call), ast.Module):
            lines = [one.lineno for one in source.bindings(name) if one.lineno <= call.lineno]  # type: ignore[attr-defined]
            return max(lines, default=0)
        case _:
            return 0


def missing_names(source: Source) -> Iterator[Spot]:
    """A global that only the lines below the main guard set, and a worker reads."""
    for function, name in read_in_workers(source):
        found = source.bindings(name)
        only_below = source.is_main and found and all(map(source.is_guarded, found))
        if only_below and not source.is_guarded(function):
            yield source.spot(use_of(function, name), name=name)


def changed_state(source: Source) -> Iterator[Spot]:
    """A global that the program changes before it starts workers, which read it."""
    for _, name in read_in_workers(source):
        if any(source.on_import(one) for one in assigned_to(source, name)):
            change = next(_changes(source, name), None)
            if change is not None:
                yield source.spot(change, name=name)


def own_copies(source: Source) -> Iterator[Spot]:
    """A lock, queue or shared value that each importing process makes for itself."""
    for _, name in read_in_workers(source):
        kind = source.kinds.get((source.tree, name), "")
        found = assigned_to(source, name)
        if kind in _SHARED and found and all(map(source.on_import, found)):
            yield source.spot(found[0], name=name, kind=kind)


def kept_by_nobody(source: Source) -> Iterator[Spot]:
    """A lock or queue that is made in the arguments of a process, which lets it go as it starts."""
    for one in handed_over(source) if method_chosen(source)[0] != "fork" else ():
        for given in one.args if one.method == "Process" else ():
            if isinstance(given, ast.Call) and source.kind(given) in _NAMED:
                yield source.spot(given, name=ast.unparse(given))


def read_in_workers(source: Source) -> Iterator[tuple[Function, str]]:
    """Yield the globals that functions of workers read and that no worker sets, each once."""
    there = {*in_workers(source), *initializers(source)}
    told: set[str] = set()
    for function in in_workers(source):
        for name in sorted(source.globals_read(function) - told):
            told.add(name)
            if not any(source.scope(one) in there for one in source.bindings(name)):
                yield function, name


def assigned_to(source: Source, name: str) -> list[ast.AST]:
    """Return the assignments to the global *name*."""
    return [one for one in source.bindings(name) if isinstance(one, ast.Name)]


def use_of(function: Function, name: str) -> ast.AST:
    """Return where *function* reads *name*."""
    uses = (one for one in ast.walk(function) if isinstance(one, ast.Name) and one.id == name)
    return next(uses, function)


def _changes(source: Source, name: str) -> Iterator[ast.AST]:
    """Yield what changes the global *name* in the program before it starts workers."""
    there = {*in_workers(source), *initializers(source)}
    for node in source.nodes:
        scope = source.scope(node)
        if scope in there or name not in {*bound_by(node), changed_by(node)}:
            continue
        if isinstance(scope, ast.Module):
            if source.is_guarded(node) and is_before_start(source, node):
                yield node
        elif is_before_start(source, node) and _is_of_module(source, scope, node, name):
            yield node


def _is_of_module(source: Source, scope: ast.AST, node: ast.AST, name: str) -> bool:
    """Whether *name*, in the function *scope*, is the global."""
    if isinstance(source.home(node, name), ast.Module):
        return True
    if bound_by(node) or not isinstance(scope, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return False
    return name in source.globals_read(scope)


def is_before_start(source: Source, node: ast.AST, *, deep: bool = True) -> bool:
    """Whether processes are started further down, or after the function of *node* returned."""
    scope, line = source.scope(node), getattr(node, "lineno", 0)
    if any(call.lineno > line for call in _starting(source) if source.scope(call) is scope):
        return True
    calls = [call for call in source.calls if source.function(call.func) is scope] if deep else []
    return any(is_before_start(source, call, deep=False) for call in calls)


@lru_cache(maxsize=8)
def _starting(source: Source) -> tuple[ast.Call, ...]:
    return tuple(call for call in source.calls if started_by(source, call) is not None)


def changed_by(node: ast.AST) -> str:
    """Return the name whose value *node* changes in place."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if attr in MUTATORS:
            return name
        case ast.Subscript(value=ast.Name(id=name), ctx=ast.Store() | ast.Del()):
            return name
        case ast.AugAssign(target=ast.Name(id=name)):
            return name
        case _:
            return ""


def children_of_daemons(source: Source) -> Iterator[Spot]:
    """A task of a ``Pool`` that starts processes."""
    for function, one in targets(source).items():
        if one.kind == "Pool" and one.method != "initializer":
            inner = {source.scope(call) for call in starts(source)}
            if any(each in inner for each in closure(source, [function])):
                yield source.spot(one.call, function=function.name)


def threads_before_forks(source: Source) -> Iterator[Spot]:
    """A thread that runs when the program forks."""
    threads = [
        call
        for call in source.calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "start"
        and source.kind(call.func.value) == "Thread"
    ]
    for call in source.calls if forks(source) else ():
        makes = is_start(source, call) or source.kind(call) in POOLS
        before = [
            one
            for one in threads
            if one.lineno < call.lineno and source.scope(one) is source.scope(call)
        ]
        if makes and before:
            yield source.spot(call)
            return
