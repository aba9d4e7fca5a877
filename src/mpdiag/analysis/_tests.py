"""What a condition may say about one value: families of tests, each with what it costs to say.

The constants, characters, types and cuts come from failures.  A test never raises and runs no
user code: it looks at the exact type first.
"""

from __future__ import annotations

import math
import operator
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from ._columns import MISSING, SCALARS, Step, is_any

X = "\0"
"""Stands for the value in the text of a test."""

# Share of the failures for which a constant must hold, and how many of each kind are tried.
LEAST, CONSTANTS, CHARACTERS = 0.08, 10, 24
# Items of a container that are looked at.
_ITEMS = 10_000
# Of a constant that is named.
_CONSTANT_CHARACTERS, _INT_BITS = 60, 128
_NUMBERS = frozenset({int, float})
_NAMED = {int: "int", float: "float", str: "str", bool: "bool", bytes: "bytes"}
_NAMED |= {list: "list", tuple: "tuple", dict: "dict", set: "set", frozenset: "frozenset"}


class Test(NamedTuple):
    """One thing to say about a value."""

    text: str
    cost: float
    """In bits: what is cheap is simple."""
    check: Callable[[Any], bool]
    part: Step | None = None
    """What of the value it is about, where that is not the whole."""


def tests_of(failed: Sequence[Any], passed: Sequence[Any]) -> Iterator[Test]:
    """Yield the tests that fit the values which failed tasks have in one column."""
    there = [value for value in failed if value is not MISSING]
    kinds = Counter(map(type, there))
    others = {type(value) for value in passed} - {type(MISSING)}
    if type(None) in kinds:
        yield Test(f"{X} is None", 1, lambda v: v is None)
        kinds.pop(type(None))
    if others - set(kinds) - {type(None)} or len(kinds) > 1:
        yield from _types(kinds)
    for kind, family in _FAMILIES.items():
        if kind in kinds:
            yield from family([value for value in there if type(value) is kind], passed)


