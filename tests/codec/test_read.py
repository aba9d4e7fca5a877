"""Reading a pickle tells what is in it, runs nothing of it, and always ends."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import functools
import io
import os
import pathlib
import pickle
import pickletools
import time
import types
import uuid
from concurrent.futures import process

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mpdiag.codec import (
    Budget,
    Mask,
    Node,
    ReadLimits,
    describe,
    describe_pickle,
    peek_attribute,
    peek_ints,
    pick_item,
    read_pickle,
)
from mpdiag.codec._machine import EFFECTS, STOP

from .test_describe import UTC, Color, Defined, Pair, Point, Row, Session, Slotted

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
KEYS = st.none() | st.booleans() | st.integers() | st.text() | st.binary()
VALUES = st.recursive(
    KEYS
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.binary().map(bytearray),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(KEYS | st.tuples(KEYS, KEYS), inner)
        | st.tuples(inner)
        | st.tuples(inner, inner)
        | st.lists(inner).map(tuple)
        | st.sets(KEYS)
        | st.frozensets(KEYS)
    ),
    max_leaves=30,
)


@given(VALUES, st.sampled_from(PROTOCOLS))
def test_builtin_values_come_back(value: object, protocol: int) -> None:
    """What is made of builtin types is read as it was, in every protocol."""
    found = read_pickle(pickle.dumps(value, protocol))
    assert found == value
    assert repr(found) == repr(value) or isinstance(value, (dict, list, tuple, set, frozenset))


def test_every_opcode_is_known() -> None:
    """The table is that of the interpreter's own documentation of pickles."""
    assert {ord(opcode.code) for opcode in pickletools.opcodes} == {*EFFECTS, STOP}


SIMILAR = [
    (Point(1, "a"), "Point(x=1, y='a', quiet=0)"),
    (Defined(1, "t"), "Defined(a=1, token='t')"),
    (Row(a=1), "Row({'a': 1})"),
    (Session(), "Session(url='https://a.example', timeout=3)"),
    (collections.deque([1]), "deque([1])"),
    (collections.OrderedDict(a=1), "OrderedDict({'a': 1})"),
    (collections.defaultdict(list, {1: [2]}), "defaultdict(<list>, {1: [2]})"),
    (collections.Counter("aab"), "Counter({'a': 2, 'b': 1})"),
    (dt.date(2024, 2, 3), "datetime.date(2024, 2, 3)"),
    (dt.time(4, 5, 0, 6), "datetime.time(4, 5, 0, 6)"),
    (dt.timedelta(1, 2), "datetime.timedelta(days=1, seconds=2)"),
    (
        dt.datetime(2024, 2, 3, 4, 5, tzinfo=UTC),
        "datetime.datetime(2024, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)",
    ),
    (decimal.Decimal("1.5"), "Decimal('1.5')"),
    (fractions.Fraction(1, 3), "Fraction(1, 3)"),
    (uuid.UUID(int=5), "UUID('00000000-0000-0000-0000-000000000005')"),
    (pathlib.PurePosixPath("/a/b"), "PurePosixPath('/a/b')"),
    (pathlib.PurePosixPath("/"), "PurePosixPath('/')"),
    (range(3), "range(0, 3)"),
    (KeyError("that"), "KeyError('that')"),
    (types.SimpleNamespace(a=1), "types.SimpleNamespace(a=1)"),
    (functools.partial(print, 1, sep=""), "functools.partial(<print>, 1, sep='')"),
    (len, "<len>"),
    (Session, f"<{Session.__module__}.Session>"),
]


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize(("value", "text"), SIMILAR, ids=lambda part: type(part).__name__)
def test_objects_are_told_from_their_pickles(value: object, text: str, protocol: int) -> None:
    """Each protocol gives the same text, in the style of the live value."""
    raw = pickle.dumps(value, protocol)
    shown = describe_pickle(raw)
    assert shown.replace("range(0, 3, 1)", "range(0, 3)") == text


def test_objects_with_slots_and_names_are_told() -> None:
    """Tuples with names and frozen slots carry no names in their pickles; members may."""
    assert describe_pickle(pickle.dumps(Pair(1, 2))) == "Pair(1, 2)"
    assert describe_pickle(pickle.dumps(Slotted(1, "a"))) == "Slotted([1, 'a'])"
    assert "Color" in describe_pickle(pickle.dumps(Color.RED))


