"""With on_error="collect" each task has a result, and what failed is told and can be run again."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mpdiag import Pool, ProcessPoolExecutor, TaskResult, TaskResults, WorkerCrashed
from mpdiag.model import Crash, Failure
from mpdiag.pool import _collecting
from mpdiag.pool._collecting import CollectedIMap, CollectedMap
from mpdiag.pool._deliver import deliver
from mpdiag.pool._found import Found
from mpdiag.pool._parts import Answer
from mpdiag.pool._table import About, table_lines
from mpdiag.pool._work import Frame, Function, Pace
from mpdiag.recorder import Method
from mpdiag.testing import run_program, wait_until

from .tasks import die_at, fail_at, plus_one, sleep_at, wait_for

processes = pytest.mark.processes
pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)
ABOUT = About(target=plus_one, label="Pool.map", spread=False)


class Box:
    """A value that can be watched."""

    def __init__(self, x: int) -> None:
        self.x = x
        if x == 3:
            raise KeyError(x)


def fail_until(path: str, x: int) -> int:
    """Raise for 2 until the file is there, and make it."""
    if x == 2 and not Path(path).exists():
        Path(path).touch()
        raise ValueError("not yet")
    return x


def numbers(most: int) -> Iterator[int]:
    """Yield some numbers, then raise."""
    yield from range(most)
    raise LookupError("no more")


def pools(**options: Any) -> dict[str, Callable[..., Any]]:
    """Return the ways to ask for `fail_at` of ten numbers."""
    call = partial(fail_at, 3)
    return {
        "map": lambda pool: pool.map(call, range(10)),
        "starmap": lambda pool: pool.starmap(fail_at, [(3, n) for n in range(10)]),
        "map_async": lambda pool: pool.map_async(call, range(10)).get(60),
        "imap": lambda pool: pool.imap(call, range(10)),
        "imap of an iterator": lambda pool: pool.imap(call, iter(range(10))),
        "imap_unordered": lambda pool: pool.imap_unordered(call, range(10)),
    }


@processes
@pytest.mark.parametrize("way", pools())
def test_every_method_of_a_pool_collects(way: str) -> None:
    """One result for each task, the failed one among them, with its input, error and occurrence."""
    with Pool(2, on_error="collect") as pool:
        results = pools()[way](pool)
        found = sorted(results, key=lambda one: one.index)
        assert [one.index for one in found] == list(range(10))
        assert [one.value for one in found] == [n if n != 3 else None for n in range(10)]
        assert [one.ok for one in found] == [n != 3 for n in range(10)]
        (failed,) = results.failures
        assert failed is found[3]
        assert isinstance(failed.error, KeyError)
        assert isinstance(failed.occurrence, Failure)
        assert failed.occurrence.error.type == "KeyError"
        wanted = (3, 3) if way == "starmap" else 3
        assert results.failed_inputs() == [wanted]
        with pytest.raises(BaseException, match=r"1 of 10 tasks failed \(Pool\.") as caught:
            results.raise_all()
        assert caught.value.exceptions == (failed.error,)  # type: ignore[attr-defined]
        assert type(caught.value).__name__ == "ExceptionGroup"
        assert "KeyError: 3" in results.table()


@processes
@pytest.mark.parametrize("ahead", [None, 3])
def test_the_map_of_an_executor_collects(ahead: int | None) -> None:
    """Inputs from several iterables are tuples, which a second run takes as they are."""
    with ProcessPoolExecutor(2, on_error="collect") as pool:
        results: Any = pool.map(fail_at, [3] * 10, range(10), buffersize=ahead)
        assert [one.value for one in results] == [n if n != 3 else None for n in range(10)]
        assert results.failed_inputs() == [(3, 3)]
        again: Any = pool.map(fail_at, *zip(*results.failed_inputs(), strict=True))
        assert [one.ok for one in again] == [False]
        assert not list(pool.map(fail_at, *zip(*again.failed_inputs()[:0], strict=True)))
        assert pool.submit(plus_one, 1).result(60) == 2


@processes
def test_a_dead_worker_is_one_failed_task() -> None:
    """The crash is collected as any other failure, with its verdict; all others have results."""
    with Pool(2, on_error="collect") as pool:
        results = pool.map(partial(die_at, 5), range(100))
        assert isinstance(results, TaskResults)
        (failed,) = results.failures
        assert (failed.index, failed.input) == (5, 5)
        assert isinstance(failed.error, WorkerCrashed)
        assert isinstance(failed.occurrence, Crash)
        assert "SIGKILL" in results.table()
        assert repr(results) == "<TaskResults: 1 of 100 tasks failed>"
        assert pickle.loads(pickle.dumps(results))[5].occurrence == failed.occurrence


@processes
def test_nothing_failed_and_nothing_is_raised() -> None:
    """Without a failure the table is one line, and there is nothing to raise or to run again."""
    with Pool(1) as plain:
        pool = plain.with_options(on_error="collect")
        for results in (pool.map(plus_one, range(5)), pool.map(plus_one, [])):
            assert isinstance(results, TaskResults)
            results.raise_all()
            assert results.failed_inputs() == []
            assert results.table() == f"no failures in {len(results)} tasks"
        assert plain.map(plus_one, [1]) == [2]


@processes
def test_a_callback_is_given_the_results() -> None:
    """A call that collects went well, whatever its tasks did: `callback` hears of it."""
    heard: deque[Any] = deque()
    with Pool(1, on_error="collect") as pool:
        asked = pool.map_async(partial(fail_at, 1), range(3), callback=heard.append)
        assert asked.get(60) is heard[0]
        assert asked.successful()
        assert heard[0].failed_inputs() == [1]


@processes
@pytest.mark.parametrize("way", ["imap", "imap_unordered"])
def test_an_error_of_the_iterable_is_raised(way: str) -> None:
    """What the inputs raise is no failure of a task; the results before it come first."""
    with Pool(2, on_error="collect") as pool:
        results = getattr(pool, way)(partial(fail_at, 3), numbers(6))
        assert sorted(next(results).index for _ in range(6)) == list(range(6))
        with pytest.raises(LookupError, match="no more"):
            next(results)
        assert results.failed_inputs() == [3]


@processes
@pytest.mark.parametrize("way", ["map_async", "imap", "imap_unordered"])
def test_tasks_of_a_pool_that_ends_have_results(way: str, tmp_path: Path) -> None:
    """After `terminate` all that is left comes with the error of the pool: no hang, no loss."""
    gate = tmp_path / "gate"
    pool = Pool(1, on_error="collect")
    asked = getattr(pool, way)(partial(wait_for), [str(gate)] * 50)
    pool.terminate()
    pool.join()
    results = asked.get(60) if way == "map_async" else list(asked)
    assert sorted(one.index for one in results) == list(range(50))
    assert all(isinstance(one.error, WorkerCrashed) for one in results)
    assert {one.input for one in results} == {str(gate)}


@processes
def test_what_a_broken_pool_did_not_read_is_told(tmp_path: Path) -> None:
    """With inputs left in an iterable of the user, the iterator ends with the pool's error."""
    gate = tmp_path / "gate"
    with ProcessPoolExecutor(1, on_error="collect", strict=True) as pool:
        results: Any = pool.map(die_now, (str(gate) for _ in range(50)), buffersize=4)
        found = [next(results) for _ in range(4)]
        assert all(isinstance(one.error, BrokenProcessPool) for one in found)
        with pytest.raises(RuntimeError):
            next(results)
        assert len(results.failures) == 4