def on(kind: type, check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """Return *check* for values of exactly *kind*; of others it does not hold."""
    return lambda value: type(value) is kind and check(value)


def _types(kinds: Iterable[type]) -> Iterator[Test]:
    for kind in kinds:
        name = _NAMED.get(kind)
        if name:
            yield Test(f"type({X}) is {name}", 2, on(kind, lambda _: True))


def common(values: Iterable[Any], *, of: int, most: int = CONSTANTS) -> list[Any]:
    """Return the values that occur more than once, and often enough among *of* failures."""
    counts = Counter(values)
    least = max(2, math.ceil(LEAST * of))
    return [value for value, count in counts.most_common(most) if count >= least]


def equal(value: Any, cost: float) -> Test:
    """Return the test for one constant; ``True`` and ``1`` are two."""
    return Test(f"{X} == {value!r}", cost, on(type(value), lambda v: bool(v == value)))


def _constants(values: Sequence[Any], passed: Sequence[Any]) -> Iterator[Test]:
    few = common(filter(_is_short, values), of=len(values))
    yield from (equal(value, 4) for value in few)
    kind = type(values[0])
    if kind is float:
        return
    counts = Counter(value for value in passed if type(value) is kind and _is_short(value))
    seen = set(counts) if min(counts.values(), default=0) > 1 else set()
    if 2 <= len(set(values)) <= 4 and len(few) >= 2:  # noqa: PLR2004 - an `or` that reads well
        group = frozenset(few)
        text = f"{X} in {tuple(sorted(group))!r}"
        yield Test(text, 4.0 * len(group), on(kind, lambda v: v in group))
    if 1 <= len(seen) <= 6 and not seen.issuperset(values):  # noqa: PLR2004 - the same
        text = f"{X} not in {tuple(sorted(seen))!r}"
        yield Test(text, 4.0 + 2 * len(seen), on(kind, lambda v: v not in seen))


def _is_short(value: Any) -> bool:
    """Tell whether a constant can be read in a report."""
    if type(value) is int:
        return value.bit_length() <= _INT_BITS
    return type(value) not in (str, bytes) or len(value) <= _CONSTANT_CHARACTERS


def _bools(values: Sequence[bool], _: Sequence[Any]) -> Iterator[Test]:
    for value in sorted(set(values)):
        yield Test(f"{X} is {value}", 2, on(bool, bool if value else _is_false))


def _is_false(value: bool) -> bool:
    return not value


def _integers(values: Sequence[int], passed: Sequence[Any]) -> Iterator[Test]:
    yield from _signs(values)
    yield from _constants(values, passed)
    shared = set.intersection(*(_bits(value) for value in values))
    shared |= {bit for value in values[:20] for bit in _bits(value)}
    for bit in sorted(shared)[:32]:
        cost = 5 if bit < 16 else 7  # noqa: PLR2004 - flags are small
        yield Test(f"{X} & {1 << bit}", cost, on(int, _has_bit(bit)))
    for step in (3, 5, 7, 10, 16, 100, 1000):
        rests = {value % step for value in values}
        if len(rests) == 1:
            rest = rests.pop()
            yield Test(f"{X} % {step} == {rest}", 6, on(int, _leaves(step, rest)))


def _has_bit(bit: int) -> Callable[[int], bool]:
    return lambda value: bool(value >> bit & 1)


def _leaves(step: int, rest: int) -> Callable[[int], bool]:
    return lambda value: value % step == rest


def _bits(value: int) -> set[int]:
    return {bit for bit in range(64) if value >> bit & 1} if value >= 0 else set()


def _floats(values: Sequence[float], passed: Sequence[Any]) -> Iterator[Test]:
    if any(value != value for value in values):  # noqa: PLR0124 - nan
        yield Test(f"{X} != {X}", 2, lambda v: type(v) is float and math.isnan(v))
    if any(map(math.isinf, values)):
        text = f"{X} in (float('inf'), float('-inf'))"
        yield Test(text, 2.5, lambda v: type(v) is float and math.isinf(v))
    yield from _signs(values)
    yield from _constants([value for value in values if math.isfinite(value)] or [0.0], passed)
    whole = f"{X} % 1 == 0", lambda v: type(v) is float and v % 1 == 0
    part = f"{X} % 1 != 0", lambda v: type(v) is float and math.isfinite(v) and v % 1 != 0
    yield from (Test(text, 5, check) for text, check in (whole, part))


def _signs(values: Sequence[float]) -> Iterator[Test]:
    if any(value < 0 for value in values):
        yield Test(f"{X} < 0", 2, lambda v: type(v) in _NUMBERS and v < 0)
    if any(value == 0 for value in values):
        yield Test(f"{X} == 0", 2, lambda v: type(v) in _NUMBERS and v == 0)


def _texts(values: Sequence[str], passed: Sequence[Any]) -> Iterator[Test]:
    for text, cost, check in _SHAPES:
        if any(check(value) for value in values):
            yield Test(text, cost, on(str, check))
    yield from _constants(values, passed)
    yield from _characters(values, str)
    yield from _ends(values)


def _characters(values: Sequence[Any], kind: type) -> Iterator[Test]:
    counts: Counter[Any] = Counter()
    for value in values:
        counts.update(set(value[:2000]))
    if kind is bytes:
        counts = Counter({bytes([one]): count for one, count in counts.items()})
    least = LEAST * len(values)
    often = [char for char, count in counts.items() if count >= least]
    often.sort(key=lambda char: (char.isalnum(), -counts[char]))
    for char in often[:CHARACTERS]:
        cost = 5.5 if char.isalnum() else 5
        yield Test(f"{char!r} in {X}", cost, on(kind, contains(char)))
    for mark in sorted(set(_MARKS) - set(counts)) if kind is str else ():
        yield Test(f"{mark!r} not in {X}", 5.5, on(str, _lacks(mark)))


def contains(part: Any) -> Callable[[Any], bool]:
    """Return the check for values that have *part* in them."""
    return lambda value: part in value


def _lacks(part: str) -> Callable[[str], bool]:
    return lambda value: part not in value


def _ends(values: Sequence[Any], sizes: Iterable[int] = (1, 2, 3, 4, 6, 8)) -> Iterator[Test]:
    """Yield tests for the beginnings and ends that several share."""
    kind = type(values[0])
    for size in sizes:
        longer = [value for value in values if len(value) > size]
        for head in common((value[:size] for value in longer), of=len(values), most=2):
            check = on(kind, operator.methodcaller("startswith", head))
            yield Test(f"{X}.startswith({head!r})", 5 + size / 4, check)
        for tail in common((value[-size:] for value in longer), of=len(values), most=2):
            check = on(kind, operator.methodcaller("endswith", tail))
            yield Test(f"{X}.endswith({tail!r})", 5 + size / 4, check)


def _bytes(values: Sequence[bytes], passed: Sequence[Any]) -> Iterator[Test]:
    yield Test(f"{X} == b''", 1.5, on(bytes, lambda v: not v))
    text = f"{X}.decode('utf-8', 'ignore').encode() != {X}"
    yield Test(text, 4, on(bytes, lambda v: v.decode("utf-8", "ignore").encode() != v))
    yield from _constants(values, passed)
    yield from _characters(values, bytes)
    yield from _ends(values, (1, 2, 4))


def _containers(values: Sequence[Any], _: Sequence[Any]) -> Iterator[Test]:
    kind = type(values[0])
    yield Test(f"len({X}) == 0", 1.5, on(kind, lambda v: not v))
    if kind is dict:
        return
    members = Counter(one for value in values for one in {*_plain(value)} if _is_short(one))
    least = max(2, LEAST * len(values))
    for member, count in members.most_common(CONSTANTS):
        if count >= least:
            yield Test(f"{member!r} in {X}", 5, on(kind, _holds(member)))
    if kind in (list, tuple):
        yield from _arrangements(kind)


def _holds(member: Any) -> Callable[[Any], bool]:
    return lambda value: member in _plain(value)


def _arrangements(kind: type) -> Iterator[Test]:
    yield Test(f"len(set({X})) < len({X})", 4, on(kind, _has_duplicates))
    mixed = f"len(set(map(type, {X}))) > 1"
    yield Test(mixed, 5, on(kind, lambda v: len({id(type(one)) for one in v}) > 1))
    order = f"sorted({X})" if kind is list else f"tuple(sorted({X}))"
    yield Test(f"{X} != {order}", 5, on(kind, _is_unsorted))


def _has_duplicates(value: Sequence[Any]) -> bool:
    return len(_plain(value)) == len(value) and len(set(value)) < len(value)


def _is_unsorted(value: Sequence[Any]) -> bool:
    kinds = {type(one) for one in _plain(value)}
    if len(_plain(value)) < len(value) or len(kinds) > 1 or kinds & {complex, type(None)}:
        return False
    return any(value[at] > value[at + 1] for at in range(len(value) - 1))


def _plain(value: Iterable[Any]) -> list[Any]:
    """Return the items that may be compared and hashed."""
    return [item for item, _ in zip(value, range(_ITEMS), strict=False) if is_any(item, SCALARS)]


def _is_number(text: str) -> bool:
    return text.lstrip("+-").replace(".", "", 1).isdigit()


_MARKS = "-_./:,;@ "
_SHAPES: tuple[tuple[str, float, Callable[[str], bool]], ...] = (
    (f"{X} == ''", 1.5, lambda v: not v),
    (f"not {X}.isascii()", 3, lambda v: not v.isascii()),
    (f"max({X}) > '\\xff'", 3.5, lambda v: bool(v) and not v.isascii() and max(v) > "\xff"),
    (f"max({X}) > '\\uffff'", 4, lambda v: bool(v) and not v.isascii() and max(v) > "\uffff"),
    (
        f"{X} != {X}.encode('utf-8', 'ignore').decode()",
        4,
        lambda v: not v.isascii() and v != v.encode("utf-8", "ignore").decode(),
    ),
    (f"{X}.strip() == ''", 3, lambda v: not v.strip()),
    (f"{X} != {X}.strip()", 4, lambda v: v != v.strip()),
    (f"{X}.isdigit()", 4, str.isdigit),
    (f"not {X}.isdigit()", 4, lambda v: not v.isdigit()),
    (
        f"not {X}.lstrip('+-').replace('.', '', 1).isdigit()",
        4.5,
        lambda v: not _is_number(v),
    ),
    (f"{X}.isalpha()", 5, str.isalpha),
    (f"not {X}.isalnum()", 5, lambda v: not v.isalnum()),
    (f"{X} != {X}.lower()", 5, lambda v: v != v.lower()),
    (f"{X} != {X}.upper()", 5.5, lambda v: v != v.upper()),
)

_FAMILIES: dict[type, Callable[[Sequence[Any], Sequence[Any]], Iterator[Test]]] = {
    bool: _bools,
    int: _integers,
    float: _floats,
    str: _texts,
    bytes: _bytes,
    **dict.fromkeys((dict, list, tuple, set, frozenset), _containers),
}
