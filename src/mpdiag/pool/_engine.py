"""One pool at work: a thread drives it when work is open and nobody waits, and ends it.

So a round trip needs no second thread, and what nobody waits for is done all the same.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import suppress

from ..errors import worker_crashed
from ._driver import TICK, Driver, interrupted
from ._exit import at_exit
from ._work import Source, Task

# Seconds between looks of the thread whether work is open that nobody drives.  Longer: what nobody
# waits for lies longer after a caller has left.  Shorter: more of its looks, some 10 us each.
LONG_TICK = 0.05
# Looks that find nothing to do, until the thread sleeps for good.
IDLE_TICKS = 200


class Engine(Driver):
    """The part of a pool that lives until its work is done, though the pool object may be gone."""

    # -- asking

    def add(self, number: int, work: Task | Source) -> None:
        """Take in what is to be done."""
        with self.adding:
            try:
                self.open[number] = work
                self.backlog.add(work)
            except BaseException as error:
                self._left_by(error)
                raise

    def go(self) -> None:
        """Start what is needed for what was added; outside of locks that a task's pickling takes.

        Raises:
            OSError: the system has no process left, and there is no worker.
        """
        try:
            if self.thread is None or len(self.open) > len(self.crew.hands):
                self._grow()
            if self._parked:
                self.ring()
            self.nudge()
        except BaseException as error:
            self._left_by(error)
            self._release()  # a signal may have come as it was about to let go
            raise

    def launch(self) -> None:
        """Start all workers, and keep their number.

        Raises:
            OSError: the system has no room for them; none is left.
        """
        self.crew.full = True
        try:
            self._take_over()
            while len(self.crew.hands) < self.plan.workers:
                self.crew.room.start_or_tell()
            self._start_thread()
        except BaseException:
            self.crew.stop(kill=True)
            self.crew.part(time.monotonic())
            self.over.set()
            self.closing = True
            self.ring()  # for the thread, if it was started
            raise
        finally:
            self._release()

    def _grow(self) -> None:
        """Start the workers that are missing, all at once if they are forked: before any thread."""
        crew = self.crew
        if self.thread is None or (not crew.forks and len(crew.hands) < self.plan.workers):
            if self._owner == threading.get_ident():
                return  # from within: whoever drives will see to it
            try:
                self._take_over()
                if self.thread is None:
                    if crew.forks:
                        crew.room.start_all()
                    self._feed()
                    self._start_thread()
                else:
                    self._feed()
            finally:
                self._release()

    def _start_thread(self) -> None:
        if self.thread is not None:
            return
        if not self.crew.full:
            at_exit(self)
        thread = threading.Thread(target=self._serve, name="mpdiag-pool", daemon=True)
        thread.start()
        self.thread = thread

    # -- the thread

    def _serve(self) -> None:
        """Runs in the pool's own thread, until the pool is over."""
        me = threading.current_thread()
        self.thread = self.thread or me  # whoever started it may have been interrupted
        if self.thread is not me:
            return
        idle, turns, tick = 0, -1, TICK
        while True:
            self._parked = idle > IDLE_TICKS
            for_good = self._parked and not self.open
            rung = self._bell.acquire(timeout=-1 if for_good else tick)
            if self.closing and not self.open and not self.crew.ready:
                if self._finish():
                    return
                continue
            if not self.open:
                self._attended = False
                idle = 0 if rung else idle + 1
                continue
            idle = 0
            if self._owner:
                tick = min(2 * tick, LONG_TICK)
            elif rung or self._attended or turns == self._turns:
                tick = TICK
                self._serve_awhile()
            turns = self._turns

    def _serve_awhile(self) -> None:
        """Drive until nothing is open, or a caller wants to."""
        while (self.open or self.crew.ready) and not self._claims:
            if not self._io.acquire(timeout=TICK):
                return
            try:
                self._turn_and_release(lambda: not self.open, None)
            except BaseException as error:
                self._survive(error)

    def _survive(self, error: BaseException) -> None:
        """Go on after an exception in the pool's own thread: nobody else would bring results."""
        if not isinstance(error, Exception):  # of a callback; others are logged where they come
            logging.getLogger("mpdiag").error("a callback of a pool was left", exc_info=error)
        elif self.broken is None:
            self._fail(worker_crashed(interrupted(error)), error)
        with suppress(BaseException):
            self._hand_on()

    def _finish(self) -> bool:
        """End all workers; return whether that was done, and nothing came in between."""
        try:
            if not self._io.acquire(timeout=LONG_TICK):
                self._wake()
                return False
            self._owner = threading.get_ident()
            self.crew.part(time.monotonic() + self.grace)
            self.over.set()
        finally:
            self._release()
        self._waker = None
        self._hand_on()
        return True

    # -- the end

    def close(self) -> None:
        """Take no more work; the thread ends the pool when what is open is done."""
        self.closing = True
        for work in list(self.open.values()):
            if type(work) is not Task:
                work.closes()  # type: ignore[union-attr]
        if self.thread is None and not self.crew.hands:
            self.over.set()
            self._waker = None
        self.ring()
        self.stir()

    def is_within(self) -> bool:
        """Whether this thread is in the middle of delivering, or the pool's own."""
        me = threading.get_ident()
        return me in self._delivering or (self.thread is not None and self.thread.ident == me)

    def join(self) -> None:
        """Wait until all that is open is done and all workers have ended."""
        if self.is_within() or self.pid != os.getpid():
            return
        if not self.over.is_set():
            self.drive(lambda: not self.open)
        self._release()  # a signal may have come as this thread was about to let go
        if self.thread is not None:
            self.ring()
            self.thread.join()
        while not self.over.is_set() and not self._finish():
            pass

    def fail(
        self, error: BaseException, cause: BaseException | None = None, *, kill: bool = False
    ) -> None:
        """End all workers now; everything that is open fails with *error*."""
        try:
            try:
                self._take_over()
                self._fail(error, cause, kill=kill)
            finally:
                self._release()
        except BaseException as raised:
            self._left_by(raised)
            self._release()  # as in `go`
            raise
        self._hand_on()
