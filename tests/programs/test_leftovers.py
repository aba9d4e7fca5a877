"""What is left when a program, its runner or a worker goes: a process with its task, or none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from mpdiag.evidence import start_time
from mpdiag.testing import run_program, wait_until

pytestmark = pytest.mark.programs

STUCK = """
    import multiprocessing, os, sys, time

    def here(name):
        with open(f"{name}.tmp", "w") as file:
            file.write(str(os.getpid()))
        os.rename(f"{name}.tmp", name)

    def task(name):
        if name == "dead":
            os._exit(3)
        here(name)
        if name == "in C":
            sum(range(10**15))
        time.sleep(1000)

    def bare(name):
        here(name)
        if name == "own way":
            os.setsid()
        time.sleep(1000)

    if __name__ == "__main__":
        here("program")
        context = multiprocessing.get_context(sys.argv[1])
        with context.Pool(2) as pool:
            pool.apply_async(task, ["dead"]).wait(30)
            results = [pool.apply_async(task, [name]) for name in ("in C", "asleep")]
            context.Process(target=bare, args=["daemon"], daemon=True).start()
            context.Process(target=bare, args=["own way"]).start()
            results[0].get()
"""
WORKERS = ("in C", "asleep", "daemon")


@pytest.mark.parametrize("victim", [pytest.param("runner", marks=pytest.mark.wide), "program"])
def test_workers_end_with_their_program(tmp_path: Path, start_method: str, victim: str) -> None:
    """Kill -9 of the runner ends the program, and that ends the workers, however busy they are.

    Also one that a thread of the pool started for another that had died, and a daemon; a process
    that is none goes its own way, and keeps nobody alive.
    """
    (tmp_path / "script.py").write_text(textwrap.dedent(STUCK), encoding="utf-8")
    command = [sys.executable, "-m", "mpdiag", "run", "script.py", start_method]
    places = [tmp_path / name for name in ("program", *WORKERS, "own way")]
    with subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.DEVNULL) as runner:
        wait_until(lambda: all(place.exists() for place in places), deadline=60)
        program, *workers, other = [int(place.read_text()) for place in places]
        os.kill(runner.pid if victim == "runner" else program, signal.SIGKILL)
        runner.wait(30)
    wait_until(lambda: all(start_time(pid) is None for pid in (program, *workers)), deadline=10)
    os.kill(other, signal.SIGKILL)
    if victim == "runner":
        subprocess.run([sys.executable, "-m", "mpdiag", "ls"], cwd=tmp_path, check=False)


def test_a_process_that_a_task_left_is_named_with_it(tmp_path: Path) -> None:
    """A grandchild that still runs at the end is told, and left alone."""
    script = """
    import multiprocessing, subprocess, time

    def start(x):
        child = subprocess.Popen(["sleep", "60"], stdin=-3, stdout=-3, stderr=-3)
        time.sleep(1)  # the task lasts longer than two looks of the runner
        return child.pid

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            print(*pool.map(start, [1]))
"""
    done = run_program(script, folder=tmp_path)
    pid = int(done.stdout)
    os.kill(pid, signal.SIGKILL)
    words = " ".join(done.stderr.split())
    assert f"process {pid} (sleep 60) still runs; started in task 0 (from 0) of Pool.map" in words
