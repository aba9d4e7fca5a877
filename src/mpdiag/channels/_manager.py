"""A queue in a process of its own; ends may be passed to anything that can be pickled to."""

from __future__ import annotations

import multiprocessing
import queue as stock
import weakref
from multiprocessing.context import BaseContext
from multiprocessing.managers import SyncManager
from typing import Any

from ..errors import ChannelError, ChannelTimeout, PeerDied
from ._book import CLOSED, RESIGNED, Book
from ._ends import ReceivingEnd, SendingEnd
from ._stream import wait_for
from ._tries import getting, putting

GONE = (EOFError, ConnectionError, FileNotFoundError)


class ManagerSender(SendingEnd):
    """A writing end; each item is a question to the server and an answer."""

    ALONE = False
    KEPT = ("_queue",)

    def __init__(self, book: Book, queue: Any, server: Server | None) -> None:
        self._queue, self._server = queue, server
        super().__init__(book)

    def _put(self, message: memoryview, deadline: float) -> None:
        raw = bytes(message)
        self._look_now()
        try:
            done = wait_for(putting(self._queue, raw), deadline, self._verdict)
        except GONE as error:
            raise gone(error) from error
        if not done:
            raise ChannelTimeout("no place was free")

    def _end(self, used: int, deadline: float) -> None:  # noqa: ARG002 # as all roads
        self._book.leave(self.ROLE, used, used=CLOSED, unused=RESIGNED)
        try:
            self._queue.put_nowait(bytes(self._done())) if used else None
        except (stock.Full, *GONE):
            pass  # the readers look into the book anyway

    def _free(self) -> None:
        self._server = self._queue = None


class ManagerReceiver(ReceivingEnd):
    """A reading end.

    The server holds a question that waits for an item; it is asked again in short intervals, for
    an item that goes to a reader which was killed meanwhile is lost.
    """

    ALONE = False
    KEPT = ("_queue",)

    def __init__(self, book: Book, queue: Any, server: Server | None) -> None:
        self._queue, self._server = queue, server
        super().__init__(book)

    def _take(self, deadline: float) -> bytearray | memoryview:
        taken: list[bytes] = []

        try:
            done = wait_for(getting(self._queue, taken), deadline, self._verdict)
        except GONE as error:
            raise gone(error) from error
        if not done:
            raise ChannelTimeout("no message came")
        return memoryview(taken[0])

    def _more(self) -> bool:
        return not self._queue.empty()

    def _free(self) -> None:
        self._server = self._queue = None


class Server:
    """The manager's process; it ends with the last end in the process that made it."""

    def __init__(self, context: BaseContext) -> None:
        self.manager: SyncManager = context.Manager()
        self.stop = weakref.finalize(self, self.manager.shutdown)


def gone(error: BaseException) -> ChannelError:
    """Return the error for a server that does not answer."""
    return PeerDied(f"the manager's process is gone ({type(error).__name__}), with all its items")


def manager_queue(
    *, maxsize: int = 0, context: BaseContext | None = None, manager: SyncManager | None = None
) -> tuple[ManagerReceiver, ManagerSender]:
    """Return both ends of a queue in a manager: *manager*, or one that is started for it.

    A manager that was started here ends when both ends are closed, or dropped, in this process:
    keep one of them for as long as others use the channel.
    """
    server = Server(context or multiprocessing.get_context()) if manager is None else None
    where = server.manager if server is not None else manager
    assert where is not None  # noqa: S101 # one of the two
    shared, book = where.Queue(maxsize), Book()
    return ManagerReceiver(book, shared, server), ManagerSender(book, shared, server)
