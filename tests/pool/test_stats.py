"""What a pool tells of its workers."""

from __future__ import annotations

import os
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mpdiag import Pool, ProcessPoolExecutor
from mpdiag.pool._stats import Account
from mpdiag.testing import wait_until

from .tasks import die_at, plus_one, wait_for

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


def test_each_worker_has_its_figures() -> None:
    """Tasks add up, times and bytes are there, and the table has a line a worker and a total."""
    with ProcessPoolExecutor(2) as pool:
        assert list(pool.map(plus_one, range(5000))) == list(range(1, 5001))
        stats = pool.stats()
        assert {one.pid for one in stats} == set(pool._processes)
    assert sum(one.tasks for one in stats) == 5000
    busiest = max(stats, key=lambda one: one.tasks)
    assert 0 < busiest.busy_seconds < 60
    assert busiest.start_seconds > 0
    assert busiest.idle_seconds >= 0
    assert busiest.bytes_sent > 5000 < busiest.bytes_received
    lines = str(stats).splitlines()
    assert lines[0].split()[:3] == ["worker", "pid", "tasks"]
    assert lines[-1].split()[:2] == ["all", "5,000"]
    assert len(lines) == len(stats) + 2


def test_a_dead_worker_stays_in_the_figures() -> None:
    """It is told apart from those that live."""
    with Pool(1) as pool:
        first = pool.apply(os.getpid)
        with pytest.raises(Exception, match="SIGKILL"):
            pool.apply(partial(die_at, 1), (1,))
        assert wait_until(lambda: pool.apply(plus_one, (1,)) == 2, deadline=60)
        dead, living = pool.stats()
    assert (dead.pid, dead.alive, dead.tasks) == (first, False, 1)
    assert living.alive
    assert str(pool.stats()).splitlines()[1].endswith("ended")


def test_a_worker_in_the_middle_of_a_task_is_busy(tmp_path: Path) -> None:
    """A long task counts before it is done: its worker is not idle."""
    gate = tmp_path / "gate"
    with ProcessPoolExecutor(1) as pool:
        future = pool.submit(wait_for, str(gate))
        assert wait_until(lambda: pool.stats()[0].busy_seconds > 0.05, deadline=60)
        gate.touch()
        future.result(60)


def test_the_times_of_a_worker_are_its_life() -> None:
    """Ready is when the worker said so, and not when that was read; nothing is busy before."""
    account, hand = Account(), SimpleNamespace(number=1, pid=2)
    now = time.monotonic()
    account.started, account.since = now - 10, now - 10

    def told() -> Any:
        return account.of(hand, alive=True)  # type: ignore[arg-type]

    assert (told().busy_seconds, told().idle_seconds) == (0, 0)
    assert told().start_seconds >= 10
    account.is_ready(int((now - 6) * 1e9))
    assert told().start_seconds == pytest.approx(4)
    assert told().busy_seconds >= 6
    account.answered(2_000_000_000, more=False)
    assert told().busy_seconds == 2
    assert told().idle_seconds >= 4
