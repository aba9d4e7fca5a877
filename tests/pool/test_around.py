"""Our pools among what else a program does: signals, forks, queues, and diagnosis."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import mpdiag
from mpdiag import Pool, ProcessPoolExecutor, WorkerCrashed
from mpdiag.model import Crash, Failure
from mpdiag.testing import run_program, wait_until

from .tasks import (
    die_at,
    fail_at,
    fork_and_leave,
    leave_child,
    plus_one,
    put_inherited,
    put_twice,
    wait_and_fail,
    wait_for,
)

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


class TooLateError(Exception):
    """Raised by a signal handler."""


@pytest.fixture
def alarm() -> Iterator[None]:
    """Have SIGALRM raise, as decorators for time limits do."""

    def too_late(*_: object) -> None:
        raise TooLateError

    before = signal.signal(signal.SIGALRM, too_late)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("alarm")
def test_a_signal_handler_may_raise_while_we_wait(tmp_path: Path) -> None:
    """The exception reaches the caller of `result`; the pool and the task go on."""
    gate = tmp_path / "gate"
    with ProcessPoolExecutor(2) as pool:
        slow = pool.submit(wait_for, str(gate))
        for _ in range(20):
            signal.setitimer(signal.ITIMER_REAL, 0.02)
            with pytest.raises(TooLateError):
                slow.result(60)
            assert pool.submit(plus_one, 1).result(60) == 2
        gate.touch()
        assert slow.result(60) == str(gate)


class InterruptedLock:
    """A lock of the pool at which Ctrl-C comes right after the main thread has taken it."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self._lock: Any = pool._engine._io
        self.is_armed = True

    def __getattr__(self, name: str) -> object:
        return getattr(self._lock, name)

    def acquire(self, *args: object, **kwargs: object) -> object:
        """Take it, and be interrupted once."""
        taken = self._lock.acquire(*args, **kwargs)
        if taken and self.is_armed and threading.current_thread() is threading.main_thread():
            self.is_armed = False
            raise KeyboardInterrupt
        return taken


@pytest.mark.parametrize("way", ["submit", "result"])
def test_a_lock_is_let_go_by_who_was_interrupted_with_it(way: str, tmp_path: Path) -> None:
    """The signal comes before a line of ours could note that the lock is taken."""
    gate = tmp_path / "gate"
    with ProcessPoolExecutor(2) as pool:
        slow = pool.submit(wait_for, str(gate))
        assert pool.submit(plus_one, 1).result(60) == 2
        lock = InterruptedLock(pool)
        pool._engine._io = lock  # type: ignore[assignment]
        with pytest.raises(KeyboardInterrupt):
            pool.submit(plus_one, 2) if way == "submit" else slow.result(60)
        assert not lock.is_armed
        assert not pool._engine._owner
        assert pool.submit(plus_one, 3).result(60) == 4
        gate.touch()
        assert wait([slow], 60).done == {slow}


