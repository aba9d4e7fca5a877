"""How programs leave with pools that have work, and what tasks may do to their interpreter."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from mpdiag import Pool, ProcessPoolExecutor
from mpdiag.testing import run_program

from .tasks import deep, exhaust, limit_memory, observe, plus_one

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
ROOT = str(Path(__file__).parents[2])

LEAVING = {
    "pending": ("[pool.submit(note, log, n) for n in range(50)]", 0, 50),
    "exit": ("[pool.submit(note, log, n) for n in range(50)]; sys.exit(3)", 3, 50),
    "error": ("[pool.submit(note, log, n) for n in range(50)]; 1 / 0", 1, 50),
    "cancelled": (
        (
            "pool.submit(note, log, 0).result(); slow = pool.submit(wait_for, log + 'x');\n"
            "    while not slow.running(): pass\n"
            "    [pool.submit(note, log, n) for n in range(50)]\n"
            "    pool.shutdown(wait=False, cancel_futures=True); open(log + 'x', 'w').close()"
        ),
        0,
        None,  # those that went to a worker with the first run
    ),
    "not waited for": (
        "[pool.submit(note, log, n) for n in range(50)]; pool.shutdown(wait=False)",
        0,
        50,
    ),
    "half a map": ("next(pool.map(functools.partial(note, log), range(5000)))", 0, None),
}
SCRIPT = """
import functools, sys
from mpdiag import ProcessPoolExecutor
from tests.pool.tasks import note, wait_for
if __name__ == "__main__":
    log = sys.argv[1]
    pool = ProcessPoolExecutor(2)
    {deed}
"""


@pytest.mark.parametrize("under", ["python", "mpdiag run"])
@pytest.mark.parametrize("way", LEAVING)
def test_a_program_may_end_with_tasks_pending(way: str, under: str, tmp_path: Path) -> None:
    """What was submitted is done before the interpreter ends, once, and its exit code is kept."""
    deed, code, ran = LEAVING[way]
    log, source = tmp_path / "log", SCRIPT.format(deed=deed)
    environment = {"PYTHONPATH": ROOT}
    if under == "python":
        done = subprocess.run(
            [sys.executable, "-c", source, str(log)],
            env={**os.environ, **environment},
            timeout=60,
            capture_output=True,
            text=True,
            check=False,
        )
        found, said = done.returncode, done.stderr
    else:
        program = run_program(
            source, str(log), folder=tmp_path, deadline=60, environment=environment
        )
        found, said = program.exit_code, program.stderr
    assert found == code, said
    assert ("ZeroDivisionError" in said) == (code == 1)
    lines = log.read_text().split()
    assert ran is None or sorted(map(int, lines)) == list(range(ran))


POOL = """
import sys
from mpdiag import Pool
from tests.pool.tasks import plus_one, tell_start
def blocked():
    yield 1
    import threading
    threading.Event().wait()
if __name__ == "__main__":
    pool = Pool(2)
    results = pool.imap(plus_one, blocked())
    assert next(results) == 2
    pool.apply_async(tell_start, (sys.argv[1],))
    while not results._engine.crew.hands: pass
