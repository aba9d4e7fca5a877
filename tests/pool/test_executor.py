"""Our executor: what one task costs the others, and who may wait for it how."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import weakref
from concurrent.futures import CancelledError, Future, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing.context import BaseContext
from pathlib import Path

import psutil
import pytest

from mpdiag import ProcessPoolExecutor, WorkerCrashed
from mpdiag.testing import wait_until as wait_with_deadline

from .tasks import (
    Unloadable,
    append,
    bad_start,
    bytes_of,
    die_at,
    exit_at_start,
    fail_at,
    grow,
    in_pool_of_its_own,
    leave,
    plus_one,
    size_of,
    spoil_socket,
    tell_start,
    unloadable,
    wait_for,
)

pytestmark = [
    pytest.mark.processes,
    # A worker that takes a dead one's place is forked while the pool's thread lives.
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


wait_until = partial(wait_with_deadline, deadline=60)


@pytest.fixture
def context(start_method: str) -> BaseContext:
    """The context of the start method under test."""
    return multiprocessing.get_context(start_method)


def test_results_come_in_order(context: BaseContext) -> None:
    """Submit, map over one iterable and over two give what the library gives."""
    with ProcessPoolExecutor(2, context) as pool:
        assert pool.submit(plus_one, 1).result(60) == 2
        assert list(pool.map(plus_one, range(5000))) == list(range(1, 5001))
        assert list(pool.map(pow, range(50), range(50))) == [n**n for n in range(50)]
        asked = [pool.submit(plus_one, n) for n in range(2000)]
        assert [one.result(60) for one in asked] == list(range(1, 2001))


def test_a_dead_worker_costs_one_task(context: BaseContext) -> None:
    """Of 200 tasks one kills its worker: 199 give their result, and the error names the one."""
    with ProcessPoolExecutor(2, context) as pool:
        asked = [pool.submit(die_at, 137, n) for n in range(200)]
        errors = {n: one.exception(60) for n, one in enumerate(asked)}
        assert [n for n, error in errors.items() if error is not None] == [137]
        error = errors[137]
        assert isinstance(error, WorkerCrashed)
        assert isinstance(error, BrokenProcessPool)
        assert "SIGKILL" in str(error)
        assert any("x = 137" in note for note in getattr(error, "__notes__", ()))
        assert pool.submit(plus_one, 1).result(60) == 2


def test_a_dead_worker_costs_map_one_result(context: BaseContext) -> None:
    """What comes before the fatal input is there, then the error is raised."""
    with ProcessPoolExecutor(2, context) as pool:
        results = pool.map(partial(die_at, 137), range(200))
        assert [next(results) for _ in range(137)] == list(range(137))
        with pytest.raises(WorkerCrashed, match="SIGKILL"):
            next(results)


def test_strict_breaks_as_the_library_does() -> None:
    """With strict=True a death fails all that is pending, and all that comes later."""
    with ProcessPoolExecutor(1, strict=True) as pool:
        asked = [pool.submit(die_at, 0, n) for n in range(20)]
        for one in asked:
            assert type(one.exception(60)) is BrokenProcessPool
        with pytest.raises(BrokenProcessPool):
            pool.submit(plus_one, 1)


def test_an_error_has_its_remote_traceback() -> None:
    """The caller gets the type, the traceback of the worker as cause, and the input as a note."""
    with ProcessPoolExecutor(1) as pool:
        error = pool.submit(fail_at, 3, 3).exception(60)
        assert isinstance(error, KeyError)
        assert type(error.__cause__).__name__ == "_RemoteTraceback"
        assert "raise KeyError(x)" in str(error.__cause__)
        assert any("x = 3" in note for note in getattr(error, "__notes__", ()))
        assert isinstance(pool.submit(leave, 3).exception(60), SystemExit)
        assert pool.submit(plus_one, 1).result(60) == 2


def test_tasks_share_no_object() -> None:
    """An argument handed over many times is a copy each time, and so is a result."""
    with ProcessPoolExecutor(1) as pool:
        one: list[int] = []
        asked = [pool.submit(append, one) for _ in range(500)]
        assert all(future.result(60) == [1] for future in asked)
        assert all(result == [1] for result in pool.map(append, [one] * 500))
        grown = list(pool.map(grow, range(300)))
        assert [len(result) for result in grown] == list(range(1, 301))


def test_what_cannot_be_pickled_costs_itself_alone() -> None:
    """Of many tasks with one bad argument, function or result only that one fails."""
    with ProcessPoolExecutor(2) as pool:
        assert len(list(pool.map(plus_one, range(1000)))) == 1000  # frames are long by now
        inputs: list[object] = [*range(50), threading.Lock(), Unloadable(), *range(50)]
        asked = [pool.submit(plus_one, value) for value in inputs]
        bad = [n for n, one in enumerate(asked) if one.exception(60) is not None]
        assert bad == [50, 51]
        assert isinstance(asked[50].exception(), TypeError)
        assert isinstance(asked[51].exception(), ValueError)
        assert isinstance(pool.submit(threading.Lock().acquire).exception(60), TypeError)
        assert isinstance(pool.submit(unloadable, 1).exception(60), ValueError)
        assert pool.submit(plus_one, 1).result(60) == 2


def test_large_values_pass() -> None:
    """Arguments and results longer than any buffer come through whole, both ways at once."""
    with ProcessPoolExecutor(2) as pool:
        asked = [pool.submit(bytes_of, 20_000_000) for _ in range(4)]
        sizes = pool.map(size_of, [bytes(20_000_000)] * 4)
        assert list(sizes) == [20_000_000] * 4
        assert [len(one.result(60)) for one in asked] == [20_000_000] * 4


def test_others_can_wait_too() -> None:
    """`wait`, `as_completed`, callbacks and asyncio see results that nobody asked for."""
    with ProcessPoolExecutor(2) as pool:
        asked = [pool.submit(plus_one, n) for n in range(300)]
        done, left = wait(asked, timeout=60)
        assert len(done) == 300
        assert not left
        assert len(list(as_completed([pool.submit(plus_one, n) for n in range(300)], 60))) == 300
        called: list[Future[int]] = []
        pool.submit(plus_one, 1).add_done_callback(called.append)
        assert wait_until(lambda: len(called) == 1)

        async def ask() -> list[int]:
            loop = asyncio.get_running_loop()
            return await asyncio.gather(
                *(loop.run_in_executor(pool, plus_one, n) for n in range(100))
            )

        assert asyncio.run(ask()) == list(range(1, 101))


def test_what_nobody_waits_for_runs(tmp_path: Path) -> None:
    """A task whose future is thrown away runs, also after the pool has idled for long."""
    with ProcessPoolExecutor(1) as pool:
        pool.submit(plus_one, 1).result(60)
        assert wait_until(lambda: pool._engine._parked)
        for n in range(3):
            pool.submit(os.mkdir, tmp_path / str(n))
        assert wait_until(lambda: len(list(tmp_path.iterdir())) == 3)


def test_a_shutdown_that_cancels_frees_who_waits_for_many(tmp_path: Path) -> None:
    """`wait` ends when all futures are cancelled or done, as nothing more will become of them."""
    gate = tmp_path / "gate"
    pool = ProcessPoolExecutor(1)
    running = pool.submit(wait_for, str(gate))
    assert wait_until(running.running)
    asked = [pool.submit(plus_one, n) for n in range(5)]
    left: list[int] = []
    waiting = threading.Thread(target=lambda: left.append(len(wait(asked, 30).not_done)))
    waiting.start()
    assert wait_until(lambda: all(one._waiters for one in asked))
    pool.shutdown(wait=False, cancel_futures=True)
    waiting.join(60)
    gate.touch()
    pool.shutdown()
    assert left == [0]


def test_a_cancelled_future_frees_who_waits(tmp_path: Path) -> None:
    """Who waits for a future gets CancelledError when another thread cancels it."""
    gate = tmp_path / "gate"
    with ProcessPoolExecutor(1) as pool:
        pool.submit(wait_for, str(gate))
        waiting = pool.submit(plus_one, 1)
        seen: list[BaseException] = []

        def ask() -> None:
            try:
                waiting.result(60)
            except CancelledError as error:
                seen.append(error)

        thread = threading.Thread(target=ask)
        thread.start()
        assert wait_until(lambda: pool._engine._sleeping)
        assert waiting.cancel()
        thread.join(30)
        gate.touch()
        assert len(seen) == 1


def test_many_threads_submit_at_once() -> None:
    """Twenty threads get all of their results, each its own."""
    with ProcessPoolExecutor(2) as pool:
        wrong: list[object] = []

        def ask(base: int) -> None:
            asked = ((n, pool.submit(plus_one, n)) for n in range(base, base + 100))
            wrong.extend(n for n, one in asked if one.result(60) != n + 1)

        threads = [threading.Thread(target=ask, args=(n * 1000,)) for n in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        assert wrong == []


def test_a_callback_may_submit_and_shut_down() -> None:
    """Code that runs when a task is done may hand over the next one, and end the pool."""
    pool = ProcessPoolExecutor(1)
    found: list[int] = []

    def go_on(future: Future[int]) -> None:
        found.append(future.result())
        if len(found) < 20:
            pool.submit(plus_one, found[-1]).add_done_callback(go_on)
        else:
            pool.shutdown(wait=True)

    pool.submit(plus_one, 0).add_done_callback(go_on)
    assert wait_until(lambda: len(found) == 20)
    pool.shutdown()
    assert found == list(range(1, 21))


def test_pools_nest() -> None:
    """A task may have a pool of its own."""
    with ProcessPoolExecutor(2) as pool:
        assert pool.submit(in_pool_of_its_own, 50).result(60) == list(range(1, 51))


def test_a_garbled_socket_is_the_end_of_its_worker_alone() -> None:
    """Whoever writes to the pool's descriptor is ended; the error says so."""
    with ProcessPoolExecutor(1) as pool:
        error = pool.submit(spoil_socket, 1).exception(60)
        assert isinstance(error, WorkerCrashed)
        assert "socket" in str(error)
        assert pool.submit(plus_one, 1).result(60) == 2


