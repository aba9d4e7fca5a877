"""Conditions on two values: of one task, or of a task and another that ran with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

from ._columns import (
    EACH,
    MISSING,
    PREVIOUS,
    RUNNING,
    SCALARS,
    SEQUENCES,
    Path,
    expression,
    has_plain_keys,
    ids_of,
    is_any,
    reach,
)
from ._conditions import Atom, Candidate, Table, pack
from ._record import Record
from ._tests import LEAST

# Numbers and containers that are compared with each other; the pairs grow with the square.
_MOST = 24
_SIZED = SEQUENCES | ids_of(str, dict)
_BOXES = SEQUENCES | ids_of(dict, str)
_NUMERIC, _ITEMS = ids_of(int, float), ids_of(str, int)

_Number = tuple[str, tuple[Path, ...], Callable[[Record], Any], list[Any], list[Any]]


def relations(table: Table) -> Iterator[Candidate]:
    """Yield the conditions on two columns that hold for enough failures."""
    own = [path for path in table.columns if path[0].kind in {"input", "keyword", "local"}]
    own = [path for path in own if EACH not in path]
    yield from _orders(table, own)
    yield from _members(table, own)
    yield from _same_elsewhere(table, own)


def _orders(table: Table, own: list[Path]) -> Iterator[Candidate]:
    numbers = list(_numbers(table, own))[:_MOST]
    for left, right in combinations(numbers, 2):
        if left[1] == right[1]:
            continue
        for sign, check in _SIGNS:
            both = left[2], right[2], check
            atom = Atom(
                f"{left[0]} {sign} {right[0]}",
                6 + 0.4 * (len(left[1][0]) + len(right[1][0]) - 2),
                lambda record, both=both: _compared(both[0](record), both[1](record), both[2]),  # type: ignore[misc]
                left[1] + right[1],
            )
            yield from _counted(atom, check, left[3:], right[3:])


def _counted(
    atom: Atom, check: Callable[[Any, Any], bool], left: Any, right: Any
) -> Iterator[Candidate]:
    failed = pack(_compared(a, b, check) for a, b in zip(left[0], right[0], strict=True))
    if failed.bit_count() >= max(1, LEAST * len(left[0])):
        passed = (_compared(a, b, check) for a, b in zip(left[1], right[1], strict=True))
        yield Candidate((atom,), failed, pack(passed))


def _compared(left: Any, right: Any, check: Callable[[Any, Any], bool]) -> bool:
    if left is MISSING or right is MISSING:
        return False
    return check(left, right)


def _numbers(table: Table, own: list[Path]) -> Iterator[_Number]:
    """Yield the numbers of a task: its numeric inputs, and the lengths of others."""
    for path in own:
        failed, passed = table.values(path)
        if _holds(table, path, _NUMERIC):
            get = lambda record, path=path: _number(reach(record, path))  # noqa: E731
            values = list(map(_number, failed)), list(map(_number, passed))
            yield expression(path), (path,), get, *values
        elif _holds(table, path, _SIZED):
            size = lambda record, path=path: _size(reach(record, path))  # noqa: E731
            values = list(map(_size, failed)), list(map(_size, passed))
            yield f"len({expression(path)})", (path,), size, *values


def _number(value: Any) -> Any:
    return value if is_any(value, _NUMERIC) else MISSING


def _size(value: Any) -> Any:
    return len(value) if is_any(value, _SIZED) else MISSING


def _members(table: Table, own: list[Path]) -> Iterator[Candidate]:
    """Yield ``a not in b`` and ``a in b`` for a scalar and a container."""
    held = [path for path in own if _holds(table, path, _BOXES)][:8]
    for path in [path for path in own if _holds(table, path, _ITEMS)][:_MOST]:
        for box in held:
            if box == path:
                continue
            for sign, wanted in (("not in", False), ("in", True)):
                check = lambda a, b, wanted=wanted: _is_in(a, b) is wanted  # noqa: E731
                atom = _pair(path, box, sign, check, 7)
                yield from _counted(atom, check, table.values(path), table.values(box))


def _pair(
    path: Path, other: Path, sign: str, check: Callable[[Any, Any], bool], cost: float
) -> Atom:
    return Atom(
        f"{expression(path)} {sign} {expression(other)}",
        cost + 0.4 * (len(path) + len(other) - 2),
        lambda record: _compared(reach(record, path), reach(record, other), check),
        (path, other),
    )


def _holds(table: Table, path: Path, kinds: frozenset[int]) -> bool:
    return any(is_any(walk.get(path, MISSING), kinds) for walk in table.failed)


def _is_in(item: Any, box: Any) -> bool | None:
    if not is_any(item, SCALARS):
        return None
    if type(box) is str:
        return type(item) is str and item in box
    if not is_any(box, SEQUENCES) and not (type(box) is dict and has_plain_keys(box)):
        return None
    return any(type(one) is type(item) and one == item for one in box)


def _same_elsewhere(table: Table, own: list[Path]) -> Iterator[Candidate]:
    """Yield that another task, before it or at the same time, has the same value."""
    simple = [path for path in own if path[0].kind != "local" and _holds(table, path, _KEYS)]
    for path in simple[:_MOST]:
        failed, passed = table.values(path)
        for root, words in ((RUNNING, _RUNNING), (PREVIOUS, _PREVIOUS)):
            theirs = (root, EACH, *path) if root == RUNNING else (root, *path)
            if not any(theirs in walk for walk in table.failed):
                continue
            said = expression((root, EACH, *path)[1:] if root == RUNNING else theirs)
            atom = Atom(
                words.format(said, expression(path)),
                4 + 0.4 * len(path),
                lambda record, path=path, root=root: _is_shared(record, path, root.kind),  # type: ignore[misc]
                (path, theirs),
            )
            others = table.values(theirs)
            bits = [
                pack(_is_among(value, other) for value, other in zip(own_, them, strict=True))
                for own_, them in ((failed, others[0]), (passed, others[1]))
            ]
            if bits[0].bit_count() >= max(1, LEAST * len(failed)):
                yield Candidate((atom,), bits[0], bits[1])


def _is_shared(record: Record, path: Path, kind: str) -> bool:
    value = reach(record, path)
    if kind == "previous":
        return record.previous is not None and _is_among(value, reach(record.previous, path))
    return any(_is_among(value, reach(other, path)) for other in record.running or ())


def _is_among(value: Any, other: Any) -> bool:
    """Tell whether *other* is *value*, or a list with it."""
    if not is_any(value, SCALARS) or value is None:
        return False
    others = other if type(other) is list else [other]
    return any(type(one) is type(value) and one == value for one in others)


_KEYS = ids_of(str, int, bytes)
_RUNNING = "any({} == {} for x in running)"
_PREVIOUS = "previous and {} == {}"
_SIGNS: tuple[tuple[str, Callable[[Any, Any], bool]], ...] = (
    ("<", lambda a, b: a < b),
    (">", lambda a, b: a > b),
    (">=", lambda a, b: a >= b),
    ("<=", lambda a, b: a <= b),
    ("!=", lambda a, b: a != b),
    ("==", lambda a, b: a == b),
)
