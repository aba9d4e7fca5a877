"""Pools that are installed, with the same tasks: many at once, or one at a time."""

from __future__ import annotations

import importlib
import multiprocessing
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any, NamedTuple

from ._payloads import Payload, payload
from ._recommend import ONE_BY_ONE
from ._values import Case, Timing

CHUNK = 64


class Pool(NamedTuple):
    """How a pool is used."""

    needs: str
    open: Callable[[int], Any]
    map: Callable[[Any, Callable[..., Any], list[Any]], Any]
    one: Callable[[Any, Callable[..., Any], Any], Any]
    close: Callable[[Any], object]


def _chunked(pool: Any, target: Any, items: list[Any]) -> Any:
    return pool.map(target, items, chunksize=CHUNK)


def _submitted(pool: Any, target: Any, item: Any) -> Any:
    return pool.submit(target, item).result()


def _pebble_map(pool: Any, target: Any, items: list[Any]) -> Any:
    return pool.map(target, items, chunksize=CHUNK).result()


def _joblib_map(parallel: Any, target: Any, items: list[Any]) -> Any:
    delayed = importlib.import_module("joblib").delayed
    return parallel(delayed(target)(item) for item in items)


def _joblib(workers: int) -> Any:
    return importlib.import_module("joblib").Parallel(n_jobs=workers).__enter__()


def _our_pool(workers: int) -> Any:
    return importlib.import_module("mpdiag.pool").Pool(workers)


def _our_executor(workers: int) -> Any:
    return importlib.import_module("mpdiag.pool").ProcessPoolExecutor(workers)


def _end_pool(pool: Any) -> None:
    pool.close()
    pool.join()


POOLS: dict[str, Pool] = {
    "multiprocessing.Pool": Pool(
        "multiprocessing",
        multiprocessing.Pool,
        _chunked,
        lambda pool, target, item: pool.apply(target, (item,)),
        _end_pool,
    ),
    "ProcessPoolExecutor": Pool(
        "concurrent.futures", ProcessPoolExecutor, _chunked, _submitted, lambda p: p.shutdown()
    ),
    "mpdiag.Pool": Pool(
        "mpdiag",
        _our_pool,
        lambda pool, target, items: pool.map(target, items),
        lambda pool, target, item: pool.apply(target, (item,)),
        _end_pool,
    ),
    "mpdiag.ProcessPoolExecutor": Pool(
        "mpdiag",
        _our_executor,
        lambda pool, target, items: pool.map(target, items),
        _submitted,
        lambda pool: pool.shutdown(),
    ),
    "loky": Pool(
        "loky",
        lambda workers: importlib.import_module("loky").ProcessPoolExecutor(workers),
        _chunked,
        _submitted,
        lambda pool: pool.shutdown(),
    ),
    "joblib": Pool(
        "joblib",
        _joblib,
        _joblib_map,
        lambda pool, target, item: _joblib_map(pool, target, [item])[0],
        lambda pool: pool.__exit__(None, None, None),
    ),
    "pebble": Pool(
        "pebble",
        lambda workers: importlib.import_module("pebble").ProcessPool(workers),
        _pebble_map,
        lambda pool, target, item: pool.schedule(target, args=(item,)).result(),
        _end_pool,
    ),
    "mpire": Pool(
        "mpire",
        lambda workers: importlib.import_module("mpire").WorkerPool(workers),
        lambda pool, target, items: pool.map(target, [(item,) for item in items]),
        lambda pool, target, item: pool.apply(target, (item,)),
        lambda pool: pool.stop_and_join(),
    ),
}


def installed() -> list[str]:
    """Return the pools that are there."""
    return [name for name, pool in POOLS.items() if find_spec(pool.needs) is not None]


def same(item: Any) -> Any:
    """Be the task: give back what came."""
    return item


def measure_pool(case: Case) -> Timing:
    """Return the times of one round; starting the pool is *build*, and not in the others.

    Raises:
        ValueError: a result is not that of its task.
    """
    made = payload(case.payload)
    name = case.road.removesuffix(ONE_BY_ONE)
    begun = time.perf_counter()
    with _opened(POOLS[name], case.workers) as pool:
        alone = case.road.endswith(ONE_BY_ONE)
        first = [made.make(0)]
        # as it will be used: mpire 2.10 calls the task wrongly in a map after an apply
        POOLS[name].one(pool, same, first[0]) if alone else POOLS[name].map(pool, same, first)
        started = time.perf_counter() - begun
        items = [made.make(number) for number in range(case.count)]
        begun = time.perf_counter()
        if alone:
            results: Any = (POOLS[name].one(pool, same, item) for item in items)
        else:
            results = POOLS[name].map(pool, same, items)
        took = _checked(results, made, case.count) - begun
    return Timing(build=started, sent=took, received=took, item_bytes=made.item_bytes)


def _checked(results: Any, made: Payload, count: int) -> float:
    seen = 0
    for number, result in enumerate(results):
        made.check([result], number)
        seen += 1
    if seen != count:
        raise ValueError(f"{seen} results of {count} tasks came back")
    return time.perf_counter()


@contextmanager
def _opened(pool: Pool, workers: int) -> Iterator[Any]:
    made = pool.open(workers)
    try:
        yield made
    finally:
        pool.close(made)