"""


def test_a_program_may_end_with_a_pool_that_never_would(tmp_path: Path) -> None:
    """Of a Pool the tasks end with the program, as in the library; inputs may block for ever."""
    done = subprocess.run(
        [sys.executable, "-c", POOL, str(tmp_path / "pid")],
        env={**os.environ, "PYTHONPATH": ROOT},
        timeout=60,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""


class Leaves:
    """Inputs that end by what is no Exception."""

    def __iter__(self) -> Iterator[int]:
        yield from range(3)
        raise SystemExit(4)


def test_inputs_may_end_by_any_exception() -> None:
    """Of `imap` the results before it come, then it is raised; nobody waits for more."""
    with Pool(1) as pool:
        results = pool.imap(plus_one, Leaves())
        assert [results.next(60) for _ in range(3)] == [1, 2, 3]
        with pytest.raises(SystemExit):
            results.next(60)
        with pytest.raises(SystemExit):
            pool.map(plus_one, Leaves())
        assert pool.apply(plus_one, (1,)) == 2


@pytest.mark.parametrize("ahead", [None, 1, 2, 10])
def test_an_executors_map_takes_inputs_that_raise(ahead: int | None) -> None:
    """The error is raised where the library of 3.14 raises it, and the executor goes on."""

    def inputs() -> Iterator[int]:
        yield from range(3)
        raise ZeroDivisionError("said when")

    with ProcessPoolExecutor(1) as pool:
        found: list[int] = []
        with pytest.raises(ZeroDivisionError, match="said when"):
            found.extend(pool.map(plus_one, inputs(), buffersize=ahead))
        assert found == [1, 2, 3][: len(found)]
        assert pool.submit(plus_one, 1).result(60) == 2


def test_inputs_that_block_hold_nobody_else() -> None:
    """While one thread's iterable blocks in `map`, others use the executor."""
    gate, begun = threading.Event(), threading.Event()

    def inputs() -> Iterator[int]:
        yield 1
        begun.set()
        assert gate.wait(60)

    with ProcessPoolExecutor(1) as pool:
        found: list[int] = []
        thread = threading.Thread(target=lambda: found.extend(pool.map(plus_one, inputs())))
        thread.start()
        assert begun.wait(60)
        assert pool.submit(plus_one, 1).result(60) == 2
        assert list(pool.map(plus_one, range(10))) == list(range(1, 11))
        gate.set()
        thread.join(60)
        assert found == [2]


@pytest.mark.parametrize("how", ["settrace", "setprofile"])
def test_a_task_may_trace(how: str) -> None:
    """What it leaves switched on costs no task after it."""
    with ProcessPoolExecutor(1) as pool:
        assert pool.submit(observe, how).result(60) == how
        assert list(pool.map(plus_one, range(300))) == list(range(1, 301))
        assert pool.submit(plus_one, 1).result(60) == 2


def test_a_task_may_run_out_of_stack() -> None:
    """RecursionError in a task, in its input and in its result fails that one alone."""
    with ProcessPoolExecutor(1) as pool:
        for one in (
            pool.submit(deep, "call"),
            pool.submit(deep, "result"),
            pool.submit(id, deep("value")),
        ):
            assert isinstance(one.exception(60), RecursionError)
        assert pool.submit(plus_one, 1).result(60) == 2


def test_a_task_may_run_out_of_memory() -> None:
    """With a limit of its memory a worker fails the task that passes it, and goes on."""
    with ProcessPoolExecutor(1, initializer=limit_memory, initargs=(300 << 20,)) as pool:
        pid = pool.submit(os.getpid).result(60)
        assert isinstance(pool.submit(exhaust, 1 << 30).exception(60), MemoryError)
        assert isinstance(pool.submit(exhaust, 0).exception(60), MemoryError)
        assert pool.submit(os.getpid).result(60) == pid


@pytest.fixture
def short_turns() -> Iterator[None]:
    """Have threads take turns as often as they can."""
    was = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(was)


@pytest.mark.usefixtures("short_turns")
@pytest.mark.parametrize("_", range(10))
def test_threads_may_use_and_end_a_pool_at_once(_: int) -> None:
    """Each result comes, or the submission is refused; nobody waits for ever."""
    pool, gate = ProcessPoolExecutor(2), threading.Barrier(6)
    wrong: list[object] = []

    def use() -> None:
        gate.wait(60)
        for n in range(30):
            try:
                future = pool.submit(plus_one, n)
            except RuntimeError:  # it was shut down
                return
            if future.result(60) != n + 1:
                wrong.append(n)

    threads = [threading.Thread(target=use) for _ in range(5)]
    for thread in threads:
        thread.start()
    gate.wait(60)
    assert pool.submit(plus_one, 1).result(60) == 2
    pool.shutdown(wait=True)
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert wrong == []
