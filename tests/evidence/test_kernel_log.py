"""The kernel's own words about a process that it killed for memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.evidence import _kernel_log, kernel_oom_line

OOM = "Memory cgroup out of memory: Killed process 8123 (python) total-vm:512000kB, anon-rss:1kB"
RECORDS = [
    (10.0, "Out of memory: Killed process 8123 (java) total-vm:1kB"),
    (50.0, "python[8123]: segfault at 0"),
    (60.0, OOM),
    (70.0, "Out of memory: Kill process 81234 (python) score 900 or sacrifice child"),
]


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Put RECORDS in place of the kernel's log."""
    monkeypatch.setattr(_kernel_log, "_counts_as_the_kernel_does", lambda: True)
    monkeypatch.setattr(_kernel_log, "_records", lambda: iter(RECORDS))
    return monkeypatch


def test_the_line_with_the_pid_is_found(log: pytest.MonkeyPatch) -> None:
    """The line that names exactly this process, since it lives, is the proof."""
    del log
    assert kernel_oom_line(8123, since=20.0) == (OOM, "")
    assert kernel_oom_line(81234) == (RECORDS[-1][1], "")
    assert kernel_oom_line(812) == (None, "")


def test_an_older_process_with_the_same_id_proves_nothing(log: pytest.MonkeyPatch) -> None:
    """Lines from before the run are those of another process."""
    del log
    assert kernel_oom_line(8123, since=65.0) == (None, "")


@pytest.mark.parametrize(
    ("error", "why"), [(PermissionError(), "not allowed"), (FileNotFoundError(), "not there")]
)
def test_a_closed_log_is_named(log: pytest.MonkeyPatch, error: OSError, why: str) -> None:
    """Where the log cannot be read, the reason is what a report needs."""

    def closed() -> object:
        raise error

    log.setattr(_kernel_log, "_records", closed)
    assert kernel_oom_line(8123) == (None, f"kernel log ({why})")


def test_in_a_container_ids_are_not_those_of_the_kernel(root: Path) -> None:
    """Where process ids are counted apart, a line with the same number is somebody else's."""
    (root / "proc" / "self" / "ns").mkdir(parents=True)
    (root / "proc" / "self" / "ns" / "pid").symlink_to("pid:[4026532448]")
    line, closed = kernel_oom_line(8123)
    assert line is None
    assert "container" in closed


def test_records_are_read_as_the_device_gives_them(root: Path) -> None:
    """Time is in microseconds in the head of a record; continuation lines are left out."""
    (root / "dev").mkdir()
    (root / "dev" / "kmsg").write_text(f"4,12,60000000,-;{OOM}\n SUBSYSTEM=x\n", "utf-8")
    assert list(_kernel_log._records()) == [(60.0, OOM)]
