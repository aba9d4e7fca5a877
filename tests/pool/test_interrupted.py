"""Exceptions of signal handlers, wherever in our pools they come: no task is lost, all go on."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from mpdiag import Pool, ProcessPoolExecutor
from mpdiag.pool import _handlers
from mpdiag.testing import wait_until

from .sweep import strikes
from .tasks import plus_one

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    # What a hook of a fork raises, the interpreter tells and drops.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
COUNT = 12
WANTED = list(range(1, COUNT + 1))
# Tests that share all places: one for all would take longer than any test may.
PARTS = 7
# Seconds within which what was asked for has to come.
SOON = 20.0


class TooLateError(Exception):
    """Raised by a signal handler, as decorators for time limits do."""


@pytest.fixture
def handled() -> Iterator[Callable[[Callable[..., None]], object]]:
    """What makes a strike the handler of a signal, which it stands for."""
    before = signal.getsignal(signal.SIGUSR1)
    yield lambda strike: signal.signal(signal.SIGUSR1, strike)
    signal.signal(signal.SIGUSR1, before)


def submit(pool: ProcessPoolExecutor, kept: list[Any]) -> None:
    """Have some tasks run, and wait for each."""
    for n in range(COUNT):
        kept.append(pool.submit(plus_one, n))  # noqa: PERF401 - what was begun is kept
    assert [one.result(SOON) for one in kept] == WANTED


def map_(pool: ProcessPoolExecutor, kept: list[Any]) -> None:
    """Have an iterator over the results of a call."""
    del kept
    assert list(pool.map(plus_one, range(COUNT), timeout=SOON)) == WANTED


def die(pool: ProcessPoolExecutor, kept: list[Any]) -> None:
    """Have a worker die before its task."""
    for pid in list(pool._processes)[:1]:
        os.kill(pid, signal.SIGKILL)
    submit(pool, kept)


def apply(pool: Pool, kept: list[Any]) -> None:
    """Have some tasks run, and wait for each."""
    for n in range(COUNT):
        kept.append(pool.apply_async(plus_one, (n,)))  # noqa: PERF401
    assert [one.get(SOON) for one in kept] == WANTED


def pool_map(pool: Pool, kept: list[Any]) -> None:
    """Have a list of results."""
    kept.append(pool.map_async(plus_one, range(COUNT)))
    assert kept[0].get(SOON) == WANTED


def unordered(pool: Pool, kept: list[Any]) -> None:
    """Have results as they come; a result may be lost on its way out of `next`, and no other."""
    kept.append(Taken(pool.imap_unordered(plus_one, range(COUNT))))
    kept[0].get(SOON)


class Taken:
    """What came out of an iterator until now."""

    def __init__(self, iterator: Any) -> None:
        self._iterator = iterator
        self._values: list[int] = []

    def get(self, timeout: float) -> None:
        """Take the rest."""
        while True:
            try:
                self._values.append(self._iterator.next(timeout))
            except StopIteration:
                break
        assert len(set(self._values)) == len(self._values) >= COUNT - 1
        assert set(self._values) <= set(WANTED)


WAYS = {
    "submit": (ProcessPoolExecutor, submit),
    "map": (ProcessPoolExecutor, map_),
    "die": (ProcessPoolExecutor, die),
    "apply": (Pool, apply),
    "pool map": (Pool, pool_map),
    "unordered": (Pool, unordered),
}


def used(way: str) -> tuple[Any, Any]:
    """Return a kind of pool, and a way to use it."""
    return WAYS[way]


def made(kind: Any) -> Any:
    """Return a pool whose workers have all had a task."""
    pool = kind(2)
    assert list(pool.map(plus_one, range(100))) == list(range(1, 101))
    return pool


def ended(pool: Any) -> None:
    """End a pool, and wait for that."""
    if isinstance(pool, Pool):
        pool.terminate()
        pool.join()
    else:
        pool.shutdown()


def check(pool: Any, kept: list[Any], place: str) -> None:
    """All that was asked for ends, the pool takes more, and nothing stays open."""
    for one in kept:
        one.result(SOON) if hasattr(one, "result") else one.get(SOON)
    if isinstance(pool, Pool):
        assert pool.apply_async(plus_one, (1,)).get(SOON) == 2, place
    else:
        assert pool.submit(plus_one, 1).result(SOON) == 2, place
    assert wait_until(lambda: not pool._engine.open, deadline=SOON), place


def sweep(way: str, raised: type[BaseException], handled: Any, *, first: int, step: int) -> int:
    """Strike at one place after the other while a pool is used; return how many there were."""
    kind, use = used(way)
    pool, count = made(kind), 0
    try:
        for strike in strikes(raised, first, step):
            handled(strike)
            kept: list[Any] = []
            strike.during(partial(use, pool, kept))
            check(pool, kept, strike.place)
            count += 1
    finally:
        ended(pool)
    return count


def fresh_sweep(way: str, handled: Any, *, first: int, step: int) -> None:
    """The same from the start of a pool to its end, with a new one each time."""
    kind, use = used(way)
    for strike in strikes(KeyboardInterrupt, first, step):
        handled(strike)
        kept: list[Any] = []
        pools: list[Any] = []

        def act(kept: list[Any] = kept, pools: list[Any] = pools) -> None:
            pools.append(kind(2))
            use(pools[0], kept)
            ended(pools[0])

        strike.during(act)
        for pool in pools:
            if not pool._engine.closing and getattr(pool, "_state", "RUN") == "RUN":
                check(pool, kept, strike.place)
            ended(pool)
            assert pool._engine.over.wait(SOON), strike.place


@pytest.mark.parametrize("raised", [KeyboardInterrupt, TooLateError])
@pytest.mark.parametrize("way", WAYS)
def test_an_exception_at_any_place_costs_no_task(
    way: str, raised: type[BaseException], handled: Any
) -> None:
    """A sample of all places, another one for each way to use a pool."""
    first = 1 + list(WAYS).index(way)
    assert sweep(way, raised, handled, first=first, step=61) > 5


@pytest.mark.wide
@pytest.mark.parametrize("part", range(1, PARTS + 1))
@pytest.mark.parametrize("way", WAYS)
def test_an_exception_at_each_place_costs_no_task(way: str, part: int, handled: Any) -> None:
    """All of them, one after the other; a third where a worker dies each time."""
    raised = TooLateError if part % 2 else KeyboardInterrupt
    step = 3 * PARTS if way == "die" else PARTS
    assert sweep(way, raised, handled, first=part, step=step) > 30


@pytest.mark.wide
@pytest.mark.parametrize("part", range(1, PARTS + 1))
@pytest.mark.parametrize("way", ["submit", "apply"])
def test_an_exception_from_the_start_of_a_pool_to_its_end(
    way: str, part: int, handled: Any
) -> None:
    """A pool that was made ends, and no worker is left, wherever the exception came."""
    fresh_sweep(way, handled, first=part, step=4 * PARTS)


def test_a_pool_ends_whose_terminate_was_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The finaliser that it calls runs only once: what is left to do, `join` does."""
    with monkeypatch.context() as patch, Pool(1) as pool:
        patch.setattr(pool._engine, "fail", too_late)
        with pytest.raises(TooLateError):
            pool.terminate()
        patch.undo()
        joining = threading.Thread(target=pool.join, daemon=True)
        joining.start()
        joining.join(SOON)
        assert not joining.is_alive()


def test_whose_an_exception_is(handled: Any) -> None:
    """One that a signal handler raised is told from one of the code that it came into."""
    with pytest.raises(TooLateError) as caught:
        too_late()
    assert not _handlers.by_handler(caught.value)
    handled(partial(too_late))
    assert _handlers.by_handler(caught.value)


def too_late(*_: object) -> None:
    """Raise, as a handler or without a signal."""
    raise TooLateError
