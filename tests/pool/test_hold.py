"""Tasks that wait in a worker behind a slow one are run by others, each once."""

from __future__ import annotations

import os
import signal
from collections import Counter
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import mpdiag
from mpdiag.pool import _hold
from mpdiag.pool._backlog import Backlog
from mpdiag.pool._slot import place_of
from mpdiag.pool._work import Frame, Functions
from mpdiag.recorder import Word

from .tasks import log_and_rest, plus_one, wait_at
from .test_chaos import chaos

FORKS = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
SLOW, TASKS = 1, 600


def arrive(results: Any, wanted: set[int], found: list[int]) -> None:
    """Add results to *found* until all that are *wanted* have come."""
    while wanted - set(found):
        found.append(results.next(60))


@pytest.mark.processes
@FORKS
@pytest.mark.parametrize("watched", [False, True])
def test_what_waits_behind_a_slow_task_is_done_by_others(
    tmp_path: Path, start_method: str, *, watched: bool
) -> None:
    """With the marks in shared memory, and in the files of a run."""
    gate = tmp_path / "gate"
    around: Any = mpdiag.watch() if watched else nullcontext()
    with around, mpdiag.Pool(2, context=start_method) as pool:
        wait = partial(wait_at, str(gate), str(tmp_path / "pid"), SLOW)
        pool.map(wait, range(10_000, 12_000))
        results = pool.imap_unordered(wait, range(TASKS))
        found: list[int] = []
        arrive(results, set(range(SLOW + 1, TASKS)), found)
        assert SLOW not in found
        gate.touch()
        arrive(results, set(range(TASKS)), found)
        assert sorted(found) == list(range(TASKS))


@pytest.mark.processes
@FORKS
def test_the_death_of_the_slow_worker_costs_its_task_alone(tmp_path: Path) -> None:
    """What was taken from it before has its results, once."""
    told = tmp_path / "pid"
    with mpdiag.Pool(2) as pool:
        wait = partial(wait_at, str(tmp_path / "never"), str(told), SLOW)
        pool.map(wait, range(10_000, 12_000))
        results = pool.imap_unordered(wait, range(TASKS))
        found: list[int] = []
        arrive(results, set(range(SLOW + 1, TASKS)), found)
        os.kill(int(told.read_text()), signal.SIGKILL)
        with pytest.raises(mpdiag.WorkerCrashed, match="SIGKILL"):
            arrive(results, {SLOW}, found)
        arrive(results, set(range(TASKS)) - {SLOW}, found)
        assert sorted(found) == [n for n in range(TASKS) if n != SLOW]
        assert pool.map(plus_one, range(4)) == [1, 2, 3, 4]


@pytest.mark.processes
@FORKS
def test_no_task_runs_twice_however_workers_are_held_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers that the system stops anywhere are held at once, and their tasks taken."""
    monkeypatch.setattr(_hold, "PATIENCE", 0.0)
    log, taken, take = tmp_path / "log", [0], _hold._take

    def counted(*args: Any) -> None:
        taken[0] += 1
        take(*args)

    monkeypatch.setattr(_hold, "_take", counted)
    with mpdiag.Pool(4) as pool:
        work = partial(log_and_rest, str(log))
        pool.map(work, range(-500, 0))
        with chaos("fork", 11, 10_000, deadly=0.0):
            for base in range(0, 15_000, 500):
                found = list(pool.imap_unordered(work, range(base, base + 500)))
                assert sorted(found) == list(range(base, base + 500))
    assert taken[0]
    assert {n: times for n, times in Counter(log.read_text().split()).items() if times > 1} == {}


class _Busy:
    """A worker at offset *at* of its first frame."""

    def __init__(self, at: int, sizes: tuple[int, ...]) -> None:
        self.words = memoryview(bytearray(4096)).cast("Q")
        self.words[Word.JOB], self.words[Word.OFFSET] = 1, at
        function = Functions().of(plus_one)
        self.flying = []
        for seq, size in enumerate(sizes, 1):
            self.flying.append(Frame(function, None, 100 * seq, list(range(size))))
            self.flying[-1].seq = seq
        self.held = False
        self.gone, self.ready, self.sent = False, True, sum(sizes)


IDLE: Any = SimpleNamespace(flying=[], ready=True)


def _look_until_held(holds: Any, hands: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_hold, "PATIENCE", 0.0)
    monkeypatch.setattr(_hold, "MOMENT", 0.0)
    backlog = Backlog(2)
    holds.handed(hands[0])
    holds.look(hands, backlog)
    holds.look(hands, backlog)
    assert hands[0].held
    assert not backlog


def test_what_is_after_a_place_is_taken_to_the_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the frame in progress what is not begun, and all of the next."""
    busy: Any = _Busy(2, (5, 3))
    holds, backlog = _hold.Holds(), Backlog(2)
    _look_until_held(holds, [busy, IDLE], monkeypatch)
    assert busy.words[Word.HOLD] == place_of(1, 3)
    assert holds.look([busy, IDLE], backlog) == 0.0
    assert [frame.items for frame in busy.flying] == [[0, 1, 2], []]
    taken = [backlog.take(100, []) for _ in range(2)]
    assert [(frame.base, frame.items) for frame in taken if frame] == [
        (103, [3, 4]),
        (200, [0, 1, 2]),
    ]
    assert busy.sent == 3
    for frame in tuple(busy.flying):
        frame.done = len(frame.items)
        _hold.settle(busy, frame, backlog)
    assert not busy.held
    assert busy.words[Word.HOLD] == 0


