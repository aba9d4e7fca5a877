"""Columns: the places in the inputs of tasks that conditions are about.

A bounded walk over plain values, labelled nodes of the static pickle reader, and the fields of
instances.  No code of a class that is met is run: types are compared by ``is``, and containers are
read only when they are the builtin ones themselves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeAlias

from .. import codec
from ._known import NAN, known_fields
from ._record import Record

# Nodes of one record, keys of one dict, levels.  More: slower, and conditions nobody would read.
NODES, KEYS, DEPTH = 300, 128, 5
# Columns that are compared, of a task itself and of another one (before it, or at the same time).
COLUMNS, OTHER_COLUMNS = 240, 40
# Items of a short tuple have a meaning by position.
_PLACES = 6


class _Missing:
    __slots__ = ()

    def __repr__(self) -> str:
        return "<missing>"


MISSING: Any = _Missing()


def ids_of(*kinds: type) -> frozenset[int]:
    """Return what `is_any` looks a value's type up in."""
    return frozenset(map(id, kinds))


def is_any(value: object, kinds: frozenset[int]) -> bool:
    """Tell whether *value* is of one of these types; to hash a type may run its metaclass."""
    return id(type(value)) in kinds


SEQUENCES = ids_of(list, tuple, set, frozenset)
SCALARS = ids_of(int, float, bool, str, bytes, type(None), complex)
_ORDERED = ids_of(list, tuple)
_PLAIN_KEYS = ids_of(str, int, bytes, float, bool, type(None), codec.Node)


class Thing:
    """An instance, of which only the names of its fields are compared."""

    __slots__ = ("names",)

    def __init__(self, value: object) -> None:
        self.names = frozenset(name for name, _ in fields(value))


class Step(NamedTuple):
    """One step from a task to a part of its inputs."""

    kind: str
    """``input`` and ``keyword`` (of a parameter, and of a further keyword), ``context``,
    ``local``, ``previous``, ``running``; below them ``key``, ``field``, ``index``, ``each``."""
    name: Any = ""
    at: int = -1
    """Position of a parameter."""


Path: TypeAlias = tuple[Step, ...]
EACH = Step("each")
RUNNING = Step("running", "running")
PREVIOUS = Step("previous", "previous")


def has_plain_keys(held: dict[Any, Any]) -> bool:
    """Tell whether looking something up in *held* runs no ``__eq__`` of a user's class."""
    return _PLAIN_KEYS.issuperset(map(id, map(type, held)))


def fields(value: object) -> Iterator[tuple[str, object]]:
    """Yield the fields of a node or an instance by name."""
    known = known_fields(value)
    if known is not None:
        yield from known
    elif type(value) is codec.Node:
        yield from value.fields()
    elif not codec.is_stand_in(value):
        yield from codec.instance_fields(value)


def follow(value: Any, steps: Iterable[Step]) -> Any:
    """Return what *steps* lead to from *value*, or MISSING; a list of all behind ``[*]``."""
    steps = iter(steps)
    for step in steps:
        if value is MISSING:
            return MISSING
        if step.kind == "each":
            if not is_any(value, SEQUENCES):
                return MISSING
            rest = tuple(steps)
            found = [follow(item, rest) for item in value]
            return [item for item in found if item is not MISSING]
        value = _descend(value, step)
    return value if is_any(value, _OURS) else Thing(value)


def _descend(value: Any, step: Step) -> Any:
    match step.kind:
        case "key":
            known = type(value) is dict and has_plain_keys(value)
            return value.get(step.name, MISSING) if known else MISSING
        case "field":
            return next((item for name, item in fields(value) if name == step.name), MISSING)
        case "index":
            known = is_any(value, _ORDERED) and len(value) > max(step.name, 0)
            return value[step.name] if known else MISSING
        case _:  # of another task
            return _root(value, step)


def _root(record: Record, step: Step) -> Any:
    match step.kind:
        case "input":
            if 0 <= step.at < len(record.args):
                return record.args[step.at]
            return record.kwargs.get(step.name, MISSING)
        case "keyword":
            return record.kwargs.get(step.name, MISSING)
        case "local":
            return (record.locals or {}).get(step.name, MISSING)
        case "running":
            return MISSING if record.running is None else list(record.running)
        case _:  # previous, worker, nth
            found = getattr(record, step.name)
            return MISSING if found is None else found


def reach(record: Record, path: Path) -> Any:
    """Return what *path* leads to in *record*, or MISSING."""
    return follow(_root(record, path[0]), path[1:])


