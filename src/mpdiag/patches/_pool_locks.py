"""Locks of a pool's queues that nobody alive holds.

The holder of a lock says so in its recorder, a moment after it took it: whoever is awake where it
may just have taken one is not judged until the next look.
"""

from __future__ import annotations

import time
from typing import Any

from ..evidence import is_asleep
from ..recorder import Reading, State, read
from ._popen import recorder_of

# Seconds between two looks.  Longer: the pool stands still.
LOOK = 0.05
# Seconds until a lock of which nothing is known for sure is left as it is.
PATIENCE = 2.0
# Where a worker may have taken the lock and not said so yet, or said that it leaves it.
_AROUND = {
    "read_lock": (State.WAITING, State.LOADING),
    "write_lock": (State.SENDING, State.WAITING),
}


def is_orphaned(lock: Any, workers: list[Any], word: str) -> bool:
    """Whether the lock is taken and none of *workers* can have it; waits until that is known."""
    deadline = time.monotonic() + PATIENCE
    before: bool | None = None
    while time.monotonic() < deadline:
        left = _is_left(lock, workers, word)
        if left is False:
            return False
        if left and before:
            return True
        before = left
        time.sleep(LOOK)
    return False


def may_hold(reading: Reading, word: str) -> bool:
    """Whether a worker says that it has the lock, or is where it could not say so yet."""
    return bool(getattr(reading, word)) or reading.state in _AROUND[word]


def _is_left(lock: Any, workers: list[Any], word: str) -> bool | None:
    """Whether nobody has the lock, as far as one look tells; None where it does not.

    Who is asleep and says that it has the lock, has it.  Who is awake may just have taken it, or
    just have left it, and not said so yet.  Asleep or not is asked first: what is read after it
    was written by then.
    """
    if not lock._semlock._is_zero():
        return False
    is_known = True
    for pid in _living(workers):
        asleep, reading = is_asleep(pid), read(recorder_of(pid))
        if reading is None or not may_hold(reading, word):
            continue
        if asleep and getattr(reading, word):
            return False
        is_known = is_known and asleep
    return True if is_known else None


def _living(workers: list[Any]) -> list[int]:
    """Return those that have not ended, without reaping any."""
    from multiprocessing.connection import wait

    ended = set(wait([worker.sentinel for worker in workers], timeout=0))
    return [worker.pid for worker in workers if worker.sentinel not in ended]
