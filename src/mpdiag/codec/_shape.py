"""What a value looks like before it is cut and masked: a word, a text, or a group of entries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, TypeAlias

NO_KEY = object()

# Characters of a long text that are taken for a look: more than any budget shows, and enough
# behind the cut for the mask to recognise a secret that is cut in two.
WINDOW = 64 * 1024


class Text(NamedTuple):
    """Characters or bytes of the user; masked, cut and escaped when rendered."""

    window: str | bytes
    """The first `WINDOW` of them."""
    size: int
    head: str = ""
    tail: str = ""


class Entry(NamedTuple):
    """One part of a group: an item, ``name=value``, or ``key: value``."""

    value: object
    name: str = ""
    key: object = NO_KEY


class Group(NamedTuple):
    """A container: what stands around its entries, and how many there are."""

    opening: str
    closing: str
    entries: Iterable[Entry]
    size: int


Shape: TypeAlias = str | Text | Group


def named(head: str, fields: list[tuple[str, object]]) -> Group:
    """Return ``head(name=value, ...)``."""
    entries = [Entry(value, name) for name, value in fields]
    return Group(f"{head}(", ")", entries, len(entries))


def called(head: str, args: Iterable[object]) -> Group:
    """Return ``head(value, ...)``."""
    entries = [Entry(value) for value in args]
    return Group(f"{head}(", ")", entries, len(entries))
