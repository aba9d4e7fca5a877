"""What an exception says about a value: what was looked up in it, or read from it, in vain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from ._snapshot import Snapshot

LookupKind: TypeAlias = Literal[
    "key", "index", "attribute", "name", "unbound", "next", "none", "type", "text"
]
"""``none``: something that is None was used as if it were not; ``type``: a text or list was used
as a dict; ``text``: text that could not be read as a number, a date, JSON or characters."""
Role: TypeAlias = Literal["", "defaultdict", "missing", "environment", "own", "unlisted"]
"""What a container does besides holding keys: a default for some lookups, a ``__missing__``, the
environment of the process, a ``__getitem__`` of its own; ``unlisted``: its keys are not known,
since only its own code tells them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line of the source that bears on a lookup."""

    line: int
    text: str = ""
    """The statement, in one line."""
    function: str = ""
    """Where it stands in another function."""
    is_parameter: bool = False
    """It is the head of the function: the caller has passed it, or *text* is its default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BadText:
    """A text that could not be read, around the place where it goes wrong."""

    wanted: str
    """What it was read as: ``int``, ``float``, ``JSON``, ``utf-8``, a format of `strptime`."""
    size: int
    """Characters, or bytes, of the whole."""
    at: int | None = None
    """Of the first that does not fit, from 0; None where that is not known."""
    before: str = ""
    after: str = ""
    """As Python writes them; empty where they are not to be shown."""
    line: int | None = None
    """From 1, in a text of several lines."""
    remark: str = ""
    """What else is known of it, such as ``it reads as a float``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """What was looked up where, as it was when the exception left its frame."""

    kind: LookupKind
    frame: int
    """The frame of the trace in which it happened."""
    subject: str = ""
    """The expression that held the container or the value, as it stands in the source."""
    value: Snapshot | None = None
    """Of the subject; None where it could not be had without running code."""
    sought: str = ""
    """The key, index, attribute or name, as Python writes it."""
    keys: tuple[str, ...] = ()
    """The first keys, members or attributes that are there."""
    size: int | None = None
    """How many there are."""
    key_type: str = ""
    """Of all keys, where they have one type and the key that was sought has another."""
    near: str = ""
    """The one that differs little, and in what: ``other case``."""
    how: str = ""
    role: Role = ""
    set_at: tuple[Place, ...] = ()
    """The lines that may have set the subject; one alone is the one that did."""
    removed_at: tuple[Place, ...] = ()
    """Lines of the same function that take the key out."""
    path: str = ""
    """The subject as a part of the inputs: ``batch[3]``."""
    remark: str = ""
    """One more fact, in words."""
    bad: BadText | None = None


def without_values(lookup: Lookup) -> Lookup:
    """Return *lookup* with nothing of what the inputs and variables held: source, types, sizes."""
    value, bad = lookup.value, lookup.bad
    if value is not None:
        value = replace(value, text=f"<{value.type}>")
    if bad is not None:
        bad = replace(bad, before="", after="", remark="")
    return replace(
        lookup,
        value=value,
        bad=bad,
        sought="" if lookup.kind == "index" else lookup.sought,
        keys=lookup.keys if lookup.kind == "attribute" else (),
        near="" if lookup.kind == "key" else lookup.near,
        path=lookup.path if lookup.path == lookup.subject else "",
    )
