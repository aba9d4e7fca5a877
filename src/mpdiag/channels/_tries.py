"""One try of a ``queue.Queue``, or of what behaves like one, as `wait_for` repeats it."""

from __future__ import annotations

import queue as stock
from collections.abc import Callable
from typing import Any


def putting(queue: Any, raw: bytes) -> Callable[[float], bool]:
    """Return what waits so many seconds for a place for *raw*, and says whether it found one."""

    def put(seconds: float) -> bool:
        try:
            queue.put(raw, seconds > 0, seconds)
        except stock.Full:
            return False
        return True

    return put


def getting(queue: Any, taken: list[bytes]) -> Callable[[float], bool]:
    """Return what waits so many seconds for an item to add to *taken*, and says whether it came."""

    def get(seconds: float) -> bool:
        try:
            taken.append(queue.get(seconds > 0, seconds))
        except stock.Empty:
            return False
        return True

    return get
