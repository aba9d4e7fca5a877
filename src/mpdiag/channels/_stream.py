"""Whole messages over a pipe, framed as `Connection` frames them, with deadlines and no loss.

A deadline may pass in the middle of a message: the part is kept, and the next call goes on there.
"""

from __future__ import annotations

import os
import select
import time
from collections.abc import Callable

from ..errors import ChannelError, ChannelTimeout

# Seconds between two looks at who is still there.  Longer: a death is told later.  Shorter: an
# idle end costs more.  The end of the pipe itself is told at once.
TICK = 0.05
# Bytes to read ahead.  A pipe holds no more.
CHUNK = 65536
# The length of a message: 4 bytes, or -1 and 8 bytes for those of 2 GiB and more.
SHORT, LONG, LONG_FROM = 4, 12, 0x7FFFFFFF
MARK = b"\xff\xff\xff\xff"

Verdict = Callable[[], "ChannelError | None"]
"""Why nothing more will come or go, if so."""


def deadline_of(timeout: float | None) -> float:
    """Return the moment at which *timeout* seconds have passed."""
    return float("inf") if timeout is None else time.monotonic() + timeout


def wait_for(poll: Callable[[float], object], deadline: float, verdict: Verdict) -> bool:
    """Wait until ``poll(seconds)`` is true; False when the deadline has passed.

    Raises:
        ChannelError: the verdict, if after it there was still nothing.
    """
    if poll(0):
        return True
    while True:
        remaining = deadline - time.monotonic()
        if poll(max(0.0, min(TICK, remaining))):
            return True
        last = [verdict()]
        if last[0] is not None:
            if poll(0):  # it came just before the end
                return True
            throw(last.pop())
        if remaining <= 0:
            return False


def throw(error: ChannelError | None) -> None:
    """Raise *error*, if any, and leave no cycle of it and this frame: it would keep the channel.

    Raises:
        ChannelError: the one that was given.
    """
    try:
        if error is not None:
            raise error
    finally:
        del error


class EndOfStream(Exception):
    """All copies of the other end are gone; *middle* in the middle of a message."""

    def __init__(self, *, middle: bool) -> None:
        super().__init__(middle)
        self.middle = middle


class Source:
    """The reading side; *ahead* if nobody else reads here."""

    def __init__(self, number: int, *, ahead: bool) -> None:
        self._number, self._ahead = number, ahead
        self._buffer, self._at = bytearray(), 0
        self._need = -1  # bytes of the message, once its header is here
        self._large, self._filled = bytearray(), 0
        self._poller = select.poll()
        self._poller.register(number, select.POLLIN)

    @property
    def middle(self) -> bool:
        """Whether a part of a message is here."""
        return self._need >= 0 or len(self._buffer) > self._at

    def ready(self, seconds: float) -> bool:
        """Tell whether something, or the end, can be read within *seconds*."""
        return bool(self._poller.poll(seconds * 1000))

    def message(self, deadline: float, verdict: Verdict) -> bytearray:
        """Return the next message.

        Raises:
            ChannelTimeout: it is not whole yet; what is here is kept.
            EndOfStream: nobody can write any more.
        """
        while (message := self._cut()) is None:
            if not wait_for(self.ready, deadline, verdict):
                raise ChannelTimeout("no message came", middle=self.middle)
            self._read()
        return message

    def buffered(self) -> bool:
        """Tell whether a whole message was read ahead."""
        return self._header() and not self._large and self._have() >= self._need

    def _have(self) -> int:
        return len(self._buffer) - self._at

    def _header(self) -> bool:
        """Take the length of the message off the buffer; False if it is not all there."""
        if self._need >= 0:
            return True
        head = self._buffer[self._at : self._at + LONG]
        if len(head) < SHORT:
            return False
        size, end = int.from_bytes(head[:SHORT], "big", signed=True), SHORT
        if size == -1:
            if len(head) < LONG:
                return False
            size, end = int.from_bytes(head[SHORT:], "big"), LONG
        self._need, self._at = size, self._at + end
        return True

    def _cut(self) -> bytearray | None:
        if not self._header():
            return None
        if self._large:
            if self._filled < self._need:
                return None
            message, self._large, self._filled = self._large, bytearray(), 0
        elif self._have() >= self._need:
            message = self._buffer[self._at : self._at + self._need]
            self._at += self._need
            if self._at == len(self._buffer):
                self._buffer, self._at = bytearray(), 0
        else:
            return None
        self._need = -1
        return message

    def _read(self) -> None:
        if self._need > CHUNK and not self._large:
            self._filled = self._have()
            self._large = bytearray(self._need)
            self._large[: self._filled] = self._buffer[self._at :]
            self._buffer, self._at = bytearray(), 0
        try:
            if self._large:
                space = memoryview(self._large)[self._filled :]
                got = os.readv(self._number, [space])
                self._filled += got
            else:
                part = os.read(self._number, CHUNK if self._ahead else self._missing())
                got = len(part)
                if self._at:
                    del self._buffer[: self._at]
                    self._at = 0
                self._buffer += part
        except BlockingIOError:
            return  # another process was faster
        if not got:
            raise EndOfStream(middle=self.middle)

    def _missing(self) -> int:
        if self._need >= 0:
            return self._need - self._have()
        long = self._buffer[self._at : self._at + SHORT] == MARK
        return (LONG if long else SHORT) - self._have()