def test_arrays_are_told_by_their_shape() -> None:
    """The data of an array is not shown, whichever way it was pickled."""
    numpy = pytest.importorskip("numpy")
    for protocol in PROTOCOLS:
        raw = pickle.dumps(numpy.zeros((3, 4)), protocol)
        assert describe_pickle(raw) == "<numpy.ndarray float64 (3, 4)>"
        assert describe_pickle(pickle.dumps(numpy.float64(1.5), protocol)) == "float64(1.5)"


class Hostile:
    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (self.path,)


def test_nothing_is_called(tmp_path: pathlib.Path) -> None:
    """A pickle that would act when loaded is rendered as the call that it is."""
    raw = pickle.dumps([Hostile(str(tmp_path / "made"))])
    assert describe_pickle(raw) == f"[{os.mkdir.__module__}.mkdir({str(tmp_path / 'made')!r})]"
    assert not (tmp_path / "made").exists()


def test_nothing_is_imported() -> None:
    """A name is a label: its module need not exist."""
    assert describe_pickle(b"cno.such.module\nThing\n)R.") == "no.such.module.Thing()"
    raw = b"cbuiltins\ngetattr\n(cos\nX\nVsystem\ntR(Vls\ntR."
    assert describe_pickle(raw) == "os.X.system('ls')"


def test_names_of_secrets_hide_in_pickles() -> None:
    """The mask works on keys, attributes and looks as for live values."""
    raw = pickle.dumps([{"password": "x"}, Defined(1, "t"), "a://u:pw@h"])
    shown = describe_pickle(raw, mask=Mask())
    assert shown == "[{'password': <masked>}, Defined(a=1, token=<masked>), 'a://u:<masked>@h']"


def test_cycles_and_shared_parts_are_kept() -> None:
    """A list inside itself is read as one."""
    cycle: list[object] = []
    cycle.append(cycle)
    found = read_pickle(pickle.dumps(cycle))
    assert isinstance(found, list)
    assert found[0] is found
    assert describe(found) == "[[...]]"


def bomb(opening: bytes, levels: int) -> bytes:
    """Return a pickle in which each level holds the one below twice."""
    return b"\x80\x04" + opening + b"2\x86" * levels + b"."


BOMBS = {
    "shared tuples": bomb(b"K\x01", 100_000),
    "as a key": b"\x80\x04}" + bomb(b"K\x01", 60)[2:-1] + b"K\x01s.",
    "as a member": b"\x80\x04\x8f(" + bomb(b"K\x01", 60)[2:-1] + b"\x90.",
    "deep key": b"\x80\x04}K\x01" + b"\x85" * 500_000 + b"K\x01s.",
    "deep list": b"]" * 500_000 + b"a" * 499_999 + b".",
    "marks": b"(" * 500_000,
    "pops": b"0" * 10,
    "digits": b"I" + b"9" * 10**6 + b"\n.",
    "long digits": b"L" + b"9" * 10**6 + b"L\n.",
    "float digits": b"F" + b"9" * 10**6 + b"\n.",
    "huge length": b"\x8e" + b"\xff" * 8,
    "huge memo": b"Nr\xff\xff\xff\x7f.",
    "wide node": b"ca\nb\n)\x81}(" + b"".join(b"U\x04%04dN" % i for i in range(9999)) + b"ub.",
    "itself as state": b"ca\nb\n)\x812b.",
    "itself as key": b"}2Ns.",
    "itself inside": b"ca\nb\n)\x81(22e.",
    "no stack": b"a.",
    "odd pairs": b"}(K\x01u.",
    "state of a list": b"]K\x01b.",
    "a number as class": b"K\x01)\x81.",
    "text": b"hello world",
    "nothing": b"",
    "stop": b".",
    "unknown buffer": b"\x97\x98.",
    "extension": b"\x82\x01)R.",
    "persistent": b"Pabc\n.",
    "old instance": b"(K\x01ia\nb\n.",
    "old object": b"(ca\nb\nK\x01o.",
    "keywords": b"ca\nb\n)}U\x01aK\x01s\x92.",
}


# They take a second and more each.
SLOW = {"marks", "deep list", "deep key"}


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(raw, id=name, marks=[pytest.mark.wide] if name in SLOW else [])
        for name, raw in BOMBS.items()
    ],
)
def test_hostile_pickles_are_read_and_shown_within_bounds(raw: bytes) -> None:
    """No depth, sharing, size or nonsense takes more than moments, or raises."""
    start = time.process_time()
    for piece in (raw, raw[:-1], raw * 2):
        assert len(describe_pickle(piece, Budget(total=500))) <= 500
    assert time.process_time() - start < 5