def test_a_failing_initializer_breaks_the_pool(context: BaseContext) -> None:
    """No worker can start: all that is asked for fails, with the reason as cause."""
    with ProcessPoolExecutor(2, context, initializer=bad_start) as pool:
        error = pool.submit(plus_one, 1).exception(60)
        assert type(error) is BrokenProcessPool
        assert isinstance(error.__cause__, ValueError)
        with pytest.raises(BrokenProcessPool):
            pool.submit(plus_one, 1)


def test_workers_that_never_come_to_a_task_break_the_pool() -> None:
    """A pool whose workers end at their start gives up after some, and says how they ended."""
    with ProcessPoolExecutor(2, initializer=exit_at_start) as pool:
        error = pool.submit(plus_one, 1).exception(60)
        assert isinstance(error, WorkerCrashed)
        assert "exit code 3" in str(error)


def test_workers_can_be_ended_at_once(tmp_path: Path) -> None:
    """After kill_workers all that is open fails, and nothing can be submitted."""
    for end in ("terminate_workers", "kill_workers"):
        pool = ProcessPoolExecutor(2)
        asked = [pool.submit(tell_start, str(tmp_path / f"{end}{n}")) for n in range(4)]
        assert wait_until(lambda end=end: len(list(tmp_path.glob(f"{end}*"))) == 2)  # type: ignore[misc]
        getattr(pool, end)()
        for one in asked:
            assert one.cancelled() or isinstance(one.exception(60), BrokenProcessPool)
        with pytest.raises(RuntimeError):
            pool.submit(plus_one, 1)
        pool.shutdown()