class Sink:
    """The writing side; its descriptor does not block."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.rest: memoryview | None = None
        """What is left of a message that was begun."""
        self._poller = select.poll()
        self._poller.register(number, select.POLLOUT)

    def ready(self, seconds: float) -> bool:
        """Tell whether something can be written, or nobody reads, within *seconds*."""
        return bool(self._poller.poll(seconds * 1000))

    def write(self, message: memoryview, deadline: float, verdict: Verdict) -> None:
        """Write the message whole, after the rest of an earlier one.

        Raises:
            ChannelTimeout: the pipe is full; *begun* says if a part of the message is in it.
            EndOfStream: nobody can read any more.
        """
        self.flush(deadline, verdict, begun=False)
        size = len(message)
        head = size.to_bytes(4, "big") if size < LONG_FROM else MARK + size.to_bytes(8, "big")
        while True:
            try:
                written = os.writev(self._number, [head, message])
                break
            except BlockingIOError:
                if not wait_for(self.ready, deadline, verdict):
                    raise ChannelTimeout("the channel is full") from None
            except BrokenPipeError:
                raise EndOfStream(middle=False) from None
        if written < len(head) + size:
            rest = head + message if written < len(head) else message[written - len(head) :]
            self.rest = memoryview(rest)[written:] if written < len(head) else memoryview(rest)
            self.flush(deadline, verdict, begun=True)

    def flush(self, deadline: float, verdict: Verdict, *, begun: bool) -> None:
        """Write what is left of a message that was begun.

        Raises:
            ChannelTimeout: not within the deadline.
            EndOfStream: nobody can read any more.
        """
        while self.rest:
            try:
                self.rest = self.rest[os.write(self._number, self.rest) :]
            except BlockingIOError:
                if not wait_for(self.ready, deadline, verdict):
                    raise ChannelTimeout(
                        "the channel is full in the middle of a message", begun=begun
                    ) from None
            except BrokenPipeError:
                self.rest = None
                raise EndOfStream(middle=True) from None
        self.rest = None

    def finish(self, deadline: float, verdict: Verdict) -> None:
        """Write what is left, if anybody is there to miss it.

        Raises:
            ChannelTimeout: not within the deadline.
        """
        try:
            self.flush(deadline, verdict, begun=True)
        except ChannelTimeout:
            raise
        except (EndOfStream, ChannelError):
            self.rest = None
