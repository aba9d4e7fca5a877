"""A runner, or a program with ``watch()``, is killed by SIGKILL: the next command collects."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from mpdiag.store import Store
from mpdiag.testing import run_command, wait_until

pytestmark = pytest.mark.programs

PROGRAM = """
    import multiprocessing, os, sys, time, mpdiag

    def task(x):
        if x == 3: raise ValueError("hunter2")
        return x

    def main():
        with multiprocessing.Pool(2) as pool:
            for one in [pool.apply_async(task, (i,)) for i in range(200)]:
                try: one.get()
                except ValueError: pass
            pool.close()
            pool.join()
        open("done", "w").close()
        time.sleep(60)

    if __name__ == "__main__":
        if "watch" in sys.argv:
            with mpdiag.watch(): main()
        else:
            main()
"""
RUN = ("-m", "mpdiag", "run", "script.py")
WATCH = ("script.py", "watch")


def kill_it(folder: Path, words: tuple[str, ...]) -> Path:
    """Start the program, kill what watches it once all tasks ran; return the place of runs."""
    (folder / "script.py").write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
    place = folder / "runs"
    place.mkdir()
    environment = {**os.environ, "XDG_RUNTIME_DIR": str(place)}
    with subprocess.Popen(
        [sys.executable, *words], cwd=folder, env=environment, stderr=subprocess.DEVNULL
    ) as process:
        try:
            wait_until((folder / "done").exists, deadline=30)
        finally:
            process.send_signal(signal.SIGKILL)
    wait_until(lambda: not list(place.glob("*/*/*.rec")) or _free(place), deadline=30)
    return place


def _free(place: Path) -> bool:
    """Whether no process holds the lock of a run any more."""
    import fcntl

    for lock in place.glob("*/*/lock"):
        with lock.open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
    return True


def command(folder: Path, *words: str) -> str:
    """Run a command of mpdiag in *folder* and return what it printed."""
    environment = {"XDG_RUNTIME_DIR": str(folder / "runs")}
    words = (sys.executable, "-m", "mpdiag", *words)
    done = run_command(words, folder=folder, deadline=60, environment=environment)
    assert done.exit_code == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "words", [RUN, pytest.param(WATCH, marks=pytest.mark.wide)], ids=["run", "watch"]
)
def test_the_next_command_collects(tmp_path: Path, words: tuple[str, ...]) -> None:
    """The fault is in the store with its inputs and its passes, and nothing is left outside."""
    place = kill_it(tmp_path, words)
    assert list(place.glob("*/*"))
    assert "ValueError" in command(tmp_path, "ls")
    (run,) = Store.open(tmp_path / ".mpdiag").runs()
    assert (run.tasks, run.passed) == (200, {"task": 199})
    assert not list(place.iterdir())
    assert run.id in command(tmp_path, "prune", "--all", "--yes")
    assert command(tmp_path, "ls").strip() == "no faults" or run.id not in command(tmp_path, "ls")


def test_the_options_of_the_run_hold(tmp_path: Path) -> None:
    """A run that was to keep no values keeps none, whoever collects it."""
    kill_it(tmp_path, ("-m", "mpdiag", "run", "--values", "none", "script.py"))
    command(tmp_path, "ls")
    (head,) = Store.open(tmp_path / ".mpdiag").runs()
    run = Store.open(tmp_path / ".mpdiag").run(head.id)
    assert run.passing == ()
    assert all(one.inputs.encoded is None for fault in run.faults for one in [fault.first])
    assert not list((tmp_path / "runs").iterdir())


def test_a_folder_without_a_name_goes_in_the_end(tmp_path: Path) -> None:
    """What a runner left that was killed at its very start is removed, but not while it is made."""
    folder = tmp_path / "runs" / f"mpdiag-{os.getuid()}" / "k7f2"
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    command(tmp_path, "ls")
    assert folder.exists()
    old = time.time() - 3600
    os.utime(folder, (old, old))
    command(tmp_path, "ls")
    assert not list((tmp_path / "runs").iterdir())