def die_now(_: str) -> None:
    """Kill the worker."""
    os.kill(os.getpid(), signal.SIGKILL)


@processes
def test_what_is_cancelled_is_a_failure(tmp_path: Path) -> None:
    """`shutdown(cancel_futures=True)` leaves a result for each task, begun or not."""
    gate, started = tmp_path / "gate", tmp_path / "started"
    pool = ProcessPoolExecutor(1, on_error="collect")
    results: Any = pool.map(partial(start_and_wait, str(started)), [str(gate)] * 20)
    assert wait_until(started.exists, deadline=60)
    pool.shutdown(wait=False, cancel_futures=True)
    gate.touch()
    found = list(results)
    assert [one.index for one in found] == list(range(20))
    assert found[0].ok
    assert isinstance(found[-1].error, CancelledError)
    assert all(isinstance(one.error, CancelledError) for one in results.failures)
    pool.shutdown()


def start_and_wait(started: str, gate: str) -> str:
    """Say that it runs, then wait."""
    Path(started).touch()
    return wait_for(gate)


@processes
def test_attempts_are_counted(tmp_path: Path) -> None:
    """A task that passed at its second attempt says so, and so does one that never passed."""
    path = str(tmp_path / "seen")
    with Pool(1, on_error="collect", retries=2) as pool:
        results = pool.map(partial(fail_until, path), range(4))
        assert [(one.ok, one.attempts) for one in results] == [
            (True, 1),
            (True, 1),
            (True, 2),
            (True, 1),
        ]
        assert [one.attempts for one in pool.map(partial(fail_at, 1), range(3))] == [1, 3, 1]


