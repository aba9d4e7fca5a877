"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

# Seconds between two looks.  Longer: tests are slower.  Shorter: waiting takes the processor from
# what is waited for.
EVERY = 0.01


def wait_until(condition: Callable[[], T], *, deadline: float, what: str = "") -> T:
    """Return the first true value of *condition*, which is called again and again.

    Raises:
        TimeoutError: it was not true within *deadline* seconds; the last value is in the message.
    """
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise TimeoutError(f"not within {deadline} s: {what or condition}; last: {value!r}")
        time.sleep(EVERY)
