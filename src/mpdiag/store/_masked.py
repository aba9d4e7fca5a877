"""What of a value may leave this machine: its texts masked, and which bytes in it may be loaded.

By the types of the model, so that a field that comes later is masked, and its bytes looked at, too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from enum import Enum
from typing import Any, TypeVar

from ..codec import MASKED, Mask
from ..model import History, Inputs, Lookup, Snapshot, without_values

T = TypeVar("T")


class Texts:
    """Masks all texts of a value, and leaves out values if they are not wanted."""

    def __init__(self, mask: Mask, *, values: bool) -> None:
        self._mask, self._values = mask, values

    def of(self, value: T) -> T:
        """Return *value* with all its texts masked."""
        found: T = self._of(value, "")
        return found

    def _of(self, value: Any, name: str) -> Any:
        if isinstance(value, Enum | bytes):
            return value
        if isinstance(value, str):
            return self._text(value, name)
        if isinstance(value, tuple):
            return self._mask.argv(value) if name == "argv" else self._each(value, name)
        if isinstance(value, dict):
            return {key: self._named(key, item, name) for key, item in value.items()}
        if isinstance(value, Lookup) and not self._values:
            value = without_values(value)
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            fields = ((one.name, getattr(value, one.name)) for one in dataclasses.fields(value))
            masked = {field: self._of(item, field) for field, item in fields}
            return dataclasses.replace(value, **masked)
        return value

    def _each(self, items: tuple[Any, ...], name: str) -> tuple[Any, ...]:
        return tuple(self._of(item, name) for item in items)

    def _text(self, text: str, name: str) -> str | None:
        masked = self._mask.text(text)
        # A traceback that was cut open is none any more; and it has values in it.
        return None if name == "raw" and (masked != text or not self._values) else masked

    def _named(self, key: str, item: Any, name: str) -> Any:
        """Return what the user's program has under *key*."""
        hidden = self._mask.hides(key.removeprefix("env "))
        if isinstance(item, Snapshot):
            if hidden:
                return dataclasses.replace(item, text=MASKED)
            return self._of(item, "") if self._values else _outline(item)
        return MASKED if hidden and name == "environment" else self._of(item, "")


def _outline(item: Snapshot) -> Snapshot:
    size = "" if item.size is None else f" of {item.size:,}"
    return dataclasses.replace(item, text=f"<{item.type}{size}>")


def bytes_in(value: object) -> Iterator[bytes]:
    """Yield all bytes in *value* that could be loaded."""
    if isinstance(value, bytes):
        yield from filter(None, (value,))
    elif isinstance(value, tuple):
        for item in value:
            yield from bytes_in(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        if isinstance(value, History):
            yield from _unpacked(value)
        for field in dataclasses.fields(value):
            if field.name != "packed":
                yield from bytes_in(getattr(value, field.name))


def _unpacked(history: History) -> Iterator[bytes]:
    try:
        yield from filter(None, history.messages())
    except ValueError:
        yield history.packed  # which is no pickle, and so cannot be read


def without_bytes(value: T) -> T:
    """Return *value* with no bytes anywhere in it, whatever field they stand in."""
    found: T = _stripped(value)
    return found


def _stripped(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_stripped(item) for item in value)
    if not dataclasses.is_dataclass(value) or isinstance(value, type):
        return value
    changes = {}
    for field in dataclasses.fields(value):
        inside = getattr(value, field.name)
        changes[field.name] = field.default if isinstance(inside, bytes) else _stripped(inside)
    return dataclasses.replace(value, **changes)


def inputs_in(value: object) -> Iterator[Inputs]:
    """Yield all inputs in *value*: those of a task, and of tasks before it and beside it."""
    if isinstance(value, Inputs):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from inputs_in(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from inputs_in(getattr(value, field.name))