def test_buffersize_takes_inputs_as_results_go() -> None:
    """With buffersize an endless iterable is no trouble."""
    taken: list[int] = []

    def endless() -> object:
        n = 0
        while True:
            taken.append(n)
            yield n
            n += 1

    with ProcessPoolExecutor(2) as pool:
        results = pool.map(plus_one, endless(), buffersize=10)  # type: ignore[arg-type]
        assert [next(results) for _ in range(100)] == list(range(1, 101))
        assert len(taken) <= 110
        results.close()  # type: ignore[attr-defined]
        with pytest.raises(ValueError, match="buffersize"):
            pool.map(plus_one, [1], buffersize=0)


@pytest.mark.parametrize("taken", [0, 3])
def test_a_map_that_nobody_reads_to_its_end_holds_no_shutdown(taken: int) -> None:
    """With buffersize inputs end when the pool is shut down; who asks for more is told."""
    pool = ProcessPoolExecutor(2)
    results = pool.map(plus_one, iter(range(1000)), buffersize=5)
    assert [next(results) for _ in range(taken)] == list(range(1, taken + 1))
    ending = threading.Thread(target=pool.shutdown, daemon=True)
    ending.start()
    ending.join(30)
    assert not ending.is_alive()
    with pytest.raises(RuntimeError, match="after shutdown"):
        list(results)


