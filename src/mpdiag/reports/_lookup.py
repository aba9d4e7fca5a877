"""What an exception looked up in vain, in words: which container, what is there, where it is from.

Pure: from what the worker gathered (`model.Lookup`) to a few lines, each true by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..layout import clean, number, plural
from ..model import BadText, Error, Inputs, Lookup, Place
from ._keys import has_key

_SETS = {"set", "frozenset"}
_ITEMS = {"str": "character", "bytes": "byte", "bytearray": "byte"}
# Characters of a value that is shown beside its type.
_SHORT = 60
_ROLES = {
    "defaultdict": "it is a {type}, which gave no default here",
    "missing": "it is of type {type}, whose __missing__ gave no default here",
    "environment": "it is the environment of the worker, as it was then",
    "own": "it is of type {type}, with a __getitem__ of its own",
    "unlisted": "it is of type {type}; only its own code tells its keys",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What is said of one exception."""

    subject: str
    """The expression that it is about, as it stands in the source."""
    lines: tuple[str, ...]
    """The first one may be read after the subject and a colon."""

    @property
    def sentences(self) -> tuple[str, ...]:
        """The lines as they stand where the subject is not in sight."""
        first, *more = self.lines
        return (f"{self.subject}: {first}", *more) if self.subject else self.lines


def explain_lookup(error: Error, inputs: Inputs | None = None) -> Explained | None:
    """Return what is known of why *error* was raised where it was; None if that is nothing."""
    lookup = error.lookup
    if lookup is None:
        return None
    lines = [*_LINES[lookup.kind](lookup), *_removed(lookup, inputs), *_from(lookup, inputs)]
    cleaned = (clean(line, most=400) for line in lines)
    return Explained(subject=clean(lookup.subject), lines=tuple(filter(None, cleaned)))


def _key(lookup: Lookup) -> Iterator[str]:
    kind = lookup.value.type if lookup.value else ""
    noun = "member" if kind in _SETS else "key"
    if not lookup.sought:
        yield "nothing to take: it is empty" if lookup.size == 0 else f"a {noun} is not there"
    else:
        yield f"no {noun} {lookup.sought}{_there(lookup, noun)}"
    if lookup.role:
        yield _ROLES[lookup.role].format(type=kind)


def _there(lookup: Lookup, noun: str) -> str:
    """Return what stands beside the key that is not there: a near one, or those that are."""
    if lookup.near:
        return f", but {lookup.near} ({lookup.how})"
    if lookup.size == 0:
        return ": it is empty"
    if lookup.role == "environment" and lookup.size:
        return f" among its {number(lookup.size)}"
    if not lookup.keys:
        return f" among its {plural(lookup.size, noun)}" if lookup.size else ""
    rest = (lookup.size or 0) - len(lookup.keys)
    more = f" and {number(rest)} more" if rest > 0 else ""
    are = f"s are {lookup.key_type}: " if lookup.key_type else "s: "
    return f"; its {noun}{are}{', '.join(lookup.keys)}{more}"


def _index(lookup: Lookup) -> Iterator[str]:
    sought = f"no index {lookup.sought}" if lookup.sought else "no such index"
    if lookup.size == 0:
        yield f"{sought}: it is empty" if lookup.sought else "nothing to take: it is empty"
    elif lookup.size is None:
        yield sought
    else:
        kind = lookup.value.type if lookup.value else ""
        first = -lookup.size if lookup.sought.startswith("-") else 0
        has = plural(lookup.size, _ITEMS.get(kind, "item"))
        yield f"{sought}: it has {has} ({first} to {lookup.size - 1})"


def _attribute(lookup: Lookup) -> Iterator[str]:
    sought = f"no attribute {lookup.sought!r}"
    if lookup.near:
        yield f"{sought}, but {lookup.near!r} ({lookup.how})"
    else:
        rest = (lookup.size or 0) - len(lookup.keys)
        more = f" and {number(rest)} more" if rest > 0 else ""
        own = f", with {', '.join(lookup.keys)}{more}" if lookup.keys else ""
        yield f"{sought}; it is {_what(lookup)}{own}"
    if lookup.remark:
        yield lookup.remark


def _what(lookup: Lookup) -> str:
    value = lookup.value
    if value is None:
        return "of an unknown type"
    if value.type == "module" or value.text.startswith("<class "):
        return value.text.strip("<>")
    return f"of type {value.type}"


def _name(lookup: Lookup) -> Iterator[str]:
    if lookup.near:
        yield f"no such name, but {lookup.near!r} ({lookup.how})"
    elif lookup.set_at:
        yield f"no such name; set only under a test of __name__, {_lines(lookup.set_at)}"
    elif lookup.remark:
        yield f"no such name: {lookup.remark}"
    else:
        yield "no such name in the function, its module or the builtins"


