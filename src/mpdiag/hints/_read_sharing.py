"""How wrong uses of queues, pipes, managers and processes are seen in a source."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._handed import LOOPS, Handed, handed_over, in_workers, targets
from ._read_starting import MUTATORS
from ._source import QUEUES, Source, Spot

_EMPTIABLE = QUEUES | {"manager.Queue", "manager.JoinableQueue"}
# Calls in the body of a loop that make it wait.
_WAITING = ("sleep", "wait", "join", "get", "recv", "recv_bytes", "acquire", "select", "result")


def changed_in_place(source: Source) -> Iterator[Spot]:
    """What a Manager's dict or list gives is a copy, and is changed."""
    targets(source)  # whose parameters are known then
    kinds = set(source.kinds.values())
    if {"manager.Namespace", "manager.Value"} & kinds or _holds_proxies(source):
        return
    for node in source.nodes:
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Subscript(value=held), attr=attr)) if (
                attr in MUTATORS
            ):
                pass
            case ast.Subscript(value=ast.Subscript(value=held), ctx=ast.Store() | ast.Del()):
                pass
            case ast.Attribute(value=ast.Subscript(value=held), ctx=ast.Store()):
                pass
            case _:
                continue
        kind = source.kind(held)
        if kind in {"manager.dict", "manager.list"}:
            yield source.spot(node, name=ast.unparse(held), kind=kind.partition(".")[2])


def _holds_proxies(source: Source) -> bool:
    """Whether a Manager's list or dict is put into another, which is then changed rightly."""
    return any(
        isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Subscript)
        and source.kind(node.value).startswith("manager.")
        for node in source.nodes
    )


def until_empty(source: Source) -> Iterator[Spot]:
    """A loop that ends as soon as a queue has nothing at that moment."""
    targets(source)
    for node in source.of(ast.While):
        for held in _asked_for_items(node.test):
            if source.kind(held) in _EMPTIABLE:
                yield source.spot(node, name=ast.unparse(held))


def _asked_for_items(test: ast.expr) -> Iterator[ast.expr]:
    """Yield what *test* asks whether there is something in it."""
    for node in ast.walk(test):
        match node:
            case (
                ast.UnaryOp(
                    op=ast.Not(), operand=ast.Call(func=ast.Attribute(value=held, attr="empty"))
                )
                | ast.Call(func=ast.Attribute(value=held, attr="qsize"))
            ):
                yield held
            case _:
                pass


def unjoined_feeders(source: Source) -> Iterator[Spot]:
    """A queue whose last items are given up."""
    for call in source.calls:
        match call.func:
            case ast.Attribute(value=held, attr="cancel_join_thread"):
                yield source.spot(call, name=ast.unparse(held))
            case _:
                pass


def open_ends(source: Source) -> Iterator[Spot]:
    """An end of a pipe that the program keeps, though somebody waits for it to be closed."""
    waits = [node for node in source.of(ast.ExceptHandler) if "EOFError" in ast.unparse(node)]
    closed = {
        ast.unparse(call.func.value)
        for call in source.calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == "close"
        and source.scope(call) not in in_workers(source)
    }
    for one in handed_over(source) if waits else ():
        for given in one.args:
            name = ast.unparse(given)
            if source.kind(given) == "Connection" and name not in closed:
                yield source.spot(one.call, name=name)


def shared_ends(source: Source) -> Iterator[Spot]:
    """An end of a pipe that several processes are given."""
    given: dict[tuple[ast.AST, str], int] = {}
    for one in handed_over(source):
        for arg in one.args:
            if one.method != "Process" or not isinstance(arg, ast.Name):
                continue
            if source.kind(arg) == "Connection":
                key = source.home(arg, arg.id), arg.id
                given[key] = given.get(key, 0) + 1 + _in_a_loop(source, one.call, arg.id)
                if given[key] == 2:  # noqa: PLR2004 - one process may have it
                    yield source.spot(one.call, name=arg.id)


def _in_a_loop(source: Source, call: ast.Call, name: str) -> bool:
    """Whether *call* runs several times with the one *name* of outside."""
    for above in source.above(call):
        if isinstance(above, LOOPS):
            bound = {
                one.id
                for one in ast.walk(above)
                if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
            }
            return name not in bound
    return False


def busy_waits(source: Source) -> Iterator[Spot]:
    """A loop that asks again and again, and never waits."""
    targets(source)
    for loop in source.of(ast.While):
        asked = next(_asked(source, loop), "")
        if asked and not any(_waits(call) for call in ast.walk(loop)):
            yield source.spot(loop, name=asked)


