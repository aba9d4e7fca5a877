"""The check after every test sees what a test can leave behind."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import conftest
from mpdiag.testing import wait_until

WAITS = "import sys; sys.stdin.read()"
GRANDCHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WAITS!r}])"


def left(runtime_dir: Path, *, wide: bool = False) -> list[str]:
    """Return what the check finds in this moment, as if a test began with this thread alone."""
    return conftest.leftovers(BEFORE_THREADS, BEFORE_MAPS, runtime_dir, wide=wide)


BEFORE_THREADS = set(threading.enumerate())
BEFORE_MAPS = conftest.shared_maps()


def test_a_thread_is_found(runtime_dir: Path) -> None:
    """A thread that still waits is named."""
    gate = threading.Event()
    thread = threading.Thread(target=gate.wait, name="forgotten")
    thread.start()
    assert left(runtime_dir) == ["thread forgotten"]
    gate.set()
    thread.join()


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="only Linux tells its maps")
def test_a_mapped_file_is_found(runtime_dir: Path, tmp_path: Path) -> None:
    """A file that is mapped to be shared is named; one that was unmapped is not."""
    path = tmp_path / "mapped"
    path.write_bytes(bytes(4096))
    with path.open("r+b") as file, mmap.mmap(file.fileno(), 4096):
        assert left(runtime_dir) == [f"mapped file {path}"]
    assert left(runtime_dir) == []


def test_a_run_folder_is_found_and_cleared(tmp_path: Path) -> None:
    """What a run left in its place is named, and removed so that the next test is not blamed."""
    folder = tmp_path / f"mpdiag-{os.getuid()}" / "k7f2"
    (folder / "deep").mkdir(parents=True)
    (folder / "deep" / "file").touch()
    assert left(tmp_path) == [f"run folder {folder}"]
    conftest.clear(tmp_path)
    assert left(tmp_path) == []


@pytest.mark.processes
def test_a_child_of_a_child_is_found(runtime_dir: Path) -> None:
    """Every descendant is named, however deep."""
    with subprocess.Popen([sys.executable, "-c", GRANDCHILD], stdin=subprocess.PIPE):
        wait_until(lambda: len(left(runtime_dir)) == 2, deadline=30)
    wait_until(lambda: not left(runtime_dir), deadline=30)


@pytest.mark.processes
def test_a_stray_is_found_by_its_place(runtime_dir: Path) -> None:
    """A process that carries this session's place is found without being a descendant."""
    with subprocess.Popen([sys.executable, "-c", WAITS], stdin=subprocess.PIPE) as child:
        wait_until(lambda: conftest.strays(runtime_dir), deadline=30)
        assert str(child.pid) in conftest.strays(runtime_dir)[0]
