"""Each test may take as long as a worker may."""

from __future__ import annotations

import pytest

from mpdiag.worker import _lookup


@pytest.fixture(autouse=True)
def _own_time() -> None:
    """Give each test the time that one worker has for all its lookups."""
    _lookup._spent.clear()