def test_a_map_that_was_read_to_its_end_outlives_a_shutdown() -> None:
    """What was taken before is given, where there is no more to take."""
    with ProcessPoolExecutor(2) as pool:
        results = pool.map(plus_one, iter(range(5)), buffersize=5)
    assert list(results) == [1, 2, 3, 4, 5]


def test_max_tasks_per_child_replaces_workers() -> None:
    """A worker runs as many tasks as it may, and another one takes its place."""
    with ProcessPoolExecutor(1, max_tasks_per_child=3) as pool:
        pids = [pool.submit(os.getpid).result(60) for _ in range(7)]
    assert [pids.count(pid) for pid in dict.fromkeys(pids)] == [3, 3, 1]


def test_workers_end_with_their_owner(tmp_path: Path, start_method: str) -> None:
    """When the owner is killed its workers end, also one in the middle of an endless task."""
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, multiprocessing\n"
        "from mpdiag import ProcessPoolExecutor\n"
        "from tests.pool.tasks import tell_start\n"
        "if __name__ == '__main__':\n"
        "    pool = ProcessPoolExecutor(2, multiprocessing.get_context(sys.argv[1]))\n"
        "    for n in range(2):\n"
        "        pool.submit(tell_start, f'{sys.argv[2]}/{n}.pid')\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, str(program), start_method, str(tmp_path)]
    owner = subprocess.Popen(command, env=env)
    try:
        files = [tmp_path / f"{n}.pid" for n in range(2)]
        assert wait_until(lambda: all(f.exists() and f.read_text() for f in files))
        pids = [int(file.read_text()) for file in files]
    finally:
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    assert wait_until(lambda: not any(map(psutil.pid_exists, pids)))


def test_a_forgotten_pool_finishes_and_ends() -> None:
    """Without a reference to the pool its tasks are done, then its workers and thread end."""
    pool = ProcessPoolExecutor(2)
    asked = [pool.submit(plus_one, n) for n in range(100)]
    workers, engine = list(pool._processes.values()), weakref.ref(pool._engine)
    del pool
    gc.collect()
    assert [one.result(60) for one in asked] == list(range(1, 101))
    assert wait_until(lambda: all(worker.exitcode == 0 for worker in workers))
    assert wait_until(lambda: engine() is None or not engine().thread.is_alive())  # type: ignore[union-attr]


def test_nothing_stays_open() -> None:
    """Pools leave no descriptor behind, with deaths and without."""

    def use() -> None:
        with ProcessPoolExecutor(2) as pool:
            for one in [pool.submit(die_at, 3, n) for n in range(6)]:
                one.exception(60)

    def left() -> int:
        use()
        gc.collect()
        return len(list(Path("/proc/self/fd").iterdir()))

    before = left()
    for _ in range(4):
        use()
    # The last process may be held for a moment; what is lost is lost for good, and adds up.
    assert wait_until(lambda: left() <= before)


def test_a_map_of_a_broken_executor_is_not_cut_short() -> None:
    """In a strict pool a death after all results that came raises: it is not taken for the end."""
    with ProcessPoolExecutor(1, strict=True) as pool:
        results = pool.map(partial(die_at, 3), range(10))
        with pytest.raises(BrokenProcessPool):
            list(results)
