"""An item did not go through a channel."""

from __future__ import annotations

from ._root import MpdiagError


class ChannelError(MpdiagError):
    """An item did not go through a channel."""

    slug = "channel"
    remedy = "The sections of docs/channels.md say what each road promises."


class ChannelClosed(ChannelError):
    """The other side said that it is done, or this end was closed."""

    slug = "channel-closed"
    remedy = "A reader stops here (`for item in receiver` does); a sender has nobody to send to."


class ChannelTimeout(ChannelError, TimeoutError):
    """Nothing came, or nothing could be sent, within the time that was given."""

    slug = "channel-timeout"
    remedy = "See what the process at the other end does, or give it more time."

    def __init__(
        self,
        why: str,
        *,
        begun: bool = False,
        sent: int = 0,
        middle: bool = False,
        holders: dict[int, int] | None = None,
    ) -> None:
        super().__init__(why)
        self.begun, self.sent, self.middle = begun, sent, middle
        """*begun*: a part of the item is on its way; the rest goes first at the next call, so do
        not send it again.  *sent*: how many items of `send_many` went.  *middle*: a part has
        come; it is kept."""
        self.holders = holders or {}
        """Open tasks by the process that took them, when `join` timed out; 0 for nobody."""


class PeerDied(ChannelError):
    """Who had the other end is gone, and never said that it was done."""

    slug = "peer-died"
    remedy = "All that arrived has been read; run it under `mpdiag run` to see how it ended."

    def __init__(self, why: str, *, pids: tuple[int, ...] = (), torn: bool = False) -> None:
        super().__init__(why)
        self.pids, self.torn = pids, torn
        """*torn*: in the middle of a message."""


class EndInUse(ChannelError):
    """Another process uses this end of a channel, and only one may: messages would mix."""

    slug = "end-in-use"
    remedy = "Give each process its own channel, or take a road for several, such as `queue`."

    def __init__(self, end: str, *, pid: int = 0, alive: bool = True) -> None:
        state = "uses" if alive else "ended without closing"
        super().__init__(f"pid {pid} {state} this {end}" if pid else end)


class ItemUnsendable(ChannelError):
    """The item cannot be pickled; nothing was sent, and the channel goes on."""

    slug = "item-unsendable"
    remedy = "Leave out the part that is named, or send what it is made from."

    def __init__(self, item: object, error: object = None) -> None:
        kind = type(item).__name__
        super().__init__(f"cannot send this {kind}: {error}" if error else item)


class ItemUnreadable(ChannelError):
    """A message came whole and cannot be unpickled in this process; the channel goes on."""

    slug = "item-unreadable"
    remedy = "See that its class can be imported here, and that its __setstate__ does not raise."

    def __init__(self, size: object, error: object = None) -> None:
        why = f"{type(error).__name__}: {error}"
        super().__init__(f"cannot read a message of {size} bytes: {why}" if error else size)


class NoRoom(ChannelError):
    """The system has no memory for the channel; nothing was made, or the block stays as it was."""

    slug = "no-room"
    remedy = "Use fewer or smaller blocks, or raise the limit (ulimit -f, memory of the cgroup)."

    def __init__(self, size: object, *, why: str = "") -> None:
        super().__init__(f"no room for {size} bytes of shared memory: {why}" if why else size)
