"""Limits of the system, met by tasks of real programs: each is named with its value."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mpdiag.testing import run_program, wait_until

pytestmark = pytest.mark.programs

# Where a pids controller may be, of version 1 or 2, and a file that is there if it is.
PIDS = (
    (Path("/sys/fs/cgroup/pids"), "cgroup.procs"),
    (Path("/sys/fs/cgroup"), "cgroup.subtree_control"),
)

SPACE = """
    import multiprocessing, resource, time

    kept = []

    def limit():
        resource.setrlimit(resource.RLIMIT_AS, (700 << 20, 700 << 20))

    def used():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[0]) * resource.getpagesize() / (700 << 20)

    def told():
        with open("events.jsonl") as file:
            return "memory near its limit" in file.read()

    def resize(path):
        while used() < 0.93:
            kept.append(bytearray(4 << 20))
        end = time.monotonic() + 60
        while not told() and time.monotonic() < end:
            time.sleep(0.02)
        while True:
            kept.append(bytearray(4 << 20))

    if __name__ == "__main__":
        with multiprocessing.Pool(1, limit) as pool:
            pool.map(resize, ["in/large.tif"])
"""


def test_a_worker_near_its_limit_is_told_before_and_after(tmp_path: Path) -> None:
    """At 90 % of the address space: worker, task, input and line; then the error and its limit."""
    options = ("--events", "events.jsonl")
    done = run_program(SPACE, folder=tmp_path, options=options, deadline=90)
    lines = done.stderr.splitlines()
    (at,) = [index for index, line in enumerate(lines) if "RLIMIT_AS) at " in line]
    assert " of 700 MiB; resize, task 0 (from 0) of Pool.map: path = 'in/large.tif'" in lines[at]
    assert lines[at + 1].startswith("    script.py:")
    assert "in resize" in lines[at + 1] + lines[at + 2]
    assert "MemoryError: limit of address space 700 MiB (RLIMIT_AS)" in done.report


PROCESSES = """
    import multiprocessing, os, resource, subprocess, threading

    def start_process(limit):
        resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
        subprocess.Popen(["true"])

    def start_thread(limit):
        resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
        threading.Thread(target=print).start()

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            for target in (start_process, start_thread):
                pool.apply_async(target, (1,)).wait(60)
"""


@pytest.fixture(name="somebody")
def somebody_() -> Iterator[list[str]]:
    """The words before a command that run it as a user whom RLIMIT_NPROC binds: not as root."""
    if os.getuid() != 0:
        yield []
        return
    found = shutil.which("setpriv")
    if found is None:
        pytest.skip("root is not bound by RLIMIT_NPROC, and there is no setpriv to be another")
    caps = "+dac_override,+dac_read_search"  # to read this Python, wherever root has it
    words = [found, "--reuid=12345", "--regid=12345", "--clear-groups"]
    words += [f"--inh-caps={caps}", f"--ambient-caps={caps}"]
    tried = subprocess.run([*words, sys.executable, "-c", ""], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip(f"root may not become another user here: {tried.stderr.decode()[:200]}")
    yield words


@pytest.mark.wide
def test_no_more_processes_for_a_user(somebody: list[str]) -> None:
    """RLIMIT_NPROC is named with its value, for a process and for a thread."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)  # noqa: PTH101
        Path(folder, "script.py").write_text(textwrap.dedent(PROCESSES), encoding="utf-8")
        places = dict.fromkeys(("XDG_RUNTIME_DIR", "XDG_STATE_HOME", "TMPDIR"), folder)
        done = subprocess.run(
            [*somebody, sys.executable, "-m", "mpdiag", "run", "script.py"],
            cwd=folder,
            env={**os.environ, **places},
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )
    said = " ".join(done.stderr.split())
    assert "BlockingIOError (EAGAIN): limit of processes 1 (RLIMIT_NPROC)" in said, done.stderr
    assert "RuntimeError: limit of processes 1 (RLIMIT_NPROC)" in said


def _is_empty(path: Path) -> bool:
    return not (path / "cgroup.procs").read_text()


CROWD = """
    import multiprocessing, subprocess, sys

    def join():
        with open(sys.argv[1] + "/cgroup.procs", "w") as file:
            file.write("0")

    def crowd(most):
        started = []
        try:
            for _ in range(most):
                started.append(subprocess.Popen(["sleep", "100"]))
        finally:
            for one in started:
                one.kill()
                one.wait()

    if __name__ == "__main__":
        with multiprocessing.Pool(1, join) as pool:
            pool.apply(crowd, (50,))
"""


@pytest.fixture(name="crowded")
def crowded_() -> Iterator[Path]:
    """A cgroup that may have five processes."""
    for above, sign in PIDS:
        path = above / f"mpdiag-test-{os.getpid()}"
        try:
            (above / sign).stat()
            path.mkdir()
        except OSError:
            continue
        try:
            (path / "pids.max").write_text("5")
        except OSError:
            path.rmdir()
            continue
        yield path
        wait_until(partial(_is_empty, path), deadline=10)
        path.rmdir()
        return
    pytest.skip("no writable cgroup with a pids controller")


@pytest.mark.wide
@pytest.mark.needs_cgroup
def test_no_more_processes_in_a_cgroup(crowded: Path, tmp_path: Path) -> None:
    """pids.max is named with its value, also when the task has ended what it started."""
    done = run_program(CROWD, str(crowded), folder=tmp_path, deadline=60)
    verdict = done.fault["verdict"]
    assert "BlockingIOError (EAGAIN): limit of processes 5 (pids.max)" in done.report
    assert any("of 5 (pids.max)" in line for line in verdict["evidence"])
