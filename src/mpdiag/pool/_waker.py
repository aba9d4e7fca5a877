"""A pipe by which one thread wakes another that waits for descriptors."""

from __future__ import annotations

import os
from collections.abc import Callable


class Waker:
    """Both ends; they are closed when nobody has it any more.

    Not before: a thread that was about to write would write to whatever has the number by then.
    """

    def __init__(self) -> None:
        """Open the pipe.

        Raises:
            OSError: the system has no descriptor left for it.
        """
        self.reader, self._writer = os.pipe()
        for end in (self.reader, self._writer):
            os.set_blocking(end, False)

    def wake(self) -> None:
        """Have the reader see that something has happened."""
        try:
            os.write(self._writer, b".")
        except BlockingIOError:  # it is full: the reader sees that, too
            pass

    def drain(self) -> None:
        """Take in what was written."""
        try:
            os.read(self.reader, 4096)
        except BlockingIOError:
            pass

    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        for end in vars(self).values():
            close(end)
