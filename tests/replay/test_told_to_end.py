"""``mpdiag replay`` is ended in the middle of a call: the process that calls goes with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from mpdiag.testing import wait_until

from .recorded import record

pytestmark = pytest.mark.programs

SPINS = """
    import multiprocessing

    def spins(number):
        while number:
            number += 1

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            try:
                pool.map(spins, [7])
            except Exception:
                pass
"""


@pytest.mark.parametrize("name", ["SIGTERM", pytest.param("SIGKILL", marks=pytest.mark.wide)])
def test_no_call_outlives_the_command(tmp_path: Path, name: str) -> None:
    """Not even one that never ends, though it has a session of its own."""
    record(tmp_path, source=SPINS, options=["--task-timeout", "1"])
    place = tmp_path / "tmp"
    place.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "mpdiag", "replay"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(place)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        call = wait_until(lambda: calling(process.pid, place), deadline=50)
        assert call is not None
        process.send_signal(signal.Signals[name])
        process.wait(20)
        assert wait_until(lambda: has_ended(call), deadline=20)
    finally:
        process.kill()
        process.wait()


def calling(pid: int, place: Path) -> psutil.Process | None:
    """Return the child of *pid* that calls the task, once it is so far."""
    if not any('"call"' in file.read_text() for file in place.glob("*/answer.json")):
        return None
    return next(iter(psutil.Process(pid).children()), None)


def has_ended(process: psutil.Process) -> bool:
    """Whether it runs no more; nobody may have taken note of its end."""
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
