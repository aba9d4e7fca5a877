"""For every test: a start method on request, a world of its own, and nothing left behind."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import forkserver, resource_tracker
from pathlib import Path
from zlib import crc32

import psutil
import pytest
from hypothesis import HealthCheck, settings

# How long an example takes, or takes to be made, says something of the machine alone.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")

START_METHODS = multiprocessing.get_all_start_methods()

# Seconds that a process or thread of a test may take to go after the test has ended.  Longer: a
# leak costs more time before it is named.  Shorter: a loaded machine is taken for a leak.
GOING = 10.0
LOKY = "loky.backend.resource_tracker"


def pytest_configure() -> None:
    """Take SIGINT and SIGHUP as usual: ``&`` and nohup ignore them, and children inherit that."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        signal.signal(signal.SIGHUP, signal.SIG_DFL)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Several Pythons may share the wide cells: each runs all other tests, and its part of them."""
    help_text = (
        "K/N: of what is marked wide run part K (from 0) of N; the name of a test says which"
    )
    parser.addoption("--wide-part", default="0/1", help=help_text)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave all start methods but the first to ``.ci/run``: a default run has five minutes."""
    for item in items:
        given = getattr(item, "callspec", None)
        texts = {one for one in (given.params if given else {}).values() if isinstance(one, str)}
        if texts & set(START_METHODS[1:]):
            item.add_marker("wide")
    number, parts = map(int, config.getoption("wide_part").split("/"))
    elsewhere = {
        item
        for item in items
        if item.get_closest_marker("wide") and crc32(item.nodeid.encode()) % parts != number
    }
    config.hook.pytest_deselected(items=list(elsewhere))
    items[:] = [item for item in items if item not in elsewhere]


@pytest.fixture(params=START_METHODS)
def start_method(request: pytest.FixtureRequest) -> str:
    """Each way to start a process that this system has."""
    return str(request.param)


@pytest.fixture(scope="session")
def runtime_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The place for run folders of this session, so that other sessions do not count as leaks."""
    return tmp_path_factory.mktemp("runtime")


@pytest.fixture(autouse=True)
def own_world(runtime_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting and no store of the person who runs the tests reaches them."""
    for name in [name for name in os.environ if name.startswith("MPDIAG_")]:
        if name != "MPDIAG_PYTHONS":
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime_dir))
    monkeypatch.setenv("XDG_STATE_HOME", str(runtime_dir / "state"))


@pytest.fixture(autouse=True)
def nothing_left(
    request: pytest.FixtureRequest, runtime_dir: Path, own_world: None
) -> Iterator[None]:
    """Fail a test that leaves a process, a thread, a mapped file or a run folder."""
    threads = set(threading.enumerate())
    maps = shared_maps()
    yield
    wide = any(request.node.get_closest_marker(mark) for mark in ("processes", "programs"))
    until = time.monotonic() + GOING
    while left := leftovers(threads, maps, runtime_dir, wide=wide):
        if time.monotonic() > until:
            clear(runtime_dir)
            pytest.fail("left behind: " + "; ".join(left))
        gc.collect()  # a caught error keeps its frames, and what they have, until then
        time.sleep(0.02)


def leftovers(
    threads: set[threading.Thread], maps: set[str], runtime_dir: Path, *, wide: bool
) -> list[str]:
    """Return what is there and was not there before, one line each."""
    left = [f"thread {thread.name}" for thread in threading.enumerate() if thread not in threads]
    left += [f"mapped file {line}" for line in shared_maps() - maps]
    left += [f"run folder {path}" for path in run_folders(runtime_dir)]
    left += [f"child process {line}" for line in children()]
    if wide:
        left += [f"process {line}" for line in strays(runtime_dir)]
    return left


def children() -> list[str]:
    """Return this process's descendants, but for the servers that multiprocessing keeps."""
    multiprocessing.active_children()  # collects the ended ones
    found = []
    pending = _child_pids(os.getpid())
    while pending:
        pid = pending.pop()
        pending += _child_pids(pid)
        if pid not in servers():
            found.append(_words(pid))
    return found


def strays(runtime_dir: Path) -> list[str]:
    """Return processes that a program of this session left to the system."""
    return [_words(pid) for pid in stray_pids(runtime_dir)]


def stray_pids(runtime_dir: Path) -> list[int]:
    """Return what `strays` names, found by their place for run folders."""
    place = f"XDG_RUNTIME_DIR={runtime_dir}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        try:
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if place in environment and pid != os.getpid() and pid not in servers():
            found.append(pid)
    return found


def servers() -> set[int | None]:
    """Return the processes that multiprocessing and loky start once and keep.

    Private attributes as of 3.10 to 3.14.
    """
    return {
        getattr(resource_tracker._resource_tracker, "_pid", None),
        getattr(forkserver._forkserver, "_forkserver_pid", None),
        *(
            sys.modules[name]._resource_tracker._pid
            for name in (LOKY, f"joblib.externals.{LOKY}")
            if name in sys.modules
        ),
    }


def _child_pids(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:
        return (
            [] if Path("/proc/self").exists() else [p.pid for p in psutil.Process(pid).children()]
        )


def _words(pid: int) -> str:
    try:
        process = psutil.Process(pid)
        return f"{pid} ({process.status()}): {' '.join(process.cmdline())[:200]}"
    except psutil.Error:
        return f"{pid} (gone)"


def shared_maps() -> set[str]:
    """Return the files that this process has mapped to share them with others."""
    try:
        lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    shared = [line.split(maxsplit=5) for line in lines if line.split(maxsplit=2)[1].endswith("s")]
    # The standard library keeps its heap for values and arrays (pym-...) until the process ends.
    return {parts[5] for parts in shared if len(parts) > 5 and "/pym-" not in parts[5]}


def run_folders(runtime_dir: Path) -> list[Path]:
    """Return the run folders that are still there."""
    return sorted(runtime_dir.glob("mpdiag-*/*"))


def clear(runtime_dir: Path) -> None:
    """End and remove what a test left, so that the next test is not blamed for it."""
    for pid in stray_pids(runtime_dir):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    for folder in run_folders(runtime_dir):
        for path in sorted(folder.rglob("*"), reverse=True):
            path.unlink() if not path.is_dir() else path.rmdir()
        folder.rmdir() if folder.is_dir() else folder.unlink()
