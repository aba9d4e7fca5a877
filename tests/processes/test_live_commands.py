"""`mpdiag stacks` and `mpdiag top`, from another terminal."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from live import going

from mpdiag.testing import run_command

pytestmark = pytest.mark.processes

WAITS = """
    import multiprocessing, os, threading

    def resize(path):
        with open("ready", "a") as file:
            file.write(f"{os.getpid()}\\n")
        threading.Event().wait()

    if __name__ == "__main__":
        with multiprocessing.Pool(2) as pool:
            pool.map(resize, ["in/1.tif", "in/2.tif"], chunksize=1)
"""


def said(*words: str, folder: Path) -> str:
    """Return what ``mpdiag WORDS`` prints."""
    command = [sys.executable, "-m", "mpdiag", *words]
    done = run_command(command, folder=folder, deadline=50, environment={"TMPDIR": str(folder)})
    return done.stdout + done.stderr


def test_stacks_shows_the_whole_run(tmp_path: Path, runtime_dir: Path) -> None:
    """By the runner's or the program's id: every process with its task, input and stack."""
    with going(WAITS, here=tmp_path, runtime=runtime_dir) as run:
        pids = run.wait_for("ready", 2)
        for pid in (run.process.pid, run.program):
            text = said("stacks", str(pid), folder=tmp_path)
            assert f"main: pid {run.program}" in text
            assert all(f"pid {worker}, task" in text for worker in pids)
            assert "path = 'in/1.tif'" in text
            assert "script.py:7, in resize" in text
            assert "threading.Event().wait()" in text


def test_stacks_of_one_worker_are_its_own(tmp_path: Path, runtime_dir: Path) -> None:
    """By the id of a worker: that one, and nobody else."""
    with going(WAITS, here=tmp_path, runtime=runtime_dir) as run:
        first, second = run.wait_for("ready", 2)
        text = said("stacks", first, folder=tmp_path)
        assert f"pid {first}, task" in text
        assert f"pid {second}" not in text


def test_stacks_of_a_stranger_are_what_the_kernel_tells(tmp_path: Path) -> None:
    """A process that is not of a run gets no signal: its system call is all there is."""
    text = said("stacks", str(os.getpid()), folder=tmp_path)
    assert "no stack: not armed" in text


def test_stacks_of_nobody_is_an_error(tmp_path: Path) -> None:
    """A process id that nobody has is named."""
    assert "there is no process 4194999" in said("stacks", "4194999", folder=tmp_path)


def test_top_without_a_terminal_is_one_picture(tmp_path: Path, runtime_dir: Path) -> None:
    """Each worker is one line of at most 80 columns, with its task; then the command ends."""
    with going(WAITS, here=tmp_path, runtime=runtime_dir) as run:
        pids = run.wait_for("ready", 2)
        lines = said("top", str(run.process.pid), folder=tmp_path).splitlines()
        assert lines[0] == "mpdiag top: script.py"
        assert lines[1].endswith(", 2 workers, 0 tasks done, 0.0 per second")
        assert lines[2] == "faults so far: none"
        assert all(any(pid in line and "resize" in line for line in lines) for pid in pids)
        assert max(map(len, lines)) <= 80


FAULTY = """
    import multiprocessing, os, signal

    def task(x):
        if x == 1:
            raise ValueError("one")
        os.kill(os.getpid(), signal.SIGKILL)

    def wait(name):
        with open(name, "w") as file:
            file.write("ready")
        signal.pause()

    if __name__ == "__main__":
        with multiprocessing.Pool(1, maxtasksperchild=2) as pool:
            for x in (0, 1, 2):
                pool.apply_async(task, (x,)).wait(30)
            pool.apply(wait, ("ready",))
"""


def test_top_counts_faults_by_kind(tmp_path: Path, runtime_dir: Path) -> None:
    """What failed, and how workers died, also of those that went before anybody looked."""
    with going(FAULTY, here=tmp_path, runtime=runtime_dir) as run:
        run.wait_for("ready")
        lines = said("top", str(run.process.pid), folder=tmp_path).splitlines()
        assert lines[2] == "faults so far: 1 task failed, 2 workers died (SIGKILL)"
        assert ", 1 worker, 2 ended, " in lines[1]
        assert max(map(len, lines)) <= 80


def test_top_without_a_run_says_so(tmp_path: Path) -> None:
    """Nothing to look at is one message."""
    assert "no program of yours is running under mpdiag run" in said("top", folder=tmp_path)
