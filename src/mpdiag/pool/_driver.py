"""Who drives a pool: one thread at a time, the one that holds ``_io``.

    add      backlog ◀── anybody, without a lock; a sleeping driver is woken if there is room
    driver   backlog ──▶ crew ──▶ answers, delivered when it drives no more

An exception of a signal handler does no harm while the driver waits, which is nearly always.
"""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from ..errors import worker_crashed
from ._backlog import Backlog
from ._broken import Findings
from ._crew import Crew
from ._deliver import deliver
from ._mend import mend
from ._parts import Death, Loss, Plan
from ._room import NoWorkerError
from ._waker import Waker
from ._work import Functions, Source, Task

# Seconds that a driver may have driven and leave without calling the thread.
TICK = 0.005
# Seconds that a caller waits for the driver before it looks again.
FOLLOW = 0.05
# Seconds that workers have to end on their own; after that they are killed.
GRACE = 30.0


class Driver:
    """Lets one thread at a time drive a pool, and the others wait for it or take its place."""

    def __init__(self, plan: Plan, findings: Findings) -> None:
        self.plan, self.findings = plan, findings
        self.backlog = Backlog(plan.workers)
        self.crew = Crew(plan, self.backlog)
        self.functions = Functions()
        self.open: dict[int, Task | Source] = {}
        """What is asked for and not answered, by number."""
        self.broken: BaseException | None = None
        self.closing = False
        self.over = threading.Event()
        """All workers have ended."""
        self.thread: threading.Thread | None = None
        self.grace = GRACE
        self.ended = False
        """Its user wants no more results."""
        self.pid = os.getpid()
        # A lock that knows its thread: one that a signal interrupted while it took it lets it go.
        self._io = threading.RLock()
        self._owner = 0
        """The thread that drives; no other takes the lock, nor does it twice."""
        self._sleeping = self._hungry = self._sound = False
        self._turns = 0
        self._attended = self._parked = False
        """Somebody waits who does not drive."""
        self._lost: set[int] = set()
        """Numbers of what failed with the pool."""
        self._doubt = ""
        """What may have left something half done, and is to be put right before all else."""
        self.adding = threading.RLock()
        self.under: dict[int, deque[Any]] = {}
        """What is being delivered, by whoever does."""
        self._claims: set[int] = set()
        self._followers: set[int] = set()
        self._news = threading.Condition()
        self._bell = threading.Lock()
        self._bell.acquire()
        self._delivering: dict[int, int] = {}
        self._waker: Waker | None = Waker()
        self.crew.watch(self._waker.reader)

    def nudge(self) -> None:
        """See to it that what was added goes out soon."""
        me = threading.get_ident()
        if self._owner == me:
            return  # from within: whoever drives will see to it
        try:
            if self._io.acquire(blocking=False):
                self._owner = me
                self._feed()
            elif self._sleeping and self._hungry:
                self._wake()
        finally:
            self._release()

    def _take_over(self) -> None:
        """Become the driver, though another thread drives now; `_release` in any case."""
        me = threading.get_ident()
        try:
            self._claims.add(me)
            while not self._io.acquire(timeout=0.001):
                self._wake()
        finally:
            self._claims.discard(me)
        self._owner = me

    def _release(self) -> None:
        """Let go of the lock if this thread has it, also where a signal came as it took it."""
        while self._io._is_owned():  # type: ignore[attr-defined] # as in 3.10 to 3.14
            self._owner = 0
            self._io.release()

    def _feed(self) -> None:
        """Hand out what waits; the driver only."""
        try:
            if self._doubt:
                self._put_right()
            if self.broken is None:
                self.crew.feed()
            else:
                self._drop(self.broken)
        except NoWorkerError as error:
            self._fail(worker_crashed(str(error)), error.__cause__)
        except BaseException as error:
            self._left_by(error)
            raise

    def _left_by(self, error: BaseException) -> None:
        """Note that *error* may have left half of a change."""
        self._doubt = interrupted(error)
        self._sleeping = False

    def _put_right(self) -> None:
        """Put right what an exception has left half done; the driver only."""
        if self._doubt:
            mend(self, self._doubt)
            self._doubt = ""

    def _wake(self) -> None:
        waker = self._waker  # kept open by this name, whoever ends the pool meanwhile
        if waker is not None:
            waker.wake()

    def attend(self) -> None:
        """Have the thread drive: somebody waits in a way that does not."""
        if not self._attended:
            self._attended = True
            if not self._owner:
                self.ring()

    def ring(self) -> None:
        """Have the thread look at once."""
        try:
            self._bell.release()
        except RuntimeError:  # it has been rung
            pass

    # -- driving

    def drive(self, is_done: Callable[[], bool], timeout: float | None = None) -> bool:
        """Drive, or wait for who does, until *is_done* or *timeout*; return whether it is done.

        Raises:
            RuntimeError: called from code that runs while this thread hands tasks out.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        begun, me = 0.0, threading.get_ident()
        while not is_done():
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                break
            if self._owner == me:
                raise RuntimeError("waiting for a task from within the pickling of another")
            if self.over.is_set():
                self._hand_on()
                if is_done() or not self._delivering:
                    break
                time.sleep(0.001)
                continue
            if self._claims:
                time.sleep(0.0005)  # a lock is not fair: who asked for it would never get it
            try:
                if self._io.acquire(blocking=False):
                    begun = begun or time.monotonic()
                    self._turn_and_release(is_done, left)
                else:
                    self._follow(is_done, left)
            finally:
                self._release()
        if self.open and begun and self._is_missed(begun):
            self.ring()
        return is_done()

    def _is_missed(self, begun: float) -> bool:
        """Whether the thread should take over at once from a driver that leaves."""
        waited = self._followers or self._attended
        return bool(waited) or time.monotonic() - begun > TICK

    def _turn_and_release(self, is_done: Callable[[], bool], left: float | None) -> None:
        self._owner = threading.get_ident()
        try:
            if not (self.over.is_set() or is_done()):
                self._turn(left)
        finally:
            self._release()
        self._hand_on()

    def _follow(self, is_done: Callable[[], bool], left: float | None) -> None:
        """Wait while another thread drives; one that is ours makes room."""
        me, patience = threading.get_ident(), FOLLOW if left is None else min(left, FOLLOW)
        thread = self.thread
        if not self._followers and thread is not None and self._owner == thread.ident:
            try:
                self._claims.add(me)
                self._wake()
                taken = self._io.acquire(timeout=patience)
            finally:
                self._claims.discard(me)
            if taken:
                self._turn_and_release(is_done, left)
            return
        try:
            self._followers.add(me)
            with self._news:
                if not is_done():
                    self._news.wait(patience)
        finally:
            self._followers.discard(me)

    def _turn(self, left: float | None = None) -> None:
        """Hand out, wait for something to happen, take it in; the driver only.

        An exception of a signal handler does no harm while we wait, which is nearly always.
        Anywhere else it may leave half of a change, which the next turn puts right.
        """
        crew = self.crew
        self._turns += 1
        self._sound = False
        try:
            self._put_right()
            crew.feed()
            held = crew.take_back()
            if crew.ready or crew.cancelled or crew.deaths:
                left = 0.0
            self._hungry = crew.has_room
            self._sleeping = True
            soon = crew.no_room_for if self._hungry and self.backlog else None
            for patience in (held, soon, crew.limits.patience(), self.backlog.patience()):
                if patience is not None:
                    left = patience if left is None else min(left, patience)
            self._sound = True
            events = crew.wait(None if left is None else left * 1000)
            self._sound = False
            self._sleeping = False
            for hand, number, event in events:
                if hand is not None:
                    crew.happened(hand, number, event)
                elif self._waker is not None:
                    self._waker.drain()
            crew.limits.look()
            crew.feed()
            self._sound = True
        except NoWorkerError as error:
            self._fail(worker_crashed(str(error)), error.__cause__)
        except BaseException as error:
            if not self._sound:
                self._left_by(error)
            raise
        finally:
            self._sleeping = False

    def _hand_on(self) -> None:
        """Deliver what has come in; not the driver any more, for it runs code of the user."""
        crew, me = self.crew, threading.get_ident()
        if not (crew.ready or crew.deaths or crew.cancelled or self.backlog):
            return
        around = self._delivering.get(me, 0)
        under: deque[Any] = deque()
        try:
            self.under[id(under)] = under
            self._delivering[me] = around + 1
            while crew.deaths and _moved(crew.deaths, under):
                self.findings.died(self, under[0])
                under.clear()
            while crew.cancelled:
                with suppress(IndexError):
                    self.open.pop(crew.cancelled.pop().number, None)
            while crew.ready and _moved(crew.ready, under):
                deliver(self, under[0])
                under.clear()
        except BaseException as error:
            self._doubt = self._doubt or interrupted(error)
            back: Any = crew.deaths if under and isinstance(under[0], Death) else crew.ready
            back.extendleft(under)
            raise
        finally:
            self.under.pop(id(under), None)
            if around:
                self._delivering[me] = around
            else:
                self._delivering.pop(me, None)
        self.stir()
        if self.backlog and not self._owner:
            self.nudge()

    def stir(self) -> None:
        """Have all who wait look whether what they wait for is there: it came by this thread."""
        if self._followers:
            with self._news:
                self._news.notify_all()
        if self._owner not in {0, threading.get_ident()}:
            self._wake()

    def _fail(self, error: BaseException, cause: Any, *, kill: bool = False) -> None:
        if cause is not None and error.__cause__ is None:
            error.__cause__ = cause
        self.broken = self.broken or error
        self.closing = True
        self.backlog.clear()
        self.crew.breaks = True
        self.crew.stop(kill=kill)
        self._lose(list(self.open), error)
        self.ring()

    def _drop(self, error: BaseException) -> None:
        """Fail what came as the pool broke: no worker is to be started for it."""
        self._lose(
            [one.number for one in self.backlog.drop() if one.number not in self._lost], error
        )

    def _lose(self, numbers: list[int], error: BaseException) -> None:
        self._lost.update(numbers)
        self.crew.ready.extend(Loss(None, number, error) for number in numbers)


def _moved(source: deque[Any], under: deque[Any]) -> bool:
    """Move the first of *source*, in one step of C: no signal handler can come between."""
    try:
        under.extend(map(deque.popleft, (source,)))
    except IndexError:
        return False
    return True


def interrupted(error: BaseException | None) -> str:
    """Return the words for a pool that *error* found in the middle of a change."""
    return f"the pool was interrupted by {type(error).__name__} in the middle of a change"
