"""Errors that are about a limit of the system, told apart with what the process sees of it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from mpdiag.evidence import _limits, limit_facts
from mpdiag.evidence._limits import limit_kind

KINDS = [
    (MemoryError(), "memory"),
    (OSError(errno.ENOMEM, "x"), "memory"),
    (OSError(errno.EMFILE, "x"), "files"),
    (OSError(errno.ENOSPC, "x"), "disk"),
    (OSError(errno.EFBIG, "x"), "file size"),
    (RuntimeError("can't start new thread"), "processes"),
    (BlockingIOError(errno.EAGAIN, "not ready"), ""),
    (FileNotFoundError(errno.ENOENT, "x"), ""),
    (RuntimeError("other"), ""),
    (ValueError("x"), ""),
]


@pytest.mark.parametrize(("error", "kind"), KINDS, ids=lambda one: repr(one)[:40])
def test_only_limits_are_taken_for_limits(error: BaseException, kind: str) -> None:
    """A socket that is not ready says EAGAIN as well, and is no missing process."""
    assert limit_kind(error) == kind


def test_a_fork_that_fails_is_about_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    """EAGAIN out of the start of a process is the limit of processes."""

    def fork() -> int:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", fork)
    with pytest.raises(BlockingIOError) as caught:
        os.fork()
    assert limit_kind(caught.value) == "processes"


def test_the_full_disk_is_found_by_the_name_in_the_error(tmp_path: Path) -> None:
    """An error that names its file leads to the place, full by now or not."""
    error = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "out.bin"))
    facts = limit_facts(error)
    assert facts is not None
    assert facts.error == "OSError (ENOSPC)"
    assert str(tmp_path) in [path for path, _, _ in facts.disks]


def test_what_cannot_be_read_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without limits the kind of the trouble is still said."""
    monkeypatch.setattr(_limits, "own_limits", dict)
    facts = limit_facts(OSError(errno.EMFILE, "x"))
    assert facts is not None
    assert (facts.kind, facts.limits) == ("files", {})
