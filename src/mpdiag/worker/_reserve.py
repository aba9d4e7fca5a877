"""Descriptors and memory held back, so that a worker that has none left can still tell of it."""

from __future__ import annotations

import errno
import os
from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

# Files that telling opens at the same time: a module, its folder, the spool.
_FILES = 4
# Address space, never touched and so no memory, for the modules that telling imports.
_BYTES = 32 << 20
_NO_FILES = frozenset({errno.EMFILE, errno.ENFILE})


class Reserve:
    """What is let go at a failure for want of it, and taken back as soon as there is some."""

    def __init__(self) -> None:
        self._files: list[int] = []
        self._room: mmap | None = None
        self.renew()

    def renew(self) -> None:
        """Hold back what can be had."""
        try:
            while len(self._files) < _FILES:
                self._files.append(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
            self._room = self._room or mmap(-1, _BYTES, flags=MAP_PRIVATE | MAP_ANONYMOUS)
        except (OSError, ValueError, MemoryError):
            pass

    def use(self, error: BaseException) -> None:
        """Let go of what *error* says is missing."""
        number = error.errno if isinstance(error, OSError) else None
        if number in _NO_FILES:
            while self._files:
                os.close(self._files.pop())
        if isinstance(error, MemoryError) or number == errno.ENOMEM:
            room, self._room = self._room, None
            if room is not None:
                room.close()
