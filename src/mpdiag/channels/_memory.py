"""A road between threads of one process, with the same promises."""

from __future__ import annotations

import queue as stock
from typing import NoReturn

from ..errors import ChannelTimeout, EndInUse
from ._book import CLOSED, RESIGNED, Book
from ._ends import End, ReceivingEnd, SendingEnd
from ._stream import wait_for
from ._tries import getting, putting


class _Here(End):
    """An end that stays in its process."""

    ALONE = False

    def __init__(self, book: Book, queue: stock.Queue[bytes]) -> None:
        self._queue = queue
        super().__init__(book)

    def __getstate__(self) -> NoReturn:
        raise EndInUse("memory is for threads of one process: it cannot be passed to another")


class MemorySender(_Here, SendingEnd):
    """A writing end for all threads."""

    def _put(self, message: memoryview, deadline: float) -> None:
        raw = bytes(message)
        if not wait_for(putting(self._queue, raw), deadline, self._verdict):
            raise ChannelTimeout("no place was free")

    def _end(self, used: int, deadline: float) -> None:  # noqa: ARG002 # as all roads
        self._book.leave(self.ROLE, used, used=CLOSED, unused=RESIGNED)
        if used:
            putting(self._queue, bytes(self._done()))(0)  # the readers look into the book anyway


class MemoryReceiver(_Here, ReceivingEnd):
    """A reading end for all threads."""

    def _take(self, deadline: float) -> memoryview:
        taken: list[bytes] = []

        if not wait_for(getting(self._queue, taken), deadline, self._verdict):
            raise ChannelTimeout("no message came")
        return memoryview(taken[0])

    def _more(self) -> bool:
        return not self._queue.empty()


def memory(*, maxsize: int = 0) -> tuple[MemoryReceiver, MemorySender]:
    """Return both ends of a road between threads of this process; items arrive as copies."""
    shared: stock.Queue[bytes] = stock.Queue(maxsize)
    book = Book(local=True)
    return MemoryReceiver(book, shared), MemorySender(book, shared)
