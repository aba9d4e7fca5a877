"""Run the tasks of one chunk, with a mark before each, and go on after the first failure.

The caller gets the first failure of the chunk, as without us; what runs after it runs for the
report alone, within limits that all workers of the run share.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ..recorder import Further, Word, leave_answer, shared_numbers
from ._random import with_random
from ._state import WorkerState

# Failures in the run after which no further task is run for the report alone, and seconds since
# the first.  More: a fuller picture.  Fewer: the program fails as early as without us.
FURTHER_FAILURES, FURTHER_SECONDS = 100, 30.0


class ChunkFailed(Exception):
    """Carries the first failure of a chunk to the worker's loop."""

    def __init__(self, error: Exception, offset: int) -> None:
        self.error, self.offset = error, offset


def run_chunk(
    state: WorkerState,
    target: Callable[..., object],
    items: Sequence[object],
    *,
    star: bool,
    failed: Callable[[Exception, int, bool], None],
    packed: Callable[[Exception], object],
) -> list[object]:
    """Return the results for *items*.

    With *star* an item is the tuple of a call's arguments.  *failed* is told of each failure, its
    offset, and whether it ran for the report alone.  *packed* makes of the first what is sent.

    Raises:
        ChunkFailed: a task failed; the first one is in it.
    """
    results: list[object] = []
    target = with_random(state, target)
    try:
        _run(state, target, items, 0, results, star)
    except Exception as error:
        offset = state.words[Word.OFFSET]
        failed(error, offset, False)
        if state.around.keep_going and offset + 1 < len(items):
            budget = _Budget(state.around.folder)
            if budget.left():
                _leave(state, error, packed)
                _go_on(state, target, items, offset, star, failed, budget)
        raise ChunkFailed(error, offset) from None
    return results


def _run(  # noqa: PLR0917 - the hot path
    state: WorkerState,
    target: Callable[..., object],
    items: Sequence[object],
    start: int,
    results: list[object],
    star: bool,
) -> None:
    """Append the results from *start* on; raise what the target raises."""
    words, ring, clock = state.words, state.recorder.ring, time.time_ns
    base, call, position = words[Word.BASE], words[Word.CALL], words[Word.RING_POSITION]
    offset_word, started_word = Word.OFFSET, Word.STARTED
    append, length = results.append, len(ring)
    offset = start
    for item in items if start == 0 else items[start:]:
        words[offset_word] = offset
        words[started_word] = now = clock()
        slot = (position + offset) * 3 % length
        ring[slot], ring[slot + 1], ring[slot + 2] = call, base + offset, now
        append(target(*item) if star else target(item))  # type: ignore[misc]
        offset += 1
    words[Word.RING_POSITION] = position + offset


def _go_on(  # noqa: PLR0917
    state: WorkerState,
    target: Callable[..., object],
    items: Sequence[object],
    offset: int,
    star: bool,
    failed: Callable[[Exception, int, bool], None],
    budget: _Budget,
) -> None:
    """Run the rest of the chunk for the report alone."""
    while budget.left():
        begun = offset + 1
        try:
            _run(state, target, items, begun, [], star)
        except Exception as further:
            offset = state.words[Word.OFFSET]
            state.words[Word.EXTRA] += offset + 1 - begun
            budget.spend()
            failed(further, offset, True)
            del further
        else:
            state.words[Word.EXTRA] += len(items) - begun
            return


def _leave(state: WorkerState, error: Exception, packed: Callable[[Exception], object]) -> None:
    """Leave what the caller gets to its owner, should the rest of the chunk end this worker."""
    import pickle

    words = state.words
    try:
        raw = pickle.dumps(packed(error), 5)
        leave_answer(state.recorder.path, words[Word.JOB], words[Word.PART], raw)
    except Exception:
        pass  # then the caller hears of the death


class _Budget:
    """What the workers of a run may still run for the report alone."""

    def __init__(self, folder: str) -> None:
        self._numbers = shared_numbers(folder)
        if not self._numbers[Further.SINCE]:
            self._numbers[Further.SINCE] = time.monotonic_ns()

    def left(self) -> bool:
        since = (time.monotonic_ns() - self._numbers[Further.SINCE]) / 1e9
        return self._numbers[Further.FAILURES] < FURTHER_FAILURES and since < FURTHER_SECONDS

    def spend(self) -> None:
        self._numbers[Further.FAILURES] += 1
