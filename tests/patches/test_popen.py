"""How a process ended is written by its owner, whatever the process had time for."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from mpdiag import worker
from mpdiag.patches import _popen
from mpdiag.patches._patch import Patch
from mpdiag.recorder import Kind, Recorder, read


class Popen:
    """Stands for the one of ``multiprocessing``, of a child that dies of what it is sent."""

    def __init__(self, pid: int) -> None:
        self.pid, self.returncode = pid, None
        self.sent = 0

    def poll(self) -> int | None:
        """Return how it ended."""
        return -self.sent if self.sent else None

    def _send_signal(self, number: int) -> None:
        self.sent = number


def test_one_that_was_ended_before_it_had_a_file_is_known_as_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its recorder comes up between the signal and its effect, and is told when it is reaped."""
    monkeypatch.setenv("MPDIAG_RUN", str(tmp_path))
    worker.forget()
    patches = [
        Patch(Popen, "poll", _popen._poll),
        Patch(Popen, "_send_signal", _popen._send_signal),
    ]
    try:
        assert all(patch.apply() for patch in patches)
        recorder = Recorder(str(tmp_path), kind=Kind.PROCESS)
        late = Path(recorder.path).rename(tmp_path / "late")
        popen = Popen(recorder.pid)
        popen._send_signal(signal.SIGTERM)
        late.rename(recorder.path)
        assert popen.poll() == -signal.SIGTERM
        reading = read(recorder.path)
    finally:
        for patch in patches:
            patch.undo()
        monkeypatch.undo()
        worker.forget()
    assert reading is not None
    assert (reading.terminated, reading.exitcode) == (signal.SIGTERM, -signal.SIGTERM)
