"""What a worker of our own pools keeps of its messages, to explain and replay one of its tasks.

As the receiver of a stock pool's worker does, whose messages these look like.
"""

from __future__ import annotations

from ..recorder import PastMessages, Word
from ._roads import KEPT_BYTES
from ._sample import Sample, share_of
from ._state import WorkerState

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from collections.abc import Sequence


class Worked:
    """The messages of one worker of a run."""

    def __init__(self, state: WorkerState) -> None:
        self._state = state
        self._sample = Sample(state)
        full = state.around.values == "full"
        all_bytes = share_of(state.around.passing_bytes // 2)
        self._past = PastMessages(state.recorder.path if full else "", all_bytes=all_bytes)

    def begin(self, raw: bytes) -> None:
        """Have *raw* on record before its tasks run."""
        state = self._state
        state.recorder.payload(raw)
        state.recorder.spill(raw)
        before = state.taken
        state.before = before if before is not None and len(before) <= KEPT_BYTES else None
        state.taken = raw

    def turn(self, target: str) -> None:
        """Take what comes for tasks of *target*, a text of the recorder."""
        self._sample.turn(target)

    def done(self, ran: int, failed: Sequence[int]) -> None:
        """Keep the message that was begun: *ran* of its tasks ran, those at *failed* in vain."""
        raw = self._state.taken
        if raw is not None:
            size = self._state.words[Word.SIZE]
            self._sample.passed(raw, ran, failed)
            self._past.keep(raw, ran, size > 0)
            if ran < size:  # others run the rest: its last task is not what comes before the next
                self._state.taken = None

    def end(self) -> None:
        """Leave no more than others need: this worker ends in peace."""
        self._past.remove()
