"""What the ends of all roads have in common; a road says how one message is put and taken."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import ClassVar, TypeVar

from ..errors import ChannelClosed, ChannelError, ChannelTimeout, ItemUnreadable, PeerDied
from ._book import (
    BROKEN,
    CLOSED,
    CLOSING,
    COMING,
    COUNT,
    ENDED,
    HELD,
    LEFT,
    NAMES,
    RECEIVER,
    RESIGNED,
    SENDER,
    STATE,
    UNREAD,
    USED,
    Book,
    Look,
)
from ._message import BATCH, BATCH_BYTES, BATCH_ITEMS, DONE, ITEM, decode, encode
from ._stream import TICK, EndOfStream, deadline_of, throw

Self = TypeVar("Self", bound="End")

ENDED_SO = {"dead": "was killed", "left": "ended", "lost": "was killed before it began"}


class End:
    """One end, as one process has it; a forked child begins afresh."""

    ROLE: ClassVar[int]
    ALONE: ClassVar[bool] = True
    """Whether only one process may use it."""
    KEPT: ClassVar[tuple[str, ...]] = ()
    """The attributes that travel to a child."""

    def __init__(self, book: Book) -> None:
        self._book, self._closed = book, False
        book.add(self.ROLE, HELD)
        book.ends += 1
        self._renew()

    def _renew(self) -> None:
        """Forget what belongs to another process."""
        self._slot, self._pid = 0, 0
        self._lock = threading.Lock()

    def __getstate__(self) -> dict[str, object]:
        if self._closed:
            raise self._is_closed()
        at = self._book.add(self.ROLE, COMING)
        kept = {name: getattr(self, name) for name in ("_book", *self.KEPT)}
        return {**kept, "coming": at}

    def __setstate__(self, state: dict[str, object]) -> None:
        at = state.pop("coming")
        self.__dict__.update(state)
        self._closed = False
        self._book.mine(at, HELD)  # type: ignore[arg-type]
        self._book.ends += 1
        self._renew()

    def __enter__(self: Self) -> Self:  # noqa: PYI019 # comes with 3.11
        self._begin()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            try:
                at = self._slot if self._pid == os.getpid() else 0
                self._book.leave(self.ROLE, at, used=LEFT, unused=ENDED)
                self._book.part()
            except Exception:
                pass  # at the end of the interpreter there is nobody to tell

    def _begin(self) -> None:
        """Take the end for this process, at its first use here."""
        if self._closed:
            raise self._is_closed()
        if self._pid != os.getpid():
            self._renew()
            self._slot = self._book.use(self.ROLE, alone=self.ALONE)
            self._pid = os.getpid()

    def _is_closed(self) -> ChannelClosed:
        return ChannelClosed(f"this {NAMES[self.ROLE]} was closed")

    def _turn(self, deadline: float) -> None:
        """Wait for other threads of this process that use the end."""
        wait = min(deadline - time.monotonic(), threading.TIMEOUT_MAX)
        if not self._lock.acquire(timeout=max(0.0, wait)):
            raise ChannelTimeout(f"another thread uses this {NAMES[self.ROLE]}")

    def close(self, timeout: float | None = None) -> None:
        """Say done and give the copy back."""
        if self._closed:
            return
        used = self._slot if self._pid == os.getpid() else 0
        self._turn(deadline_of(timeout)) if used else self._renew()
        try:
            self._end(used, deadline_of(timeout))
        finally:
            self._lock.release() if used else None
        self._closed = True
        self._free()
        self._book.part()

    def _end(self, used: int, deadline: float) -> None:  # noqa: ARG002 # for those who need it
        """Say in the book, and on the road, that this process is done."""
        self._book.leave(self.ROLE, used, used=CLOSED, unused=RESIGNED)

    def _free(self) -> None:
        """Give descriptors back."""

    def _peers(self) -> Look:
        return self._book.look(SENDER + RECEIVER - self.ROLE, alone=self.ALONE)

    def _verdict(self) -> ChannelError | None:
        """Return why there is nobody left at the other end; None while there is."""
        if self._book.words[BROKEN]:
            return PeerDied("killed in the middle of a message", torn=True)
        look = self._peers()
        return self._why(look) if look.over else None

    def _why(self, look: Look, *, torn: bool = False) -> ChannelError:
        side = NAMES[SENDER + RECEIVER - self.ROLE]
        gone = look.dead + look.left + (() if look.closed else look.lost)
        if not gone and not torn:
            return ChannelClosed(f"every {side} said done")
        how = [
            f"pid {pid} {words}" if pid else "a process that was to have it never came"
            for kind, words in ENDED_SO.items()
            for pid in getattr(look, kind)
            if pid in gone or not pid
        ]
        words = f"{side}: {', '.join(how) or 'gone'} without close()"
        if torn:
            words += ", in the middle of a message"
        sent = look.count if self.ROLE == RECEIVER else self._book.look(SENDER, alone=False).count
        got = self._book.look(RECEIVER, alone=False).count
        return PeerDied(f"{words}; {sent} items sent, {got} received", pids=gone, torn=torn)

    def _ended(self, end: EndOfStream) -> ChannelError:
        """Return the error for the end of the stream itself."""
        look = self._peers()
        if end.middle and self.ROLE == RECEIVER:
            return self._why(look, torn=True)
        return self._why(look)

    def _late(self, error: ChannelTimeout) -> ChannelTimeout:
        """Return the error with who is at the other end."""
        look = self._peers()
        side = NAMES[SENDER + RECEIVER - self.ROLE]
        who = ", ".join(
            f"pid {pid or 'to come'}" + (" (never used it)" if pid in look.idle else "")
            for pid in dict.fromkeys(look.open)
        )
        error.args = (f"{error.args[0]} in time; the {side} is with {who or 'nobody'}",)
        return error


class SendingEnd(End):
    """A sender, but for how a message is put on the road."""

    ROLE = SENDER

    def _renew(self) -> None:
        super()._renew()
        self._next_look = 0.0

    def _look_now(self) -> None:
        """Look for readers now and then, where putting never fails by itself."""
        if time.monotonic() > self._next_look:
            throw(self._verdict())
            self._next_look = time.monotonic() + TICK

    def send(self, item: object, timeout: float | None = None) -> None:
        """Send a copy of *item*."""
        self._send(ITEM, item, 1, deadline_of(timeout))

    def send_many(self, items: Iterable[object], timeout: float | None = None) -> None:
        """Send *items* in batches."""
        deadline, sent, rest, most = deadline_of(timeout), 0, iter(items), 1
        try:
            while batch := list(islice(rest, most)):
                size = self._send(BATCH, batch, len(batch), deadline)
                sent += len(batch)
                most = max(1, min(BATCH_ITEMS, most * 8, BATCH_BYTES * len(batch) // size))
        except ChannelTimeout as error:
            error.sent = sent
            raise

    def _send(self, kind: int, value: object, count: int, deadline: float) -> int:
        """Send one message; return its size."""
        if self._pid != os.getpid() or self._closed:
            self._begin()
        words = self._book.words
        if words[UNREAD] or words[BROKEN]:
            throw(self._verdict())
        self._turn(deadline)
        gone = 0
        words[self._slot + COUNT] += count  # before a reader can be done with it
        try:
            size = self._post(kind, value, deadline)
            gone = count
            return size
        except EndOfStream as end:
            raise self._ended(end) from None
        except ChannelTimeout as error:
            gone = count if error.begun else 0
            raise self._late(error) from None
        finally:
            words[self._slot + COUNT] -= count - gone
            self._lock.release()

    def _post(self, kind: int, value: object, deadline: float) -> int:
        message = encode(kind, value)
        self._put(message, deadline)
        return len(message)

    def _put(self, message: memoryview, deadline: float) -> None:
        raise NotImplementedError

    def _done(self) -> memoryview:
        """Return the message that says done for this process."""
        return encode(DONE, self._slot)


class ReceivingEnd(End):
    """A receiver, but for how a message is taken from the road."""

    ROLE = RECEIVER

    def _renew(self) -> None:
        super()._renew()
        self._here: deque[object] = deque()  # the rest of a batch
        self._later: list[ItemUnreadable] = []

    def receive(self, timeout: float | None = None) -> object:
        """Return the next item."""
        if self._pid != os.getpid() or self._closed:
            self._begin()
        deadline = deadline_of(timeout)
        self._turn(deadline)
        try:
            if not self._here:
                self._fill(deadline)
            self._book.words[self._slot + COUNT] += 1
            return self._here.popleft()
        finally:
            self._lock.release()

    def receive_many(self, most: int = BATCH_ITEMS, timeout: float | None = None) -> list[object]:
        """Return what is there, at least one item and at most *most*."""
        first = [self.receive(timeout)]
        self._turn(deadline_of(None))
        try:
            while len(first) + len(self._here) < most and self._more():
                self._next(time.monotonic())
        except ItemUnreadable as error:
            self._later.append(error)
        except ChannelError:
            pass  # the next call finds it again
        try:
            rest = [self._here.popleft() for _ in range(min(most - 1, len(self._here)))]
            self._book.words[self._slot + COUNT] += len(rest)
            return first + rest
        finally:
            self._lock.release()

    def items(self, timeout: float | None = None) -> Iterator[object]:
        """Yield items until every sender said done."""
        while True:
            try:
                item = self.receive(timeout)
            except ChannelClosed:
                if self._closed:
                    raise
                return
            yield item

    def __iter__(self) -> Iterator[object]:
        return self.items()

    def _fill(self, deadline: float) -> None:
        """Take messages until there is an item."""
        while not self._here:
            if self._later:
                throw(self._later.pop())
            self._next(deadline)

    def _next(self, deadline: float) -> None:
        """Take one message."""
        try:
            message = self._take(deadline)
            if message[0] == DONE:
                self._seen(decode(message)[0])  # type: ignore[arg-type]
            else:
                self._here.extend(self._open(message))
        except EndOfStream as end:
            raise self._ended(end) from None
        except ChannelTimeout as error:
            raise self._late(error) from None

    def _seen(self, at: int) -> None:
        """The sender of the slot *at* is done, and all that it sent has come."""
        if self._book.words[at + STATE] in {USED, CLOSING}:
            self._book.words[at + STATE] = CLOSED

    def _open(self, message: bytearray | memoryview) -> list[object]:
        return decode(message)

    def _take(self, deadline: float) -> bytearray | memoryview:
        raise NotImplementedError

    def _more(self) -> bool:
        """Tell whether another message can be taken without waiting."""
        raise NotImplementedError
