"""Describing a value runs nothing of it, always ends, and says what it is."""

from __future__ import annotations

import collections
import dataclasses
import datetime as dt
import decimal
import enum
import fractions
import functools
import pathlib
import sys
import threading
import types
import typing
import uuid
import zoneinfo
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpdiag.codec import MASKED, UNREADABLE, Budget, Mask, describe, outline, snapshot
from mpdiag.codec._shape import Entry, Group


class Ran(BaseException):
    """Code of the user ran; not an Exception, so that nothing swallows it."""


def ran(*_: object, **__: object) -> Any:
    """Stand in for any method of the user."""
    raise Ran


class Session:
    def __init__(self) -> None:
        self.url = "https://a.example"
        self.timeout = 3


class SpawnedMain:
    """A class of the program's own module, as a spawned child sees it."""

    __module__ = "__mp_main__"


class Color(enum.Enum):
    RED = 1


class Rights(enum.Flag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass
class Point:
    x: int
    y: str
    quiet: int = dataclasses.field(default=0, repr=False)
    shared: typing.ClassVar[int] = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Slotted:
    x: int
    y: str


@attrs.define
class Defined:
    a: int
    token: str


Pair = collections.namedtuple("Pair", "p q")  # noqa: PYI024 - as users write it


class Slots:
    __slots__ = ("empty", "full")

    def __init__(self) -> None:
        self.full = 1


class Name(str):
    __slots__ = ()


class Row(dict[str, int]):
    pass


UTC = dt.timezone.utc

TEXTS = [
    ({"id": 4711, "this": 7, "name": "ab"}, "{'id': 4711, 'this': 7, 'name': 'ab'}"),
    ((), "()"),
    ((1,), "(1,)"),
    ((1, [2, {3}]), "(1, [2, {3}])"),
    (set(), "set()"),
    (frozenset({1}), "frozenset({1})"),
    (None, "None"),
    (True, "True"),
    (1.5, "1.5"),
    (1 + 2j, "(1+2j)"),
    (..., "Ellipsis"),
    (b"a\0", "b'a\\x00'"),
    (bytearray(b"ab"), "bytearray(b'ab')"),
    ("a\x1b[0m\ud800\n", "'a\\x1b[0m\\ud800\\n'"),
    (Name("ab"), "Name('ab')"),
    (Row(a=1), "Row({'a': 1})"),
    (collections.deque([1, 2]), "deque([1, 2])"),
    (collections.OrderedDict(a=1), "OrderedDict({'a': 1})"),
    (Session(), f"<{__name__}.Session object: url, timeout>"),
    (SpawnedMain(), "<__main__.SpawnedMain object>"),
    (threading.Event(), "<threading.Event object>"),
    (Slots(), f"<{__name__}.Slots object: full>"),
    (object(), "<object object>"),
    (threading.Lock(), "<_thread.lock object>"),
    (Color.RED, "Color.RED"),
    (Rights.READ, "Rights.READ"),
    (Point(1, "a"), "Point(x=1, y='a')"),
    (Slotted(1, "a"), "Slotted(x=1, y='a')"),
    (Defined(1, "t"), "Defined(a=1, token='t')"),
    (Pair(1, 2), "Pair(p=1, q=2)"),
    (types.SimpleNamespace(a=1), "namespace(a=1)"),
    (KeyError("that"), "KeyError('that')"),
    (range(3), "range(0, 3)"),
    (range(1, 9, 2), "range(1, 9, 2)"),
    (slice(1), "slice(None, 1, None)"),
    (memoryview(b"abc"), "<memoryview of 3 bytes>"),
    (decimal.Decimal("1.5"), "Decimal('1.5')"),
    (fractions.Fraction(1, 3), "Fraction(1, 3)"),
    (uuid.UUID(int=5), "UUID('00000000-0000-0000-0000-000000000005')"),
    (pathlib.PurePosixPath("/a/b"), "PurePosixPath('/a/b')"),
    (dt.timedelta(days=1), "datetime.timedelta(days=1)"),
    (dt.date(2024, 2, 3), "datetime.date(2024, 2, 3)"),
    (
        dt.datetime(2024, 2, 3, 4, 5, tzinfo=UTC),
        "datetime.datetime(2024, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)",
    ),
    (
        dt.datetime(2024, 2, 3, tzinfo=zoneinfo.ZoneInfo("UTC")),
        "datetime.datetime(2024, 2, 3, 0, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC'))",
    ),
    (Session, f"<class {__name__}.Session>"),
    (ran, f"<function {__name__}.ran>"),
    (Session().__init__, f"<bound method {__name__}.Session.__init__>"),  # type: ignore[misc]
    (len, "<built-in function len>"),
    (sys, "<module sys>"),
    (
        functools.partial(print, 1, sep=""),
        "functools.partial(<built-in function print>, 1, sep='')",
    ),
    (10**5000, "<int of 16,610 bits>"),
]


@pytest.mark.parametrize(("value", "text"), TEXTS, ids=lambda part: type(part).__name__)
def test_a_value_is_told_by_its_content(value: object, text: str) -> None:
    """Builtin types, fields, members, names: each kind has its own text."""
    assert describe(value) == text


def trapped(base: type, *left_out: str) -> type:
    """Return a subclass of *base* in which every special method raises."""
    kept = {"__new__", "__init__", "__class__", "__dict__", "__getattribute__", "__del__"}
    kept |= {"__init_subclass__", "__subclasshook__", "__doc__", "__module__", *left_out}
    names = {name for name in dir(base) if callable(getattr(base, name, None))} - kept
    return type("Trap", (base,), {**dict.fromkeys(names, ran), "__getattr__": ran})


@pytest.mark.parametrize(
    ("base", "content", "text"),
    [
        (dict, {"a": 1}, "Trap({'a': 1})"),
        (list, [1], "Trap([1])"),
        (tuple, (1,), "Trap((1,))"),
        (str, "ab", "Trap('ab')"),
        (bytes, b"ab", "Trap(b'ab')"),
        (int, 3, "Trap(3)"),
        (float, 1.5, "Trap(1.5)"),
        (set, {1}, "Trap({1})"),
        (collections.deque, [1], "Trap(deque([1]))"),
    ],
)
def test_overrides_of_a_builtin_are_not_called(base: type, content: object, text: str) -> None:
    """A subclass is read through the methods of the builtin, whatever it overrides."""
    assert describe(trapped(base, "update", "extend")(content)) == text


def test_an_object_of_traps_is_described() -> None:
    """No special method, property or attribute hook of a class or its metaclass runs."""

    class Meta(type):
        __getattribute__ = ran
        __repr__ = __instancecheck__ = __subclasscheck__ = __hash__ = __eq__ = ran
        __name__ = __module__ = property(ran)

    class Trap(metaclass=Meta):
        __getattribute__ = __getattr__ = __repr__ = __str__ = __format__ = ran
        __len__ = __iter__ = __bool__ = __hash__ = __eq__ = __sizeof__ = ran
        __class__ = x = property(ran)

        def __init__(self) -> None:
            object.__setattr__(self, "kept", 1)

    value = Trap()
    inner = {"key": value, "list": [value], "type": Trap}
    name = "test_an_object_of_traps_is_described.<locals>.Trap"
    assert describe(value) == f"<{__name__}.{name} object: kept>"
    assert f"<class {__name__}.{name}>" in describe(inner)
    assert snapshot(value).type == f"{__name__}.{name}"
    assert outline(value).text == f"<{__name__}.{name}>"


def test_a_property_named_like_the_instance_dictionary_is_not_called() -> None:
    """``__dict__`` is read as the interpreter keeps it, or not at all."""

    class Base:
        pass

    class Trap(Base):
        __dict__ = property(ran)

    value = Trap()
    value.kept = 1  # type: ignore[attr-defined]
    assert describe(value).endswith("Trap object: kept>")


def test_fields_are_read_without_properties() -> None:
    """A field of a dataclass that a subclass turned into a property is left out, not asked."""

    class Trap(Point):
        x = property(ran, ran)

        def __init__(self) -> None:
            self.y = "a"

    assert describe(Trap()).endswith("Trap(y='a')")


def test_a_zone_of_the_user_is_not_asked() -> None:
    """The text of a moment would call the ``__repr__`` of its time zone."""

    class Zone(dt.tzinfo):
        utcoffset = __repr__ = __str__ = tzname = dst = ran

    moment = dt.datetime(2024, 2, 3, tzinfo=Zone())
    assert describe(moment).startswith("datetime.datetime(2024, 2, 3, 0, 0, tzinfo=<")


def test_arrays_and_frames_are_told_by_their_shape() -> None:
    """The type is that of the loaded module, not one that carries its name."""
    numpy = pytest.importorskip("numpy")
    assert describe(numpy.zeros((3, 4))) == "<numpy.ndarray float64 (3, 4)>"
    assert describe(numpy.int32(3)) == "int32(3)"
    fake = type("ndarray", (), {"__module__": "numpy", "dtype": property(ran)})
    assert describe(fake()) == "<numpy.ndarray object>"


def test_frames_are_told_by_their_shape() -> None:
    """A frame is named with its rows and columns."""
    pandas = pytest.importorskip("pandas")
    assert describe(pandas.DataFrame({"a": [1]})) == "<pandas.DataFrame of 1 rows, 1 columns>"
    assert describe(pandas.Series([1, 2])) == "<pandas.Series int64 of 2 rows>"


def test_long_containers_say_how_much_is_left() -> None:
    """What is left out is counted."""
    text = describe(["https://a.example/1"] * 4999, Budget(items=1))
    assert text == "['https://a.example/1', ... 4,998 more]"


def test_a_long_text_is_cut_and_measured() -> None:
    """A text beyond the budget is cut before it is escaped, and its length stands behind it."""
    assert describe("x" * 10**7, Budget(text=16)) == f"'{'x' * 16}...' (10,000,000 characters)"
    assert describe(b"x" * 100, Budget(text=16)) == f"b'{'x' * 16}...' (100 bytes)"


def test_cycles_and_depth_end() -> None:
    """A list inside itself, and one 100,000 levels deep."""
    cycle: list[object] = []
    cycle.append(cycle)
    assert describe(cycle) == "[[...]]"
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    assert describe(deep, Budget(depth=2)) == "[[[...]]]"
    assert len(describe(deep, Budget(depth=10**6))) < 300


def test_sharing_does_not_multiply_the_work() -> None:
    """Thirty levels of lists that hold the same list twenty times cost what is shown."""
    value: list[object] = []
    for _ in range(30):
        value = [value] * 20
    assert len(describe(value, Budget(depth=30, total=1000))) <= 1000


def test_a_value_that_changes_meanwhile_is_survived() -> None:
    """A container that another thread changes while it is read is told as far as it went."""
    iterator = iter({1: 2, 3: 4}.items())
    group = Group("{", "}", (Entry(item) for item in _changing(iterator)), 2)
    assert describe(group) == f"{{(1, 2), {UNREADABLE}}}"


def _changing(items: Iterator[object]) -> Iterator[object]:
    yield next(items)
    raise RuntimeError("dictionary changed size during iteration")


def test_the_last_resort_is_a_word() -> None:
    """A released view cannot be read; it is named so, and the rest is told."""
    view = memoryview(b"a")
    view.release()
    assert describe([view, 1]) == f"[{UNREADABLE}, 1]"


def test_names_hide_values() -> None:
    """Keys, fields, headers in pairs and options in a command line hide what they name."""
    mask = Mask()
    value = {"a": {"db_password": "x", b"Cookie": "x"}, "apiKey": ["x"], "author": "me"}
    assert describe(value, mask=mask) == (
        "{'a': {'db_password': <masked>, b'Cookie': <masked>}, 'apiKey': <masked>, 'author': 'me'}"
    )
    assert describe(Defined(1, "t"), mask=mask) == "Defined(a=1, token=<masked>)"
    assert describe([("X-Api-Key", "x")], mask=mask) == "[('X-Api-Key', <masked>)]"
    assert describe(["p", "--password", "x"], mask=mask) == "['p', '--password', <masked>]"


def test_a_secret_across_the_cut_is_hidden() -> None:
    """The mask sees further than the text that is shown."""
    url = "x" * 380 + " postgres://user:hunter2hunter2hunter2@host/db"
    assert "hunt" not in describe(url, Budget(text=410), Mask())
    assert "hunt" not in describe(url.encode(), Budget(text=410), Mask())


def test_a_snapshot_knows_type_and_size() -> None:
    """A snapshot carries text, type and size; under a secret name the type alone."""
    kept = snapshot("abc", name="x", mask=Mask())
    assert (kept.text, kept.type, kept.size) == ("'abc'", "str", 3)
    hidden = snapshot("abc", name="password", mask=Mask())
    assert (hidden.text, hidden.type, hidden.size) == (MASKED, "str", None)
    assert outline({"a": "secret"}).text == "<dict of 1>"
    assert outline(Session()).text == f"<{__name__}.Session>"


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary()
    | st.complex_numbers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.lists(inner).map(tuple),
    max_leaves=50,
)
BUDGETS = st.builds(
    Budget,
    depth=st.integers(0, 100),
    items=st.integers(0, 100),
    text=st.integers(0, 1000),
    total=st.integers(0, 2000),
)


@given(PLAIN, BUDGETS, st.booleans())
def test_every_text_keeps_its_budget(value: object, budget: Budget, masks: bool) -> None:
    """Whatever the value and the budget, the text is printable and within the budget."""
    text = describe(value, budget, Mask() if masks else None)
    assert len(text) <= budget.total
    assert text.isprintable()


@given(PLAIN)
def test_within_a_large_budget_builtin_values_read_as_python_writes_them(value: object) -> None:
    """For builtin types the text is that of repr."""
    budget = Budget(depth=100, items=10**6, text=10**6, total=10**6)
    assert describe(value, budget) == repr(value)
