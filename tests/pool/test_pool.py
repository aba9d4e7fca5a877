"""Our Pool: what the library's has, and what it lacks when a worker dies."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from mpdiag import Pool, WorkerCrashed
from mpdiag.pool import _failing
from mpdiag.testing import wait_until as wait_with_deadline

from .tasks import die_at, fail_at, plus_one, tell_start, wait_at_last

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
wait_until = partial(wait_with_deadline, deadline=60)


def test_every_method_gives_what_the_library_gives(start_method: str) -> None:
    """All ways to ask for results agree with `map` of Python."""
    wanted = list(range(1, 1001))
    with Pool(2, context=start_method) as pool:
        assert pool.apply(plus_one, (1,)) == 2
        assert pool.apply_async(pow, (2, 3), {"mod": 5}).get(60) == 3
        assert pool.map(plus_one, range(1000)) == wanted
        assert pool.map_async(plus_one, range(1000), 7).get(60) == wanted
        assert pool.starmap(pow, [(2, n) for n in range(20)]) == [2**n for n in range(20)]
        assert list(pool.imap(plus_one, range(1000))) == wanted
        assert list(pool.imap(plus_one, iter(range(1000)), 10)) == wanted
        assert sorted(pool.imap_unordered(plus_one, range(1000))) == wanted
        assert sorted(pool.imap_unordered(plus_one, iter(range(1000)))) == wanted
        pool.close()
        pool.join()


def test_a_dead_worker_costs_one_task(start_method: str) -> None:
    """Where the library's Pool waits for ever, the task fails and the pool goes on."""
    with Pool(2, context=start_method) as pool:
        asked = [pool.apply_async(die_at, (137, n)) for n in range(200)]
        for n, one in enumerate(asked):
            if n != 137:
                assert one.get(60) == n
        with pytest.raises(WorkerCrashed, match="SIGKILL"):
            asked[137].get(60)
        with pytest.raises(WorkerCrashed):
            pool.map(partial(die_at, 5), range(100))
        assert pool.map(plus_one, range(10)) == list(range(1, 11))
        assert len(pool._pool) == 2


def test_the_time_to_tell_of_a_failure_is_not_that_of_its_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Else frames get ever shorter where many tasks fail."""

    def tell_slowly(*_: object, **__: object) -> str:
        time.sleep(0.3)
        return ""

    monkeypatch.setattr(_failing, "capture", tell_slowly)
    with Pool(1, context="fork") as pool:
        for result in [pool.apply_async(fail_at, (1, 1)) for _ in range(3)]:
            with pytest.raises(KeyError):
                result.get(60)
        pace = pool._engine.functions.of(fail_at, pool._options).pace
        (worker,) = pool.stats()
    assert pace.seconds is not None
    assert pace.seconds < 0.15
    assert worker.busy_seconds >= 3 * 0.3


def test_imap_goes_on_after_an_error() -> None:
    """One failed input raises in its place; the results after it can still be had."""
    with Pool(2) as pool:
        results = pool.imap(partial(fail_at, 3), range(10))
        found: list[object] = []
        for _ in range(10):
            try:
                found.append(next(results))
            except KeyError:
                found.append("failed")
        assert found == [0, 1, 2, "failed", 4, 5, 6, 7, 8, 9]
        with pytest.raises(StopIteration):
            next(results)


def test_inputs_may_wait_for_results() -> None:
    """An iterable that blocks until results were taken, as people do to save memory, goes on."""
    room = threading.Semaphore(3)

    def inputs() -> Iterator[int]:
        for n in range(200):
            assert room.acquire(timeout=60)
            yield n

    with Pool(2) as pool:
        seen = []
        for result in pool.imap(plus_one, inputs()):
            seen.append(result)
            room.release()
        assert seen == list(range(1, 201))


def test_an_endless_iterable_is_taken_as_it_is_needed() -> None:
    """Of inputs without end only some thousands are taken ahead of the results."""
    taken = [0]

    def inputs() -> Iterator[int]:
        while True:
            taken[0] += 1
            yield taken[0]

    with Pool(2) as pool:
        gate = pool.imap(plus_one, inputs())
        assert [next(gate) for _ in range(10)] == list(range(2, 12))
        pool.terminate()
        after = taken[0]
        assert wait_until(lambda: not _feeders())
        assert taken[0] - after < 5000


def _feeders() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "mpdiag-imap"]


def test_an_iterable_that_raises_ends_the_results() -> None:
    """Its error is raised after the results of what came before it."""

    def inputs() -> Iterator[int]:
        yield from range(5)
        raise ZeroDivisionError("said when")

    with Pool(2) as pool:
        results = pool.imap(plus_one, inputs())
        assert [next(results) for _ in range(5)] == [1, 2, 3, 4, 5]
        with pytest.raises(ZeroDivisionError, match="said when"):
            next(results)


def test_callbacks_run_though_nobody_waits() -> None:
    """Both kinds are called, once; one that raises costs nobody a result."""
    good: list[object] = []
    bad: list[object] = []

    def awkward(value: object) -> None:
        good.append(value)
        raise ValueError("in a callback")

    with Pool(2) as pool:
        pool.apply_async(plus_one, (1,), callback=good.append)
        pool.apply_async(fail_at, (1, 1), error_callback=bad.append)
        pool.map_async(plus_one, [1, 2], callback=good.append)
        pool.apply_async(plus_one, (5,), callback=awkward)
        assert wait_until(lambda: len(good) == 3 and len(bad) == 1)
        assert sorted(map(str, good)) == ["2", "6", "[2, 3]"]
        assert pool.apply(plus_one, (1,)) == 2


def test_terminate_fails_what_is_open(tmp_path: Path) -> None:
    """Where the library leaves results that never come, they fail; the workers are gone."""
    pool = Pool(2)
    asked = [pool.apply_async(tell_start, (f"{tmp_path}/{n}",)) for n in range(4)]
    assert wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    workers = [process.pid for process in pool._pool]
    pool.terminate()
    pool.join()
    for one in asked:
        with pytest.raises(WorkerCrashed, match="terminated"):
            one.get(60)
    assert not any(map(psutil.pid_exists, workers))
    with pytest.raises(ValueError, match="not running"):
        pool.apply(plus_one, (1,))


def test_a_result_may_time_out(tmp_path: Path) -> None:
    """`get` and `next` raise the library's TimeoutError, and can be asked again."""
    with Pool(1) as pool:
        slow = pool.apply_async(tell_start, (f"{tmp_path}/pid",))
        with pytest.raises(multiprocessing.TimeoutError):
            slow.get(0.05)
        with pytest.raises(multiprocessing.TimeoutError):
            pool.imap(plus_one, [1]).next(0.05)
        assert not slow.ready()