@given(st.binary(max_size=200))
def test_any_bytes_are_read(raw: bytes) -> None:
    """Whatever the bytes are, reading and showing them ends without an error."""
    assert isinstance(describe_pickle(raw), str)


@given(VALUES, st.sampled_from(PROTOCOLS), st.data())
def test_damaged_pickles_are_read(value: object, protocol: int, data: st.DataObject) -> None:
    """A pickle with one byte changed, or cut anywhere, is read as far as it makes sense."""
    raw = bytearray(pickle.dumps(value, protocol))
    raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    describe_pickle(bytes(raw))
    cut = pickle.dumps(value, protocol)[:-1]
    assert describe_pickle(cut).startswith("<unfinished: ")


def test_a_cut_pickle_tells_what_was_read() -> None:
    """The beginning of a dict in the beginning of a message is shown, and marked."""
    raw = pickle.dumps((3, 0, {"id": 4711, "text": "x" * 1000}, "never"))
    assert describe_pickle(raw[:-500]) == "<unfinished: 3, 0, {'id': 4711}>"


def test_limits_end_the_reading() -> None:
    """Bytes, opcodes and seconds each bound the work; the result is marked."""
    raw = pickle.dumps(list(range(100_000)))
    for limits in (ReadLimits(size_bytes=1000), ReadLimits(opcodes=1000), ReadLimits(seconds=0)):
        found = read_pickle(raw, limits=limits)
        assert isinstance(found, Node)
        assert found.kind == "unfinished"


def test_an_item_of_a_chunk_is_picked() -> None:
    """Items far beyond what is ever shown can be read from a message of a pool."""
    chunk = tuple({"id": number, "name": str(number)} for number in range(20_000))
    raw = pickle.dumps((1, 2, len, ((len, chunk),), {}))
    assert pick_item(raw, (3, 0, 1, 19_999)) == {"id": 19_999, "name": "19999"}
    with pytest.raises(LookupError):
        pick_item(raw, (3, 0, 1, 20_000))
    with pytest.raises(LookupError):
        pick_item(raw, (0, 0))


class Away(pickle.Pickler):
    def persistent_id(self, value: object) -> object:
        return ("table", 5) if value is len else None


def test_what_lies_outside_is_named() -> None:
    """Persistent ids and out-of-band buffers are shown as such."""
    file = io.BytesIO()
    Away(file).dump([len])
    assert describe_pickle(file.getvalue()) == "[<persistent ('table', 5)>]"
    raw = pickle.dumps(pickle.PickleBuffer(b"abc"), 5, buffer_callback=lambda _: False)
    assert describe_pickle(raw) == "<out-of-band buffer>"


@pytest.mark.parametrize("protocol", PROTOCOLS[2:])
def test_first_numbers_are_peeked(protocol: int) -> None:
    """Job and position are read from messages of a pool, and from nothing else."""

    def peek(value: object, count: int = 2) -> tuple[int, ...] | None:
        return peek_ints(pickle.dumps(value, protocol), count)

    assert peek((5, 300, (True, "x"))) == (5, 300)
    assert peek((5, 70_000, len, (1,), {})) == (5, 70_000)
    assert peek((-5, 2**40, 1)) == (-5, 2**40)
    assert peek((5, None, 1)) is None
    assert peek([5, 300]) is None
    assert peek((5, "a")) is None
    assert peek((5,)) is None
    assert peek(5, 1) is None
    assert peek(None) is None
    assert peek_ints(b"", 1) is None
    assert peek_ints(pickle.dumps((5, 70_000, 1), protocol)[:-9], 2) is None


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_attribute_is_peeked(protocol: int) -> None:
    """The number of a result is read without the result, however large that is."""
    item = process._ResultItem(70_000, None, result={"work_id": 1, "x": "x" * 10**5})
    raw = pickle.dumps(item, protocol)
    assert peek_attribute(raw, "work_id") == 70_000
    assert peek_attribute(raw, "missing") is None
    assert peek_attribute(raw[:200], "work_id") == 70_000
    late = types.SimpleNamespace(before=[{"number": 3}, "x" * 2000], number=4)
    assert peek_attribute(pickle.dumps(late, protocol), "number") == 4
    assert peek_attribute(pickle.dumps({"number": 4}, protocol), "number") is None
