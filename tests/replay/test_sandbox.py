"""Trials in forks of a child that has imported the program once."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from mpdiag.model import ExitStatus
from mpdiag.replay import Again, Same, Sandbox

from .planned import called, planned

pytestmark = pytest.mark.processes

DEEDS = """
    import os, signal, subprocess, sys, threading
    calls = []

    def work(deed):
        calls.append(deed)
        if deed == "raise":
            raise ValueError(len(calls))
        if deed == "exit":
            os._exit(3)
        if deed == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if deed == "hang":
            threading.Event().wait()
        if deed == "parent":
            os.kill(os.getppid(), signal.SIGKILL)
            threading.Event().wait()
        if deed == "leave":
            subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
            raise ValueError("left a process")
        if deed == "close":
            os.closerange(3, 256)
            os.kill(os.getpid(), signal.SIGTERM)
"""


def message(again: Again) -> str:
    """Return what the call raised."""
    assert again.error is not None, again
    return again.error.message


@pytest.mark.parametrize("fresh", [False, True], ids=["forks", "fresh"])
def test_each_trial_begins_with_the_import(tmp_path: Path, *, fresh: bool) -> None:
    """What a trial leaves in its process is not there in the next; calls before it are."""
    with Sandbox(planned(tmp_path, DEEDS, "raise"), fresh=fresh) as sandbox:
        assert message(sandbox.trial()) == "1"
        assert message(sandbox.trial([called("x"), called("raise"), called("y")])) == "4"
        assert message(sandbox.trial()) == "1"


@pytest.mark.parametrize(
    ("deed", "same", "status"),
    [
        ("pass", Same.PASSED, ExitStatus(code=0)),
        ("exit", Same.DIFFERENT, ExitStatus(code=3)),
        ("kill", Same.DIFFERENT, ExitStatus(signal=signal.SIGKILL)),
        ("close", Same.DIFFERENT, ExitStatus(signal=signal.SIGTERM)),
    ],
)
def test_how_a_trial_ends_is_told(
    tmp_path: Path, deed: str, same: Same, status: ExitStatus
) -> None:
    """A trial that ends its process takes nothing with it, twice in a row."""
    with Sandbox(planned(tmp_path, DEEDS, deed)) as sandbox:
        for _ in range(2):
            again = sandbox.trial()
            assert (again.same, again.status, again.is_stuck) == (same, status, False)


def test_a_trial_has_a_deadline(tmp_path: Path) -> None:
    """A call that does not end is ended, and where it was is told."""
    with Sandbox(planned(tmp_path, DEEDS, "hang"), deadline=0.5) as sandbox:
        again = sandbox.trial()
    assert again.is_stuck
    assert again.stuck_at[-1].file.endswith("threading.py")


def test_what_a_trial_started_goes_with_it(tmp_path: Path) -> None:
    """A process that the call leaves behind is ended; the check after each test looks for it."""
    with Sandbox(planned(tmp_path, DEEDS, "leave")) as sandbox:
        assert message(sandbox.trial()) == "left a process"


def test_a_lost_child_is_started_anew(tmp_path: Path) -> None:
    """A call that kills the process above it is told as one that was not made; the next is."""
    with Sandbox(planned(tmp_path, DEEDS, "parent"), deadline=5) as sandbox:
        first = sandbox.trial()
        assert first.same is Same.NOT_CALLED
        assert "SIGKILL" in first.why
        assert sandbox.trial().same is Same.NOT_CALLED


THREADED = """
    import threading
    lock = threading.Lock()

    def hold():
        with lock:
            threading.Event().wait()

    threading.Thread(target=hold, daemon=True, name="holder").start()

    def work(number):
        raise ValueError(threading.active_count())
"""


def test_threads_of_the_import_are_not_forked(tmp_path: Path) -> None:
    """Where the import starts a thread each trial imports anew, and has that thread."""
    with Sandbox(planned(tmp_path, THREADED, 1)) as sandbox:
        assert [message(sandbox.trial()) for _ in range(2)] == ["2", "2"]
        assert sandbox.threads == ("holder",)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("raise RuntimeError('not today')", "RuntimeError: not today"),
        ("import os; os._exit(4)", "the import of its program ended with exit code 4"),
        ("x = 1", "there is no work in the program"),
    ],
)
def test_what_cannot_be_called_says_why(tmp_path: Path, source: str, why: str) -> None:
    """A program that cannot be imported, or lost its function, is told as such."""
    with Sandbox(planned(tmp_path, source, 1)) as sandbox:
        again = sandbox.trial()
    assert again.same is Same.NOT_CALLED
    assert why in again.why
