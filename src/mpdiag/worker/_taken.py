"""Inputs as they were when the task was taken: its target may have changed them before it failed.

Read from the message that is on record, without loading it.  Only plain data is compared: of
anything else nobody can tell by its look whether it is still the same.
"""

from __future__ import annotations

from .. import codec
from ..recorder import Word, read
from ._bind import SEPARATOR, described_target
from ._state import WorkerState

# Of a message that is read.  More: a chunk with large inputs is still found its item in.  Fewer:
# the first failures of a kind are told sooner.
_LIMITS = codec.ReadLimits(size_bytes=4 << 20, opcodes=400_000, seconds=0.2)
# Values of one input that are looked at.
_MOST_VALUES = 10_000
_SINGLE = frozenset({type(None), bool, int, float, complex, str, bytes})
_MANY = frozenset({list, tuple, set, frozenset})


def changed_inputs(
    state: WorkerState, target: object, live: dict[str, object]
) -> tuple[dict[str, object], bytes]:
    """Return those of the inputs that are not as they came, as they came; and their message."""
    if state.words[Word.PAYLOAD_LENGTH] > _LIMITS.size_bytes or not state.recorder.path:
        return {}, b""
    reading = read(state.recorder.path)
    if reading is None or len(reading.payload) != reading.payload_bytes:
        return {}, b""
    found = codec.message_inputs(
        codec.read_pickle(reading.payload, limits=_LIMITS),
        target=described_target(target).partition(SEPARATOR)[0],
        offset=reading.offset if reading.size else None,
    )
    return {
        name: value
        for name, value in found.items()
        if name in live and is_plain(value) and not _same(value, live[name])
    }, reading.payload


def _same(before: object, now: object) -> bool:
    """Whether plain data is as it was; *now* may hold anything, of which no code is run."""
    if not is_plain(now):
        return False
    return before == now or codec.describe(before) == codec.describe(now)  # nan is not nan


def is_plain(value: object) -> bool:
    """Whether *value* is made of built-in types alone, and not too large to look at."""
    waiting, left = [value], _MOST_VALUES
    while waiting:
        left -= 1
        if left < 0:
            return False
        one = waiting.pop()
        kind = type(one)
        if kind in _MANY:
            waiting += one  # type: ignore[arg-type]
        elif kind is dict:
            waiting += one.keys()  # type: ignore[attr-defined]
            waiting += one.values()  # type: ignore[attr-defined]
        elif kind not in _SINGLE:
            return False
    return True
