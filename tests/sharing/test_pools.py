"""`share` and `initializer` with each pool that people use, under each start method it has."""

from __future__ import annotations

import concurrent.futures
import importlib
import multiprocessing
import os
from collections.abc import Callable
from typing import Any

import pytest

import mpdiag
from mpdiag.errors import NotInheritable, NotInherited, NotShareable

from .tasks import answer_pair, given, not_given, nothing, remember

LIMIT = 60.0
METHODS = ("fork", "spawn", "forkserver")
Road = Callable[[Any, Any], str]


def _pool(context: Any, handle: Any) -> str:
    with context.Pool(1) as pool:
        how = str(pool.apply_async(answer_pair, (handle(), 21)).get(LIMIT))
        pool.close()  # its end would take what the queue has not written yet
        pool.join()
        return how


def _executor(context: Any, handle: Any) -> str:
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        return str(pool.submit(answer_pair, handle(), 21).result(LIMIT))


def _pebble(context: Any, handle: Any) -> str:
    pebble = importlib.import_module("pebble")
    with pebble.ProcessPool(1, context=context) as pool:
        return str(pool.schedule(answer_pair, args=(handle(), 21)).result(LIMIT))


def _mpire(context: Any, handle: Any) -> str:
    mpire = importlib.import_module("mpire")
    with mpire.WorkerPool(1, start_method=context.get_start_method()) as pool:
        how = str(pool.apply(answer_pair, (handle(), 21)))
        pool.stop_and_join()  # as above
        return how


def _loky(context: Any, handle: Any) -> str:
    loky = importlib.import_module("loky")
    with loky.ProcessPoolExecutor(1) as pool:
        return str(pool.submit(answer_pair, handle(), 21).result(LIMIT))


def _joblib(context: Any, handle: Any) -> str:
    joblib = importlib.import_module("joblib")
    executor = importlib.import_module("joblib.externals.loky")
    said = joblib.Parallel(n_jobs=2)([joblib.delayed(answer_pair)(handle(), 21)])[0]
    executor.get_reusable_executor().shutdown(wait=True)
    return str(said)


POOLS: list[Any] = [
    *(pytest.param(_pool, method, "", id=f"Pool-{method}") for method in METHODS),
    *(pytest.param(_executor, method, "", id=f"PPE-{method}") for method in METHODS),
    *(pytest.param(_pebble, method, "pebble", id=f"pebble-{method}") for method in METHODS),
    *(pytest.param(_mpire, method, "mpire", id=f"mpire-{method}") for method in METHODS),
    pytest.param(_loky, "spawn", "loky", id="loky"),
    pytest.param(_loky, "fork", "loky", id="loky-with-a-queue-of-fork"),
    pytest.param(_joblib, "spawn", "joblib", id="joblib"),
    pytest.param(_joblib, "fork", "joblib", id="joblib-with-a-queue-of-fork"),
]


@pytest.mark.processes
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of those libraries
@pytest.mark.parametrize(("run", "method", "needs"), POOLS)
def test_a_handle_reaches_the_task_of_every_pool(run: Road, method: str, needs: str) -> None:
    """What the task puts arrives in the queue that was shared, and the task knows the way."""
    if needs:
        pytest.importorskip(needs, reason=f"{needs} is not installed")
    context = multiprocessing.get_context(method)
    queue = context.Queue()
    handle = mpdiag.share(queue)
    how = run(context, lambda: handle)
    value, pid = handle.get(timeout=LIMIT)
    assert value == 42
    assert pid != os.getpid()
    fresh = run in {_loky, _joblib}
    assert how == ("proxy" if fresh and method == "fork" else "inherited")
    queue.close()
    queue.join_thread()


@pytest.mark.processes
def test_a_stock_pool_takes_primitives_by_name(start_method: str) -> None:
    """`initializer` gives workers the queue itself, after it the user's own initializer runs."""
    context = multiprocessing.get_context(start_method)
    queue = context.Queue()
    arguments = mpdiag.initializer(results=queue, initializer=remember, initargs=("mine",))
    with context.Pool(1, **arguments) as pool:
        assert pool.apply_async(given, (3,)).get(LIMIT) == ["mine"]
        assert queue.get(timeout=LIMIT) == 3


@pytest.mark.processes
def test_an_executor_takes_them_too(start_method: str) -> None:
    """`ProcessPoolExecutor` has the same two arguments."""
    context = multiprocessing.get_context(start_method)
    queue = context.Queue()
    arguments = mpdiag.initializer(results=queue)
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context, **arguments) as pool:
        assert pool.submit(given, 3).result(LIMIT) == []
    assert queue.get(timeout=LIMIT) == 3


@pytest.mark.processes
def test_a_name_that_was_not_given_is_an_error_of_the_task() -> None:
    """It comes back from the worker whole, with what there is and what to do."""
    context = multiprocessing.get_context("fork")
    words = r"without 'result'; it has results; start the pool"
    arguments = mpdiag.initializer(results=context.Lock())
    with context.Pool(1, **arguments) as pool, pytest.raises(NotInherited, match=words):
        pool.apply_async(not_given, ("result",)).get(LIMIT)


@pytest.mark.processes
def test_a_lock_of_fork_is_refused_by_name_for_a_spawned_pool() -> None:
    """The error says which one, why, and which two lines to write."""
    arguments = mpdiag.initializer(results=multiprocessing.get_context("fork").Lock())
    with pytest.raises(NotInheritable, match=r"results, a Lock, was made for fork.*context\.Pool"):
        multiprocessing.get_context("spawn").Pool(1, **arguments)


def test_what_cannot_be_inherited_is_refused_by_name() -> None:
    """A plain object belongs into the arguments of the task."""
    with pytest.raises(NotShareable, match="rows is a list"):
        mpdiag.initializer(rows=[])
    with pytest.raises(NotInherited, match="it has nothing"):
        mpdiag.inherited("rows")
    nothing()
