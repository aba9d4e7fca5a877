"""Run the tasks of one chunk, with a mark before each, and go on after the first failure.

The caller gets the first failure of the chunk, as without us; what runs after it (`_rest`) runs
for the report alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from ..recorder import Word
from ._random import with_random
from ._state import WorkerState


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
    failed: Callable[[BaseException, int, bool], None],
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
        _run(state, target, items, 0, results, star=star)
    except Exception as error:
        offset = state.words[Word.OFFSET]
        failed(error, offset, False)
        if state.around.keep_going and offset + 1 < len(items):
            from ._rest import Rest

            def run(start: int, some: Iterable[object]) -> None:
                _run(state, target, some, start, [], star=star)

            Rest(state, items, run=run, failed=failed).go(partial(packed, error))
        raise ChunkFailed(error, offset) from None
    return results


def _run(
    state: WorkerState,
    target: Callable[..., object],
    items: Iterable[object],
    start: int,
    results: list[object],
    *,
    star: bool,
) -> None:
    """Append the results for *items*, which begin at *start*; raise what the target raises."""
    words, ring, clock = state.words, state.recorder.ring, time.time_ns
    base, call, position = words[Word.BASE], words[Word.CALL], words[Word.RING_POSITION]
    offset_word, started_word = Word.OFFSET, Word.STARTED
    append, length = results.append, len(ring)
    offset = start
    for item in items:
        words[offset_word] = offset
        words[started_word] = now = clock()
        slot = (position + offset) * 3 % length
        ring[slot], ring[slot + 1], ring[slot + 2] = call, base + offset, now
        append(target(*item) if star else target(item))  # type: ignore[misc]
        offset += 1
    words[Word.RING_POSITION] = position + offset
