"""Know when the relay of a worker has passed on all that the worker wrote (``--capture-fd``)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from ..recorder import Reading
from ._locks import is_locked

# Seconds for which the last words of a dead worker are waited for.  A relay also lives on with
# whatever the worker itself has started, and that may be for ever.
_PATIENCE = 0.5


def passed_on(reading: Reading) -> bool:
    """Whether the output of a dead worker is complete, as far as it is worth waiting for."""
    late = time.time_ns() - reading.exit_ns > _PATIENCE * 1e9
    return late or not is_locked(reading.path.with_suffix(".relay"))


def wait_for_relays(locks: Iterable[Path]) -> None:
    """Wait until all relays of a run have ended, in a short time; the program has."""
    deadline = time.monotonic() + _PATIENCE
    for lock in locks:
        while is_locked(lock) and time.monotonic() < deadline:
            time.sleep(0.002)
