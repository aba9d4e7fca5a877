"""``mpdiag doctor`` says what this machine can tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mpdiag.cli import main
from mpdiag.evidence import _files

NAMES = [
    "this Python",
    "start methods",
    "other Pythons",
    "mpdiag importable",
    "recorder: XDG_RUNTIME_DIR",
    "recorder: TMPDIR",
    "recorder: /dev/shm",
    "/proc",
    "memory limit",
    "oom_kill counter",
    "kernel log",
    "ptrace",
    "core files",
    "store",
]


def doctor(*args: str) -> str:
    """Return what ``mpdiag doctor`` prints, which is never an error."""
    done = CliRunner().invoke(main, ["doctor", *args])
    assert (done.exit_code, done.stderr) == (0, "")
    return done.stdout


def test_every_source_has_its_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each check is one aligned line with ok or no, and the last lines say what it means."""
    monkeypatch.chdir(tmp_path)
    table, _, end = doctor().partition("\n\n")
    lines = table.splitlines()
    width = max(map(len, NAMES))
    assert [line[4 : 4 + width].strip() for line in lines] == NAMES
    assert {line[:4] for line in lines} <= {"ok  ", "no  "}
    assert str(tmp_path / ".mpdiag") in lines[-1]
    missing = sum(line.startswith("no") for line in lines)
    assert (f"{missing} of {len(NAMES)} are missing" in end) is (missing > 0)


def test_looking_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The doctor writes no file."""
    monkeypatch.chdir(tmp_path)
    doctor()
    assert list(tmp_path.iterdir()) == []


def test_json_has_the_same_checks() -> None:
    """A program can read the same."""
    checks = json.loads(doctor("--json"))["checks"]
    assert [check["name"] for check in checks] == NAMES
    assert all(isinstance(check["ok"], bool) and check["text"] for check in checks)


def test_what_is_missing_says_what_that_costs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a system without /proc each closed source names the consequence."""
    monkeypatch.setattr(_files, "ROOT", str(tmp_path))
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    checks = {check["name"]: check for check in json.loads(doctor("--json"))["checks"]}
    assert checks["recorder: XDG_RUNTIME_DIR"] == {
        "name": "recorder: XDG_RUNTIME_DIR",
        "ok": False,
        "text": "not set",
    }
    for name, words in (
        ("/proc", "no memory of workers"),
        ("oom_kill counter", "SIGKILL for memory looks like any other SIGKILL"),
        ("kernel log", "not proven"),
    ):
        assert not checks[name]["ok"]
        assert words in checks[name]["text"]
