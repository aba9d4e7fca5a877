"""Workers are killed, stopped and continued at random while they work: every task ends once.

A second process hits them, `striker.py`; each task leaves its number in a file.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import multiprocessing
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from typing import Any

import pytest

from mpdiag import Pool, ProcessPoolExecutor, WorkerCrashed
from mpdiag.testing import wait_until

from . import striker
from .tasks import note

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
# Seconds between two hits at most, and how old a worker is that may be hit: if all were hit before
# they come to a task, the pool would be broken, and rightly so.
PAUSE, AGE = 0.02, {"fork": 0.0, "spawn": 1.0, "forkserver": 1.0}
OPTIONS: dict[str, dict[str, Any]] = {"plain": {}, "durable": {"durable": True}}
"""Kinds of pools, by name: the arguments of each."""
ONCE = {"durable"}
"""Options with which no task runs twice."""


@pytest.fixture(autouse=True)
def quiet_deaths() -> Iterator[None]:
    """A worker that gets SIGSEGV would inherit from pytest that it writes its stack."""
    was = faulthandler.is_enabled()
    faulthandler.disable()
    yield
    if was:
        faulthandler.enable(2)


@pytest.fixture(autouse=True)
def nothing_open() -> Iterator[None]:
    """No descriptor and no shared block is left; processes and files are looked for elsewhere."""
    multiprocessing.get_context("spawn").Value("i")  # has the resource tracker started
    forkserver.ensure_running()
    before, blocks = len(list(Path("/proc/self/fd").iterdir())), shared_blocks()
    yield

    def left() -> int:
        gc.collect()
        multiprocessing.active_children()
        return len(list(Path("/proc/self/fd").iterdir())) - before

    assert wait_until(lambda: left() <= 0, deadline=60, what="descriptors are left")
    assert shared_blocks() <= blocks


def shared_blocks() -> set[str]:
    """Return the blocks of shared memory that are ours by their names."""
    return {path.name for path in Path("/dev/shm").glob("*mpdiag*")}


def work(log: str, n: int) -> tuple[int, list[int]]:
    """Leave a line and take some time; the result is none that may be shared."""
    note(log, n)
    if n % 7 == 0:
        time.sleep(n % 5 / 1000)
    return n, [n]


class Chaos:
    """A second process that hits the workers of this one."""

    hit = killed = 0

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    @property
    def goes_on(self) -> bool:
        """Whether there are hits to come."""
        return self._process.poll() is None

    def end(self) -> None:
        """Have it end, and take in what it did."""
        said, _ = self._process.communicate(timeout=60)
        self.hit, self.killed = json.loads(said)


@contextmanager
def chaos(method: str, seed: int, hits: int, deadly: float = 0.75) -> Iterator[Chaos]:
    """Have the workers hit that are there inside of the block, and those to come."""
    server = forkserver._forkserver._forkserver_pid  # type: ignore[attr-defined]
    tracker = resource_tracker._resource_tracker._pid  # type: ignore[attr-defined]
    parent = server if method == "forkserver" else os.getpid()
    asked = {"parent": parent, "spared": [server, tracker], "seed": seed, "hits": hits}
    asked |= {"pause": PAUSE, "age": AGE[method], "deadly": deadly}
    command = [sys.executable, striker.__file__, json.dumps(asked)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        made = Chaos(process)
        try:
            yield made
        finally:
            made.end()


def strike_executor(
    method: str, log: Path, tasks: int, hits: int, *, seed: int, kind: str = "plain"
) -> None:
    """Have an executor do its work while its workers are hit; check what became of each task."""
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(4, context, **OPTIONS[kind]) as pool:
        pool.submit(work, str(log), 0).result(60)
        log.unlink()
        with chaos(method, seed, hits) as hitting:
            asked, sent = [], 0
            while sent < tasks or hitting.goes_on:
                part = [pool.submit(work, str(log), n) for n in range(sent, sent + 100)]
                sent += 100
                asked += part
                for one in part:
                    one.exception(60)
    assert hitting.hit == hits
    crashed = [n for n, one in enumerate(asked) if one.exception(0) is not None]
    assert len(crashed) <= hitting.killed
    for n, one in enumerate(asked):
        error = one.exception(0)
        assert isinstance(error, WorkerCrashed) if error else one.result() == (n, [n])
    ran = Counter(map(int, log.read_text().split()))
    assert set(ran) >= {*range(sent)} - {*crashed}
    if ONCE & {*OPTIONS[kind]}:
        assert max(ran.values()) == 1


@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_task_ends_once(tmp_path: Path, start_method: str, seed: int, kind: str) -> None:
    """Some dozens of hits: each task gives its result, or the error of a dead worker."""
    hits = 40 if start_method == "fork" else 8
    strike_executor(start_method, tmp_path / "log", 1000, hits, seed=seed, kind=kind)


SLOW = [pytest.mark.slow, pytest.mark.skipif("MPDIAG_SLOW" not in os.environ, reason="slow")]
METHODS = ["fork", *(pytest.param(name, marks=SLOW) for name in ("spawn", "forkserver"))]


@pytest.mark.wide
@pytest.mark.parametrize("kind", OPTIONS)
@pytest.mark.parametrize("start_method", METHODS)
def test_every_task_of_many_ends_once(tmp_path: Path, start_method: str, kind: str) -> None:
    """The same with 20,000 tasks and 300 hits."""
    strike_executor(start_method, tmp_path / "log", 20_000, 300, seed=3, kind=kind)


@pytest.mark.parametrize("ordered", [True, False])
def test_imap_gives_each_result_once(tmp_path: Path, *, ordered: bool) -> None:
    """A stream of results has none twice and none too few, whatever happens to the workers."""
    log, tasks = tmp_path / "log", 3000
    with Pool(4) as pool, chaos("fork", 5, 30) as hitting:
        ask = pool.imap if ordered else pool.imap_unordered
        found: list[int] = []
        crashed = sent = 0
        while sent < tasks or hitting.goes_on:
            results = ask(partial(work, str(log)), range(sent, sent + 1000))
            sent += 1000
            for _ in range(1000):
                try:
                    found.append(results.next(60)[0])
                except WorkerCrashed:
                    crashed += 1
            with pytest.raises(StopIteration):
                results.next(60)
    assert len(found) + crashed == sent
    assert len(set(found)) == len(found)
    assert crashed <= hitting.killed
    if ordered:
        assert found == sorted(found)
