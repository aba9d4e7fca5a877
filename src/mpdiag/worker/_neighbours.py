"""What ran before a task that failed, and beside it: its inputs may not be the reason."""

from __future__ import annotations

from .. import codec
from ..model import Inputs, Neighbour
from ..recorder import Method, Other, Word
from ._around import surroundings
from ._state import WorkerState

# Bytes of the inputs of one neighbour.  More: each failure carries that much along.
_BYTES = 16 * 1024


def nth_of(state: WorkerState | None) -> int | None:
    """Return how many tasks this worker had run before the current one."""
    if state is None:
        return None
    words = state.words
    return words[Word.DONE] + words[Word.OFFSET]


def previous_of(
    state: WorkerState | None, label: str, before: tuple[object, ...] | bytes | None
) -> Neighbour | None:
    """Return the task before the current one: *before* in its chunk, or in the last message."""
    if state is None or surroundings().values != "full":
        return None
    words = state.words
    if words[Word.SIZE] and words[Word.OFFSET]:
        index = words[Word.BASE] + words[Word.OFFSET] - 1
        return Neighbour(label=label, call=words[Word.CALL], index=index, inputs=_inputs(before))
    if not state.before:
        return None
    return Neighbour(inputs=Inputs(encoded=state.before, encoding="task", offset=-1))


def _inputs(before: tuple[object, ...] | bytes | None) -> Inputs:
    if before is None:
        return Inputs()
    if type(before) is bytes:
        return Inputs(encoded=before, encoding="pickle") if len(before) <= _BYTES else Inputs()
    encoded, encoding = codec.encode((before, {}), limit_bytes=_BYTES)
    return Inputs(encoded=encoded, encoding=encoding)


def running_beside(state: WorkerState | None) -> tuple[Neighbour, ...] | None:
    """Return what the other workers run now."""
    if state is None or surroundings().values != "full":
        return None
    from ._others import others_of

    try:
        return tuple(neighbour(other) for other in others_of(state))
    except OSError:
        return None


def neighbour(other: Other) -> Neighbour:
    """Return what a recorder said of another worker's task."""
    inputs = Inputs(encoded=other.message or None, encoding="task", offset=other.offset)
    label = Method.NAMES[other.method] if other.method < len(Method.NAMES) else ""
    return Neighbour(label=label, call=other.call, index=other.index, inputs=inputs)
