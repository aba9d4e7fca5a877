"""Who of the run sent a worker the signal that ended it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mpdiag.patches._kill import patches
from mpdiag.recorder import Kind, Recorder, read
from mpdiag.testing import run_program
from mpdiag.worker import forget

pytestmark = pytest.mark.processes

SCRIPT = """
    import multiprocessing, os, signal, sys

    def by_itself(_):
        os.kill(os.getpid(), signal.SIGKILL)

    def by_sibling(pid):
        os.kill(pid, signal.SIGTERM)

    def wait(end):
        end.send(os.getpid())
        signal.pause()

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        if sys.argv[2] == "itself":
            with context.Pool(1) as pool:
                try:
                    pool.map(by_itself, [1])
                except Exception:
                    pass
        else:
            mine, other = context.Pipe(duplex=False)
            first = context.Process(target=wait, args=(other,))
            first.start()
            pid = mine.recv()
            if sys.argv[2] == "program":
                os.kill(pid, signal.SIGKILL)
            else:
                second = context.Process(target=by_sibling, args=(pid,))
                second.start()
                second.join()
            first.join()
"""


@pytest.mark.parametrize(
    ("who", "words", "line"),
    [
        ("itself", "sent by worker 1 (pid {}) itself, with os.kill, script.py:", 5),
        ("program", "sent by the program (pid ", 28),
        ("sibling", "sent by worker 2 (pid ", 8),
    ],
)
def test_the_sender_is_named(
    who: str, words: str, line: int, tmp_path: Path, start_method: str
) -> None:
    """The worker itself, the program and a sibling are told apart, with the line of the call."""
    done = run_program(SCRIPT, start_method, who, folder=tmp_path)
    fault = done.fault
    (evidence,) = fault["verdict"]["evidence"]
    assert evidence.startswith(words.format(fault["worker"]["pid"])), done.stderr
    assert evidence.endswith(f"script.py:{line}")
    assert fault["verdict"]["certainty"] == "proven"


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Recorder]:
    """The recorder of this process, as if it were a worker."""
    monkeypatch.setenv("MPDIAG_RUN", str(tmp_path))
    forget()
    made = Recorder(str(tmp_path), kind=Kind.POOL)
    yield made
    made.ring.release()
    made.words.release()
    made.map.close()


def test_a_call_that_fails_leaves_no_mark(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is that of os.kill, also for a wrong call, and nobody has sent anything."""

    def refuse(*_args: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "kill", refuse)
    patch = patches(os)[0]
    assert patch.apply()
    try:
        with pytest.raises(PermissionError):
            os.kill(os.getpid(), signal.SIGKILL)
    finally:
        patch.undo()
        forget()
    reading = read(recorder.path)
    assert reading is not None
    assert reading.sent == 0


def test_what_is_no_signal_is_passed_on(recorder: Recorder) -> None:
    """Signal 0 asks whether a process is there; wrong arguments are the library's own matter."""
    patch = patches(os)[0]
    assert patch.apply()
    try:
        os.kill(os.getpid(), 0)
        with pytest.raises(TypeError, match="integer"):
            os.kill("me", 9)  # type: ignore[arg-type]
        with pytest.raises(TypeError, match="argument"):
            os.kill()  # type: ignore[call-arg]
    finally:
        patch.undo()
        forget()
    reading = read(recorder.path)
    assert reading is not None
    assert reading.sent == 0


def test_a_signal_to_a_group_reaches_its_members(tmp_path: Path) -> None:
    """os.killpg is written down for each worker of the group."""
    script = """
    import json, multiprocessing, os, signal

    def wait(end):
        os.setpgid(0, 0)
        end.send(os.getpid())
        signal.pause()

    if __name__ == "__main__":
        mine, other = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.Process(target=wait, args=(other,))
        process.start()
        os.killpg(mine.recv(), signal.SIGKILL)
        process.join()
        print(json.dumps(process.exitcode))
"""
    done = run_program(script, folder=tmp_path)
    assert json.loads(done.stdout) == -9
    (evidence,) = done.fault["verdict"]["evidence"]
    assert evidence.startswith("sent by the program (pid ")
