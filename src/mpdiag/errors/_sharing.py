"""A primitive did not reach a worker, or a process did not end."""

from __future__ import annotations

from ._root import MpdiagError


class SharingError(MpdiagError):
    """A queue, lock or other primitive did not get where it should."""

    slug = "sharing"
    remedy = "docs/sharing.md says what reaches which pool."

    def __str__(self) -> str:
        """Return what happened and, since it is met in a traceback, what to do."""
        return f"{super().__str__()}; {self.remedy}"


class NotShareable(SharingError):
    """What was to be shared is none of the things that processes can share."""

    slug = "not-shareable"
    remedy = "share a Queue, Lock, Event, Value, Array, Barrier or Connection of multiprocessing"


class NotInheritable(SharingError):
    """A primitive was made for fork, and the worker begins with a fresh interpreter."""

    slug = "not-inheritable"
    remedy = (
        "make both with one context: context = multiprocessing.get_context('spawn'), then"
        " context.Queue() and context.Pool()"
    )


class NotInherited(SharingError):
    """This worker was given nothing of the name that its task asks for."""

    slug = "not-inherited"
    remedy = "start the pool with it: Pool(**mpdiag.initializer(NAME=...))"


class SharerGone(SharingError):
    """The process that shared a primitive through its server does not answer."""

    slug = "sharer-gone"
    remedy = "that process must live, and keep the primitive, for as long as workers use it"


class JoinTimeout(SharingError, TimeoutError):
    """A process had not ended when the time was up; what it sent so far is not lost."""

    slug = "join-timeout"
    remedy = "what was read is in the error's items; call again to go on waiting"

    def __init__(self, why: str, items: list[object]) -> None:
        super().__init__(why, items)
        self.items = items
        """What was read from the queue until then."""

    def __str__(self) -> str:
        """Return the message without the items."""
        return f"{self.args[0]}; {self.remedy}"
