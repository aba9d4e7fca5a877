"""The path to what cannot be pickled, in a table of objects as people send them."""

from __future__ import annotations

import functools
import logging
import multiprocessing
import os
import queue
import socket
import sqlite3
import ssl
import threading
import time
import types
import weakref
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

import attrs
import pytest

from mpdiag.codec import pickle_path

LOCK = threading.Lock()
SOCKET = socket.socket()
SOCKET.close()
with Path(os.devnull).open(encoding="utf-8") as FILE:
    pass
DATABASE = sqlite3.connect(":memory:")
DATABASE.close()


def lock() -> Any:
    """Return a lock as a user has it, of no declared type."""
    return threading.Lock()


class Pool:
    def __init__(self) -> None:
        self._lock = lock()

    def task(self, x: int) -> int:
        return x


class Config(dict[str, Any]):
    pass


@dataclass
class Job:
    name: str
    pool: Any = None
    extra: list[Any] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Frozen:
    name: str
    pool: Any


@attrs.define
class Sized:
    name: str
    pool: Any


class Slots:
    __slots__ = ("a", "b")

    def __init__(self, a: Any, b: Any) -> None:
        self.a, self.b = a, b


class Point(NamedTuple):
    x: Any
    y: Any


Old = namedtuple("Old", "x y")  # noqa: PYI024 - as people have them


class Reduced:
    def __init__(self, *args: Any) -> None:
        self.args = args

    def __reduce__(self) -> Any:
        return (Reduced, self.args)


class ReducedState:
    def __reduce__(self) -> Any:
        return (ReducedState, (), {"inside": lock()})


class State:
    def __getstate__(self) -> Any:
        return {"name": "a", "inner": [1, lock()]}


class Refused(Exception):
    def __init__(self, code: int, why: str) -> None:
        super().__init__(f"{code}: {why}")


class Carrying(Exception):
    pass


class Color(Enum):
    RED = 1


class Tree:
    def __init__(self, children: list[Any]) -> None:
        self.children = children


def carrying(*args: Any, **attributes: Any) -> Carrying:
    """Return an exception with attributes of its own."""
    error = Carrying(*args)
    vars(error).update(attributes)
    return error


def local_class() -> Any:
    """Return an object whose class no module has."""

    class Inner:
        pass

    return Inner()


def local_function() -> Any:
    """Return a function that no module has."""

    def inner() -> None: ...

    return inner


def nested(depth: int) -> Any:
    """Return a lock in lists in lists."""
    value = lock()
    for _ in range(depth):
        value = [value]
    return value


