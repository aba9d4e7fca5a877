"""Our pools under signals: storms of them in every process, stops, and stopped owners."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from mpdiag import Pool, ProcessPoolExecutor
from mpdiag.testing import wait_until

from .tasks import plus_one, size_of, storm

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
ROOT = str(Path(__file__).parents[2])


@pytest.fixture
def interrupted() -> Iterator[list[int]]:
    """Have a signal come each 200 microseconds; a list of their number is returned."""
    came = [0]

    def count(*_: object) -> None:
        came[0] += 1

    before = signal.signal(signal.SIGALRM, count)
    signal.setitimer(signal.ITIMER_REAL, 0.0002, 0.0002)
    yield came
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


def test_signals_during_every_system_call(interrupted: list[int]) -> None:
    """A storm of signals in the owner and in its workers costs no task and no byte."""
    with ProcessPoolExecutor(2, initializer=storm) as pool:
        assert list(pool.map(plus_one, range(5000))) == list(range(1, 5001))
        assert list(pool.map(size_of, [bytes(3_000_000)] * 4)) == [3_000_000] * 4
        asked = [pool.submit(plus_one, n) for n in range(500)]
        assert [one.result(60) for one in asked] == list(range(1, 501))
    with Pool(2, storm) as pool2:
        assert list(pool2.imap(plus_one, iter(range(2000)))) == list(range(1, 2001))
    assert interrupted[0] > 10


def test_a_stopped_worker_goes_on(tmp_path: Path) -> None:
    """While one is stopped the others work; continued, it gives what it has."""
    with ProcessPoolExecutor(2) as pool:
        assert list(pool.map(plus_one, range(100))) == list(range(1, 101))
        pid = next(iter(pool._processes))
        os.kill(pid, signal.SIGSTOP)
        try:
            asked = [pool.submit(plus_one, n) for n in range(100)]
            assert wait_until(lambda: any(one.done() for one in asked), deadline=60)
        finally:
            os.kill(pid, signal.SIGCONT)
        assert [one.result(60) for one in asked] == list(range(1, 101))


STOPPED = """
import sys
from mpdiag import ProcessPoolExecutor
from tests.pool.tasks import plus_one
if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        for n in range(20):
            assert list(pool.map(plus_one, range(2000))) == list(range(1, 2001))
            print(n, flush=True)
"""


def test_a_stopped_owner_goes_on(tmp_path: Path) -> None:
    """Stopped and continued in the middle of its work a program ends as ever."""
    with subprocess.Popen(
        [sys.executable, "-c", STOPPED],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT},
    ) as owner:
        assert owner.stdout is not None
        process = psutil.Process(owner.pid)
        for n in range(20):
            assert owner.stdout.readline() == f"{n}\n"
            if n % 3 == 0:
                owner.send_signal(signal.SIGSTOP)
                assert wait_until(lambda: process.status() == psutil.STATUS_STOPPED, deadline=60)
                owner.send_signal(signal.SIGCONT)
        assert owner.wait(60) == 0
