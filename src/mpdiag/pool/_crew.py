"""The workers of one pool: started, fed, read, and their deaths.

Everything here runs in the one thread that drives the pool at the time.
"""

from __future__ import annotations

import select
import signal
import time
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..worker import surroundings
from ._backlog import Backlog
from ._blame import as_sent, may_have_run, share_out
from ._hand import Hand
from ._handlers import by_handler
from ._hold import Holds
from ._intake import TURNS, read
from ._limits import Limits
from ._parts import Answer, Death, Loss, Plan
from ._room import Room
from ._spares import Spares
from ._start import start
from ._stats import WorkerStats
from ._wire import ARM, framed
from ._work import Frame, Task

if TYPE_CHECKING:
    from ..recorder import Reading

# Workers that die one after the other, before they come to a task, until the pool gives up; and how
# many of those that somebody killed count as one: that is no trouble of theirs.
MOST_UNBORN, KILLED = 10, 10


class Crew:
    """Starts and ends workers, hands out frames, and takes in what comes back."""

    def __init__(self, plan: Plan, backlog: Backlog) -> None:
        self.plan, self.backlog = plan, backlog
        self.hands: list[Hand] = []
        self.processes: dict[int, Any] = {}
        self.ready: deque[Answer | Loss] = deque()
        self.deaths: deque[Death] = deque()
        self.cancelled: list[Task] = []
        self.leaving: list[Hand] = []
        self.ended: deque[WorkerStats] = deque(maxlen=1000)
        self.breaks = False
        """The first death is the end of the pool: nothing is given to others."""
        self.forks = plan.context.get_start_method(allow_none=False) == "fork"
        self.full = False
        """Keep the number of workers, needed or not."""
        self._holds = Holds()
        self._by_number: dict[int, Hand] = {}
        self._poll = select.poll()
        self._seq = self.most = 0
        self.unborn = 0
        self.touched: Hand | None = None
        """The worker of which not all is noted that was done with it, see `_mend`."""
        self.spares = Spares()
        self.limits = Limits(plan, self.hands)
        self.room = Room(self)

    # -- workers

    def start(self) -> Hand:
        """Start one worker.

        Raises:
            OSError: the system has no process or descriptor left for it.
        """
        return start(self)

    def attend(self, hand: Hand) -> None:
        """Hear of a worker; may be called again."""
        self.processes[hand.pid] = hand.process
        for number in (hand.end.fileno(), hand.watch):
            self._by_number[number] = hand
            self._poll.register(number, select.POLLIN)

    def watch(self, number: int) -> None:
        """Have `wait` end when *number* is readable."""
        self._poll.register(number, select.POLLIN)

    @property
    def has_room(self) -> bool:
        """Whether some worker may be handed a frame, or may be started for it."""
        return len(self.hands) < self.plan.workers or any(map(self._free, self.hands))

    @property
    def no_room_for(self) -> float:
        """Seconds until a frame may be handed out, where `has_room`."""
        return 0.0 if any(map(self._free, self.hands)) else self.room.seconds

    def _free(self, hand: Hand) -> bool:
        if hand.flying and self.plan.memory_limit is not None:
            return False  # what a task takes is seen when the one before is done
        return hand.has_room and hand.over is None and not self._spent(hand)

    def _spent(self, hand: Hand) -> bool:
        most = self.plan.max_tasks
        return most is not None and hand.sent >= most

    # -- out

    def feed(self) -> None:
        """Hand out what waits, as far as there is room for it."""
        while self.backlog:
            hand = self._next()
            if hand is None:
                return
            most = self.plan.max_tasks
            room = 1 << 30 if most is None else most - hand.sent
            frame = self.backlog.take(room, self.cancelled)
            if frame is None:
                return
            self._hand_out(hand, frame)
            self.backlog.taken = None  # it is with a worker, or waits again
            if frame.source is not None:
                frame.source.taken = None

    def _next(self) -> Hand | None:
        """Return the worker with the least to do; one more is started if all have something."""
        best = None
        for hand in self.hands:
            if self._free(hand) and (best is None or len(hand.flying) < len(best.flying)):
                best = hand
                if not hand.flying:
                    return hand
        if len(self.hands) < self.plan.workers:
            return self.room.start() or best
        return best

    def _hand_out(self, hand: Hand, frame: Frame) -> None:
        self._seq += 1
        frame.seq = self._seq
        record = bool(surroundings().folder)
        if record and not frame.is_single:
            self.one_by_one(frame)
            return
        parcel = hand.blocks.parcel()
        try:
            pieces = frame.encode(hand.known, parcel, record=record)
        except (Exception, SystemExit) as error:
            if by_handler(error):
                raise
            if len(frame.items) == 1:
                self.ready.append(Loss(frame, 0, as_sent(error, self.plan.kind)))
            else:
                self.one_by_one(frame)
            return
        self.touched = hand
        if frame.function.number not in hand.known and frame.teaches:
            hand.known.add(frame.function.number)
        if hand.armed is None and self.limits.bounds(frame):
            hand.armed = b""
            hand.send(framed(ARM, b""))
        hand.blocks.lend(frame.seq, parcel)
        hand.flying.append(frame)
        if len(hand.flying) == 1:
            hand.account.since = time.monotonic()
            self.limits.begin(hand)
        hand.sent += frame.weight
        self._holds.handed(hand)
        hand.send(pieces)
        self.watch_writing(hand)
        self.touched = None

    def watch_writing(self, hand: Hand) -> None:
        """Hear when there is room for what has still to be written."""
        if hand.blocked:
            self._poll.modify(hand.end.fileno(), select.POLLIN | select.POLLOUT)

    def take_back(self) -> float | None:
        """Give what waits behind slow tasks to others; return the seconds to the next look."""
        soon = self._holds.look(self.hands, self.backlog)
        if soon is not None:
            self.feed()
        return soon

    def one_by_one(self, frame: Frame) -> None:
        """Have the tasks of a frame travel alone, before all others."""
        for offset in range(len(frame.items)):
            self.backlog.again(frame.part(offset, offset + 1))

    # -- in

    def wait(self, milliseconds: float | None) -> list[tuple[Hand | None, int, int]]:
        """Wait until something happens; return whose descriptors, their numbers, and what it was.

        Whose it is has to be known before any worker ends: another may have its numbers then.
        """
        whose = self._by_number.get
        return [(whose(number), number, event) for number, event in self._poll.poll(milliseconds)]

    def happened(self, hand: Hand, number: int, event: int) -> None:
        """Take in what happened at a descriptor."""
        if hand.gone:
            return
        if number == hand.end.fileno():
            if event & select.POLLOUT:
                self.touched = hand
                hand.write_on()
                if not hand.blocked:
                    self._poll.modify(number, select.POLLIN)
                self.touched = None
            if event & ~select.POLLOUT and read(self, hand, TURNS) and not hand.gone:
                self.end(hand)
        else:
            read(self, hand, 1 << 30)
            if not hand.gone:
                self.end(hand)

    def maybe_retire(self, hand: Hand) -> None:
        """Replace a worker that has nothing to do, if it has run what it may or has grown."""
        if not hand.flying and (self._spent(hand) or self.limits.is_heavy(hand)):
            self.dismiss(hand)
            if self.full and not self.breaks:
                self.room.start()

    # -- ends

    def dismiss(self, hand: Hand) -> None:
        """Have a worker end that has nothing to do."""
        self.leaving.append(hand)
        self._forget(hand)
        hand.leaving = True
        hand.close()
        self.leaving = [one for one in self.leaving if not one.has_ended]

    def _forget(self, hand: Hand) -> None:
        """Stop watching a worker: its descriptors' numbers may come again."""
        if not hand.gone:
            hand.gone = True
            self.ended.append(hand.account.of(hand, alive=False))
        self._holds.forget(hand)
        for number in (hand.end.fileno(), hand.watch):
            if self._by_number.get(number) is hand:
                with suppress(KeyError):  # a signal handler came in between
                    self._poll.unregister(number)
                del self._by_number[number]
        if hand in self.hands:
            self.hands.remove(hand)
        self.processes.pop(hand.pid, None)

    def _settle(self, hand: Hand) -> tuple[int | None, Reading | None]:
        """Let go of a worker that is gone; return its exit code and its record."""
        self._forget(hand)
        exitcode = hand.ended()
        try:
            reading = hand.reading()
        except Exception:
            reading = None
        hand.close()
        return exitcode, reading

    def lose(self, hand: Hand, why: str) -> None:
        """End a worker with which something was half done: no task is to blame."""
        hand.innocent = True
        if not hand.gone:
            hand.kill(why)
        _, reading = self._settle(hand)
        guilty = share_out(self, hand, reading)
        if guilty is not None:
            self.ready.append(Loss(*guilty, may_have_run()))
        while self.full and len(self.hands) < self.plan.workers and self.room.start():
            pass

    def end(self, hand: Hand) -> None:
        """Settle what a worker leaves behind that is gone."""
        self.touched = hand
        exitcode, reading = self._settle(hand)
        if not hand.ready:
            killed = exitcode in {-signal.SIGKILL, -signal.SIGTERM}
            self.unborn += 1 if killed else KILLED
        if self.full and not self.breaks and not self.hopeless and not hand.failed_start:
            self.room.start()
        guilty = None if self.breaks else share_out(self, hand, reading)
        self.deaths.append(
            Death(
                hand=hand,
                exitcode=exitcode,
                garbled=hand.garbled,
                guilty=guilty,
            )
        )
        hand.flying = []
        self.touched = None

    @property
    def hopeless(self) -> bool:
        """Whether workers die before they come to a task, time and again."""
        return self.unborn >= KILLED * max(MOST_UNBORN, self.plan.workers)

    def part(self, deadline: float) -> None:
        """Have all workers end; those that still live at *deadline* are killed."""
        for hand in list(self.hands):
            self.dismiss(hand)
        for hand in self.leaving:
            hand.close()
            hand.ended(max(0.0, deadline - time.monotonic()))
        self.leaving.clear()

    def stop(self, *, kill: bool) -> None:
        """Signal all workers to end now."""
        for hand in list(self.hands):
            (hand.process.kill if kill else hand.process.terminate)()
