"""What happens to a worker once its task has failed: the caller has its answer all the same."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

from mpdiag.store import Store
from mpdiag.testing import run_command, run_program

pytestmark = pytest.mark.programs

SCRIPT = """
    import multiprocessing, os, signal, sys
    from concurrent.futures import ProcessPoolExecutor
    import mpdiag

    class Trap:
        def __init__(self, owner):
            self.owner = owner

        def __reduce__(self):
            if os.getpid() != self.owner:
                os.kill(os.getpid(), signal.SIGKILL)
            return Trap, (self.owner,)

    def parse(x):
        if x == 5:
            os.kill(os.getpid(), signal.SIGKILL)
        if x == 2 or isinstance(x, Trap):
            raise ValueError("odd")
        return x

    def ask(kind, what):
        if kind == "executor":
            with ProcessPoolExecutor(2) as pool:
                if what == "rest":
                    return list(pool.map(parse, range(40), chunksize=20, timeout=60))
                return pool.submit(parse, Trap(os.getpid())).result(60)
        if kind == "ours":
            with mpdiag.Pool(1) as pool:
                pool.map(parse, range(10, 2000))  # then all of 40 travel together
                results = pool.imap(parse, range(40))
                for _ in range(40):
                    try:
                        next(results)
                    except ValueError:
                        pass
                    except mpdiag.WorkerCrashed as error:
                        died = error
            raise died
        with multiprocessing.Pool(2) as pool:
            if what == "rest":
                return pool.map_async(parse, range(40), chunksize=20).get(60)
            return pool.apply_async(parse, (Trap(os.getpid()),)).get(60)

    if __name__ == "__main__":
        try:
            ask(sys.argv[1], sys.argv[2])
        except Exception as error:
            print(type(error).__name__)
"""


def kinds(folder: Path) -> dict[str, Any]:
    """Return the first occurrence of each fault of the run, by its kind."""
    store = Store.open(folder / ".mpdiag")
    (head,) = store.runs()
    return {fault.kind: fault.first for fault in store.run(head.id).faults}


@pytest.mark.parametrize("kind", ["pool", "executor"])
def test_a_death_in_the_rest_of_a_chunk_changes_nothing_for_the_caller(
    tmp_path: Path, kind: str
) -> None:
    """Plain Python does not run what follows a failure in its chunk; we do, for the report."""
    done = run_program(SCRIPT, kind, "rest", folder=tmp_path)
    assert done.stdout == "ValueError\n", done.stderr
    assert "changed   ran only because mpdiag went on after a failure" in done.report
    assert "plain Python would wait" not in done.report
    found = kinds(tmp_path)
    assert found["crash"].in_keep_going
    assert found["crash"].lost is None
    assert found["failure"].task.index == 2
    assert found["crash"].task.index == 5


@pytest.mark.parametrize("kind", ["pool", "executor"])
def test_a_worker_that_dies_as_a_failure_is_told_fails_its_task(tmp_path: Path, kind: str) -> None:
    """Its inputs, say, end it when they are pickled: nobody waits for an answer for ever."""
    done = run_program(SCRIPT, kind, "told", folder=tmp_path)
    assert done.stdout == "WorkerCrashed\n", done.stderr
    assert kinds(tmp_path)["crash"].in_keep_going is False


def test_a_death_after_a_failure_in_the_same_frame_is_reported(tmp_path: Path) -> None:
    """Tasks of our pools travel together; each has a fault of its own, and counts once."""
    done = run_program(SCRIPT, "ours", "", folder=tmp_path)
    assert "of 2,030 tasks failed, and a worker was killed" in done.report
    assert done.stdout == "WorkerCrashed\n", done.stderr
    found = kinds(tmp_path)
    assert found["failure"].task.index == 2
    assert found["crash"].task.index == 5


ENDLESS = """
    import multiprocessing, sys, time
    from concurrent.futures import ProcessPoolExecutor

    def parse(x):
        if x == 5 and sys.argv[2] == "exits":
            sys.exit(3)
        while x == 5:
            try:
                time.sleep(600)
            except BaseException:
                if sys.argv[2] == "ends":
                    raise
        if x == 2:
            raise ValueError("odd")
        return x

    if __name__ == "__main__":
        if sys.argv[1] == "executor":
            pool = ProcessPoolExecutor(1)
            call = lambda: list(pool.map(parse, range(20), chunksize=20))
        else:
            pool = multiprocessing.Pool(1)
            call = lambda: pool.map_async(parse, range(40), chunksize=20).get(60)
        with pool:
            try:
                call()
            except ValueError as error:
                print(repr(error))
            print(list(pool.map(parse, range(6, 9))))
"""
# The seconds that such a task has, made fewer: before it is told to end, and after it.
IMPATIENT = """
    import sys
    from mpdiag.runner import _timeouts
    _timeouts.REST_SECONDS = 2.0
    if "goes on" in sys.argv:
        _timeouts.POOL_PATIENCE = _timeouts.EXECUTOR_PATIENCE = 1.0
    else:
        _timeouts.POOL_PATIENCE = 30.0
    from mpdiag.cli import main
    main()
"""


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("pool", "ends"),
        pytest.param("executor", "ends", marks=pytest.mark.wide),
        pytest.param("pool", "goes on", marks=pytest.mark.wide),
    ],
)
def test_a_task_of_the_rest_that_never_ends_is_ended(tmp_path: Path, kind: str, how: str) -> None:
    """By an exception, so that its worker lives on; if that does not help, with its worker."""
    (tmp_path / "script.py").write_text(textwrap.dedent(ENDLESS))
    command = [sys.executable, "-c", textwrap.dedent(IMPATIENT), "run", "script.py", kind, how]
    done = run_command(command, folder=tmp_path, deadline=50)
    assert done.stdout == "ValueError('odd')\n[6, 7, 8]\n", done.stderr
    ended = "ended task 5 after" in done.report, "ended by mpdiag" in done.report
    assert ended == (how == "ends", how == "goes on"), done.stderr
    assert ("crash" in kinds(tmp_path)) is (how == "goes on")


@pytest.mark.parametrize("kind", ["pool", pytest.param("executor", marks=pytest.mark.wide)])
def test_a_task_of_the_rest_that_exits_is_told_and_ends_nothing(tmp_path: Path, kind: str) -> None:
    """The worker lives on, as it would in plain Python, which does not run that task."""
    done = run_program(ENDLESS, kind, "exits", folder=tmp_path)
    assert done.stdout == "ValueError('odd')\n[6, 7, 8]\n", done.stderr
    assert "sys.exit(3) called in a task, script.py:7" in " ".join(done.report.split())
    store = Store.open(tmp_path / ".mpdiag")
    (head,) = store.runs()
    firsts: list[Any] = [one.first for one in store.run(head.id).faults]
    assert [one.in_keep_going for one in firsts] == [False, True]
