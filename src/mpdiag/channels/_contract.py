"""What every road promises, whoever is at its other end; one suite of tests runs against all.

| the peer is | a sender | a receiver |
|---|---|---|
| slow | waits while the channel is full | waits while it is empty |
| closed | `ChannelClosed`: nobody will read | the rest, then `ChannelClosed`: iteration ends |
| dead, never closed | `PeerDied` once all readers are gone | the rest, then `PeerDied` |
| killed inside a message | as dead | what came whole, then `PeerDied`, *torn* |

A death is told within a fraction of a second, also when copies of the dead process's end are still
open in others, as after every fork.  With several senders the others are read to their end first.

Both ends may be passed to a child as an argument of `Process` under every start method; a fork
inherits them.  Items arrive as copies.  All methods may be called from several threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol


class End(Protocol):
    """What both ends can do."""

    def __enter__(self) -> End:
        """Begin to use this end; it is closed at the end of the block.

        Raises:
            EndInUse: another process uses it, and on this road only one may.
            ChannelClosed: it was closed.
            NoRoom: 255 processes have an end of this channel.
        """
        ...

    def __exit__(self, *_: object) -> None:
        """Close it.

        Raises:
            ChannelTimeout: never, for without a timeout `close` waits until there is room or nobody
                reads any more.
        """
        ...

    def close(self, timeout: float | None = None) -> None:
        """Say done for this process, if it used the end, and give its copy back.

        A sender that closes has sent everything when the reader, or the thread that writes for it,
        has taken it; a second call does nothing.  Whoever passed an end on and does not use it
        closes its copy, too: that says nothing to the peer.

        Raises:
            ChannelTimeout: the rest of a message that was begun, or on `queue` the word itself, did
                not fit into a full channel.  The end is still open.
        """
        ...


class Sender(End, Protocol):
    """The end that takes items."""

    def send(self, item: object, timeout: float | None = None) -> None:
        """Send a copy of *item*; wait while the channel is full.

        Raises:
            ItemUnsendable: it cannot be pickled; nothing was sent.
            ChannelTimeout: full for *timeout* seconds.  Nothing was sent, unless *begun*.
            ChannelClosed: this end, or the last receiver, was closed.
            PeerDied: all readers are gone and one of them was killed, or the channel is torn.
            EndInUse: another process uses this end, and on this road only one may.
            NoRoom: the item is larger than any before, and the system has no memory (ring alone);
                or, at the first use here, 255 processes have an end of this channel.
        """
        ...

    def send_many(self, items: Iterable[object], timeout: float | None = None) -> None:
        """Send *items* in batches, which share the price of a message; *timeout* is for all.

        A batch goes to one reader and fills one place of *maxsize*.

        Raises:
            ChannelError: as `send`; a `ChannelTimeout` has *sent*, the number that went.
        """
        ...


class Receiver(End, Protocol):
    """The end that gives items back, those of one sender in their order."""

    def receive(self, timeout: float | None = None) -> object:
        """Return the next item; wait while there is none.

        Raises:
            ChannelTimeout: none within *timeout* seconds; a part of a message is kept.
            ChannelClosed: every sender said done and all is read, or this end was closed.
            PeerDied: all is read, and a sender died or ended without `close`.
            ItemUnreadable: it came and cannot be unpickled here; the next can be received.
            EndInUse: another process uses this end, and on this road only one may.
            NoRoom: at the first use here, 255 processes have an end of this channel.
        """
        ...

    def receive_many(self, most: int = 1024, timeout: float | None = None) -> list[object]:
        """Return what is there, at least one item and at most *most*; wait for the first alone.

        Raises:
            ChannelError: as `receive`, for the first item.
        """
        ...

    def items(self, timeout: float | None = None) -> Iterator[object]:
        """Yield items until every sender said done; *timeout* is for each.

        Raises:
            ChannelError: as `receive`, but for the end itself.
        """
        ...

    def __iter__(self) -> Iterator[object]:
        """As `items`, without a deadline.

        Raises:
            ChannelError: as `items`.
        """
        ...


class JoinableSender(Sender, Protocol):
    """A sender that can wait until its items were not only taken, but done."""

    def join(self, timeout: float | None = None) -> None:
        """Wait until `task_done` was said for each item that was sent by anybody.

        Raises:
            ChannelTimeout: not within *timeout* seconds; *holders* has who took the open tasks.
            PeerDied: a process died with open tasks: they will never be done.
        """
        ...


class JoinableReceiver(Receiver, Protocol):
    """A receiver that says when it is done with an item."""

    def task_done(self) -> None:
        """Say that one item which this process took is done.

        Raises:
            ValueError: it has none open.
        """
        ...
