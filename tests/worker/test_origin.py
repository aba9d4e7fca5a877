"""What a second call needs is there whole, whichever worker is killed while it leaves it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from mpdiag.worker import _origin
from mpdiag.worker._origin import leave_origin, origin


def test_a_worker_that_dies_in_the_middle_leaves_it_to_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of an owner is whole or not there."""

    class Killed(BaseException):
        pass

    def killed() -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(_origin, "origin", killed)
        with pytest.raises(Killed):
            leave_origin(str(tmp_path), 7)
    assert not (tmp_path / "7.origin").exists()
    leave_origin(str(tmp_path), 7)
    assert ast.literal_eval((tmp_path / "7.origin").read_text("utf-8")) == origin()


def test_the_first_that_is_whole_stays(tmp_path: Path) -> None:
    """One for each owner."""
    (tmp_path / "7.origin").write_text("first")
    leave_origin(str(tmp_path), 7)
    assert (tmp_path / "7.origin").read_text() == "first"
