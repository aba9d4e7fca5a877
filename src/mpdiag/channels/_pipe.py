"""One process to another over a pipe, one way or both."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.context import BaseContext
from typing import ClassVar

from ..errors import ChannelError, ChannelTimeout
from ._book import CLOSED, RESIGNED, Book
from ._ends import ReceivingEnd, SendingEnd
from ._handle import Handle, pipe_handles
from ._message import DONE
from ._stream import EndOfStream, Sink, Source, wait_for


class PipeSender(SendingEnd):
    """The writing end; one process uses it."""

    KEPT: ClassVar[tuple[str, ...]] = ("_handle", "_places")

    def __init__(self, book: Book, handle: Handle, places: Places) -> None:
        self._handle, self._places = handle, places
        super().__init__(book)

    def _renew(self) -> None:
        super()._renew()
        self._sink = Sink(self._handle.number)

    def _put(self, message: memoryview, deadline: float) -> None:
        self._places.take(deadline, self._verdict)
        try:
            self._sink.write(message, deadline, self._verdict)
        except ChannelTimeout as error:
            if not error.begun:
                self._places.give()
            raise

    def _end(self, used: int, deadline: float) -> None:
        self._sink.finish(deadline, self._verdict) if used else None
        self._book.leave(self.ROLE, used, used=CLOSED, unused=RESIGNED)
        try:  # wakes the reader; if the pipe is full it has to come anyway
            self._sink.write(self._done(), time.monotonic(), self._verdict) if used else None
        except (EndOfStream, ChannelError):
            pass

    def _free(self) -> None:
        self._handle.close()
        self._places = Places(0, None)


class PipeReceiver(ReceivingEnd):
    """The reading end; one process uses it."""

    KEPT: ClassVar[tuple[str, ...]] = ("_handle", "_places")

    def __init__(self, book: Book, handle: Handle, places: Places) -> None:
        self._handle, self._places = handle, places
        super().__init__(book)

    def _renew(self) -> None:
        super()._renew()
        self._source = Source(self._handle.number, ahead=True)

    def _take(self, deadline: float) -> bytearray:
        message = self._source.message(deadline, self._nobody)
        if message[0] != DONE:
            self._places.give()
        return message

    def _nobody(self) -> ChannelError | None:
        look = self._peers()
        return self._why(look, torn=self._source.middle) if look.over else None

    def _more(self) -> bool:
        return self._source.buffered() or self._source.ready(0)

    def _free(self) -> None:
        self._handle.close()
        self._places = Places(0, None)


class Places:
    """How many messages may be on the way: *maxsize*, or as many as the pipe holds."""

    def __init__(self, maxsize: int, context: BaseContext | None) -> None:
        self._free = None
        if maxsize > 0:
            self._free = (context or multiprocessing.get_context()).Semaphore(maxsize)

    def take(self, deadline: float, verdict: object) -> None:
        """Wait for a free place.

        Raises:
            ChannelTimeout: there was none within the deadline.
            ChannelError: the verdict.
        """
        if self._free is None or self._free.acquire(block=False):
            return
        free = self._free
        if not wait_for(lambda s: free.acquire(timeout=s), deadline, verdict):  # type: ignore[arg-type]
            raise ChannelTimeout("no place was free")

    def give(self) -> None:
        """A message was taken from the road, or was not put on it."""
        if self._free is not None:
            self._free.release()


class Duplex:
    """One end of a two-way road: a sender and a receiver in one."""

    def __init__(self, receiver: PipeReceiver, sender: PipeSender) -> None:
        self.receiver, self.sender = receiver, sender
        self.send, self.send_many = sender.send, sender.send_many
        self.receive, self.receive_many = receiver.receive, receiver.receive_many
        self.items = receiver.items

    def __reduce__(self) -> tuple[object, ...]:
        return Duplex, (self.receiver, self.sender)

    def __iter__(self) -> Iterator[object]:
        return iter(self.receiver)

    def __enter__(self) -> Duplex:
        self.receiver.__enter__()
        self.sender.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self, timeout: float | None = None) -> None:
        """Close both directions."""
        self.sender.close(timeout)
        self.receiver.close(timeout)


def pipe(
    *, maxsize: int = 0, context: BaseContext | None = None
) -> tuple[PipeReceiver, PipeSender]:
    """Return both ends of a road from one process to another."""
    reader, writer = pipe_handles()
    book, places = Book(), Places(maxsize, context)
    return PipeReceiver(book, reader, places), PipeSender(book, writer, places)


def duplex(*, maxsize: int = 0, context: BaseContext | None = None) -> tuple[Duplex, Duplex]:
    """Return both ends of a road with two directions, each for one process."""
    there = pipe(maxsize=maxsize, context=context)
    back = pipe(maxsize=maxsize, context=context)
    return Duplex(there[0], back[1]), Duplex(back[0], there[1])
