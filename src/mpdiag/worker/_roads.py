"""The two roads of a pool's worker, with a state on record for each step.

A lock that a killed worker held is recognised by these states, and released by the owner.
The private names used are those of ``SimpleQueue`` and ``Queue``, CPython 3.10 to 3.13.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from functools import partial
from types import FunctionType

from ..recorder import PastMessages, State, Word
from ._message import read_message
from ._sample import Sample, share_of
from ._state import WorkerState

# Of a message that is held until the one after it is done: a failure is told with it.
KEPT_BYTES = 16 * 1024
_PLAIN = (type(None), bool, int, float, complex, str, bytes, bytearray)


class UnloadableError(Exception):
    """A result pickles, and fails with *error* when it is loaded."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(f"{type(error).__name__}: {error}")
        self.error = error


class Receiver:
    """Takes messages off the owner's queue and keeps them on record before they are read."""

    def __init__(self, state: WorkerState, queue: object) -> None:
        self.state, self.words = state, state.words
        # ``with`` takes three calls more; this one too says who took the lock
        self._acquire: Callable[[], object] = queue._rlock.acquire  # type: ignore[attr-defined]
        self._release: Callable[[], object] = queue._rlock.release  # type: ignore[attr-defined]
        reader = queue._reader  # type: ignore[attr-defined]
        self._read: Callable[[], bytes] = reader.recv_bytes
        if os.name == "posix":
            self._read = partial(read_message, reader.fileno(), self._begin)
        self._slots = getattr(queue, "_sem", None)  # of the bounded Queue of an executor
        self._named: object = None
        self.sample = Sample(state)
        full = state.around.values == "full"
        all_bytes = share_of(state.around.passing_bytes // 2)
        self.past = PastMessages(state.recorder.path if full else "", all_bytes=all_bytes)

    def receive(self) -> bytes:
        """Return the next message; waits as long as the owner lets it."""
        words = self.words
        words[Word.STATE] = State.WAITING
        self._acquire()
        try:
            words[Word.READ_LOCK] = 1
            raw = self._read()
            self.state.recorder.payload(raw)
            words[Word.STATE], words[Word.IN_MESSAGE] = State.LOADING, 0
            if self._slots is not None:
                self._slots.release()
        finally:
            self._release()
        words[Word.READ_LOCK] = 0
        self.state.recorder.spill(raw)
        before = self.state.taken
        # a large one would be held twice as long for nothing
        self.state.before = before if before is not None and len(before) <= KEPT_BYTES else None
        self.state.taken = raw
        return raw

    def _begin(self) -> None:
        """Say that the rest of a message is lost to all others if this worker dies now."""
        self.words[Word.IN_MESSAGE] = 1

    def load(self, raw: bytes) -> tuple[object, ...] | None:
        """Return the message; raises whatever its unpickling raises."""
        message: tuple[object, ...] | None = pickle.loads(raw)
        return message

    def name_target(self, target: object) -> None:
        """Put the name of the callable on record when it changes."""
        if target is not self._named:
            from ._bind import described_target

            # anything but a function may hold objects of the task, which must be free to go
            self._named = target if type(target) is FunctionType else None
            text = described_target(target)
            self.state.recorder.target(text)
            self.sample.turn(text)


class Sender:
    """Puts answers on the queue that all workers of a pool share."""

    def __init__(self, state: WorkerState, queue: object) -> None:
        from multiprocessing.reduction import ForkingPickler

        self.words = state.words
        self._settle = state.settle
        self._dumps = ForkingPickler.dumps
        self._proven: set[type] = set(_PLAIN)
        self._acquire: Callable[[], object] = queue._wlock.acquire  # type: ignore[attr-defined]
        self._release: Callable[[], object] = queue._wlock.release  # type: ignore[attr-defined]
        self._write = queue._writer._send_bytes  # type: ignore[attr-defined]

    def prove(self, results: object) -> None:
        """Load what is about to be sent, once for each class: some fail only in the reader.

        Plain data cannot fail, and costs a look at its type.
        """
        if type(results) is not list:
            results = [results]
        for result in results:
            cls = type(result)
            if cls not in self._proven:
                raw = self._dumps(result)
                try:
                    pickle.loads(raw)
                except BaseException as error:
                    raise UnloadableError(error) from error
                self._proven.add(cls)

    def send(self, answer: object) -> None:
        """Pickle, then write under the lock; raises what pickling raises."""
        raw = self._dumps(answer)
        words = self.words
        if self._settle is not None:
            self._settle()
        self._acquire()
        try:
            words[Word.WRITE_LOCK] = 1
            self._write(raw)
            words[Word.STATE] = State.WAITING
        finally:
            self._release()
        words[Word.WRITE_LOCK] = 0

    put = send
