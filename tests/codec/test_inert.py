"""A pickle of our own is loaded at the speed of C, to what the static reader makes of it."""

from __future__ import annotations

import collections
import copyreg
import datetime as dt
import decimal
import enum
import functools
import io
import pickle
import uuid
from collections.abc import Callable
from concurrent.futures.process import _CallItem
from dataclasses import dataclass
from multiprocessing.pool import mapstar, starmapstar  # type: ignore[attr-defined]
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpdiag import codec
from mpdiag.worker import executor_chunk

ran: list[object] = []


@dataclass
class Point:
    """Plain fields."""

    x: int
    y: object = None


@dataclass(frozen=True)
class Slotted:
    """No dictionary."""

    __slots__ = ("x",)
    x: int


class Color(enum.Enum):
    """A member is found by a call."""

    RED = 1


class Hostile:
    """Says so whenever its code runs."""

    def __init__(self) -> None:
        self.value = 1

    def __setstate__(self, state: object) -> None:
        ran.append(state)

    def __hash__(self) -> int:
        ran.append("hash")
        return 1


def evil(*args: object) -> object:
    """Stand for whatever a pickle may call."""
    ran.append(args)
    return args


class Calls:
    """Is pickled as a call."""

    def __reduce__(self) -> tuple[object, ...]:
        return evil, (1, Point)


def parse(*record: object, key: int = 0) -> object:
    """Stand for a target."""
    return record, key


class Loader:
    """A target with an object."""

    def parse(self, record: object, key: int = 0) -> object:
        """Stand for a target."""
        return record, key

    def __call__(self, record: object) -> object:
        """Stand for a target."""
        return record


LOADER = Loader()


def same(one: object, other: object) -> bool:
    """Tell whether two readings say the same."""
    one = one if not codec.is_stand_in(one) else one.node  # type: ignore[attr-defined]
    if type(one) is not type(other):
        return False
    if isinstance(one, codec.Node) and isinstance(other, codec.Node):
        names = ("kind", "module", "name", "args", "keywords", "state", "items", "pairs")
        return all(same(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, dict) and isinstance(other, dict):
        return same(list(one.items()), list(other.items()))
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, (set, frozenset)) and isinstance(other, (set, frozenset)):
        return len(one) == len(other)
    return repr(one) == repr(other)


VALUES: list[Any] = [
    {"id": 1, "x": [1, 2.5, None, True, b"a", "ä"], "y": {"z": (1, 2)}},
    {1, 2, 3},
    frozenset("ab"),
    1 << 200,
    complex(1, 2),
    bytearray(b"abc"),
    range(3),
    Point(1, Point(2)),
    Slotted(3),
    Color.RED,
    [Point, parse, len],
    dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.timezone.utc),
    decimal.Decimal("1.5"),
    uuid.UUID(int=7),
    Path("a/b"),
    functools.partial(parse, 1, key=2),
    Calls(),
    Hostile(),
    {"point": Point(1), "all": [Point(2), Point(3)]},
]


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_both_readers_say_the_same(value: object, protocol: int) -> None:
    """Plain values, instances, members, calls and references, and nothing of them runs."""
    ran.clear()
    raw = pickle.dumps(value, protocol)
    assert same(codec.load_inert(raw), codec.read_pickle(raw))
    assert ran == []


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=4)
        | st.builds(Point, st.integers(), inner)
    ),
    max_leaves=20,
)


@given(plain)
def test_both_readers_say_the_same_of_any_data(value: object) -> None:
    """What is compared does not depend on the reader."""
    raw = bytes(ForkingPickler.dumps(value))
    assert same(codec.load_inert(raw), codec.read_pickle(raw))


class _Persistent(pickle.Pickler):
    def persistent_id(self, obj: object) -> object:
        return "x" if obj is parse else None


def _persistent() -> bytes:
    file = io.BytesIO()
    _Persistent(file, 4).dump([parse])
    return file.getvalue()


REFUSED = [
    pytest.param(pickle.dumps(collections.deque([1])), id="items appended to an object"),
    pytest.param(_persistent(), id="persistent ID"),
    pytest.param(b"\x80\x04\x82\x07.", id="extension"),
    pytest.param(pickle.dumps([1, 2])[:-3], id="cut off"),
    pytest.param(b"", id="nothing"),
    pytest.param(b"\xff\xff", id="no pickle"),
]