def expression(path: Path) -> str:
    """Return *path* as Python; what stands behind ``[*]`` begins with ``x``."""
    text = ""
    for step in path:
        match step.kind:
            case "key" | "index":
                text += f"[{step.name!r}]"
            case "field" if step.name == NAN:
                text = f"bool(numpy.isnan({text}).any())"
            case "field":
                text += f".{step.name}"
            case "each":
                text = "x"
            case "input" if text:  # of another task, whose target may be another
                text += f".args[{step.at}]"
            case "keyword":
                text = f"{text}.kwargs[{step.name!r}]" if text else f"kwargs[{step.name!r}]"
            case _:
                text += str(step.name)
    return text


def walk(record: Record, names: Sequence[str]) -> dict[Path, Any]:
    """Return the values in *record* by their path, those behind ``[*]`` as lists."""
    found: dict[Path, Any] = {}
    _Walk(found).record(record, names, ())
    for name in ("worker", "nth"):
        if getattr(record, name) is not None:
            found[Step("context", name),] = getattr(record, name)
    if record.locals is not None:
        walking = _Walk(found)
        for name, value in record.locals.items():
            walking.visit(value, (Step("local", name),), 0)
    if record.previous is not None:
        found[PREVIOUS,] = record.previous
        _Walk(found).record(record.previous, names, (PREVIOUS,))
    if record.running is not None:
        found[RUNNING,] = record.running
        for other in record.running:
            one: dict[Path, Any] = {}
            _Walk(one).record(other, names, (RUNNING, EACH))
            for path, value in one.items():
                if EACH not in path[2:]:
                    found.setdefault(path, []).append(value)
    return found


_NAMES = ids_of(str, int)
_OURS = SCALARS | SEQUENCES | ids_of(dict, Record, _Missing, Thing)


class _Walk:
    """One record, with the nodes that may still be visited."""

    def __init__(self, found: dict[Path, Any]) -> None:
        self.found, self.left = found, NODES

    def record(self, record: Record, names: Sequence[str], before: Path) -> None:
        """Visit the inputs of *record*."""
        for at, value in enumerate(record.args):
            name = names[at] if at < len(names) else f"args[{at}]"
            self.visit(value, (*before, Step("input", name, at)), 0)
        for name, value in record.kwargs.items():
            known = name in names and not before
            step = Step("input", name, names.index(name)) if known else Step("keyword", name)
            self.visit(value, (*before, step), 0)

    def visit(self, value: Any, path: Path, depth: int) -> None:
        """Keep *value* and what is in it."""
        if self.left <= 0:
            return
        self.left -= 1
        plain = value if is_any(value, _OURS) else Thing(value)
        if EACH in path and path[0] is not RUNNING:
            self.found.setdefault(path, []).append(plain)
        else:
            self.found[path] = plain
        if not is_any(value, SCALARS) and depth < DEPTH:
            self._enter(value, path, depth + 1)

    def _enter(self, value: Any, path: Path, depth: int) -> None:
        kind = type(value)
        if kind is dict:
            for key in islice(value, KEYS) if has_plain_keys(value) else ():
                if is_any(key, _NAMES):
                    self.visit(value[key], (*path, Step("key", key)), depth)
        elif is_any(value, SEQUENCES):
            self._items(value, path, depth)
        else:
            for name, item in fields(value):
                self.visit(item, (*path, Step("field", name)), depth)

    def _items(self, value: Any, path: Path, depth: int) -> None:
        if type(value) is tuple and len(value) <= _PLACES:
            for at, item in enumerate(value):
                self.visit(item, (*path, Step("index", at)), depth)
        elif type(value) is list and value:
            self.visit(value[0], (*path, Step("index", 0)), DEPTH)
            self.visit(value[-1], (*path, Step("index", -1)), DEPTH)
        if EACH not in path:
            for item in value:
                self.visit(item, (*path, EACH), depth)


def name_columns(walks: Iterable[Mapping[Path, Any]]) -> list[Path]:
    """Return the paths to compare: those that most records have, own ones before others'."""
    counts = Counter(path for walk in walks for path in walk)
    order = sorted(counts, key=lambda path: (-counts[path], len(path), str(path)))
    own = [path for path in order if path[0] not in (PREVIOUS, RUNNING)]
    others = [path for path in order if path[0] in (PREVIOUS, RUNNING)]
    return own[:COLUMNS] + others[:OTHER_COLUMNS]
