"""The inputs of one task in the message of a pool, by parameter name; nothing is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

from ._inert import real_node
from ._nodes import Node

_CHUNKS = frozenset({"multiprocessing.pool.mapstar", "multiprocessing.pool.starmapstar"})
_OURS = "executor_chunk"
# What a reader that had to stop may have in its hands of the item that it was at.
_PIECES = 24


def message_inputs(message: object, *, target: str, offset: int | None) -> dict[str, object]:
    """Return the inputs of a task in *message*, as `read_pickle` gave it.

    *target* is a signature such as ``parse(record)``, and *offset* the position of the task in its
    chunk; None where the message is one task.
    """
    args, kwargs = message_arguments(message, offset=offset)
    names = [name.strip() for name in target.partition("(")[2].rstrip(")").split(",") if name]
    plain = [name for name in names if not name.startswith("*")]
    bound: dict[str, object] = {}
    for position, value in enumerate(args):
        bound[plain[position] if position < len(plain) else f"args[{position}]"] = value
    return bound | kwargs


def message_arguments(
    message: object, *, offset: int | None
) -> tuple[list[object], dict[str, object]]:
    """Return the arguments of a task in *message*; of the last of its chunk for an offset of -1."""
    if offset == -1 and not _is_chunk(message):
        offset = None
    args, kwargs = _arguments(message, offset)
    return list(args), {str(name): value for name, value in kwargs.items()}


def _is_chunk(message: object) -> bool:
    func, _, _ = _call_in(message)
    if _name(func) in _CHUNKS:
        return True
    return next((held.name for held in _held(func) if isinstance(held, Node)), "") == _OURS


class MessageTask(NamedTuple):
    """What a message says of its task, or of the first of its chunk."""

    target: str
    """Qualified name; empty where the message does not tell."""
    start: int | None
    """Its position in its call."""


def message_task(message: object) -> MessageTask:
    """Return target and position of the task in *message*, as `read_pickle` gave it."""
    func, args, _ = _call_in(message)
    start: object = None
    if isinstance(message, Node):
        start = message.attribute("work_id")
    elif isinstance(message, (tuple, list)) and func is not None:
        start = message[7] if len(message) > 7 else message[0]  # noqa: PLR2004 - what our owner adds
    if _name(func) in _CHUNKS:
        func = next(iter(_sequence(next(iter(_sequence(args)), ()))), None)
    match _held(func):
        case [Node(name="executor_chunk"), target, _, start]:
            func = target
    func = next(iter(_held(func)), func)
    return MessageTask(_name(func), start if type(start) is int else None)


class MessageTasks(NamedTuple):
    """All tasks of one message."""

    target: str
    """Qualified name; empty where the message does not tell."""
    call: int
    """Number of the call that they belong to."""
    start: int
    """Position of the first in its call."""
    arguments: list[tuple[Sequence[object], dict[Any, object]]]


def message_tasks(message: object) -> MessageTasks | None:
    """Return the tasks in *message*, as `read_pickle` or `load_inert` gave it.

    None for what no pool of a run under diagnosis sent.
    """
    try:
        found = _of_pool(message) if type(message) is tuple else _of_executor(message)
    except (ValueError, TypeError, LookupError):
        return None
    func, call, start, arguments = found
    if type(call) is not int or type(start) is not int:
        return None
    func = real_node(func)
    if type(func) is Node and func.kind != "name":
        arguments = [with_held(func, args, kwargs) for args, kwargs in arguments]
    return MessageTasks(_name(func) or _target_name(func), call, start, arguments)


def _target_name(func: object) -> str:
    """Return the qualified name of what *func* ends up calling, as far as a pickle tells."""
    match func:
        case Node(kind="call", name="getattr", args=(Node() as owner, str(name))):
            return f"{_plain_name(owner.path)}.{name}"
        case Node(kind="object"):
            return f"{_plain_name(func.path)}.__call__"
    held = _held(func)
    return _target_name(held[0]) if held else _name(func)


_Found: TypeAlias = tuple[object, object, object, list[tuple[Any, Any]]]


def _of_pool(message: tuple[Any, ...]) -> _Found:
    job, _, func, args, kwargs, *place = message
    _, call, start = place or (0, job, job)
    name = _name(real_node(func))
    if name not in _CHUNKS:
        return func, call, start, [(args, kwargs)]
    target, items = args[0]
    star = name.endswith("starmapstar")
    return target, call, start, [(tuple(one) if star else (one,), {}) for one in items]


def _of_executor(message: object) -> _Found:
    state: Any = message.state if isinstance(message, Node) else None
    number, func, args, kwargs = (state[name] for name in ("work_id", "fn", "args", "kwargs"))
    if type(func) is Node:
        match _held(func):
            case [Node(name="executor_chunk"), target, call, start]:
                return target, call, start, [(tuple(one), {}) for one in args[0]]
    return func, number, number, [(args, kwargs)]


def _held(func: object) -> list[object]:
    """Return the function of a ``functools.partial`` and the arguments that it holds."""
    return list(map(real_node, _held_in(func)))


def _held_in(func: object) -> list[object]:
    if not isinstance(func, Node):
        return []
    if func.name == "_rebuild_partial":
        return [func.args[0], *_sequence(func.args[1])] if len(func.args) > 1 else []
    if func.name != "partial":
        return []
    state = _sequence(func.state)
    return [state[0], *_sequence(state[1])] if len(state) > 1 else []


def _name(func: object) -> str:
    return _name_in(func) if type(func) is Node and func.kind == "name" else ""


@lru_cache(maxsize=64)  # stand-ins have one node for all messages
def _name_in(func: Node) -> str:
    return _plain_name(func.path)


def _plain_name(path: str) -> str:
    return path.removeprefix("__main__.").removeprefix("__mp_main__.")


def _arguments(
    message: object, offset: int | None
) -> tuple[Sequence[object], dict[object, object]]:
    """Take the arguments of the task out of a pool's message."""
    func, args, kwargs = _call_in(message)
    if offset is None:
        return with_held(func, _sequence(args), kwargs)
    chunk = _sequence(args)[0] if _sequence(args) else ()
    items, name = _sequence(chunk), _name(func)
    star = name != "multiprocessing.pool.mapstar"
    if name in _CHUNKS:
        func = items[0] if items else None
        items = _sequence(items[1]) if len(items) > 1 else ()
    else:  # a partial of ours around the user's function: target, call, start
        held = _sequence(func.args[1]) if isinstance(func, Node) and func.args[1:] else []
        func = held[0] if held else None
    if not items or offset >= len(items):
        return [], {}
    item = items[offset]
    return with_held(func, _sequence(item) if star else [item], {})


