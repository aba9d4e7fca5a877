"""Several processes at each end, over the standard library's queues.

Items are put as the standard library does, and taken by our own reading of its pipe: `Queue.get`
waits for ever, whatever its timeout, for the rest of a message whose writer was killed.  Private
attributes of the queues as of 3.10 to 3.14: `_reader`, `_writer`, `_rlock`, `_wlock`, `_sem`,
`_thread`, `_buffer`.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import time
from multiprocessing import util
from multiprocessing.context import BaseContext
from typing import Any

from ..errors import ChannelError, ChannelTimeout, PeerDied
from ._book import (
    BROKEN,
    CLOSED,
    CLOSING,
    HELD,
    LOCKED,
    RECEIVER,
    RESIGNED,
    STATE,
    UNREAD,
    USED,
    Book,
)
from ._ends import ReceivingEnd, SendingEnd
from ._handle import Handle
from ._message import DONE, decode
from ._stream import TICK, Sink, Source, wait_for
from ._tries import putting

# Seconds without a byte in the middle of a message after which a sender that died is taken for
# its writer.  Longer: told later.  Shorter: a stopped machine is taken for a torn message.
TORN = 1.0


class _Shared:
    """The lock of one side: held for one message, and known by the book."""

    def __init__(self, lock: Any, book: Book, slot: int) -> None:
        self.lock, self._book, self._slot = lock, book, slot
        self.held = False

    def take(self, deadline: float, verdict: object) -> bool:
        """Take it; False when the deadline has passed."""
        if not self.held:
            self.held = wait_for(self._try, deadline, verdict)  # type: ignore[arg-type]
            self._book.words[self._slot + LOCKED] = self.held
        return self.held

    def _try(self, seconds: float) -> bool:
        return bool(self.lock.acquire(timeout=seconds) if seconds else self.lock.acquire(False))

    def give(self) -> None:
        """Let others in."""
        self._book.words[self._slot + LOCKED] = 0
        self.held = False
        self.lock.release()


def _killed_with_lock(book: Book) -> int:
    """Return who was killed with a lock of the queue, 0 for nobody; the road is broken then."""
    for at in book.slots():
        if book.words[at + LOCKED] and not book.alive(at):
            book.words[BROKEN] = 1
            return book.words[at]
    return 0


class SharedReceiver(ReceivingEnd):
    """A reading end that several processes may use; each item goes to one of them."""

    ALONE = False
    KEPT = ("_queue",)

    def __init__(self, book: Book, queue: Any) -> None:
        self._queue = queue
        super().__init__(book)

    def _renew(self) -> None:
        super()._renew()
        self._source = Source(self._queue._reader.fileno(), ahead=False)
        self._shared: _Shared | None = None
        self._quiet = 0.0

    def _turn_of(self) -> _Shared:
        if self._shared is None:
            self._shared = _Shared(self._queue._rlock, self._book, self._slot)
        return self._shared

    def _take(self, deadline: float) -> bytearray | memoryview:
        shared = self._turn_of()
        while True:
            self._quiet = time.monotonic()
            if not wait_for(self._source.ready, deadline, self._verdict):
                raise ChannelTimeout("no message came", middle=self._source.middle)
            if not shared.take(deadline, self._locked_out):
                raise ChannelTimeout("another receiver holds the lock")
            if self._source.middle or self._source.ready(0):
                break
            shared.give()  # another reader was faster
        message = self._source.message(deadline, self._torn)  # keeps the lock if it is late
        taken = self._taken(message)
        if taken[0] == DONE:  # before others may look into the book
            self._seen(decode(taken)[0])  # type: ignore[arg-type]
        shared.give()
        return taken

    def _taken(self, message: bytearray) -> bytearray | memoryview:
        return message

    def _verdict(self) -> ChannelError | None:
        """Look while nobody reads: else the last word of a sender may be on its way to the book."""
        if not self._peers().over or not self._queue._rlock.acquire(block=False):
            return super()._verdict() if self._book.words[BROKEN] else None
        try:
            return None if self._source.ready(0) else super()._verdict()
        finally:
            self._queue._rlock.release()

    def _locked_out(self) -> ChannelError | None:
        """Return who was killed with the lock."""
        if pid := _killed_with_lock(self._book):
            return PeerDied(f"pid {pid} was killed with a lock of the queue", pids=(pid,))
        return self._verdict() if self._book.words[BROKEN] else None

    def _torn(self) -> ChannelError | None:
        """Return the verdict in the middle of a message."""
        words = self._book.words
        gone = [at for at in self._book.slots() if words[at + STATE] and not self._book.alive(at)]
        if not gone:
            self._quiet = time.monotonic()
            return None
        if not any(words[at + LOCKED] for at in gone) and time.monotonic() < self._quiet + TORN:
            return None
        words[BROKEN] = 1
        return self._why(self._peers(), torn=True)

    def _more(self) -> bool:
        return self._source.ready(0)

    def _free(self) -> None:
        if self._shared is not None and self._shared.held and not self._source.middle:
            self._shared.give()
        self._queue = self._shared = None


class QueueReceiver(SharedReceiver):
    """The reading end of a queue with a feeder thread at its writers."""

    def _taken(self, message: bytearray) -> bytearray | memoryview:
        raw: bytes = pickle.loads(message)
        self._queue._sem.release()
        return memoryview(raw)


class QueueSender(SendingEnd):
    """A writing end that several processes may use; a thread of each writes for it.

    What that thread has not written is lost when the process is killed; the receiver's `PeerDied`
    says how many items that were.
    """

    ALONE = False
    KEPT = ("_queue",)

    def __init__(self, book: Book, queue: Any) -> None:
        self._queue = queue
        super().__init__(book)

    def _renew(self) -> None:
        super()._renew()
        self._exit: util.Finalize | None = None

    def __del__(self) -> None:
        if getattr(self, "_exit", None) is not None and self._pid == os.getpid():
            self._quit()
        super().__del__()

    def _quit(self) -> None:
        """Watch the thread no longer, unless it still has something to write."""
        thread = self._queue._thread if self._queue is not None else None
        written = thread is None or not thread.is_alive() or not self._queue._buffer
        if self._exit is not None and written:
            self._exit.cancel()
        self._exit = None

    def _put(self, message: memoryview, deadline: float) -> None:
        raw = bytes(message)
        self._look_now()
        if not wait_for(putting(self._queue, raw), deadline, self._verdict):
            raise ChannelTimeout("no place was free")
        if self._exit is None:  # before the queue itself joins its thread
            queue = self._queue
            watched = queue._thread, queue._buffer, queue._jointhread, self._book.handle
            self._exit = util.Finalize(None, _flushed, watched, exitpriority=0)

    def _end(self, used: int, deadline: float) -> None:
        if used:
            try:
                self._put(self._done(), deadline)
            except ChannelTimeout:
                raise
            except ChannelError:
                pass  # nobody is there to miss it
        self._book.leave(self.ROLE, used, used=CLOSING, unused=RESIGNED)

    def _free(self) -> None:
        at = self._book.own(RECEIVER)
        if not at or self._book.words[at + STATE] not in {HELD, USED}:
            self._queue.close()  # its thread closes both ends in this process
        self._quit()
        self._queue = None


def _flushed(thread: Any, buffer: Any, join: Any, page: Handle) -> None:
    """Runs at the end of the process: wait for the feeder thread, but not when nobody reads."""
    book = Book(page, local=True)
    while thread.is_alive() and buffer:
        if book.words[BROKEN] or book.words[UNREAD] or book.look(RECEIVER, alone=False).over:
            if join is not None:
                join.cancel()
            return
        thread.join(TICK)


class SimpleSender(SendingEnd):
    """A writing end that several processes may use, with a lock and no thread."""

    ALONE = False
    KEPT = ("_queue",)

    def __init__(self, book: Book, queue: Any) -> None:
        self._queue = queue
        super().__init__(book)

    def _renew(self) -> None:
        super()._renew()
        os.set_blocking(self._queue._writer.fileno(), False)
        self._sink = Sink(self._queue._writer.fileno())
        self._shared: _Shared | None = None

    def _put(self, message: memoryview, deadline: float) -> None:
        if self._shared is None:
            self._shared = _Shared(self._queue._wlock, self._book, self._slot)
        if not self._shared.take(deadline, self._locked_out):
            raise ChannelTimeout("another sender holds the lock")
        try:
            self._sink.write(message, deadline, self._verdict)
        finally:
            if not self._sink.rest:
                self._shared.give()

    def _locked_out(self) -> ChannelError | None:
        _killed_with_lock(self._book)
        return self._verdict()

    def _end(self, used: int, deadline: float) -> None:
        if used and self._sink.rest:
            self._sink.finish(deadline, self._verdict)
            self._shared.give() if self._shared else None
        self._book.leave(self.ROLE, used, used=CLOSED, unused=RESIGNED)
        try:
            self._put(self._done(), time.monotonic()) if used else None
        except ChannelError:
            pass  # the readers look into the book anyway

    def _free(self) -> None:
        self._queue = self._shared = None


def queue(
    *, maxsize: int = 0, context: BaseContext | None = None
) -> tuple[QueueReceiver, QueueSender]:
    """Return both ends of a road for several senders and receivers: `multiprocessing.Queue`."""
    context = context or multiprocessing.get_context()
    shared, book = context.Queue(maxsize), Book()
    return QueueReceiver(book, shared), QueueSender(book, shared)


def simple_queue(*, context: BaseContext | None = None) -> tuple[SharedReceiver, SimpleSender]:
    """Return both ends of a road for several, without a thread: `multiprocessing.SimpleQueue`.

    A sender waits while the pipe is full: 64 KiB on Linux.
    """
    shared, book = (context or multiprocessing.get_context()).SimpleQueue(), Book()
    return SharedReceiver(book, shared), SimpleSender(book, shared)
