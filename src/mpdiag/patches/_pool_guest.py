"""What we add to one stock pool: who answers for a dead worker's task, and for its locks.

worker thread of the pool ──▶ died(): read the recorder, free locks, fail the lost task
result thread of the pool ──▶ Answers.recv(): tolerate what does not unpickle or is half sent
task thread of the pool   ──▶ sent, put(): know what was handed out, and what cannot be
"""

from __future__ import annotations

import os
import time
from multiprocessing.connection import Connection
from weakref import ref

from ..recorder import Reading, State, read
from ..worker import importing, post, read_message, surroundings
from ._places import Pool, know
from ._pool_locks import LOOK, is_orphaned, may_hold
from ._popen import recorder_of
from ._storm import Storm, drain
from ._stream import Stream

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from ._stream import Key

# Seconds to wait for the result thread to catch up before a lost task is failed.  Longer: a caller
# waits for its error.  Shorter: an answer that is on its way may be taken for lost.
CATCH_UP = 2.0
_PIECE = 65_536


# What stands near the begin of an answer that brings a failure, and imports what unpickles it.
_FAILURE, _WITHIN = b"mpdiag.worker._transport", 1024


def load_answer(raw: bytes) -> object:
    """Unpickle an answer; raises whatever that raises.

    What it needs of ours is imported where no fork can come in between: a worker that is started
    just then would wait for ever at its own first failure.
    """
    import pickle

    if _FAILURE in raw[:_WITHIN]:
        with importing:
            from ..worker import pack  # noqa: F401
    return pickle.loads(raw)  # loads what is the user's: not under our lock


class HalfSent(EOFError):
    """The writer of a message died in the middle of it."""


class Answers(Connection):
    """The reading end of a pool's result queue, which no message of a worker can break."""

    guest: Guest
    in_message = False
    begun = 0
    """Number of the message that is being read, or was last."""

    def __reduce__(self) -> tuple[object, ...]:
        """Travel to a child as the plain connection that it was."""
        from multiprocessing.connection import reduce_connection  # type: ignore[attr-defined]

        return reduce_connection(self)  # type: ignore[no-any-return]

    def recv(self) -> object:
        """Return the next answer; one that cannot be read becomes the failure of its task."""
        while True:
            try:
                raw = self.message()
            except HalfSent:
                continue
            return self.guest.answer(raw)

    def message(self) -> bytes:
        """Return the next message, but do not wait for ever for a dead writer."""
        try:
            return read_message(self._handle, self._begin, self._await_rest)  # type: ignore[attr-defined]
        finally:
            self.in_message = False

    def _begin(self) -> None:
        self.begun += 1
        self.in_message = True

    def _await_rest(self) -> None:
        while not self.poll(LOOK):
            if self.guest.half_sent == self.begun:
                raise HalfSent