def test_what_was_started_ends_when_a_start_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without room for all workers the constructor raises, and leaves none behind."""
    from mpdiag.pool._crew import Crew
    from mpdiag.pool._hand import Hand

    before = Crew.start
    made: list[Hand] = []

    def start(crew: Crew) -> Hand:
        if len(made) == 2:
            raise OSError("no room")
        hand = before(crew)
        made.append(hand)
        return hand

    with monkeypatch.context() as patch:
        patch.setattr(Crew, "start", start)
        with pytest.raises(OSError, match="no room"):
            Pool(4)
    assert len(made) == 2
    assert all(hand.process.exitcode is not None for hand in made)


def test_two_deaths_at_once_cost_no_third_worker() -> None:
    """What is told of a dead worker is not taken for the one that has its descriptors now."""
    with Pool(2) as pool:
        assert pool.map(plus_one, range(10)) == list(range(1, 11))
        dead = list(pool._pool)
        for worker in dead:
            os.kill(worker.pid, signal.SIGKILL)
            os.waitid(os.P_PID, worker.pid, os.WEXITED | os.WNOWAIT)
        assert pool.map(plus_one, range(1000)) == list(range(1, 1001))
        started = sorted(int(worker.name.rpartition("-")[2]) for worker in pool._pool)
    last = max(int(worker.name.rpartition("-")[2]) for worker in dead)
    assert started == [last + 1, last + 2]


@pytest.mark.parametrize("method", ["imap", "imap_unordered"])
def test_an_iterator_says_that_its_pool_was_ended(method: str, tmp_path: Path) -> None:
    """Results that will never come are no end of the iterator: it raises once, and then ends."""
    with Pool(1) as pool:
        results = getattr(pool, method)(wait_at_last, [0, str(tmp_path / "gate")])
        assert results.next(60) == 0
        pool.terminate()
        with pytest.raises(WorkerCrashed, match="terminated before"):
            results.next(60)
        with pytest.raises(StopIteration):
            results.next(60)


# Bytes that a stream of tasks may add to its owner.  A number of 28 bytes kept for each: 28 MB.
STREAM_BYTES = 15_000_000


@pytest.mark.wide
def test_a_stream_of_a_million_tasks_takes_no_memory() -> None:
    """What was given is gone: the owner does not grow with the number of tasks."""
    resident = psutil.Process().memory_info
    with Pool(2) as pool:
        total, least, most = 0, 1 << 62, 0
        for number, value in enumerate(pool.imap_unordered(plus_one, iter(range(1_000_000)))):
            total += value
            if number % 50_000 == 49_999:
                used = resident().rss
                least, most = min(least, used), max(most, used)
    assert total == 500_000_500_000
    assert most - least < STREAM_BYTES