def _unbound(lookup: Lookup) -> Iterator[str]:
    if lookup.removed_at:
        yield f"no value any more; taken away in {_lines(lookup.removed_at)}"
    elif lookup.set_at:
        yield f"no value here; set in {_lines(lookup.set_at)}"
    else:
        yield "no value here"
    if lookup.remark:
        yield lookup.remark


def _next(lookup: Lookup) -> Iterator[str]:
    yield f"no next item; {lookup.remark or 'it is at its end'}"


def _none(lookup: Lookup) -> Iterator[str]:
    if lookup.remark == "returned":
        yield "it returned None"
    elif lookup.path:
        same = lookup.path == lookup.subject
        yield "None in the input" if same else f"None: it is {lookup.path} of the inputs"
    elif not lookup.set_at:
        yield "None"
    elif len(lookup.set_at) == 1 and lookup.set_at[0].is_parameter:
        default = lookup.set_at[0].text
        yield "None, passed or by default" if default else "None, as it was passed"
    else:
        yield f"None; set in {_lines(lookup.set_at)}"


def _type(lookup: Lookup) -> Iterator[str]:
    if lookup.value is None:
        yield "it is no dict"
    else:
        text = clean(lookup.value.text, most=_SHORT)
        yield f"it is of type {lookup.value.type}, not a dict: {text}"


def _text(lookup: Lookup) -> Iterator[str]:
    bad = lookup.bad or BadText(wanted="text", size=0)
    if not bad.size:
        yield f"no {bad.wanted}; it is empty"
        return
    yield f"no {bad.wanted}{_place(bad)}{_around(bad)}"
    if bad.remark and bad.wanted != "JSON":  # the message says it
        yield bad.remark


def _place(bad: BadText) -> str:
    if bad.at is None:
        return ""
    line = f" in line {bad.line}," if bad.line is not None else ""
    if bad.at == 0:
        return " from its beginning on"
    if bad.at >= bad.size:
        return f"{line} at its end (position {number(bad.at)})"
    return f"{line} at position {number(bad.at)} of {number(bad.size)}"


def _around(bad: BadText) -> str:
    if bad.before and bad.after:
        return f": after {bad.before} comes {bad.after}"
    shown = bad.before or bad.after
    return f": {'after ' if bad.before else ''}{shown}" if shown else ""


_LINES = {
    "key": _key,
    "index": _index,
    "attribute": _attribute,
    "name": _name,
    "unbound": _unbound,
    "next": _next,
    "none": _none,
    "type": _type,
    "text": _text,
}


def _removed(lookup: Lookup, inputs: Inputs | None) -> Iterator[str]:
    """Yield that the key was there before, where that is known, and what may have taken it out."""
    if lookup.kind != "key":
        return
    where = f"{_lines(lookup.removed_at)}" if lookup.removed_at else ""
    name = lookup.subject if lookup.path == lookup.subject else ""
    came = inputs.values.get(name) if inputs and name in inputs.changed else None
    if came is not None and has_key(came.text, lookup.sought):
        yield f"it had the key when it came in{f'; see {where}' if where else ''}"
    elif where:
        yield f"may be taken out in {where}"


def _from(lookup: Lookup, inputs: Inputs | None) -> Iterator[str]:
    """Yield where a container is from: a part of the inputs, or a line."""
    if lookup.kind in {"none", "name", "unbound"}:
        return
    if lookup.path:
        # In what the target has changed it may have been at another place.
        as_it_came = inputs is None or re.split(r"\W", lookup.path)[0] not in inputs.changed
        if lookup.path != lookup.subject and as_it_came:
            yield f"it is {lookup.path} of the inputs"
    elif lookup.kind != "attribute" and lookup.set_at and not lookup.set_at[0].is_parameter:
        yield f"set in {_lines(lookup.set_at)}"


def _lines(places: Sequence[Place]) -> str:
    """Return ``line 12: m = f(x)``, ``line 9 or 12``, ``line 3 in init() or line 12``."""
    if len(places) == 1:
        text = f": {clean(places[0].text)}" if places[0].text else ""
        return f"{_line(places[0])}{text}"
    if any(place.function for place in places):
        return " or ".join(map(_line, places))
    numbers = [str(place.line) for place in places]
    return f"line {', '.join(numbers[:-1])} or {numbers[-1]}"


def _line(place: Place) -> str:
    inside = f" in {clean(place.function)}()" if place.function else ""
    return f"line {place.line}{inside}"
