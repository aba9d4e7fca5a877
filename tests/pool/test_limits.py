"""Limits of our pools: time and memory of a task, and how often it may run."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest

from mpdiag import Pool, ProcessPoolExecutor, Retries, TaskTimeout, WorkerCrashed
from mpdiag.model import Cause, Crash
from mpdiag.pool._hand import Hand
from mpdiag.recorder import State, Word
from mpdiag.testing import run_program, wait_until

from .tasks import (
    bad_start,
    count_to,
    hold,
    note_and_die,
    note_number,
    plus_one,
    sleep_at,
    swell_at,
    wait_for,
)

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


def notes_of(error: BaseException | None) -> list[str]:
    """Return the notes of an error, oldest first."""
    return list(getattr(error, "__notes__", []))


def runs(worker: Hand) -> bool:
    """Whether a worker is in its task; what its recorder says of that is complete."""
    words = worker.words
    return words is not None and words[Word.STATE] == State.RUNNING and not words[Word.SEQ] % 2


def test_a_task_that_takes_too_long_fails_with_where_it_was(start_method: str) -> None:
    """Its worker is ended, all others have their results, and it is in the pool's faults."""
    context = multiprocessing.get_context(start_method)
    with ProcessPoolExecutor(2, context, task_timeout=0.5) as pool:
        asked = [pool.submit(sleep_at, 7, n) for n in range(40)]
        error = asked.pop(7).exception(60)
        assert [one.result(60) for one in asked] == [n for n in range(40) if n != 7]
        (crash,) = pool.faults
    assert isinstance(error, TaskTimeout)
    assert isinstance(error, WorkerCrashed)
    assert isinstance(error, TimeoutError)
    assert "took longer than task_timeout=0.5 s, at " in str(error)
    assert "in sleep_at" in str(error)
    (note,) = notes_of(error)
    assert "task 7 (from 0)" in note
    assert "x = 7" in note
    assert isinstance(crash, Crash)
    assert crash.verdict is not None
    assert crash.verdict.cause is Cause.TASK_TIMEOUT
    assert crash.trace[-1].source.strip() == "time.sleep(600)"


def test_a_timeout_may_be_of_some_calls_only(tmp_path: Path) -> None:
    """A view of a pool has other options, and the same workers."""
    gate = tmp_path / "gate"
    with ProcessPoolExecutor(2) as pool:
        slow = pool.submit(wait_for, str(gate))
        strict = pool.with_options(task_timeout=0.3)
        with pytest.raises(TaskTimeout):
            list(strict.map(partial(sleep_at, 1), range(3)))
        gate.touch()
        assert slow.result(60) == str(gate)


def test_a_worker_that_dies_while_its_stack_is_asked_for_leaves_no_file() -> None:
    """It was stopped, so that no answer came; the owner lets go of the file all the same."""
    with Pool(1, task_timeout=0.2) as pool:
        asked = pool.apply_async(sleep_at, (1, 1))
        (worker,) = pool._engine.crew.hands
        assert wait_until(lambda: asked.ready() or (worker.armed and runs(worker)), deadline=60)
        os.kill(worker.pid, signal.SIGSTOP)
        assert wait_until(lambda: asked.ready() or worker.over is not None, deadline=60)
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(TaskTimeout, match=r"took longer than task_timeout=0\.2 s"):
            asked.get(60)
        links = [os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()]
        assert not [link for link in links if "mpdiag-stacks" in link]


def test_pool_ends_a_slow_task_too() -> None:
    """`Pool.map` raises it as any other error of a task."""
    with Pool(2, task_timeout=0.3) as pool:
        with pytest.raises(TaskTimeout, match="in sleep_at"):
            pool.map(partial(sleep_at, 3), range(6))
        assert pool.map(plus_one, range(100)) == list(range(1, 101))


@pytest.mark.programs
def test_the_report_of_a_run_says_why_the_worker_was_ended(tmp_path: Path) -> None:
    """Under ``mpdiag run`` the death is one fault, with the limit and where the task was."""
    program = """
        import threading
        from mpdiag import Pool, TaskTimeout

        def fetch(n):
            if n == 5:
                threading.Event().wait()
            return n

        if __name__ == "__main__":
            with Pool(2, task_timeout=0.3) as pool:
                try:
                    pool.map(fetch, range(20))
                except TaskTimeout as error:
                    print("caught", error)
    """
    done = run_program(program, folder=tmp_path)
    said = " ".join(done.stderr.split())
    assert "script.py:7 in fetch" in done.stdout
    assert "took longer than task_timeout=0.3 s: ended by its pool" in said
    assert "7 threading.Event().wait() in wait, threading.py:" in said
    assert "n = 5" in said