def with_held(
    func: object, args: Sequence[object], kwargs: object
) -> tuple[Sequence[object], dict[object, object]]:
    """Put what the target *func* holds before the arguments of a call.

    The arguments of a ``functools.partial``; the object of a bound method, or that is called.
    """
    named = kwargs if isinstance(kwargs, dict) else {}
    match func:
        case Node(kind="call", name="getattr", args=(Node() as owner, str())):
            return [owner, *args], named
        case Node(kind="object"):
            return [func, *args], named
        case Node(kind="call"):
            # multiprocessing pickles a partial in its own way
            state = _sequence(func.args if func.name == "_rebuild_partial" else func.state)
        case _:
            return args, named
    if func.name not in {"partial", "_rebuild_partial"} or len(state) < 3:  # noqa: PLR2004
        return args, named
    held = state[2] if isinstance(state[2], dict) else {}
    return with_held(real_node(state[0]), [*_sequence(state[1]), *args], {**held, **named})


def _call_in(message: object) -> tuple[object, object, object]:
    match message:  # of one that was not read to its end, the chunk as far as it was
        case Node(kind="unfinished", args=(_, _, Node() as func, target, tuple(found))):
            whole = found[:-_PIECES]
            return (func, ((target, whole),), {}) if _name(func) in _CHUNKS else (None, (), {})
        case Node(kind="unfinished", args=(Node(name="_CallItem"), dict(state))):
            chunk = _sequence(state.get("args"))[:-_PIECES]
            return state.get("fn"), (chunk,), {}
    if isinstance(message, (tuple, list)) and len(message) >= 5:  # noqa: PLR2004 - a pool's task
        return real_node(message[2]), message[3], message[4]
    if isinstance(message, Node):  # a _CallItem of an executor
        return tuple(message.attribute(name) for name in ("fn", "args", "kwargs"))  # type: ignore[return-value]
    return None, (), {}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, (tuple, list)) else ()