@pytest.mark.parametrize(
    ("step", "left"), [((1, 3), [4, 0]), ((1, 4), [5, 0]), ((2, 0), [5, 1]), ((2, 2), [5, 3])]
)
def test_a_worker_that_moved_keeps_what_it_may_be_at(
    step: tuple[int, int], left: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may have passed before it could see that it is held; it says itself what it left."""
    busy: Any = _Busy(2, (5, 3))
    holds, backlog = _hold.Holds(), Backlog(2)
    _look_until_held(holds, [busy, IDLE], monkeypatch)
    busy.words[Word.JOB], busy.words[Word.OFFSET] = step
    holds.look([busy, IDLE], backlog)
    assert [len(frame.items) for frame in busy.flying] == left
    taken = []
    while backlog:
        taken.append(backlog.take(100, []))
    assert sum(len(frame.items) for frame in taken if frame) == 8 - sum(left)


def test_what_a_held_worker_left_is_run_by_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """It answered fewer than it has, and gets new work only once it has answered all."""
    busy: Any = _Busy(2, (5, 3))
    holds, backlog = _hold.Holds(), Backlog(2)
    _look_until_held(holds, [busy, IDLE], monkeypatch)
    first, second = busy.flying
    first.done = 4
    _hold.settle(busy, first, backlog)
    assert busy.held
    _hold.settle(busy, second, backlog)
    assert not busy.held
    taken = [backlog.take(100, []) for _ in range(2)]
    assert [frame.items for frame in taken if frame] == [[4], [0, 1, 2]]
    assert busy.sent == 4


def test_a_hold_is_looked_after_no_sooner_than_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever wakes the driver before: the worker may not have seen it."""
    monkeypatch.setattr(_hold, "PATIENCE", 0.0)
    monkeypatch.setattr(_hold, "MOMENT", 1000.0)
    busy: Any = _Busy(2, (5, 3))
    holds, backlog = _hold.Holds(), Backlog(2)
    holds.handed(busy)
    for _ in range(5):
        holds.look([busy, IDLE], backlog)
    assert busy.held
    assert not backlog


def test_nobody_is_held_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """While no worker is idle, or at the last task of all, or with work that anybody may have."""
    monkeypatch.setattr(_hold, "PATIENCE", 0.0)
    busy: Any = _Busy(2, (5,))
    holds, backlog = _hold.Holds(), Backlog(2)
    holds.handed(busy)
    for _ in range(3):
        assert holds.look([busy], backlog) is None
    busy.words[Word.OFFSET] = 4
    for _ in range(3):
        assert holds.look([busy, IDLE], backlog) is None
    assert not busy.held
    assert busy.words[Word.HOLD] == 0
