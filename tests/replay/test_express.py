"""Values written as Python, and laid out so that formatters and linters leave them alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import re
import subprocess
import sys
import uuid
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple
from decimal import Decimal
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import attrs
import pytest

from mpdiag.replay.case._express import express, reach
from mpdiag.replay.case._expression import NoExpression, flat
from mpdiag.replay.case._lines import lay_out

SHARED = [1]


class Level(enum.Enum):
    LOW = 1


class Access(enum.Flag):
    READ = 1
    WRITE = 2


@dataclasses.dataclass
class Record:
    number: int
    tags: list[str]
    seen: int = dataclasses.field(default=0, init=False)


@attrs.define
class Price:
    _amount: int


Point = namedtuple("Point", "x y")  # noqa: PYI024 - the kind without types


class Shown:
    def __init__(self, code: int, *, name: str = "") -> None:
        self.code, self.name = code, name

    def __repr__(self) -> str:
        return f"Shown({self.code}, name={self.name!r})"

    def method(self, text: str) -> None:
        """Stand for a target."""

    @classmethod
    def of_class(cls, text: str) -> None:
        """Stand for a target."""


class Liar(Shown):
    def __repr__(self) -> str:
        return "Liar(0)"


def _flat(value: object) -> str:
    return flat(express(value), lambda _, name: name)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "None"),
        (-0.0, "-0.0"),
        (float("nan"), 'float("nan")'),
        (2j, "complex(0.0, 2.0)"),
        ("it's", '"it\'s"'),
        ('a"b', "'a\"b'"),
        ("\té\u0430日", '"\\té\\u0430日"'),
        (b"a'\"\0", 'b"a\'\\"\\x00"'),
        ((1,), "(1,)"),
        ({"a": [{2, 1}, ()]}, '{"a": [{1, 2}, ()]}'),
        (set(), "set()"),
        (frozenset({3}), "frozenset({3})"),
        (range(3), "range(3)"),
        (deque(maxlen=3), "deque(maxlen=3)"),
        (defaultdict(list, {1: [2]}), "defaultdict(list, {1: [2]})"),
        (OrderedDict(a=1), 'OrderedDict({"a": 1})'),
        (Counter("aab"), 'Counter({"a": 2, "b": 1})'),
        (SimpleNamespace(a=1), "SimpleNamespace(a=1)"),
        (dt.date(2024, 2, 29), "date(2024, 2, 29)"),
        (
            dt.datetime(2024, 2, 29, 1, tzinfo=dt.timezone.utc),
            'datetime.fromisoformat("2024-02-29T01:00:00+00:00")',
        ),
        (dt.timedelta(hours=1), "timedelta(seconds=3600)"),
        (Decimal("1.10"), 'Decimal("1.10")'),
        (Decimal(5), "Decimal(5)"),
        (Fraction(1, 3), "Fraction(1, 3)"),
        (uuid.UUID(int=5), 'UUID("00000000-0000-0000-0000-000000000005")'),
        (Path("/x"), 'Path("/x")'),
        (re.compile("a+"), 'compile("a+")'),
        (Level.LOW, "Level.LOW"),
        (Access.READ | Access.WRITE, "Access(3)"),
        (Record(1, ["a"]), 'Record(number=1, tags=["a"])'),
        (Price(3), "Price(amount=3)"),
        (Point(1, (2,)), "Point(x=1, y=(2,))"),
        (Shown(1, name="a"), 'Shown(1, name="a")'),
        (Level, "Level"),
        (len, "len"),
    ],
)
def test_a_value_is_written_as_one_would_write_it(value: object, text: str) -> None:
    """Each kind of value has its usual expression, which was seen to make it again."""
    assert _flat(value) == text


def test_an_array_is_written() -> None:
    """A small array of numpy keeps its type; a large one is not shown."""
    numpy = pytest.importorskip("numpy")
    assert _flat(numpy.array([[1, 2]], dtype="int16")) == 'array([[1, 2]], dtype="int16")'
    assert _flat(numpy.float32(1.5)) == "float32(1.5)"
    with pytest.raises(NoExpression, match="1,000 items"):
        express(numpy.zeros(1000))


def _changed() -> Record:
    record = Record(1, [])
    record.seen = 7
    return record


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ([SHARED, SHARED], "stands in two places"),
        (object(), "does not show how to make one"),
        (Liar(1), "would not be made again as it was"),
        (_changed(), "would not be made again as it was"),
        (list(range(1000)), "too many parts"),
        (lambda: 1, "a lambda cannot be imported"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_what_would_become_another_value_is_refused(value: object, why: str) -> None:
    """No expression is given that does not make the same value again."""
    with pytest.raises(NoExpression, match=why):
        express(value)


def test_a_target_is_called_as_one_would_call_it() -> None:
    """A partial is taken apart; a method is called on its object or class."""

    def naming(_: str, name: str) -> str:
        return name

    inner = reach(partial(partial(Shown, 3), name="a"))
    assert (flat(inner.head, naming), inner.args, inner.kwargs) == ("Shown", (3,), {"name": "a"})
    bound = reach(Shown(1, name="b").method)
    assert flat(bound.head, naming) == 'Shown(1, name="b").method'
    assert flat(reach(Shown.of_class).head, naming) == "Shown.of_class"
    with pytest.raises(NoExpression, match="naming is defined inside of a function"):
        reach(naming)


LONG = {
    "short": 1,
    "text": "words of a text that goes on for longer than any line may be, and then some " * 2,
    "raw": bytes(range(60)),
    "deep": [{"a": ("x" * 50, "y" * 50)}, ["z" * 90]],
}


@pytest.mark.parametrize("width", [88, 100])
def test_formatters_leave_the_lines_alone(width: int, tmp_path: Path) -> None:
    """What is laid out stays as it is at the widths that are usual, and makes the same value."""
    pytest.importorskip("ruff")
    lines = list(lay_out("VALUE = ", express(LONG), "", lambda _, name: name))
    text = "\n".join(lines) + "\n"
    found: dict[str, object] = {}
    exec(text, found)
    assert found["VALUE"] == LONG
    assert max(map(len, lines)) <= 100
    command = [sys.executable, "-m", "ruff", "format", "--isolated", f"--line-length={width}", "-"]
    done = subprocess.run(
        command, input=text, capture_output=True, text=True, check=True, cwd=tmp_path, timeout=30
    )
    assert done.stdout == text