@processes
def test_an_iterator_keeps_failures_alone() -> None:
    """What went well is gone when the caller lets go of it."""
    with Pool(1, on_error="collect") as pool:
        results = pool.imap(Box, range(6))
        values = [weakref.ref(one.value) for one in results if one.ok]
        assert [value() for value in values] == [None] * 5
        assert results.failed_inputs() == [3]


def test_an_interrupted_delivery_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C while results are made costs none of them: whoever delivers next has them."""
    engine = SimpleNamespace(
        open={}, crew=SimpleNamespace(ready=deque()), go=lambda: None, add=lambda *_: None
    )
    function = Function(plus_one, 1, Pace())
    call = CollectedMap(
        engine, 1, Method.MAP, function, [1, 2, 3], callback=None, error_callback=None
    )
    engine.open[1] = call
    call.take(3)

    frame = Frame(function, call, 0, [1, 2, 3])
    answer = Answer(frame, 0, [2, 3, 4], {}, {})

    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(_collecting, "TaskResult", interrupted)
        with pytest.raises(KeyboardInterrupt):
            deliver(engine, answer)
    deliver(engine, answer)
    assert [one.value for one in call.get(0)] == [2, 3, 4]
    deliver(engine, Answer(frame, 0, [2, 3, 4], {}, {}))  # a late answer
    assert len(call.get(0)) == 3


def failed_at(index: int, error: BaseException, given: object = None) -> TaskResult:
    """Return a failed result."""
    return TaskResult(index=index, input=index if given is None else given, error=error)


def raised_at(error: BaseException, line: int, *, file: str = "job.py") -> BaseException:
    """Return *error* as a worker's pool gives it, raised on a line."""
    text = (
        f'"""\nTraceback (most recent call last):\n  File "{file}", line {line}, in parse\n    x\n'
    )
    error.__cause__ = Exception(f'{text}{type(error).__name__}: {error}\n"""')
    return error


def test_failures_are_grouped_by_what_and_where() -> None:
    """One entry for each way to fail, the most frequent first, with counts and the first input."""
    failures = [failed_at(n, raised_at(KeyError(n), 7)) for n in range(1000, 1100)]
    failures.append(failed_at(3, raised_at(KeyError("a"), 9)))
    said = "\n".join(table_lines(failures, 5000, ABOUT))
    assert said.startswith("101 of 5,000 tasks failed, in 2 ways\n\n1  KeyError: 1000 ")
    assert "100 tasks\n   where     plus_one(x), job.py:7\n   input     x = 1000\n" in said
    assert "   messages  KeyError: 1000; KeyError: 1001; KeyError: 1002 and 97 more\n" in said
    assert "   first     task 1000 (from 0) of Pool.map\n" in said
    assert "   also      tasks 1001, 1002, 1003 and 96 more\n" in said
    assert "\n2  KeyError: 'a' " in said
    assert len(said.splitlines()) == 13


def test_deaths_are_one_group_whatever_worker_it_was() -> None:
    """Number and pid of a worker do not make another way to fail."""
    failures = [
        failed_at(n, WorkerCrashed(f"worker {n} (pid {800 + n}) died: SIGSEGV")) for n in range(3)
    ]
    said = list(table_lines(failures, 3, ABOUT))
    assert said[0] == "all 3 tasks failed, all in the same way"
    assert sum(line.startswith(("1 ", "2 ")) for line in said) == 1


