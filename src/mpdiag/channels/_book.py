"""A page that all users of a channel share: who holds which end, who uses it, who said done.

A descriptor tells only that *all* copies of an end are gone, and after a fork there is always one
more copy.  The book tells who has the end, what became of that process, and how many items it sent:

    made here ──▶ HELD ──first use──▶ USED ──close──▶ CLOSING ──reader saw it──▶ CLOSED
    to a child: COMING ──▶ HELD          └─end of its process without close─▶ LEFT (or it is dead)
"""

from __future__ import annotations

import mmap
import os
import threading
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import util

from ..errors import ChannelClosed, EndInUse, NoRoom
from ._handle import Handle, allocate

SENDER, RECEIVER = 1, 2
FREE, COMING, HELD, USED, CLOSING, CLOSED, LEFT, ENDED, RESIGNED = range(9)
NAMES = {SENDER: "sender", RECEIVER: "receiver"}

# The words of a slot.  COUNT: items sent or received; DONE: tasks done; LOCKED: holds the lock of
# its side in this moment.
PID, TICKS, ROLE, STATE, COUNT, DONE, LOCKED, SINCE = range(8)
WORDS = 8
# The words of the first slot, which is the channel's own.
TOP, BROKEN, UNREAD, KEPT = range(4)
PAGE = 16384
SLOTS = PAGE // (8 * WORDS)

# Seconds that a process may take from its start to its end of the channel.  Longer: one that was
# killed in between is noticed later.  Shorter: a slow import is taken for a death.
ARRIVAL = {True: 5.0, False: 60.0}
"""By fork, and otherwise."""