@pytest.mark.parametrize("raw", REFUSED)
def test_what_it_cannot_read_it_says(raw: bytes) -> None:
    """Whatever fails does so with the one error that callers expect."""
    with pytest.raises(ValueError, match=":"):
        codec.load_inert(raw)


def test_registered_extensions_shut_it() -> None:
    """Objects of registered extensions are found without asking, so nothing is loaded then."""
    copyreg.add_extension(evil.__module__, "evil", 7)
    try:
        with pytest.raises(ValueError, match="extensions"):
            codec.load_inert(b"\x80\x04\x82\x07.")
    finally:
        copyreg.remove_extension(evil.__module__, "evil", 7)


def pool(func: object, args: object, kwargs: dict[str, object] | None = None) -> tuple[Any, ...]:
    """Return a message of a pool."""
    return (7, 0, func, args, kwargs or {}, 1, 8, 40)


def item(func: Any, *args: object, **kwargs: object) -> Any:
    """Return a message of an executor."""
    return _CallItem(7, func, args, kwargs)


NAME = f"{parse.__module__}.parse"
PARTIAL = functools.partial(parse, 0, key=9)
MESSAGES = [
    pytest.param(pool(parse, (1,), {"key": 2}), (8, 40, [((1,), {"key": 2})]), id="imap"),
    pytest.param(pool(parse, (1,))[:5], (7, 7, [((1,), {})]), id="apply"),
    pytest.param(
        pool(mapstar, ((parse, (1, 2)),)), (8, 40, [((1,), {}), ((2,), {})]), id="chunk of map"
    ),
    pytest.param(
        pool(starmapstar, ((parse, ((1, 2), [3, 4])),)),
        (8, 40, [((1, 2), {}), ((3, 4), {})]),
        id="chunk of starmap",
    ),
    pytest.param(
        pool(mapstar, ((PARTIAL, (1,)),)), (8, 40, [([0, 1], {"key": 9})]), id="partial in a chunk"
    ),
    pytest.param(item(parse, 1, key=2), (7, 7, [((1,), {"key": 2})]), id="submit"),
    pytest.param(
        item(functools.partial(executor_chunk, parse, 3, 60), [(1, 2), (3, 4)]),
        (3, 60, [((1, 2), {}), ((3, 4), {})]),
        id="chunk of an executor",
    ),
    pytest.param(
        item(functools.partial(executor_chunk, PARTIAL, 3, 60), [(1,)]),
        (3, 60, [([0, 1], {"key": 9})]),
        id="partial in a chunk of an executor",
    ),
]


@pytest.mark.parametrize(("message", "expected"), MESSAGES)
def test_the_tasks_of_a_message(message: object, expected: tuple[object, ...]) -> None:
    """All tasks of a message, with its position and its target, by either reader."""
    raw = bytes(ForkingPickler.dumps(message))
    for read in (codec.load_inert, codec.read_pickle):
        assert codec.message_tasks(read(raw)) == (NAME, *expected)


METHODS = [
    pytest.param(LOADER.parse, "Loader.parse", id="method"),
    pytest.param(LOADER, "Loader.__call__", id="object"),
    pytest.param(functools.partial(LOADER.parse, key=1), "Loader.parse", id="partial of a method"),
]


@pytest.mark.parametrize(("target", "name"), METHODS)
@pytest.mark.parametrize("read", [codec.load_inert, codec.read_pickle])
def test_a_target_with_its_object(
    target: object, name: str, read: Callable[[bytes], object]
) -> None:
    """A method has its object as first argument, as its signature says."""
    found = codec.message_tasks(read(bytes(ForkingPickler.dumps(pool(mapstar, ((target, (1,)),))))))
    assert found is not None
    assert found.target == f"{Loader.__module__}.{name}"
    ((args, _),) = found.arguments
    assert [one.path if isinstance(one, codec.Node) else one for one in args] == [
        f"{Loader.__module__}.Loader",
        1,
    ]


@pytest.mark.parametrize(
    "message", [None, 7, (), (1, 2, 3), pool(mapstar, ()), [1], Point(1), item(None)]
)
def test_no_message_of_a_pool(message: object) -> None:
    """What is none has no tasks, or those of no target."""
    found = codec.message_tasks(codec.load_inert(bytes(ForkingPickler.dumps(message))))
    assert found is None or found.target == ""