LOCK_NAME = "_thread.lock"
# What is sent, the path to what cannot be, and its type.
TABLE: dict[str, tuple[Callable[[], Any], str, str]] = {
    "itself": (lock, "x", LOCK_NAME),
    "list": (lambda: [1, lock()], "x[1]", LOCK_NAME),
    "tuple": (lambda: (1, 2, lock()), "x[2]", LOCK_NAME),
    "dict": (lambda: {"a": 1, "b": lock()}, "x['b']", LOCK_NAME),
    "dict with numbers": (lambda: {1: {2: lock()}}, "x[1][2]", LOCK_NAME),
    "key": (lambda: {LOCK: 1}, "x (its key _thread.lock)", LOCK_NAME),
    "set": (lambda: {LOCK}, "x (one of its items)", LOCK_NAME),
    "frozenset": (lambda: frozenset({LOCK}), "x (one of its items)", LOCK_NAME),
    "deque": (lambda: deque([1, lock()]), "x[1]", LOCK_NAME),
    "ordered dict": (lambda: OrderedDict(a=lock()), "x['a']", LOCK_NAME),
    "defaultdict, its factory": (
        lambda: defaultdict(lambda: 0),
        "x.default_factory",
        "lambda",
    ),
    "defaultdict, a value": (lambda: defaultdict(int, a=lock()), "x['a']", LOCK_NAME),
    "dict of one's own": (lambda: Config(db=[Pool()]), "x['db'][0]._lock", LOCK_NAME),
    "dict of one's own, attribute": (
        lambda: _with(Config(), held=lock()),
        "x.held",
        LOCK_NAME,
    ),
    "attribute": (Pool, "x._lock", LOCK_NAME),
    "deep": (lambda: {"db": Job("a", Pool())}, "x['db'].pool._lock", LOCK_NAME),
    "dataclass, list": (lambda: Job("a", extra=[0, lock()]), "x.extra[1]", LOCK_NAME),
    "frozen dataclass with slots": (lambda: Frozen("a", Pool()), "x.pool._lock", LOCK_NAME),
    "attrs": (lambda: Sized("a", lock()), "x.pool", LOCK_NAME),
    "slots": (lambda: Slots(1, lock()), "x.b", LOCK_NAME),
    "typed namedtuple": (lambda: Point(1, lock()), "x.y", LOCK_NAME),
    "namedtuple": (lambda: Old(lock(), 1), "x.x", LOCK_NAME),
    "simple namespace": (lambda: types.SimpleNamespace(a=lock()), "x.a", LOCK_NAME),
    "partial, argument": (
        lambda: functools.partial(print, 1, lock()),
        "x.args[1]",
        LOCK_NAME,
    ),
    "partial, keyword": (
        lambda: functools.partial(print, sep=lock()),
        "x.keywords['sep']",
        LOCK_NAME,
    ),
    "partial, function": (lambda: functools.partial(lambda: 0), "x.func", "lambda"),
    "bound method": (lambda: Pool().task, "x.__self__._lock", LOCK_NAME),
    "__reduce__, argument": (
        lambda: Reduced(1, lock()),
        "x.__reduce__()[1][1]",
        LOCK_NAME,
    ),
    "__reduce__, state": (ReducedState, "x.__reduce__()[2]['inside']", LOCK_NAME),
    "__getstate__": (State, "x.__getstate__()['inner'][1]", LOCK_NAME),
    "exception, argument": (lambda: Carrying("a", lock()), "x.args[1]", LOCK_NAME),
    "exception, attribute": (lambda: carrying("a", sock=lock()), "x.sock", LOCK_NAME),
    "lambda": (lambda: lambda: 0, "x", "lambda"),
    "lambda in a dict": (lambda: {"key": lambda: 0}, "x['key']", "lambda"),
    "local function": (local_function, "x", "function local_function.<locals>.inner"),
    "of a local class": (local_class, "x", f"{__name__}.local_class.<locals>.Inner"),
    "generator": (lambda: [(i for i in [1])], "x[0]", "generator"),
    "open file": (lambda: {"log": FILE}, "x['log']", "_io.TextIOWrapper"),
    "module": (lambda: Job("a", os), "x.pool", "module"),
    "socket": (lambda: [SOCKET], "x[0]", "socket.socket"),
    "database": (lambda: Job("a", DATABASE), "x.pool", "sqlite3.Connection"),
    "encryption": (lambda: Job("a", ssl.create_default_context()), "x.pool", "ssl.SSLContext"),
    "weak reference": (lambda: [weakref.ref(Pool)], "x[0]", "weakref.ReferenceType"),
    "queue of threads": (lambda: Job("a", queue.Queue()), "x.pool.mutex", LOCK_NAME),
    "event of threads": (lambda: [threading.Event()], "x[0]._cond._lock", LOCK_NAME),
    "queue of processes": (
        lambda: Job("a", multiprocessing.Queue()),
        "x.pool",
        "multiprocessing.queues.Queue",
    ),
    "log handler": (lambda: [logging.StreamHandler()], "x[0].lock", "_thread.RLock"),
    "tree": (
        lambda: Tree([Tree([]), Tree([Pool()])]),
        "x.children[1].children[0]._lock",
        LOCK_NAME,
    ),
    "twenty deep": (lambda: nested(20), "x" + "[0]" * 20, LOCK_NAME),
    "twice the same": (lambda: [Pool] * 3 + [lock()], "x[3]", LOCK_NAME),
}
# What pickles and does not load.
UNLOADABLE: dict[str, tuple[Callable[[], Any], str, str]] = {
    "exception with a message of its own": (lambda: Refused(1, "a"), "x", f"{__name__}.Refused"),
    "in a list": (lambda: [1, Refused(1, "a")], "x[1]", f"{__name__}.Refused"),
    "in an attribute": (lambda: Job("a", Refused(1, "a")), "x.pool", f"{__name__}.Refused"),
    "cause of an argument": (lambda: Carrying(Refused(1, "a")), "x.args[0]", f"{__name__}.Refused"),
}
GOOD: tuple[Any, ...] = (1, "a", [Color.RED], Job("a"), Point(1, 2), Frozen("a", 1), {"a": {1, 2}})


def _with(value: Any, **attributes: Any) -> Any:
    vars(value).update(attributes)
    return value


@pytest.mark.parametrize("name", TABLE)
def test_the_path_leads_to_what_cannot_be_pickled(name: str) -> None:
    """Path and type, from the name of the input on."""
    make, path, kind = TABLE[name]
    found = pickle_path({"x": make()})
    assert found is not None
    assert (found.path, found.type, found.loads) == (path, kind, True)


@pytest.mark.parametrize("name", UNLOADABLE)
def test_the_path_leads_to_what_does_not_load(name: str) -> None:
    """The innermost object that is pickled and cannot be made again."""
    make, path, kind = UNLOADABLE[name]
    found = pickle_path({"x": make()})
    assert found is not None
    assert (found.path, found.type, found.loads) == (path, kind, False)


@pytest.mark.parametrize("value", GOOD, ids=repr)
def test_what_goes_both_ways_has_no_path(value: object) -> None:
    """Nothing is said of it."""
    assert pickle_path({"x": value}) is None


def test_owner_and_line_are_named() -> None:
    """Whose attribute it is, and where the class makes it."""
    found = pickle_path({"config": {"db": Pool()}})
    assert found is not None
    assert found.owner == f"{__name__}.Pool"
    line = next(
        number
        for number, text in enumerate(Path(__file__).read_text("utf-8").splitlines(), 1)
        if "self._lock = lock()" in text
    )
    assert found.created.endswith(f"test_pickle_path.py:{line}")
    assert found.words.startswith("config['db']._lock is a _thread.lock (attribute of ")


def test_the_second_of_several_inputs() -> None:
    """The name of the input is that of the parameter."""
    found = pickle_path({"a": 1, "b": [LOCK]})
    assert found is not None
    assert found.path == "b[0]"


def test_it_gives_up_in_time() -> None:
    """A million objects before the guilty one: no path, and no waiting."""
    begun = time.monotonic()
    assert pickle_path({"x": [[i] for i in range(1_000_000)] + [LOCK]}, seconds=0.2) is None
    assert time.monotonic() - begun < 20


def test_an_object_that_cannot_be_asked_is_the_end_of_the_path() -> None:
    """Its own method raises: that is where it stands."""

    class Rude:
        def __reduce__(self) -> Any:
            raise RuntimeError("no")

    found = pickle_path({"x": [1, Rude()]})
    assert found is not None
    assert found.path == "x[1]"