def test_a_failing_task_runs_again_until_it_passes(tmp_path: Path) -> None:
    """As often as its policy says; the last error says which attempt it was."""
    with ProcessPoolExecutor(2, retries=2) as pool:
        assert pool.submit(count_to, f"{tmp_path}/a", 3).result(60) == 3
        error = pool.submit(count_to, f"{tmp_path}/b", 4).exception(60)
        assert "attempt 3 of 3" in notes_of(error)[-1]
        other = pool.with_options(retries=Retries(times=5, on=(KeyError,)))
        other.submit(count_to, f"{tmp_path}/c", 2).exception(60)
        assert (tmp_path / "c").stat().st_size == 1


def test_the_wait_before_an_attempt_grows(tmp_path: Path) -> None:
    """Up to a most; the pool waits for it at its end."""
    policy = Retries(times=3, delay=0.1, factor=2, most_delay=0.2)
    assert [policy.wait(n) for n in (1, 2, 3, 400)] == [0.1, 0.2, 0.2, 0.2]
    with ProcessPoolExecutor(1, retries=policy) as pool:
        late = pool.submit(count_to, f"{tmp_path}/a", 4)
    assert late.result(0) == 4


def test_the_wait_before_an_attempt_holds_nobody_back(tmp_path: Path) -> None:
    """The only worker runs others meanwhile; a pool that is ended does not wait."""
    policy = Retries(delay=3600, most_delay=3600)
    with ProcessPoolExecutor(1, retries=policy) as pool:
        late = pool.submit(count_to, f"{tmp_path}/a", 4)
        assert pool.submit(plus_one, 1).result(60) == 2
        assert (tmp_path / "a").stat().st_size == 1
        assert not late.done()
        pool.kill_workers()
        assert isinstance(late.exception(60), BrokenProcessPool)


def test_what_kills_its_worker_twice_is_in_quarantine(tmp_path: Path) -> None:
    """It is not run a third time, whatever the number of retries."""
    with ProcessPoolExecutor(2, retries=5) as pool:
        error = pool.submit(note_and_die, f"{tmp_path}/a").exception(60)
        assert isinstance(error, WorkerCrashed)
        assert "2 workers died at this task: it is not run again" in notes_of(error)[-1]
        assert (tmp_path / "a").stat().st_size == 2
        never = pool.with_options(retries=Retries(times=5, crashes=False))
        never.submit(note_and_die, f"{tmp_path}/b").exception(60)
        assert (tmp_path / "b").stat().st_size == 1


def test_a_map_runs_its_failures_again(tmp_path: Path) -> None:
    """One task of many fails at first: the map has all results, each in its place."""
    with Pool(2, retries=3) as pool:
        done = pool.starmap(count_to, [(f"{tmp_path}/{n}", 1 + (n == 5)) for n in range(20)])
    assert done == [1 + (n == 5) for n in range(20)]


def _more_than_now(size: int) -> int:
    """Return a limit with room for *size*: a forked worker begins with what this process has."""
    return int(psutil.Process().memory_info().rss) + size


def test_a_worker_that_grew_is_replaced_between_tasks() -> None:
    """No task fails for what others left in its worker."""
    with ProcessPoolExecutor(1, memory_limit=_more_than_now(200_000_000)) as pool:
        pids = [pool.submit(hold, 120_000_000).result(60) for _ in range(6)]
        assert pool.submit(plus_one, 1).result(60) == 2
        assert pool.faults == ()
    assert len(set(pids)) >= 3


def test_a_task_that_takes_too_much_memory_is_named() -> None:
    """Its worker is ended, and the others go on."""
    with ProcessPoolExecutor(2, memory_limit=_more_than_now(200_000_000)) as pool:
        asked = [pool.submit(swell_at, 3, n) for n in range(10)]
        error = asked.pop(3).exception(60)
        assert [one.result(60) for one in asked] == [n for n in range(10) if n != 3]
    assert isinstance(error, WorkerCrashed)
    assert "its task took more memory than memory_limit=" in str(error)
    assert "in swell_at" in str(error)


def test_a_limit_that_no_worker_can_keep_breaks_the_pool() -> None:
    """It says what a worker takes before its first task."""
    words = "before its first task, memory_limit=1 MiB"
    with Pool(2, memory_limit="1 MB") as pool, pytest.raises(WorkerCrashed, match=words):
        pool.map(plus_one, range(10))


def test_a_broken_pool_leaves_no_map_waiting() -> None:
    """An initializer that raises fails a map, which hung or found a closed descriptor."""
    with Pool(2, bad_start) as pool, pytest.raises(Exception, match="initializer raised"):
        pool.map(plus_one, range(10))


