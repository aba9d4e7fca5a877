"""The passing task that is most like a failing one, and where the two differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ._columns import EACH, MISSING, SCALARS, Path, expression, is_any, walk
from ._record import Record

# Passing tasks that are looked at, and differences that are told.
_LOOKED_AT, _TOLD = 400, 5


class Difference(NamedTuple):
    """One input in which two tasks differ."""

    place: str
    """As Python."""
    failed: object
    """MISSING where it is not there."""
    passed: object


def nearest(
    failed: Record, passed: Sequence[Record], names: Sequence[str]
) -> tuple[Difference, ...]:
    """Return where *failed* differs from the one of *passed* that is most like it."""
    own = _own(failed, names)
    best: tuple[int, dict[Path, Any]] = (1 << 30, {})
    step = max(1, len(passed) // _LOOKED_AT)
    for record in passed[::step]:
        other = _own(record, names)
        count = len(_differing(own, other))
        if count < best[0]:
            best = count, other
    return tuple(
        Difference(expression(path), own.get(path, MISSING), best[1].get(path, MISSING))
        for path in _differing(own, best[1])[:_TOLD]
        if best[1]
    )


def _own(record: Record, names: Sequence[str]) -> dict[Path, Any]:
    """Return the inputs of *record* that can be compared as they are."""
    alone = Record(record.args, record.kwargs)
    return {path: value for path, value in walk(alone, names).items() if EACH not in path}


def _differing(one: Mapping[Path, Any], other: Mapping[Path, Any]) -> list[Path]:
    """Return the paths at which the two differ; containers differ in their parts."""
    found = [path for path in one if _is_other(one[path], other.get(path, MISSING))]
    return found + [path for path in other if path not in one and path[:-1] in one]


def _is_other(one: Any, other: Any) -> bool:
    if is_any(one, SCALARS) and is_any(other, SCALARS):
        return type(one) is not type(other) or bool(one != other)
    return type(one) is not type(other)
