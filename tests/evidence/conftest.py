"""A system of files for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.evidence import _files


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the root of a system that has nothing yet."""
    monkeypatch.setattr(_files, "ROOT", str(tmp_path))
    return tmp_path
