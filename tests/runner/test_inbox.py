"""What the runner keeps of very many failures stays within its bounds."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from mpdiag.model import Error, Failure, Fingerprint, Inputs, Task, Worker, to_plain
from mpdiag.options import Limits
from mpdiag.runner._folder import RunFolder
from mpdiag.runner._inbox import Inbox

ONE = Failure(
    fingerprint=Fingerprint("0" * 16),
    task=Task(target="task", index=0),
    worker=Worker(pid=7),
    error=Error(type="ValueError", message="bad"),
    inputs=Inputs(encoded=b"x" * 1000, encoding="pickle"),
    at=1.0,
)
LIMITS = Limits(first=3, reservoir=5, reservoir_bytes=6000)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    """Return the folder of a run."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as end:
        yield RunFolder(tmp_path, end, "")


def tell(folder: RunFolder, ways: int, times: int) -> None:
    """Write the spool of a worker that failed in *ways* ways, each *times* times."""
    assert folder.path is not None
    with (folder.path / "7.spool").open("ab") as file:
        for number in range(ways * times):
            mark = Fingerprint(f"{number % ways:016x}")
            task = replace(ONE.task, index=number)
            plain = to_plain(replace(ONE, fingerprint=mark, task=task))
            file.write(json.dumps({"v": 1, "type": "failure", **plain}).encode() + b"\n")


def test_inputs_of_all_faults_share_one_bound(folder: RunFolder) -> None:
    """However many ways there are to fail, the bytes kept do not grow but for each first one."""
    tell(folder, ways=20, times=30)
    inbox = Inbox(folder, LIMITS)
    assert len(inbox.read()) == 20
    sizes = [len(one.inputs.encoded or b"") for kept in inbox.kept.values() for one in kept.first]
    assert sum(sizes) == 20 * 1000
    assert all(kept.first[0].inputs.encoded for kept in inbox.kept.values())
    assert inbox.as_text > 0
    inbox.close()


def test_an_occurrence_that_goes_gives_its_bytes_back(folder: RunFolder) -> None:
    """The sample of a long run holds inputs as bytes to its end, not only those that came early."""
    tell(folder, ways=1, times=4000)
    inbox = Inbox(folder, replace(LIMITS, reservoir_bytes=8000))
    inbox.read()
    (kept,) = inbox.kept.values()
    assert (len(kept.first), len(kept.sample), kept.seen) == (3, 5, 4000)
    assert all(one.inputs.encoded for one in kept.sample)
    assert inbox.as_text == 0
    inbox.close()


def test_first_occurrences_outlive_a_reader_that_is_killed(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The spool is gone as it was read; whoever collects later finds what matters most."""
    monkeypatch.setattr("mpdiag.runner._spools.RETIRE_BYTES", 10)
    tell(folder, ways=2, times=50)
    killed = Inbox(folder, LIMITS)
    killed.read()
    later = Inbox(folder, LIMITS)
    later.read()
    assert [len(kept.first) for kept in later.kept.values()] == [3, 3]
    for inbox in (killed, later):
        inbox.close()
