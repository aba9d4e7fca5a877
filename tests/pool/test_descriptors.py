"""Workers and descriptors: many workers, too few descriptors, and tasks that close or fork."""

from __future__ import annotations

import gc
import multiprocessing
import os
import re
import resource
from collections.abc import Iterator
from functools import partial
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest

from mpdiag import Pool, ProcessPoolExecutor, WorkerCrashed
from mpdiag.pool._crew import Crew
from mpdiag.pool._hand import Hand
from mpdiag.testing import wait_until

from .tasks import close_all, close_some, die_at, fork_at, plus_one

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
USUAL = 1024  # the limit of descriptors on most systems


@pytest.fixture
def usual_limit() -> Iterator[None]:
    """Have as many descriptors as a program has where nobody raised the limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(USUAL, soft), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def in_use() -> int:
    """Return how many descriptors this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.fixture
def few() -> Iterator[None]:
    """Have room for two workers, and not for four."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    used = max(int(path.name) for path in Path("/proc/self/fd").iterdir()) + 1
    held = [os.open(os.devnull, os.O_RDONLY) for _ in range(used - in_use() + 1)]
    resource.setrlimit(resource.RLIMIT_NOFILE, (used + 15, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    for handle in held:
        os.close(handle)


@pytest.mark.wide
@pytest.mark.usefixtures("usual_limit")
def test_two_hundred_workers() -> None:
    """They start and work with the usual limit of descriptors, and all of them end."""
    with ProcessPoolExecutor(200) as pool:
        assert list(pool.map(plus_one, range(2000))) == list(range(1, 2001))
        assert len(pool._processes) == 200
        assert isinstance(pool.submit(die_at, 1, 1).exception(60), WorkerCrashed)
        assert pool.submit(plus_one, 1).result(60) == 2


@pytest.mark.usefixtures("few")
def test_workers_that_there_is_room_for_do_the_work() -> None:
    """An executor goes on with the workers that could be started."""
    with ProcessPoolExecutor(50) as pool:
        assert list(pool.map(plus_one, range(200))) == list(range(1, 201))
        assert 1 <= len(pool._processes) < 10


@pytest.mark.usefixtures("few")
def test_a_pool_without_room_says_what_is_used_up() -> None:
    """The constructor of Pool raises; its note has the worker, the limit and where it is set."""
    before = in_use()
    note = refused()
    assert re.search(r"worker \d+ of 50 could not be started; \S+ of \d+ descriptors", note)
    assert "ulimit -n" in note
    # multiprocessing itself loses the first of two pipes if there is no second
    assert wait_until(lambda: gc.collect() >= 0 and in_use() <= before + 2, deadline=60)


def refused() -> str:
    """Return the note of the error of a pool that there is no room for."""
    with pytest.raises(OSError, match="Too many open files") as caught:
        Pool(50)
    (note,) = getattr(caught.value, "__notes__", [""])
    return str(note)


class NoRoom:
    """The start of workers, which fails while there is no room."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.is_full = False
        self.failed = 0
        self._start = Crew.start
        patch.setattr(Crew, "start", lambda crew: self.start(crew))  # noqa: PLW0108 - for a method

    def start(self, crew: Crew) -> Hand:
        """Start one, if there is room; takes the place of the method."""
        if self.is_full:
            self.failed += 1
            raise BlockingIOError(11, "Resource temporarily unavailable")
        return self._start(crew)


def test_a_dead_worker_that_cannot_be_replaced_costs_one_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The others go on, without trying again each time; its place is filled when there is room."""
    room = NoRoom(monkeypatch)
    with Pool(2) as pool:
        room.is_full = True
        with pytest.raises(WorkerCrashed, match="SIGKILL"):
            pool.apply(die_at, (1, 1))
        assert pool.map(plus_one, range(5000)) == list(range(1, 5001))
        assert len(pool._pool) == 1
        assert 1 <= room.failed < 50
        room.is_full = False
        assert wait_until(
            lambda: bool(pool.map(plus_one, [1, 2])) and len(pool._pool) == 2, deadline=60
        )


def test_a_worker_is_started_later_though_the_others_never_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Nothing else would wake the pool: it looks again by itself."""
    from .tasks import tell_start

    room = NoRoom(monkeypatch)
    with Pool(2) as pool:
        room.is_full = True
        with pytest.raises(WorkerCrashed):
            pool.apply(die_at, (1, 1))
        pool.apply_async(tell_start, (str(tmp_path / "pid"),))
        assert wait_until((tmp_path / "pid").exists, deadline=60)
        waiting = pool.apply_async(plus_one, (1,))
        assert wait_until(lambda: room.failed > 1, deadline=60)
        room.is_full = False
        assert waiting.get(60) == 2


def test_a_pool_without_any_worker_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last one dies and none can be started, all that is open fails with the reason."""
    room = NoRoom(monkeypatch)
    with Pool(1) as pool:
        room.is_full = True
        asked = [pool.apply_async(die_at, (0, n)) for n in range(3)]
        for one in asked[1:]:
            with pytest.raises(WorkerCrashed, match=r"none can be started: .*temporarily"):
                one.get(60)
        with pytest.raises(WorkerCrashed):
            asked[0].get(60)


def test_tasks_may_close_what_they_inherited(start_method: str) -> None:
    """`os.closerange(3, 256)`, as daemons do, costs nothing; a task that closes all fails once."""
    context: BaseContext = multiprocessing.get_context(start_method)
    with ProcessPoolExecutor(1, context) as pool:
        assert pool.submit(close_some, 1).result(60) == 1
        assert list(pool.map(close_some, range(100))) == list(range(100))


def test_a_task_that_closes_the_socket_runs_once(tmp_path: Path) -> None:
    """It fails with that reason, and is not tried again; the pool goes on."""
    with ProcessPoolExecutor(1) as pool:
        error = pool.submit(close_all, str(tmp_path / "log")).exception(60)
        assert isinstance(error, WorkerCrashed)
        assert "it closed the socket by which it tells its results" in str(error)
        assert pool.submit(plus_one, 1).result(60) == 2
    assert (tmp_path / "log").read_text() == "ran\n"


@pytest.mark.parametrize("leave", ["return", "raise", "exit"])
def test_a_task_may_fork_and_both_go_on(
    leave: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Its child runs nothing of what its frame still has, and answers nothing."""
    log = tmp_path / "log"
    work = partial(fork_at, str(log), leave)
    with ProcessPoolExecutor(1) as pool:
        assert list(pool.map(work, [(-1, n) for n in range(2000)])) == list(range(2000))
        log.unlink()
        assert list(pool.map(work, [(50, n) for n in range(500)])) == list(range(500))
        assert pool.submit(plus_one, 1).result(60) == 2
        lines = log.read_text().split()
        assert wait_until(lambda: "left" in log.read_text(), deadline=60)
    said = capfd.readouterr()
    assert [line for line in lines if line != "left"] == [str(n) for n in range(500)]
    assert ("ZeroDivisionError" in said.err) == (leave == "raise")
    assert said.err.count("Traceback") == (leave == "raise")