def _asked(source: Source, loop: ast.While) -> Iterator[str]:
    """Yield what *loop* asks without a time to wait, in its test or right below ``while True``."""
    tests: list[ast.expr] = [loop.test]
    if isinstance(tests[0], ast.Constant):
        tests += [one.test for one in loop.body if isinstance(one, ast.If)]
    for test in tests:
        for call in ast.walk(test):
            match call:
                case ast.Call(func=ast.Attribute(value=held, attr=attr), args=args) if (
                    (attr == "poll" and source.kind(held) == "Connection" and not args)
                    or (attr == "is_alive" and source.kind(held) == "Process")
                    or (attr == "empty" and source.kind(held) in _EMPTIABLE and _waits_for(test))
                    or (attr in {"ready", "done"} and _is_result(source, held))
                ):
                    yield f"{ast.unparse(held)}.{attr}()"
                case _:
                    pass


def _waits_for(test: ast.expr) -> bool:
    """Whether a loop with this *test* goes on while there is nothing."""
    return isinstance(test, ast.Call)


def _is_result(source: Source, held: ast.expr) -> bool:
    """Whether *held* is what a method of a pool returned at once."""
    results = {id(one.call) for one in handed_over(source)}
    return isinstance(held, ast.Name) and any(
        isinstance(node, ast.Assign)
        and id(node.value) in results
        and held.id in {one.id for one in node.targets if isinstance(one, ast.Name)}
        for node in source.nodes
    )


def _waits(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call):
        return False
    name = ast.unparse(node.func).rpartition(".")[2]
    return name in _WAITING or (name == "poll" and bool(node.args or node.keywords))


def ended_with_queue(source: Source) -> Iterator[Spot]:
    """A process that is ended while it may hold a queue's lock, or be in the middle of an item."""
    for one in _with_queues(source):
        name = _name_of(source, one.call)
        for call in source.calls:
            match call.func:
                case ast.Attribute(value=held, attr="terminate" | "kill" as how) if (
                    source.kind(held) == "Process" and ast.unparse(held) == name
                ):
                    yield source.spot(call, name=name, how=how)
                case _:
                    pass


def joined_too_early(source: Source) -> Iterator[Spot]:
    """A ``join`` of a process above the ``get`` of the queue that it fills."""
    for one in _with_queues(source):
        name = _name_of(source, one.call)
        for given in one.args:
            held = ast.unparse(given)
            joins, gets = _of(source, one, name, "join"), _of(source, one, held, "get")
            kind = source.kind(given)
            if kind in QUEUES and joins and gets and joins[0].lineno < gets[0].lineno:
                yield source.spot(joins[0], name=name, queue=held)


def _with_queues(source: Source) -> Iterator[Handed]:
    for one in handed_over(source):
        if one.method == "Process" and any(source.kind(arg) in QUEUES for arg in one.args):
            yield one


def _name_of(source: Source, call: ast.Call) -> str:
    """Return the name by which a process that *call* makes is used."""
    match source.parents.get(call):
        case ast.Assign(targets=[target]):
            return ast.unparse(target)
        case ast.ListComp() as made:
            held = source.parents.get(made)
            if isinstance(held, ast.Assign):
                return _item_of(source, ast.unparse(held.targets[0]))
        case _:
            pass
    return ""


def _item_of(source: Source, held: str) -> str:
    """Return the name that a loop gives to each of *held*."""
    loops = (one for one in source.nodes if isinstance(one, (ast.For, ast.comprehension)))
    found = (ast.unparse(one.target) for one in loops if ast.unparse(one.iter) == held)
    return next(found, "")


def _of(source: Source, one: Handed, name: str, method: str) -> list[ast.Call]:
    """Return the calls of ``name.method()`` without a time limit, where *one* is handed over."""
    return [
        call
        for call in source.calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr == method
        and ast.unparse(call.func.value) == name
        and not (method == "join" and (call.args or call.keywords))
        and source.scope(call) is source.scope(one.call)
    ]


def bounded_workers(source: Source) -> Iterator[Spot]:
    """An executor whose workers end after some tasks."""
    for call in source.calls:
        if source.kind(call) == "ProcessPoolExecutor":
            for given in call.keywords:
                if given.arg == "max_tasks_per_child" and ast.unparse(given.value) != "None":
                    yield source.spot(call)