def test_a_table_is_never_long() -> None:
    """A thousand ways to fail are ten entries and a count; no line is wider than a terminal."""
    failures = [failed_at(n, raised_at(ValueError("x" * 5000), n), "y" * 5000) for n in range(1000)]
    said = "\n".join(table_lines(failures, 1000, ABOUT)).splitlines()
    assert len(said) < 100
    assert max(map(len, said)) < 80
    assert said[-1] == "   and 990 further ways, 990 tasks: see .failures"


class Hostile:
    """Whose every word raises."""

    def __repr__(self) -> str:
        raise SystemExit("no")


class HostileError(Exception):
    def __str__(self) -> str:
        raise ValueError("no")


def test_a_table_survives_what_it_shows() -> None:
    """Neither inputs nor errors whose code raises keep the rest from being told."""
    failures = [
        failed_at(0, HostileError(), Hostile()),
        failed_at(1, raised_at(ValueError("\x1b[31m"), 5, file="\x1b[2J.py")),
    ]
    said = "\n".join(table_lines(failures, 2, ABOUT))
    assert "HostileError" in said
    assert "\x1b" not in said
    odd = About(target=plus_one, label="Pool.starmap", spread=True)  # an input that is no tuple
    assert "input = 0" in "\n".join(table_lines([failed_at(0, ValueError())], 1, odd))


def test_what_is_found_is_read_once_and_when_asked() -> None:
    """Reading takes time: it is done for what is asked for, and its trouble is nobody's."""
    read: list[int] = []
    found = Found(lambda: read.append(1))
    assert read == []
    assert found.occurrence is None
    assert found.occurrence is None
    assert read == [1]
    assert Found(lambda: 1 / 0).occurrence is None  # type: ignore[arg-type, return-value]
    assert pickle.loads(pickle.dumps(found)).occurrence is None


@pytest.mark.skipif(sys.version_info >= (3, 11), reason="has groups of its own")
def test_groups_come_from_the_backport() -> None:
    """Before 3.11 the errors are raised as the group of package exceptiongroup."""
    group: type[BaseException] = pytest.importorskip("exceptiongroup").ExceptionGroup
    results = TaskResults([failed_at(0, ValueError())], ABOUT)
    with pytest.raises(group):
        results.raise_all()


COLLECTING = """
    import mpdiag

    def parse(x):
        return 10 / (x - 3)

    if __name__ == "__main__":
        with mpdiag.ProcessPoolExecutor(2, on_error="collect") as pool:
            results = pool.map(parse, range(6))
            values = [one.value for one in results]
            [failed] = results.failures
            print(failed.occurrence.error.type, failed.occurrence.inputs.values["x"].text)
            print(results.table())
            print(len(pool.faults))
"""


@pytest.mark.programs
def test_a_run_leaves_the_pool_its_failures(tmp_path: Path) -> None:
    """Under `mpdiag run` occurrence and table are what they are without; the report has it once."""
    done = run_program(COLLECTING, folder=tmp_path, deadline=60)
    first, *table, faults = done.stdout.splitlines()
    assert (first, faults) == ("ZeroDivisionError 3", "1")
    assert any("return 10 / (x - 3)" in line for line in table), done.stdout
    assert [(one["kind"], one["count"]) for one in done.faults] == [("failure", 1)]


@processes
def test_inputs_that_come_as_a_pool_ends_have_one_result_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The thread that reads an iterator may bring one while all others just fail."""
    plain = CollectedIMap._result
    came: list[int] = []

    def with_another(call: Any, index: int, *given: Any, **outcome: Any) -> TaskResult:
        if outcome.get("error") is not None and not came:
            came.append(index)
            feeds = threading.Thread(target=call.more, args=(["late"],), kwargs={"whole": False})
            feeds.start()
            feeds.join(20)
            assert not feeds.is_alive()
        return plain(call, index, *given, **outcome)

    monkeypatch.setattr(CollectedIMap, "_result", with_another)
    with Pool(1, on_error="collect") as pool:
        results = pool.imap(partial(sleep_at, 0), iter(range(3)))
        call = results._call
        assert wait_until(lambda: call._whole and 0 in call._given, deadline=50)
    found = [results.next(20) for _ in range(4)]
    assert [one.input for one in found] == [0, 1, 2, "late"]
    assert all(isinstance(one.error, WorkerCrashed) for one in found)
