"""Spools are read line by line, and go once they are large and read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mpdiag.runner import _spools
from mpdiag.runner._spools import Spools
from mpdiag.worker import _outbox, forget, post


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a spool of ten bytes count as large."""
    monkeypatch.setattr(_spools, "RETIRE_BYTES", 10)


@pytest.fixture
def outbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this process post into a run in *tmp_path*."""
    monkeypatch.setenv("MPDIAG_RUN", str(tmp_path))
    monkeypatch.setattr(_outbox, "_handle", -1)
    forget()
    yield
    os.close(_outbox._handle)
    forget()


def nothing() -> Iterator[bytes]:
    """Keep nothing."""
    yield from ()


@pytest.mark.usefixtures("small")
def test_a_line_at_the_last_moment_is_read(tmp_path: Path) -> None:
    """A writer whose spool has just gone loses no line, and none comes twice."""
    path, spools = tmp_path / "7.spool", Spools(tmp_path, nothing)
    path.write_bytes(b"first line of all\ntorn")
    with path.open("ab") as writer:
        assert list(spools.lines()) == [b"first line of all\n"]
        assert not path.exists()
        writer.write(b" and mended\n")
        writer.flush()
        assert list(spools.lines()) == [b"torn and mended\n"]
        path.write_bytes(b"new\n")
        writer.write(b"late\n")
        writer.flush()
        assert list(spools.lines()) == [b"late\n", b"new\n"]
    assert list(spools.lines()) == []
    spools.close()


@pytest.mark.usefixtures("small", "outbox")
def test_a_worker_goes_on_in_a_new_spool(tmp_path: Path) -> None:
    """What is told after a spool was taken away stands in a new one of the same name."""
    spools = Spools(tmp_path, nothing)
    for number in range(3):
        assert post({"number": number})
        assert [json.loads(line)["number"] for line in spools.lines()] == [number]
        assert not list(tmp_path.glob("*.spool"))
    spools.close()


@pytest.mark.usefixtures("small")
def test_what_was_kept_outlives_the_spool(tmp_path: Path) -> None:
    """The next command finds it where this reader is killed; this reader does not read it again."""
    (tmp_path / "7.spool").write_bytes(b"first line of all\n")
    spools = Spools(tmp_path, lambda: iter([b"kept\n"]))
    assert list(spools.lines()) == [b"first line of all\n"]
    assert [path.read_bytes() for path in tmp_path.glob("*.spool")] == [b"kept\n"]
    assert list(spools.lines()) == []
    spools.close()
    assert list(Spools(tmp_path, nothing).lines()) == [b"kept\n"]
