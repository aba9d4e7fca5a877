"""Tasks that a pool never starts once one before them failed: the report says how many."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.store import Store
from mpdiag.testing import Program, run_command, run_program

pytestmark = pytest.mark.processes


def cancelled(done: Program) -> int:
    """Return what the store says of the only run."""
    (run,) = Store.open(done.folder / ".mpdiag").runs()
    return run.cancelled


EXECUTOR = """
    import functools, multiprocessing, sys
    from concurrent.futures import Future, ProcessPoolExecutor

    def task(gate, bad, x):
        if x == bad: raise ValueError(x)
        if x == 8: gate.wait(30)

    cancelled = 0
    stock = Future.cancel
    def cancel(future):
        global cancelled
        fresh, done = not future.cancelled(), stock(future)
        cancelled += done and fresh
        return done
    Future.cancel = cancel

    if __name__ == "__main__":
        context, bad = multiprocessing.get_context(sys.argv[1]), int(sys.argv[2])
        with context.Manager() as manager, ProcessPoolExecutor(1, mp_context=context) as pool:
            gate = manager.Event()
            results = pool.map(functools.partial(task, gate, bad), range(200), chunksize=4)
            try:
                for _ in range(4): next(results)
                results.close()  # the first chunk went well
            except ValueError:
                pass
            gate.set()
        print(cancelled * 4)
"""


def test_what_map_cancels_is_counted(tmp_path: Path, start_method: str) -> None:
    """The tasks of all chunks that ``map`` cancels as it raises, no more and no less."""
    done = run_program(EXECUTOR, start_method, "3", folder=tmp_path)
    assert int(done.stdout) > 100
    assert cancelled(done) == int(done.stdout)
    shown = run_command([done.python, "-m", "mpdiag", "show"], folder=tmp_path, deadline=60)
    assert f"{done.stdout.strip()} never started" in shown.stdout


def test_what_is_cancelled_without_a_failure_does_not_count(tmp_path: Path) -> None:
    """A program that closes the results early meant to; a task that fails later is no reason."""
    done = run_program(EXECUTOR, "fork", "7", folder=tmp_path)
    assert int(done.stdout) > 100
    assert cancelled(done) == 0


POOL = """
    import multiprocessing
    def task(x): return 1 // (x - 12)
    if __name__ == "__main__":
        with multiprocessing.Pool(2) as pool:
            pool.map(task, range(100), chunksize=10)
"""


def test_the_rest_of_a_chunk_is_counted(tmp_path: Path) -> None:
    """Without keep-going the rest of the chunk never starts, as under plain Python."""
    done = run_program(POOL, folder=tmp_path, options=["--no-keep-going"])
    assert "7 never started: skipped in the chunk that failed" in done.report
    assert "1 of 93 tasks failed" in done.report


def test_with_keep_going_all_tasks_start(tmp_path: Path) -> None:
    """The rest of the chunk runs for the report, and nothing is lost."""
    done = run_program(POOL, folder=tmp_path)
    assert "never started" not in done.report
    assert "1 of 100 tasks failed" in done.report