class Guest:
    """Beside one pool, for as long as it lives."""

    def __init__(self, pool: object) -> None:
        self._pool = ref(pool)
        self.sent: dict[tuple[object, object], tuple[object, ...]] = {}
        """Tasks, by reference, until they are answered."""
        self.half_sent = 0
        """Number of a message whose writer is dead: what came of it is all that comes."""
        self._storm = Storm()
        self.places = know(
            pool._inqueue,  # type: ignore[attr-defined]
            Pool(
                lambda: getattr(self._pool(), "_processes", 0),
                lambda: getattr(self._pool(), "_pool", ()),
            ),
        )
        reader = pool._outqueue._reader  # type: ignore[attr-defined]
        reader.__class__ = Answers
        reader.guest = self
        self.reader: Answers = reader
        pool._quick_get = reader.recv  # type: ignore[attr-defined]
        self._stream = Stream(pool._inqueue)  # type: ignore[attr-defined]
        pool._quick_put = self.put  # type: ignore[attr-defined]

    def put(self, task: object) -> None:
        """Send a task; tell of one that cannot be pickled.  Runs in the pool's task thread."""
        if self._storm.over and task is not None:
            self._refuse(task[:2])  # type: ignore[index]
            return
        try:
            self._stream.put(task)
        except Exception as error:
            with importing:
                self._tell_unsendable(task, error)
            raise

    def _tell_unsendable(self, task: object, error: Exception) -> None:
        try:
            from ._callers import place_of
            from ._pool_tasks import described
            from ._unsendable import cannot_send

            known = self.sent.pop(task[:2], task)  # type: ignore[index]
            target, inputs, label, start, call = described(known)  # type: ignore[arg-type]
            cache = getattr(self._pool(), "_cache", {})
            place = place_of(cache.get(known[0]))  # type: ignore[index]
            cannot_send(error, target, inputs, label=label, start=start, call=call, place=place)
        except Exception:
            pass

    def answer(self, raw: bytes) -> object:
        """Return the message in *raw*, or a failure in its place; runs in the result thread."""
        try:
            message = load_answer(raw)
        except Exception as error:
            with importing:
                return self._unreadable(raw, error)
        if type(message) is tuple and len(message) == 3:  # noqa: PLR2004 - job, part, outcome
            self.sent.pop(message[:2], None)
        return message

    def _unreadable(self, raw: bytes, error: Exception) -> object:
        from .. import codec
        from ._pool_tasks import tell_unreadable

        where = codec.peek_ints(raw, 2)
        if where is None:
            raise error
        tell_unreadable(self.sent.pop((where[0], where[1]), None), error)
        return where[0], where[1], (False, error)

    def died(self, worker: object) -> None:
        """Free what *worker* held and fail the task that it took along; runs in a pool thread."""
        try:
            reading = read(recorder_of(worker.pid))  # type: ignore[attr-defined]
            pool = self._pool()
            if pool is None:
                return
            self._storm.died(worker, reading, list(pool._pool))  # type: ignore[attr-defined]
            if reading is None or not surroundings().option("rescue", True):
                return
            lost = self._free_locks(pool, reading)
            if lost is not None:
                self._fail(pool, lost, self._taken(lost, reading), worker)
            elif reading.busy and not reading.terminated:
                if reading.state == State.SENDING:
                    self._catch_up()
                self._fail(pool, *self._begun(reading), worker)
        except Exception:
            pass

    def stopped(self, workers: list[object]) -> bool:
        """Whether no more workers are to be started; without any, all that wait get the error."""
        if not self._storm.is_storm:
            return False
        if not workers and not self._storm.over:
            self._storm.over = True
            self._stop()
        return True

    def _stop(self) -> None:
        try:
            self._storm.tell()
            pool = self._pool()
            drain(pool._inqueue)  # type: ignore[attr-defined]
            for key in list(self.sent):
                self._refuse(key)
        except Exception:
            pass

    def _refuse(self, key: tuple[object, object]) -> None:
        """Fail a task of a stopped pool; a second failure of it changes nothing."""
        pool = self._pool()
        result = pool._cache.get(key[0]) if pool is not None else None  # type: ignore[attr-defined]
        self.sent.pop(key, None)
        if result is not None:
            result._set(key[1], (False, self._storm.error()))

    def _free_locks(self, pool: object, reading: Reading) -> Key | None:
        """Release what the dead worker held; return the task that it had taken in part."""
        lost: list[Key] = []
        if may_hold(reading, "write_lock"):
            mend = self._end_message if reading.write_lock else None
            self._free(pool, pool._outqueue._wlock, "write_lock", mend)  # type: ignore[attr-defined]
        if may_hold(reading, "read_lock"):

            def refill() -> None:
                key = self._stream.mend(begun=reading.in_message, again=self._send_again)
                lost.extend([key] if key is not None else [])

            self._free(pool, pool._inqueue._rlock, "read_lock", refill)  # type: ignore[attr-defined]
        return lost[0] if lost else None

    def _send_again(self, key: Key) -> None:
        pool = self._pool()
        if key in self.sent and pool is not None:
            pool._taskqueue.put(([self.sent[key]], None))  # type: ignore[attr-defined]

    def _end_message(self) -> None:
        """Have the result thread drop a message whose writer is dead."""
        deadline = time.monotonic() + CATCH_UP
        while time.monotonic() < deadline:
            number = self.reader.begun
            if self.reader.in_message:
                self.half_sent = number
            elif not _readable(self.reader):
                return
            time.sleep(LOOK)

    def _free(
        self, pool: object, lock: object, word: str, mend: Callable[[], None] | None = None
    ) -> None:
        """Release a lock that nobody alive holds: zero, and no living worker says it has it."""
        if is_orphaned(lock, pool._pool, word):  # type: ignore[attr-defined]
            if mend is not None:
                mend()
            lock.release()  # type: ignore[attr-defined]
            _rescued("released a queue lock that a dead worker held")

    def reads(self, queue: object) -> bool:
        """Whether *queue* brings the tasks of this pool."""
        return getattr(self._pool(), "_inqueue", None) is queue

    def empty(self, queue: Any, task_thread: Any) -> None:
        """Make room for the task thread of a pool that ends; the reading lock stays taken.

        As the standard library does, which waits for ever when a dead worker has this lock, or
        the one for answers, which the task thread takes last.
        """
        pool: Any = self._pool()
        while not queue._rlock.acquire(timeout=LOOK):
            if is_orphaned(queue._rlock, pool._pool, "read_lock"):
                _rescued("ended a pool in which a dead worker held a queue lock")
                break
        while task_thread.is_alive():  # a moment of silence is not the end of a long message
            if queue._reader.poll(LOOK):
                os.read(queue._reader.fileno(), _PIECE)
            elif is_orphaned(pool._outqueue._wlock, pool._pool, "write_lock"):
                self._end_message()
                pool._outqueue._wlock.release()

    def _begun(self, reading: Reading) -> tuple[Key, Reading]:
        """Return which task the dead worker had, and its recorder with the whole mark of it."""
        if reading.state != State.LOADING:
            return (reading.job, reading.part), reading
        with importing:
            from .. import codec

        where = codec.peek_ints(reading.payload, 2)
        key = (where[0], where[1]) if where else (None, None)
        return key, self._taken(key, reading)

    def _taken(self, key: Key, reading: Reading) -> Reading:
        """Complete the mark of a worker that died before it could load its task."""
        task = self.sent.get(key)
        if task is None:
            return reading
        with importing:
            from ._pool_tasks import stamp

            stamp(reading.path, task)
        return read(reading.path) or reading

    def _fail(self, pool: object, key: Key, reading: Reading, worker: object) -> None:
        task, result = self.sent.pop(key, None), pool._cache.get(key[0])  # type: ignore[attr-defined]
        if task is None or result is None:
            return
        with importing:
            from ._pool_tasks import crashed, first_failure

            died = crashed(task, reading, worker)
        answer = first_failure(reading)  # loads what is the user's: not under our lock
        result._set(key[1], (False, answer or died))
        if answer is None:
            _rescued("plain Python would wait here for ever")

    def _catch_up(self) -> None:
        """Wait until the result thread has read all that was written."""
        deadline = time.monotonic() + CATCH_UP
        while time.monotonic() < deadline and (self.reader.in_message or _readable(self.reader)):
            time.sleep(LOOK)


def _rescued(text: str) -> None:
    with importing:
        post({"v": 1, "type": "rescued", "text": text})


def _readable(connection: Connection) -> bool:
    try:
        return connection.poll(0)
    except (OSError, EOFError, ValueError):
        return False
