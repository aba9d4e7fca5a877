"""What the server of this process leaves is taken back after each test."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from mpdiag.sharing import _server


@pytest.fixture(autouse=True)
def no_server(nothing_left: None) -> Iterator[None]:
    """End the server that a test has started."""
    yield
    _server.stop()
    gc.collect()  # an error that was caught holds the frames in which locks were made