def test_an_interrupted_program_ends(tmp_path: Path) -> None:
    """Ctrl-C while thousands of tasks wait ends the program and its workers soon."""
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, time\n"
        "from mpdiag import ProcessPoolExecutor\n"
        "if __name__ == '__main__':\n"
        "    with ProcessPoolExecutor(2) as pool:\n"
        "        asked = [pool.submit(time.sleep, 0.2) for _ in range(5000)]\n"
        "        asked[0].result()\n"
        "        print('begun', flush=True)\n"
        "        for one in asked:\n"
        "            one.result()\n"
    )
    done = subprocess.Popen(
        [sys.executable, str(program)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert done.stdout is not None
    assert done.stdout.readline() == "begun\n"
    os.killpg(done.pid, signal.SIGINT)  # as a terminal does, to all of them
    _, said = done.communicate(timeout=60)
    assert said.count("KeyboardInterrupt") == 1, said


def test_forks_of_others_do_no_harm() -> None:
    """While one thread submits, another forks: results come, deaths are seen, nothing hangs."""
    with ProcessPoolExecutor(2) as pool:
        pool.submit(plus_one, 1).result(60)
        done = threading.Event()
        wrong: list[object] = []

        def submit() -> None:
            n = 0
            while not done.is_set():
                n += 1
                if n % 50 == 0:
                    if not isinstance(pool.submit(die_at, n, n).exception(60), WorkerCrashed):
                        wrong.append(n)
                elif pool.submit(plus_one, n).result(60) != n + 1:
                    wrong.append(n)

        thread = threading.Thread(target=submit)
        thread.start()
        context = multiprocessing.get_context("fork")
        children = [context.Process(target=plus_one, args=(n,)) for n in range(30)]
        for child in children:
            child.start()
            child.join(60)
        # the start of a worker reaps others' children, too, and tells of it a moment later
        assert wait_until(lambda: all(child.exitcode == 0 for child in children), deadline=60)
        done.set()
        thread.join(60)
        assert wrong == []


def test_a_forked_child_cannot_use_the_pool_of_its_parent() -> None:
    """It is told so, in place of waiting for ever."""
    with ProcessPoolExecutor(1) as pool:
        pool.submit(plus_one, 1).result(60)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                pool.submit(plus_one, 1)
            except RuntimeError as error:
                os.write(writer, str(error).encode())
            os._exit(0)
        os.waitpid(pid, 0)
        os.close(writer)
        assert f"pid {os.getpid()}" in os.read(reader, 1000).decode()
        os.close(reader)
        assert pool.submit(plus_one, 1).result(60) == 2


def test_a_child_that_a_task_forks_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    """It has not the worker's socket: each result comes once, from the worker itself."""
    with ProcessPoolExecutor(1) as pool:
        assert list(pool.map(fork_and_leave, range(5))) == list(range(5))
        assert pool.submit(plus_one, 1).result(60) == 2
    assert capfd.readouterr().err == ""


def test_a_child_that_outlives_its_worker_delays_nothing(tmp_path: Path) -> None:
    """It holds the pipe by which multiprocessing sees a worker end: the pool ends all the same."""
    gate = tmp_path / "gate"
    pool = ProcessPoolExecutor(1)
    assert pool.submit(leave_child, str(gate)).result(60)
    assert pool._engine.thread is not None
    pool._engine.grace = 600
    pool.shutdown(wait=False)
    pool._engine.thread.join(30)
    ended = pool._engine.over.is_set()
    gate.touch()
    assert ended


def test_a_worker_that_another_thread_reaps_is_not_killed_after_its_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its id may be another's by then; how it ended is known a moment later."""
    with ProcessPoolExecutor(1) as pool:
        pool.submit(plus_one, 1).result(60)
        (hand,) = pool._engine.crew.hands
        asked: list[int] = []
        killed: list[int] = []

        def poll(flag: int = os.WNOHANG) -> int | None:
            asked.append(flag)
            if len(asked) == 5:
                hand.process._popen.returncode = -signal.SIGKILL  # type: ignore[attr-defined]
            return hand.process._popen.returncode  # type: ignore[attr-defined,no-any-return]

        os.kill(hand.pid, signal.SIGKILL)
        os.waitpid(hand.pid, 0)
        with monkeypatch.context() as patch:
            patch.setattr(hand.process._popen, "poll", poll)  # type: ignore[attr-defined]
            patch.setattr(hand.process, "kill", lambda: killed.append(hand.pid))
            assert hand.ended() == -signal.SIGKILL
        assert killed == []


@pytest.mark.parametrize("error", [False, True])
def test_a_pool_may_end_before_its_workers_have_begun(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], *, error: bool
) -> None:
    """A worker that finds its socket closed when its initializer returns or raises says nothing."""
    gate = tmp_path / "gate"
    pool = Pool(1, wait_and_fail if error else wait_for, (str(gate),))
    worker = pool._pool[0]
    pool.close()
    assert wait_until(lambda: not pool._engine.crew.hands, deadline=60)
    gate.touch()
    pool.join()
    assert worker.exitcode == 0
    assert capfd.readouterr() == ("", "")


def test_queues_go_to_our_workers(start_method: str) -> None:
    """`mpdiag.share` and `mpdiag.initializer` work with our pools as with the library's."""
    context = multiprocessing.get_context(start_method)
    queue = context.Queue()
    shared = mpdiag.share(queue)
    given = context.SimpleQueue()
    with Pool(2, **mpdiag.initializer(results=given), context=context) as pool:
        assert set(pool.starmap(put_twice, [(shared, n) for n in range(5)])) == {"inherited"}
        assert sorted(shared.get(timeout=60) for _ in range(5)) == [0, 2, 4, 6, 8]
        pool.map(put_inherited, range(5))
        assert sorted(given.get() for _ in range(5)) == list(range(5))
    queue.close()
    queue.join_thread()
    given.close()


def test_faults_are_at_hand_without_a_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """Failures and crashes are on `pool.faults`, with inputs; no file, no output."""
    monkeypatch.chdir(tmp_path)
    with ProcessPoolExecutor(2) as pool:
        assert pool.submit(fail_at, 3, 3).exception(60) is not None
        assert pool.submit(die_at, 4, 4).exception(60) is not None
        failure, crash = pool.faults
        printed = str(pool.faults).splitlines()
    place = "task {0} (from 0) of ProcessPoolExecutor.submit; worker {1} (pid {2})"
    of_failure = place.format(0, failure.worker.number, failure.worker.pid)
    of_crash = place.format(1, crash.worker.number, crash.worker.pid)
    tasks = fail_at.__module__
    assert printed[0].startswith(f"KeyError: 3; {tasks}.fail_at(bad = 3, x = 3), ")
    assert isinstance(failure, Failure)
    assert printed[0].endswith(f"tasks.py:{failure.error.trace[-1].line}; {of_failure}")
    died = f"worker died: SIGKILL, sender unknown; {tasks}.die_at(bad = 4, x = 4); "
    assert printed[1:] == [died + of_crash]
    assert failure.error.type == "KeyError"
    assert failure.inputs.values["x"].text == "3"
    assert isinstance(crash, Crash)
    assert crash.status.signal == signal.SIGKILL
    assert crash.inputs.values["x"].text == "4"
    assert crash.task is not None
    assert crash.task.label == "ProcessPoolExecutor.submit"
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


PROGRAM = """
    import os, signal, mpdiag

    def work(x):
        if x == 30:
            os.kill(os.getpid(), signal.SIGKILL)
        if x == 60:
            raise ValueError("sixty")
        return x

    if __name__ == "__main__":
        with mpdiag.ProcessPoolExecutor(2) as pool:
            asked = [pool.submit(work, x) for x in range(100)]
            print(sum(one.exception() is not None for one in asked))
"""


def test_a_run_tells_of_each_fault_once(tmp_path: Path) -> None:
    """Under `mpdiag run` one death and one failure are two faults of one occurrence each."""
    done = run_program(PROGRAM, folder=tmp_path, deadline=60)
    assert done.stdout == "2\n"
    faults = [(one["kind"], one["inputs"]["x"], one["count"]) for one in done.faults]
    assert sorted(faults) == [("crash", "30", 1), ("failure", "60", 1)]


def test_waiting_ends_though_another_thread_brings_the_result(tmp_path: Path) -> None:
    """A driver that sleeps is woken when what it waits for was delivered by another thread."""
    gate = tmp_path / "gate"
    with ProcessPoolExecutor(2) as pool:
        first = pool.submit(wait_for, str(gate))
        held, seen = threading.Event(), threading.Event()
        first.add_done_callback(lambda _: (seen.set(), held.wait(60)))  # type: ignore[func-returns-value]
        second = pool.submit(wait_for, str(gate))
        waiting = threading.Thread(target=second.result, args=(60,))
        waiting.start()
        gate.touch()
        assert seen.wait(60)
        held.set()
        waiting.join(60)
        assert not waiting.is_alive()
        assert wait_until(lambda: not pool._engine.open, deadline=60)


def test_a_death_without_a_record_is_not_repeated_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where nothing tells which task a worker was at, a fatal one is given up after some deaths."""
    from mpdiag.pool._hand import Hand

    with ProcessPoolExecutor(2) as pool:
        with monkeypatch.context() as patch:
            patch.setattr(Hand, "reading", lambda _: None)
            asked = [pool.submit(die_at, 3, n) for n in range(10)]
            errors = {n: one.exception(60) for n, one in enumerate(asked)}
        assert [n for n, error in errors.items() if error is not None] == [3]
        assert isinstance(errors[3], WorkerCrashed)


def test_watch_sees_our_pools(tmp_path: Path) -> None:
    """Inside of a `watch()` block a death and a failure are faults of the block, once each."""
    with mpdiag.watch(store=str(tmp_path / "store")) as run, ProcessPoolExecutor(2) as pool:
        assert pool.submit(fail_at, 3, 3).exception(60) is not None
        assert pool.submit(die_at, 4, 4).exception(60) is not None
    assert sorted((fault.kind, fault.count) for fault in run.faults) == [
        ("crash", 1),
        ("failure", 1),
    ]


def test_a_pool_goes_with_its_function_though_a_worker_died() -> None:
    """What is kept of a death does not lead back to the pool, which would be kept for ever."""

    def use() -> weakref.ref[ProcessPoolExecutor]:
        with ProcessPoolExecutor(1) as pool, suppress(WorkerCrashed):
            pool.submit(die_at, 1, 1).result(60)
        return weakref.ref(pool)

    pool = use()
    gc.collect()
    assert pool() is None
