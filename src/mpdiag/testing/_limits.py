"""Tasks that go on until somebody ends them: our pools do, where they have a limit."""

from __future__ import annotations

import threading
from typing import NoReturn

TASK_TIMEOUT = 2
"""Seconds that a task may take in a pool that is to end `stall`: much more than any other needs."""
MEMORY_LIMIT = "320 MiB"
"""What a worker may use in a pool that is to end `swell`."""
# Bytes that `swell` takes, which is above the limit whatever else its worker has.
_SWOLLEN = 400 << 20


def stall() -> NoReturn:
    """Wait for what nobody sets, as a request without a timeout does."""
    while True:
        threading.Event().wait()


def swell() -> NoReturn:
    """Take much memory, and keep it."""
    taken = bytearray(_SWOLLEN)
    taken[::4096] = b"x" * len(taken[::4096])  # a page that nobody wrote to is not there
    stall()
