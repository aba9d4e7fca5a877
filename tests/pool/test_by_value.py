"""Lambdas and local functions, which plain pickle refuses, travel by value."""

from __future__ import annotations

import io
import multiprocessing
import pickle
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import mpdiag
from mpdiag.pool._wire import dumps, has_name
from mpdiag.testing import run_command, run_program

from .tasks import plus_one


class Point:
    """A class with a name."""

    def __init__(self, x: int) -> None:
        self.x = x


class Refuses:
    """Cannot be pickled, and says so."""

    def __reduce__(self) -> str:
        raise pickle.PicklingError("not this one")


def makes_lambda(x: int) -> Callable[[int], int]:
    """Return what plain pickle refuses."""
    return lambda y: x + y


def modules() -> list[str]:
    """Return what the worker has imported."""
    return list(sys.modules)


@pytest.fixture(params=["fork", "spawn"])
def executor(request: pytest.FixtureRequest) -> Iterator[mpdiag.ProcessPoolExecutor]:
    """Yield an executor of one worker."""
    context = multiprocessing.get_context(request.param)
    with mpdiag.ProcessPoolExecutor(1, mp_context=context) as made:
        yield made


def test_as_function_argument_and_result(executor: mpdiag.ProcessPoolExecutor) -> None:
    """Wherever they stand."""
    add = 5
    assert list(executor.map(lambda x: x + add, range(3))) == [5, 6, 7]
    assert executor.submit(lambda a, *, b: a * b, 2, b=4).result() == 8
    assert executor.submit(map_one, lambda x: [x, add], 1).result() == [1, 5]
    assert executor.submit(makes_lambda, 3).result()(4) == 7


def map_one(function: Callable[[int], object], x: int) -> object:
    """Call an argument."""
    return function(x)


def test_named_classes_stay_the_same(executor: mpdiag.ProcessPoolExecutor) -> None:
    """A class goes by its name: the copy of a function sees that of its arguments."""
    points = [Point(1), Point(2)]
    assert list(executor.map(lambda p: isinstance(p, Point) and p.x, points)) == [1, 2]
    assert type(executor.submit(lambda: Point(3)).result()) is Point


def test_each_call_has_its_own_copy(executor: mpdiag.ProcessPoolExecutor) -> None:
    """What a closure refers to is as it was when the call was made."""
    seen = [1]
    first = executor.submit(lambda: list(seen)).result()
    seen.append(2)
    assert (first, executor.submit(lambda: list(seen)).result()) == ([1], [1, 2])
    ask = lambda _: len(seen)  # noqa: E731 - one object for both calls
    assert list(executor.map(ask, [0])) == [2]
    seen.append(3)
    assert list(executor.map(ask, [0])) == [3]


@pytest.mark.parametrize("value", [threading.Lock(), Refuses()])
def test_refused_as_before(value: object) -> None:
    """What cloudpickle refuses, too, raises what plain pickle raised."""
    local = [lambda: 1, value]
    with pytest.raises((TypeError, pickle.PicklingError)) as plain:
        pickle.dumps(value, 5)
    with pytest.raises(plain.type, match=str(plain.value)):
        dumps(value)
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError), match="lambda"):
        dumps(local)


def test_files_are_no_copies_of_text(tmp_path: Path) -> None:
    """Cloudpickle would send an open file as what it has in it."""
    (tmp_path / "a").write_text("a")
    with (tmp_path / "a").open() as file, pytest.raises(TypeError, match="TextIOWrapper"):
        dumps(file)
    with pytest.raises(TypeError, match="memoryview"):
        dumps(memoryview(b"a"))
    assert isinstance(pickle.loads(dumps(io.StringIO("a"))), io.StringIO)


def test_names() -> None:
    """What plain pickle finds by its name has one."""
    assert has_name(plus_one)
    assert has_name(Point)
    assert has_name(len)
    assert not has_name(lambda: 1)
    assert not has_name(makes_lambda(1))
    assert not has_name(type("Point", (), {"__module__": __name__}))


def test_cloudpickle_only_when_needed() -> None:
    """A worker of others does not import it."""
    context = multiprocessing.get_context("spawn")
    with mpdiag.ProcessPoolExecutor(1, mp_context=context) as executor:
        assert executor.submit(plus_one, 1).result() == 2
        assert "cloudpickle" not in executor.submit(modules).result()
        assert executor.submit(makes_lambda, 1).result()(1) == 2
        assert "cloudpickle" in executor.submit(modules).result()


def test_tracebacks_name_the_file() -> None:
    """A copy of a function knows where it was written."""
    copy = pickle.loads(dumps(makes_lambda(1)))
    assert copy.__code__.co_filename == __file__


def test_pool() -> None:
    """All methods take them."""
    with mpdiag.Pool(2) as pool:
        assert pool.map(lambda x: -x, range(3)) == [0, -1, -2]
        assert pool.starmap(lambda a, b: a - b, [(3, 1)]) == [2]
        assert list(pool.imap(lambda x: x, [1])) == [1]
        assert pool.apply_async(lambda: 7).get(60) == 7
        with pytest.raises(ValueError, match="bad") as caught:
            pool.apply(lambda: int("bad"))
    assert __file__ in str(caught.value.__cause__)


PROGRAM = """
import os, mpdiag

bad = 3

def work(x):
    if x == bad + 1:
        raise ValueError("four")
    return x

with mpdiag.ProcessPoolExecutor(1) as pool:
    asked = [pool.submit(lambda x: x == bad and os.abort() or work(x), x) for x in range(6)]
    print(sum(one.exception() is not None for one in asked))
"""


@pytest.mark.wide
def test_a_run_keeps_their_inputs(tmp_path: Path) -> None:
    """Under `mpdiag run` death and failure of a lambda have their inputs and happen again."""
    done = run_program(PROGRAM, folder=tmp_path, deadline=60)
    assert done.stdout == "2\n"
    told = sorted((one["kind"], one["inputs"]["x"]) for one in done.faults)
    assert told == [("crash", "3"), ("failure", "4")]
    for one in done.faults:
        again = [sys.executable, "-m", "mpdiag", "replay", str(one["id"])]
        said = run_command(again, folder=tmp_path, deadline=60).stderr
        assert "mpdiag: same fault" in said
