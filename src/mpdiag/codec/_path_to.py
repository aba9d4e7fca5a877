"""Where in the inputs an object is: found by its identity, without running any code."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice

from ._types import instance_fields, is_stdlib
from ._value_at import dict_items, is_plain

# Objects that are looked at.  More: the worker waits.  Fewer: large batches are not seen through.
_MOST = 5_000
_LEVELS = 4


def path_to(wanted: object, inputs: Mapping[str, object]) -> str:
    """Return Python that leads from the inputs to the very object *wanted*; empty if none does.

    Of numbers and texts nothing is said: the same one stands in many places.
    """
    if is_plain(wanted):
        return ""
    waiting = deque((name.lstrip("*"), value, 0) for name, value in inputs.items())
    for _ in range(_MOST):
        if not waiting:
            break
        path, value, level = waiting.popleft()
        if value is wanted:
            return path
        if level < _LEVELS and len(waiting) < _MOST:
            waiting.extend((path + step, item, level + 1) for step, item in _parts(value))
    return ""


def _parts(value: object) -> Iterator[tuple[str, object]]:
    kind = type(value)
    if kind is list or kind is tuple:
        pairs = enumerate(value[:_MOST])  # type: ignore[index]
        yield from ((f"[{index}]", item) for index, item in pairs if not is_plain(item))
    elif kind is dict:
        for key, item in islice(dict_items(value), _MOST):
            if is_plain(key) and not is_plain(item):
                yield f"[{key!r:.60}]", item
    elif not is_plain(value) and not is_stdlib(kind):
        yield from ((f".{name}", item) for name, item in instance_fields(value))
