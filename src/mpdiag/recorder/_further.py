"""The few numbers that all processes of a run share, in a file of its folder.

They are not locked: two processes may count one task between them, which costs nothing but a
number that is off by one.
"""

from __future__ import annotations

import os
from mmap import mmap

_FILE, _BYTES = "further", 4096


class Further:
    """Positions of the numbers."""

    SINCE, FAILURES, CANCELLED = range(3)
    """When the first task ran for the report alone, failures of such tasks since then, and tasks
    that executors cancelled after a failure."""


def shared_numbers(folder: str) -> memoryview:
    """Return the numbers of the run, to be written; without room for a file, of this process."""
    if folder:
        try:
            handle = os.open(f"{folder}/{_FILE}", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.posix_fallocate(handle, 0, _BYTES)
                return memoryview(mmap(handle, _BYTES)).cast("Q")
            finally:
                os.close(handle)
        except OSError:
            pass
    return memoryview(bytearray(_BYTES)).cast("Q")


def cancelled_tasks(folder: str) -> int:
    """Return how many tasks executors cancelled after a failure."""
    try:
        with open(f"{folder}/{_FILE}", "rb") as file:  # noqa: PTH123 - no pathlib in a child
            return int(memoryview(file.read(_BYTES)).cast("Q")[Further.CANCELLED])
    except (OSError, TypeError, IndexError):
        return 0