_books: weakref.WeakSet[Book] = weakref.WeakSet()
_guard = threading.RLock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the book says of one side at one moment; each tuple has process ids."""

    open: tuple[int, ...] = ()
    """May still use the end."""
    idle: tuple[int, ...] = ()
    """Those of them that never did."""
    dead: tuple[int, ...] = ()
    """Were killed while they used it."""
    left: tuple[int, ...] = ()
    """Ended and did not close it."""
    lost: tuple[int, ...] = ()
    """Were killed before they used it; 0 for one that never arrived."""
    spare: tuple[int, ...] = ()
    """Never used it, and use the other end: not waited for when there was anybody else."""
    closed: bool = False
    """Somebody closed it after use."""
    resigned: bool = False
    """Somebody closed it without."""
    count: int = 0
    """Items sent or received by all of them."""

    @property
    def over(self) -> bool:
        """Whether nobody will use this end any more."""
        somebody = self.closed or self.resigned or self.dead or self.left or self.lost
        return not self.open and bool(somebody or not self.spare)


class Book:
    """The page, as one process sees it."""

    def __init__(self, handle: Handle | None = None, *, local: bool = False) -> None:
        """Open the page at *handle*, or make one; a *local* one is of no concern to a child."""
        self.handle = handle or allocate(PAGE)
        self.words = memoryview(mmap.mmap(self.handle.number, PAGE)).cast("Q")
        self.coming: list[int] = []
        self.ends = 0
        """Objects of this process that use the page."""
        if not local:
            _books.add(self)
            _arm()

    def __reduce__(self) -> tuple[object, ...]:
        return Book, (self.handle,)

    def part(self) -> None:
        """One end fewer; after the last one its own last view of the page is left."""
        self.ends -= 1
        if not self.ends:
            _books.discard(self)
            self.words = memoryview(bytearray(self.words.cast("B"))).cast("Q")

    def slots(self) -> range:
        """Return where each slot begins."""
        return range(WORDS, (self.words[TOP] + 1) * WORDS, WORDS)

    def own(self, role: int) -> int:
        """Return this process's slot for *role*, or 0."""
        pid, words = os.getpid(), self.words
        for at in self.slots():
            if words[at + PID] == pid and words[at + ROLE] == role and words[at + STATE] != COMING:
                return at
        return 0

    def add(self, role: int, state: int) -> int:
        """Return a new slot.

        Raises:
            NoRoom: there are hundreds already, all of them in use.
        """
        with self.locked():
            words = self.words
            at = (words[TOP] + 1) * WORDS
            if at >= SLOTS * WORDS:
                at = self._reclaimed()
            else:
                words[TOP] += 1
            words[at : at + WORDS] = memoryview(bytes(8 * WORDS)).cast("Q")
            words[at + ROLE] = role
            self.mine(at, state)
            return at

    def mine(self, at: int, state: int) -> None:
        """Give the slot to this process."""
        words = self.words
        words[at + PID], words[at + TICKS] = os.getpid(), ticks_of(os.getpid())
        words[at + SINCE] = time.monotonic_ns()
        words[at + STATE] = state

    def _reclaimed(self) -> int:
        words = self.words
        for at in self.slots():
            if words[at + STATE] in {ENDED, RESIGNED, FREE} or (
                words[at + STATE] == HELD and not self.alive(at)
            ):
                return at
        raise NoRoom(PAGE, why=f"{SLOTS} processes have an end of this channel")

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes and threads out; a lock of the system falls with its holder."""
        import fcntl  # not on Windows, where the rest is imported, too

        with _guard:
            fcntl.lockf(self.handle.number, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.lockf(self.handle.number, fcntl.LOCK_UN)

    def use(self, role: int, *, alone: bool) -> int:
        """Return this process's slot, from now on in use.

        Raises:
            EndInUse: another process uses this end, and only one may.
            ChannelClosed: it was closed.
        """
        with self.locked():
            words = self.words
            for at in self.slots() if alone else ():
                if words[at + ROLE] == role and words[at + PID] != os.getpid():
                    if words[at + STATE] in {CLOSING, CLOSED}:
                        raise ChannelClosed(f"pid {words[at + PID]} closed the {NAMES[role]}")
                    if words[at + STATE] in {USED, LEFT}:
                        raise EndInUse(NAMES[role], pid=words[at + PID], alive=self.alive(at))
            at = self.own(role) or self.add(role, HELD)
            words[at + STATE] = USED
            return at

    def leave(self, role: int, at: int, *, used: int, unused: int) -> None:
        """Say that this process is done with an end, whose slot is *at* if it was used."""
        slot = at or self.own(role)
        if slot and self.words[slot + STATE] in {HELD, USED}:
            self.words[slot + STATE] = used if at else unused
        if role == RECEIVER and self.look(RECEIVER, alone=False).over:
            self.words[UNREAD] = 1

    def alive(self, at: int) -> bool:
        """Tell whether the process of the slot is there."""
        return bool(ticks_of(self.words[at + PID]) == self.words[at + TICKS])

    def look(self, role: int, *, alone: bool) -> Look:
        """Return what became of those who have this end; *alone* if only one may use it."""
        words = self.words
        slots = [at for at in self.slots() if words[at + STATE] != FREE]
        busy = {
            words[at + PID]
            for at in slots
            if words[at + STATE] in {USED, CLOSING, CLOSED} and words[at + ROLE] != role
        }
        mine = [at for at in slots if words[at + ROLE] == role]
        begun = {USED, CLOSING, CLOSED, LEFT}
        if alone and any(words[at + STATE] in begun for at in mine):
            mine = [at for at in mine if words[at + STATE] in begun]
        found: dict[str, list[int]] = {}
        for at in mine:
            for kind in self._kinds(at, busy):
                pid = words[at + PID] if words[at + STATE] != COMING else 0
                found.setdefault(kind, []).append(pid)
        return Look(
            closed=any(words[at + STATE] in {CLOSING, CLOSED} for at in mine),
            resigned=any(words[at + STATE] == RESIGNED for at in mine),
            count=sum(words[at + COUNT] for at in mine),
            **{kind: tuple(pids) for kind, pids in found.items()},
        )

    def _kinds(self, at: int, busy: set[int]) -> tuple[str, ...]:
        words = self.words
        state = words[at + STATE]
        if state == COMING:
            waited = (time.monotonic_ns() - words[at + SINCE]) / 1e9
            return ("open", "idle") if waited < ARRIVAL[bool(words[at + DONE])] else ("lost",)
        if state in {CLOSED, ENDED, RESIGNED}:
            return ()
        if state == LEFT:
            return ("left",)
        if not self.alive(at):
            spare = words[at + PID] in busy  # it had use for the other end alone
            return ("dead",) if state != HELD else () if spare else ("lost",)
        if state == HELD:  # who reads and never sent is not waited for, and the other way round
            return ("spare",) if words[at + PID] in busy else ("open", "idle")
        return ("open",)


def ticks_of(pid: int) -> int:
    """Return when a process began, in ticks of the system; 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123 # nothing to import in a child
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return 0 if os.path.isdir("/proc/self") else _answers(pid)  # noqa: PTH112 # as above
    return 0 if fields[0] in b"ZX" else int(fields[19])


def _answers(pid: int) -> int:
    """Without /proc: 1 while a process has this id."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return 0
    except OSError:
        pass
    return 1


# A fork is told before it happens: else a reader could see that all have closed while a new
# sender is on its way.


def _before_fork() -> None:
    for book in list(_books):
        book.coming = []
        try:
            for role in (SENDER, RECEIVER):
                at = book.own(role)
                if at and book.words[at + STATE] in {HELD, USED}:
                    book.coming.append(book.add(role, COMING))
                    book.words[book.coming[-1] + DONE] = 1
        except Exception:
            pass  # a fork must not fail for it


def _in_child() -> None:
    global _guard  # noqa: PLW0603 # a thread that held it is not in the child
    _guard = threading.RLock()
    for book in list(_books):
        for at in book.coming:
            book.words[at + DONE] = 0
            book.mine(at, HELD)


_armed: set[int] = set()


def _arm() -> None:
    """Tell the book when this process ends by itself: a kill leaves no such word."""
    if os.getpid() not in _armed:
        _armed.clear()
        _armed.add(os.getpid())
        util.Finalize(None, _ends, exitpriority=-10)


def _ends() -> None:
    for book in list(_books):
        for role in (SENDER, RECEIVER):
            at = book.own(role)
            if at:
                used = at if book.words[at + STATE] == USED else 0
                book.leave(role, used, used=LEFT, unused=ENDED)


def _after_fork(_: object) -> None:
    _armed.clear()
    _arm()


util.register_after_fork(_after_fork, _after_fork)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_child=_in_child)
