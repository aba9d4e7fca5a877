"""Workers that the system has no process or descriptor for: those that live do the work."""

from __future__ import annotations

import os
import time
import weakref
from typing import TYPE_CHECKING

from ..worker import add_note

if TYPE_CHECKING:
    from ._crew import Crew
    from ._hand import Hand

# Seconds until a worker is started again that there was no room for.
AGAIN = 1.0


class NoWorkerError(Exception):
    """No worker is left, and none can be started; caused by what the system said."""


class Room:
    """Starts workers of one pool as far as there is room."""

    def __init__(self, crew: Crew) -> None:
        # A circle would keep a pool, and what its workers were given, until the next collection.
        self._crew = weakref.proxy(crew)
        self._full_until = 0.0

    @property
    def seconds(self) -> float:
        """Until the next attempt; 0 when a worker may be started now."""
        if not self._full_until or not self._crew.hands:
            return 0.0
        return max(0.0, self._full_until - time.monotonic())

    def start(self) -> Hand | None:
        """Start one worker; None where there is no room for it, and others live.

        Raises:
            NoWorkerError: there is no room, and no other worker.
        """
        if self.seconds:
            return None
        try:
            return self.start_or_tell()
        except OSError as error:
            if not self._crew.hands:
                words = "no worker is left, and none can be started"
                raise NoWorkerError(f"{words}: {error}") from error
            self._full_until = time.monotonic() + AGAIN
            return None

    def start_all(self) -> None:
        """Start as many workers as the pool has, or as there is room for.

        Raises:
            OSError: there is no room for a single one.
        """
        if not self._crew.hands:
            self.start_or_tell()
        while len(self._crew.hands) < self._crew.plan.workers and self.start():
            pass

    def start_or_tell(self) -> Hand:
        """Start one worker.

        Raises:
            OSError: there is no room for it; a note says what is used up.
        """
        try:
            started: Hand = self._crew.start()
        except OSError as error:
            number, wanted = len(self._crew.hands) + 1, self._crew.plan.workers
            words = f"mpdiag: worker {number} of {wanted} could not be started"
            add_note(error, words + _descriptors())
            raise
        return started


def _descriptors() -> str:
    """Return how many descriptors are used, in words, where that is known."""
    try:
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    except (ImportError, OSError):
        return ""
    try:
        used = str(len(os.listdir("/proc/self/fd")) - 1)  # noqa: PTH208 - as many as there are
    except OSError:  # it takes a descriptor to look
        used = "all"
    return f"; {used} of {limit} descriptors are in use (ulimit -n), and each worker takes four"
