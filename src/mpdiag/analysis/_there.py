"""What passing tasks had where a failing one looked something up in vain.

The exception itself gives the condition, so nothing is searched, and one failure is enough for it.
"""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from ..codec import Node
from ..model import Failure, Fault, Lookup
from ._explain import wording
from ._record import Explanation, Record, Suspect
from ._tasks import Tasks

# Passing tasks that say something.  Fewer: what a handful has in common is no sign.
_FEWEST = 5
# Share of the failures for which it holds, and of the tasks for which it holds that failed.
_CLEAR = 0.9


def looked_up(fault: Fault, tasks: Tasks, *, seconds: float) -> Suspect | None:
    """Return the condition that the lookup of *fault* is about, if it sets its tasks apart."""
    lookup = fault.first.error.lookup if isinstance(fault.first, Failure) else None
    found = _condition(lookup, tasks.names) if lookup is not None else None
    if found is None or len(tasks.passed) < _FEWEST or not tasks.failed:
        return None
    text, holds = found
    end = time.process_time() + seconds
    failed = sum(map(holds, tasks.failed))
    passed = 0
    for record in tasks.passed:
        if time.process_time() > end:
            return None
        passed += holds(record)
    if failed < _CLEAR * len(tasks.failed) or failed < _CLEAR * (failed + passed):
        return None
    return Suspect(
        condition=text,
        failures=(failed, len(tasks.failed)),
        passes=(passed, len(tasks.passed)),
        exact=len(tasks.passed) == tasks.all_passed,
        holds=holds,
    )


def with_lookup(found: Explanation, fault: Fault, tasks: Tasks, *, seconds: float) -> Explanation:
    """Return *found*; where it explains nothing, what the exception itself names."""
    known = looked_up(fault, tasks, seconds=seconds) if found.wording == "unexplained" else None
    if known is None:
        return found
    said = wording((known,), tasks.failed, tasks.all_passed)
    return replace(found, wording=said, suspects=(known,))


_Holds = Callable[[Record], bool]
_Test = Callable[[object], bool]


def _condition(lookup: Lookup, names: Sequence[str]) -> tuple[str, _Holds] | None:
    """Return the condition as Python, and what tells whether it holds for a task."""
    try:
        where = ast.parse(lookup.path, mode="eval").body
        said = _test(lookup)
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return None
    if said is None or not _is_the_same_in_all(where):
        return None
    text, test = said

    def holds(record: Record) -> bool:
        try:
            return test(_value(where, record, names))
        except (LookupError, TypeError, ValueError):
            return False

    return text, holds


def _test(lookup: Lookup) -> tuple[str, _Test] | None:
    """Return what is asked of the value that the lookup was in."""
    path = lookup.path
    match lookup.kind:
        case "none":
            return f"{path} is None", lambda value: value is None
        case "key" if lookup.sought:
            key = ast.literal_eval(lookup.sought)
            return f"{lookup.sought} not in {path}", lambda value: _lacks(value, key)
        case "index" if lookup.sought:
            index = int(lookup.sought)
            size = index + 1 if index >= 0 else -index
            return f"len({path}) < {size}", lambda value: _length(value) < size
    return None


def _is_the_same_in_all(where: ast.expr) -> bool:
    """Tell whether an expression means the same in each task: a place in a list does not."""
    keys = (node.slice for node in ast.walk(where) if isinstance(node, ast.Subscript))
    return not any(isinstance(key, ast.Constant) and type(key.value) is int for key in keys)


def _lacks(value: object, key: object) -> bool:
    return type(value) is dict and key not in value


def _length(value: object) -> int:
    if type(value) not in (list, tuple, str, bytes):
        raise TypeError
    return len(value)  # type: ignore[arg-type]


def _value(where: ast.expr, record: Record, names: Sequence[str]) -> object:
    """Return what stands at *where* in the inputs of *record*; raises where nothing does."""
    match where:
        case ast.Name(id=name):
            if name in record.kwargs:
                return record.kwargs[name]
            return record.args[names.index(name)]
        case ast.Subscript(value=inner, slice=ast.Constant(value=key)):
            value = _value(inner, record, names)
            if type(value) is dict:
                return value[key]
        case ast.Attribute(value=inner, attr=name):
            value = _value(inner, record, names)
            if type(value) is Node and name in dict(value.fields()):
                return value.attribute(name)
    raise LookupError
