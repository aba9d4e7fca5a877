"""What this worker ran before the task that failed, for a second time in the same order.

Nothing is pickled for it but the initializer: the messages are there as they came off the queue.
"""

from __future__ import annotations

import time
import zlib
from dataclasses import replace

from .. import codec
from ..model import History, Part
from ..recorder import PastMessage, Word, past_messages
from ._around import surroundings
from ._bind import SEPARATOR, described_target
from ._state import WorkerState

# Bytes of a history, compressed; the oldest messages go first.  More: longer histories.  Fewer:
# the store is read faster.
PACKED_BYTES = 512 * 1024
INITIALIZER_BYTES = 256 * 1024
# Faults of one worker that come with a history, which may be as large as that each.
FAULTS = 8


def history_of(state: WorkerState | None) -> History | None:
    """Return what ran before the current task; None where nothing is kept of it."""
    if state is None or state.taken is None or state.histories >= FAULTS:
        return None
    if surroundings().values != "full":
        return None
    state.histories += 1
    words = state.words
    offset = words[Word.OFFSET] if words[Word.SIZE] else 0
    past = past_messages(state.recorder.path) if state.recorder.path else []
    if offset:
        past.append(PastMessage(state.taken, offset, True))
    initializer, name = _initializer(state)
    return replace(
        packed_history(past, tasks=words[Word.DONE] + offset),
        initializer=initializer,
        initializer_name=name,
        seconds=(time.time_ns() - words[Word.CREATED]) / 1e9,
    )


def packed_history(past: list[PastMessage], *, tasks: int) -> History:
    """Return a history of the messages in *past*, as many of the last as there is room for."""
    while True:
        whole = zlib.compress(b"".join(one.raw for one in past), 1)
        if len(whole) <= PACKED_BYTES or not past:
            break
        past = past[len(past) // 2 + 1 :]
    parts = tuple(Part(length=len(one.raw), ran=one.ran, is_chunk=one.is_chunk) for one in past)
    return History(tasks=tasks, parts=parts, packed=whole if parts else b"")


def _initializer(state: WorkerState) -> tuple[bytes | None, str]:
    if state.initializer is None:
        return None, ""
    function, _ = state.initializer
    name = described_target(function).partition(SEPARATOR)[0].partition("(")[0]
    return codec.encode(state.initializer, limit_bytes=INITIALIZER_BYTES)[0], name