def test_what_may_have_run_never_runs_twice(tmp_path: Path, start_method: str) -> None:
    """With ``durable`` no task runs again when workers are killed, and each costs one at most."""
    log = str(tmp_path / "log")
    context = multiprocessing.get_context(start_method)
    done, killed = threading.Event(), list[int]()
    with ProcessPoolExecutor(2, context, durable=True) as pool:
        killer = threading.Thread(target=_kill_now_and_then, args=(pool, done, killed))
        asked = [pool.submit(note_number, log, n) for n in range(3000)]
        killer.start()
        outcomes = [one.exception(60) for one in asked]
        done.set()
        killer.join(60)
    crashed = [error for error in outcomes if isinstance(error, WorkerCrashed)]
    assert len(crashed) <= len(killed), crashed
    ran = (tmp_path / "log").read_text().split()
    assert len(ran) == len(set(ran))
    assert set(range(3000)) - set(map(int, ran)) <= {
        n for n, error in enumerate(outcomes) if isinstance(error, WorkerCrashed)
    }


def _kill_now_and_then(pool: ProcessPoolExecutor, done: threading.Event, killed: list[int]) -> None:
    while not done.wait(0.05):
        for pid in [hand.pid for hand in pool._engine.crew.hands if hand.ready][:1]:
            try:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
            except ProcessLookupError:
                pass


@pytest.mark.parametrize(
    ("option", "error", "words"),
    [
        ({"task_timeout": 0}, ValueError, "task_timeout must be above 0 seconds"),
        ({"retries": "two"}, TypeError, "retries must be a number, mpdiag.Retries or None"),
        ({"on_error": "ignore"}, ValueError, "on_error must be 'raise' or 'collect'"),
        ({"memory_limit": "much"}, ValueError, "memory_limit must be bytes or such as '2 GiB'"),
        ({"memory_limit": 0}, ValueError, "memory_limit must be above 0"),
    ],
)
@pytest.mark.parametrize("pool", [Pool, ProcessPoolExecutor])
def test_a_wrong_option_is_named(
    pool: Any, option: dict[str, Any], error: type[Exception], words: str
) -> None:
    """With its value, before any worker starts."""
    with pytest.raises(error, match=words):
        pool(1, **option)


def test_retries_refuse_what_makes_no_sense() -> None:
    """Each with its value."""
    with pytest.raises(ValueError, match="times must be 0 or more, not -1"):
        Retries(times=-1)
    with pytest.raises(ValueError, match="factor must be 1 or more"):
        Retries(factor=0.5)
    with pytest.raises(TypeError, match="on must have classes of exceptions"):
        Retries(on=("KeyError",))  # type: ignore[arg-type]


@pytest.mark.parametrize("strict", [False, True])
def test_a_recorder_says_whether_others_get_what_a_dead_worker_leaves(*, strict: bool) -> None:
    """They do, but where a death breaks the pool."""
    with ProcessPoolExecutor(1, strict=strict) as pool:
        assert pool.submit(plus_one, 1).result(60) == 2
        (worker,) = pool._engine.crew.hands
        assert worker.words is not None
        assert bool(worker.words[Word.SHARES_OUT]) is not strict


@pytest.mark.programs
def test_a_report_counts_no_task_as_lost_that_others_ran(tmp_path: Path) -> None:
    """Where a stock pool loses the rest of a chunk, ours has it run by another worker."""
    program = """
        import os, signal
        from mpdiag import Pool

        def work(n):
            if n == 2500:
                os.kill(os.getpid(), signal.SIGKILL)
            return n

        if __name__ == "__main__":
            with Pool(1) as pool:
                results = pool.imap_unordered(work, range(5000))
                done = 0
                while done < 4999:
                    try:
                        next(results)
                        done += 1
                    except Exception as error:
                        print(type(error).__name__)
    """
    done = run_program(program, folder=tmp_path)
    assert done.stdout == "WorkerCrashed\n"
    assert "n = 2500" in done.stderr
    assert "of its chunk" not in " ".join(done.stderr.split())


REPEATING = """
    import os, pathlib, signal, sys
    from mpdiag import ProcessPoolExecutor

    def work(x):
        if x in (30, 60) and not os.path.exists(f"{sys.argv[1]}{x}"):
            pathlib.Path(f"{sys.argv[1]}{x}").touch()
            if x == 30:
                raise ValueError("once")
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    if __name__ == "__main__":
        with ProcessPoolExecutor(1, retries=1) as pool:
            assert list(pool.map(work, range(200))) == list(range(200))
"""


@pytest.mark.programs
def test_a_report_counts_a_task_once_that_ran_again(tmp_path: Path) -> None:
    """Whether it failed, died with its worker, or was done in one that died before it told."""
    done = run_program(REPEATING, str(tmp_path / "seen"), folder=tmp_path, deadline=60)
    assert "1 of 200 tasks failed, and a worker was killed" in done.stderr
