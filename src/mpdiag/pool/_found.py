"""One failure or crash, kept as it came, and read when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from ..model import Crash, Failure

Known: TypeAlias = Failure | Crash | None


class Found:
    """What is known of a task that failed; many are never asked for, and reading one takes time."""

    __slots__ = ("_known", "_read")

    def __init__(self, read: Callable[[], Known] | None, known: Known = None) -> None:
        self._read, self._known = read, known

    @property
    def occurrence(self) -> Known:
        """The failure or crash; None where it cannot be read."""
        read = self._read
        if read is not None:
            try:
                self._known = read()
            except Exception:  # a damaged message, evidence that is gone: then nothing is known
                self._known = None
            self._read = None
        return self._known

    def __reduce__(self) -> tuple[object, ...]:
        return Found, (None, self.occurrence)
