"""The search for smaller inputs, over values of many types, without any process."""

from __future__ import annotations

import copy
import datetime as dt
import enum
import time
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import attrs
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mpdiag.replay.smaller._empty import empty, hollow, is_empty
from mpdiag.replay.smaller._parts import at, axes, parts, put, size_of
from mpdiag.replay.smaller._pursue import pursue
from mpdiag.replay.smaller._search import fewest, furthest, lowest, shortest
from mpdiag.replay.smaller._smaller import Arguments, Smaller, Tried


@dataclass
class Item:
    sku: str
    price: Any
    qty: int = 1


@dataclass(frozen=True)
class Frozen:
    items: tuple[Any, ...]
    tags: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Slotted:
    a: Any
    b: Any


@attrs.define
class Attrs:
    a: Any
    b: Any


@attrs.frozen
class FrozenAttrs:
    a: Any
    b: Any


class Named(NamedTuple):
    x: Any
    y: Any


Old = namedtuple("Old", "x y")  # noqa: PYI024 - made as many programs do


class Plain:
    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b = a, b

    def __repr__(self) -> str:
        return f"Plain({self.a!r}, {self.b!r})"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 5


class Found(NamedTuple):
    """What a search came to."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    calls: int
    is_least: bool


def shrunk(
    fails: Callable[..., Any], *args: Any, calls: int = 200, optional: str = "", **kwargs: Any
) -> Found:
    """Return the smallest inputs for which *fails* is true, or raises the same error."""
    made = []

    def outcome(inputs: Arguments) -> tuple[object, str]:
        try:
            found = bool(fails(*copy.deepcopy(inputs.args), **copy.deepcopy(inputs.kwargs)))
        except Exception as error:
            missing = repr(error.args[0]) if isinstance(error, KeyError) else ""
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            line = trace.tb_lineno if trace is not None else 0
            return (type(error), line, missing), missing
        return found, ""

    start = Arguments(copy.deepcopy(args), copy.deepcopy(kwargs))
    sought, _ = outcome(start)
    assert sought is not False, "it must fail to begin with"

    def attempt(candidate: Arguments) -> Tried:
        found, missing = outcome(candidate)
        made.append(candidate)
        return Tried(same=found == sought, missing=missing)

    smaller = Smaller(start, droppable=frozenset(optional.split()))
    is_least = pursue(smaller, attempt, calls=calls, seconds=60, tell=lambda *_: None)
    assert outcome(smaller.best)[0] == sought
    assert len(made) <= calls
    return Found(*smaller.best, len(made), is_least)


def followed(search: Any, holds: Callable[[Any], bool]) -> tuple[Any, int]:
    """Return what *search* ends with, and how many trials it took."""
    trials = 0
    try:
        trial = next(search)
        while True:
            trials += 1
            trial = search.send(holds(trial))
    except StopIteration as end:
        return end.value, trials


SHARED = [1, 2]
LEAST: list[Any] = [
    ("a missing key", lambda d: d["a"] * d["b"], {"a": 3, "z": [1] * 9}, {"a": 0}),
    ("keys that matter", lambda d: 1 / d["n"] if d["m"] == "x" else 0, {"n": 0, "m": "x", "k": 2},
     {"n": 0, "m": "x"}),
    ("one of many items", lambda v: any(i < 0 for i in v), [*range(40), -77, *range(30)], [-1]),
    ("two equal items", lambda v: len(set(v)) < len(v), [5, 8, 13, 8, 21], [0, 0]),
    ("two equal large items", lambda v: len({i for i in v if i > 9}) < sum(i > 9 for i in v),
     [50, 80, 33, 80, 2], [10, 10]),
    ("a length", lambda v: len(v) >= 7, list("abcdefghijkl"), [""] * 7),
    ("a tuple", lambda v: v[2] > 5, (1, 2, 3000, 4), (0, 0, 6)),
    ("a deque", lambda v: 3 in v, deque([1, 2, 3, 4]), deque([3])),
    ("a set", lambda v: "odd" in v, {"a", "b", "odd"}, {"odd"}),
    ("a frozenset", lambda v: len(v) > 1, frozenset("abcdef"), 2),
    ("a threshold", lambda n: n > 1000, 987_654, 1001),
    ("a power of two", lambda n: n >= 2**31, 2**31 + 12345, 2**31),
    ("a negative number", lambda n: n < -40, -4711, -41),
    ("one number", lambda n: n == 4711, 4711, 4711),
    ("a bit", lambda n: n & 8, 0b1101_1010, 8),
    ("a float", lambda x: x > 2.5, 1234.75, 3.0),
    ("a small float", lambda x: 0 < x < 1, 0.123456789, 0.1),
    ("nan", lambda x: x != x, float("nan"), None),  # noqa: PLR0124
    ("a character", lambda s: s.encode("latin-1"), "some text with Ł in it", "Ł"),
    ("a separator", lambda s: s.count("/") == 2, "12/05/2024", "//"),
    ("a word", lambda s: s == "EU", "EU", "EU"),
    ("plain characters", lambda s: len(s) > 3, "xyzäö9", "aaaa"),
    ("bytes", lambda b: b"\xff" in b, b"abc\xffdef", b"\xff"),
    ("a bytearray", lambda b: 255 in b, bytearray(b"abc\xffdef"), bytearray(b"\xff")),
    ("a complex number", lambda z: z.imag, 3 + 4j, 4j),
    ("a dataclass", lambda o: o.price is None, Item("sku", None, 7), Item("", None, 0)),
    ("a frozen one", lambda o: o.items[0].price + 1, Frozen((Item("s", None),), {"a": 1}),
     Frozen((Item("", None, 0),), {})),
    ("a slotted one", lambda o: o.a < 0, Slotted(-9, "text"), Slotted(-1, "")),
    ("attrs", lambda o: o.a < 0, Attrs(-9, [1, 2]), Attrs(-1, [])),
    ("frozen attrs", lambda o: o.a < 0, FrozenAttrs(-9, [1]), FrozenAttrs(-1, [])),
    ("a named tuple", lambda o: o.x < 0, Named(-9, "text"), Named(-1, "")),
    ("an old named tuple", lambda o: o.x < 0, Old(-9, "text"), Old(-1, "")),
    ("an enum", lambda e: e > 0, Level.HIGH, Level.LOW),
    ("a needed member", lambda e: e is Level.HIGH, Level.HIGH, Level.HIGH),
    ("a date", lambda d: d.year < 1980, dt.date(1971, 8, 23), dt.date(1971, 1, 1)),
    ("any date", lambda d: d, dt.date(1971, 8, 23), dt.date(2000, 1, 1)),
    ("a time zone", lambda d: d.tzinfo, dt.datetime(2024, 5, 6, 7, 8, tzinfo=dt.timezone.utc),
     dt.datetime(2000, 1, 1, tzinfo=dt.timezone.utc)),
    ("a decimal", lambda d: d > 0, Decimal("12.75"), Decimal(1)),
    ("a fraction", lambda f: f.denominator != 1 or f > 2, Fraction(7, 2), Fraction(3)),
    ("a path", lambda p: p.suffix == ".gz", PurePosixPath("/a/b/c.gz"), PurePosixPath("c.gz")),
    ("a default dict", lambda d: d["x"] > 3, defaultdict(int, x=9, y=3), defaultdict(int, x=4)),
    ("an ordered dict", lambda d: next(iter(d)) == "b", OrderedDict(b=1, a=2), OrderedDict(b=0)),
    ("a counter", lambda c: c["x"] > 3, Counter(x=9, y=3), Counter(x=4)),
    ("deep down", lambda r: r["u"]["a"]["c"].up(),
     {"u": {"a": {"c": None, "d": 3}, "e": 1}, "t": 1}, {"u": {"a": {"c": None}}}),
    ("a shared part", lambda v: v[0] is v[1], [SHARED, SHARED, 3], None),
    ("true", lambda b: b, True, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fails", "value", "least"), [row[1:] for row in LEAST], ids=[row[0] for row in LEAST]
)
def test_it_finds_the_least_value(fails: Callable[[Any], Any], value: Any, least: Any) -> None:
    """Of every type a value becomes the least that still fails, and keeps its type."""
    found = shrunk(fails, value)
    (made,) = found.args
    assert type(made) is type(value)
    assert found.is_least
    if isinstance(least, int) and isinstance(made, frozenset):
        assert len(made) == least
    elif least is not None:
        assert made == least, made
    assert size_of(made) <= size_of(value)


def test_a_plain_object_is_emptied() -> None:
    """An object of any class has its attributes emptied; its class runs no code for it."""
    (made,) = shrunk(lambda o: o.a.b < 0, Plain(Plain("x", -5), [1, 2, 3])).args
    assert repr(made) == "Plain(Plain('', -1), [])"


def test_optional_inputs_are_left_out() -> None:
    """What has a default goes; what is needed stays, emptied."""

    def fails(a: int, b: str = "", *, c: int, d: int = 0) -> bool:
        del b, d
        return c > 3 and a >= 0

    found = shrunk(fails, 5, b="text", c=9, d=7, optional="b d")
    assert (found.args, found.kwargs) == ((0,), {"c": 4})


def test_what_is_nested_deep_is_taken_by_steps() -> None:
    """A tree of 400 levels, of which 150 are needed, takes few calls."""
    tree: Any = 1
    for _ in range(300):
        tree = [tree]

    def depth(value: Any) -> int:
        levels = 0
        while isinstance(value, list) and value:
            value, levels = value[0], levels + 1
        return levels

    found = shrunk(lambda tree, name: depth(tree) > 150, tree, "name", calls=60)
    assert depth(found.args[0]) == 151
    assert found.is_least


def test_two_numbers_are_lowered_together() -> None:
    """Where a difference counts, both numbers go down by the same."""
    assert shrunk(lambda a, b: b - a == 3 and a > 0, 500, 503).args == (1, 4)


def test_arrays_lose_rows_columns_and_values() -> None:
    """Of an array the least rows and columns stay, and their values are emptied."""
    table = np.arange(24.0).reshape(6, 4)
    table[3, 2] = np.nan
    (made,) = shrunk(lambda a: np.isnan(a).any(), table).args
    assert made.shape == (1, 1)
    assert made.dtype == table.dtype
    (made,) = shrunk(lambda a: a.sum() > 10 and a.dtype == np.int32, np.full((9, 9), 5, "i4")).args
    assert made.tolist() == [[5, 5, 1]]
    (made,) = shrunk(lambda a: a > 5, np.int64(500)).args
    assert (made, type(made)) == (6, np.int64)


def test_tables_lose_rows_and_columns() -> None:
    """Of a frame the rows and columns stay that are needed; its columns keep their types."""
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": range(20), "b": [None, *"x" * 19], "c": 1.5})
    (made,) = shrunk(lambda f: f["b"].isna().any(), frame).args
    assert made.shape == (1, 1)
    (series,) = shrunk(lambda s: (s > 5).any(), frame["a"]).args
    assert series.tolist() == [6]


def test_a_budget_ends_it_with_the_best() -> None:
    """With few calls the result fails all the same, and is said not to be the least."""
    found = shrunk(lambda v: sum(v) > 1000, list(range(100)), calls=5)
    assert not found.is_least
    assert found.calls == 5


def test_no_time_is_no_call() -> None:
    """When the time is over nothing is called any more."""
    smaller = Smaller(Arguments(([1],), {}))
    begun = time.monotonic()
    assert not pursue(smaller, lambda _: pytest.fail("called"), calls=9, seconds=0, tell=print)
    assert smaller.best.args == ([1],)
    assert begun <= time.monotonic()


def test_nothing_is_tried_twice() -> None:
    """Each call is made with inputs that are not known yet."""
    seen = []

    def attempt(inputs: Arguments) -> Tried:
        seen.append(repr(inputs))
        return Tried(same="EU" in repr(inputs))

    start = Arguments(({"region": "EU", "rest": [1, 2, 3]},), {"x": "EU"})
    pursue(Smaller(start), attempt, calls=500, seconds=60, tell=lambda *_: None)
    assert len(seen) == len(set(seen))


def test_what_cannot_be_copied_is_left_alone() -> None:
    """A class that does not let itself be put together stays as it is; the rest becomes smaller."""

    class Stubborn:
        __slots__ = ("a",)

        def __setattr__(self, name: str, value: object) -> None:
            object.__setattr__(self, name, value)

        def __reduce__(self) -> Any:
            raise TypeError("not to be pickled")

    made = Stubborn()
    made.a = 3
    smaller = Smaller(Arguments(([1, 2], made), {}))
    assert pursue(smaller, lambda _: Tried(same=True), calls=9, seconds=60, tell=lambda *_: None)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.binary(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=6)
        | st.dictionaries(st.text(max_size=3), inner, max_size=4)
        | st.tuples(inner, inner)
        | st.builds(Item, st.text(max_size=4), inner)
        | st.builds(Named, inner, inner)
    ),
    max_leaves=20,
)


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_what_always_fails_becomes_empty(value: Any) -> None:
    """Any value at all is emptied in one call where nothing of it is needed."""
    found = shrunk(lambda _: True, value)
    assert is_empty(found.args[0])
    assert found.calls <= 2


@given(VALUES)
@settings(max_examples=150, deadline=None)
def test_a_copy_with_the_same_parts_is_the_same(value: Any) -> None:
    """Taken apart and put together again a value is what it was."""
    opened = parts(value)
    if opened is not None:
        for number, one in enumerate(opened.values):
            assert repr(put(value, (number,), at(value, (number,)))) == repr(value)
            assert at(put(value, (number,), "new"), (number,)) == "new" or isinstance(one, str)
    for axis in axes(value):
        assert repr(axis.only(range(axis.length))) == repr(value)
    assert type(empty(value)) is type(hollow(value)) is type(value)
    assert size_of(empty(value)) <= size_of(value)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=12), st.integers(0, 9))
@settings(max_examples=200, deadline=None)
def test_one_needed_item_is_found(values: list[int], needed: int) -> None:
    """Of any list that has what is needed, that alone stays."""
    values = [*values, needed]
    (made,) = shrunk(lambda v: needed in v, values).args
    assert made == [needed]


@given(st.integers(1, 10**12), st.integers(0, 10**12))
@example(2, 3)
@example(3, 61)
@settings(max_examples=200, deadline=None)
def test_a_limit_is_found(limit: int, more: int) -> None:
    """The least number above a limit is found within a call for each bit, and some more."""
    found = shrunk(lambda n: n >= limit, limit + more)
    assert found.args == (limit,)
    assert found.calls <= 2 * 41 + 12


@given(st.sets(st.integers(0, 30), max_size=3))
@settings(max_examples=100, deadline=None)
def test_searches_end_with_what_holds(needed: set[int]) -> None:
    """Each search ends, and what it returns holds all that is needed."""
    for search in (shortest(31), fewest(range(31))):
        kept, _ = followed(search, lambda trial: bool(trial) and needed <= set(trial))
        kept = range(31) if kept is None else kept
        assert needed <= set(kept)
        assert len(kept) <= max(len(needed), 1) + 1


@given(st.integers(0, 50), st.integers(0, 50))
def test_the_furthest_that_holds_is_found(count: int, limit: int) -> None:
    """Where all up to a limit hold, the limit is found."""
    assert followed(furthest(count), lambda trial: trial <= limit)[0] == min(count, limit)


def test_the_least_number_is_below_none_that_holds() -> None:
    """For a number that alone holds nothing else is returned, after few trials."""
    found, trials = followed(lowest(123_456), lambda _: False)
    assert found == 123_456
    assert trials < 6
