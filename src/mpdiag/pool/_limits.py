"""What a task may not pass, time and memory: whoever drives looks, and ends the worker.

patience   until the next look               ── the driver, before it waits
look       over a limit? ask for its stack
           the stack is there, or late? kill  ── the driver, after it waited
its death  ── as any other, but the error says why
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from ..model import Cause, Certainty, Ending, Verdict
from ..model import Frame as Place
from ..recorder import State, Word
from ._stack import Asked

if TYPE_CHECKING:
    from ._hand import Hand
    from ._parts import Plan
    from ._work import Frame

# Seconds between two looks at the memory of a worker.  Longer: a task may take more of it.
# Shorter: more of the owner's time, some 10 us a worker and look.
MEMORY_EVERY = 0.02
# Seconds between looks for a stack that was asked for, and how long it may take.
STACK_EVERY, STACK_PATIENCE = 0.005, 1.0
# Seconds until a worker is looked at again that has its task and did not begin it.
BEGIN_EVERY = 0.02


class Reason(NamedTuple):
    """Why a task is over a limit."""

    cause: Cause
    words: str
    evidence: str
    fix: str


@dataclass(slots=True, kw_only=True)
class Over:
    """A worker that is about to be ended, and why."""

    reason: Reason
    job: int
    offset: int
    until: float
    """When it is killed, whether its stack is there or not."""
    asked: Asked
    trace: tuple[Place, ...] = ()
    fresh: bool = True
    """It is the first task of its worker: others have left nothing there."""

    def is_at(self, job: int, offset: int) -> bool:
        """Whether this is the task that is over a limit."""
        return (job, offset) == (self.job, self.offset)

    @property
    def place(self) -> str:
        """Where its task was in the user's own code, if that is known."""
        from ..layout import own_frame

        frame = own_frame(self.trace)
        return f"at {frame.file}:{frame.line} in {frame.function}" if frame is not None else ""

    def ending(self) -> Ending:
        """Return the verdict on its death."""
        reason = self.reason
        verdict = Verdict(
            cause=reason.cause,
            certainty=Certainty.PROVEN,
            headline=f"{reason.words}: ended by its pool",
            evidence=(reason.evidence,),
            fix=reason.fix,
        )
        return Ending(verdict=verdict, trace=self.trace)


class Limits:
    """Watches the workers of one pool."""

    def __init__(self, plan: Plan, hands: list[Hand]) -> None:
        self._most, self._hands = plan.memory_limit, hands
        self._next = math.inf

    def bounds(self, frame: Frame) -> bool:
        """Whether the worker of a frame may have to be ended for it."""
        return frame.function.options.task_timeout is not None or self._most is not None

    def begin(self, hand: Hand) -> None:
        """Hear that a worker begins with its next frame, or goes on with it."""
        frame = hand.flying[0]
        if not self.bounds(frame):
            return
        frame.since = now = time.monotonic()
        limit = frame.function.options.task_timeout
        if limit is not None:
            self._next = min(self._next, now + limit)
        if self._most is not None:
            self._next = min(self._next, now + MEMORY_EVERY)

    def patience(self) -> float | None:
        """Return the seconds until the next look; None when there is nothing to look at."""
        return None if self._next == math.inf else max(0.0, self._next - time.monotonic())

    def look(self) -> None:
        """Look at all workers, if it is time, and end those that are over a limit."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + min((self._wait(hand, now) for hand in self._hands), default=math.inf)

    def is_heavy(self, hand: Hand) -> bool:
        """Whether a worker that has done its tasks should be replaced for its memory."""
        return self._most is not None and (_resident(hand) or 0) > self._most

    def misfit(self, hand: Hand) -> str:
        """Return why a worker that has just started can run no task; empty if it can."""
        if self._most is None or not self.is_heavy(hand):
            return ""
        used = _sized(hand.memory.now_bytes if hand.memory is not None else 0)
        return f"a worker takes {used} before its first task, memory_limit={_sized(self._most)}"

    def _wait(self, hand: Hand, now: float) -> float:
        """Look at one worker; return the seconds until the next look."""
        if hand.over is not None:
            return _pursue(hand, hand.over, now)
        if not hand.flying or not hand.ready:
            return math.inf
        words = hand.words
        if words is None or words[Word.JOB] != hand.flying[0].seq or words[Word.SEQ] % 2:
            return BEGIN_EVERY
        return min(self._time(hand, words, now), self._memory(hand, words))

    def _time(self, hand: Hand, words: memoryview, now: float) -> float:
        frame = hand.flying[0]
        limit = frame.function.options.task_timeout
        if limit is None:
            return math.inf
        ran = now - frame.since
        if words[Word.STATE] == State.RUNNING:
            ran = min(ran, time.time() - words[Word.STARTED] / 1e9)
        elif words[Word.STATE] != State.LOADING:
            return BEGIN_EVERY
        if ran < limit:
            return limit - ran
        said = f"took longer than task_timeout={limit:g} s"
        fix = "a higher task_timeout, if the task may take so long"
        evidence = f"it had run for {ran:.1f} s"
        return _begin_to_end(hand, words, Reason(Cause.TASK_TIMEOUT, said, evidence, fix))

    def _memory(self, hand: Hand, words: memoryview) -> float:
        if self._most is None:
            return math.inf
        used = _resident(hand)
        at = words[Word.JOB], words[Word.OFFSET]
        if used is None or used <= self._most or words[Word.STATE] != State.RUNNING:
            hand.heavy_at = None
        elif hand.heavy_at == at:
            said = f"took more memory than memory_limit={_sized(self._most)}"
            fix = "a higher memory_limit, or smaller inputs"
            evidence = f"its worker used {_sized(used)}"
            return _begin_to_end(hand, words, Reason(Cause.OUT_OF_MEMORY, said, evidence, fix))
        else:
            hand.heavy_at = at  # seen twice, it is this task and not the one before
        return MEMORY_EVERY


def _begin_to_end(hand: Hand, words: memoryview, reason: Reason) -> float:
    """Ask for the stack of a worker that is over a limit."""
    hand.over = Over(
        reason=reason,
        job=words[Word.JOB],
        offset=words[Word.OFFSET],
        until=time.monotonic() + STACK_PATIENCE,
        asked=Asked(hand.pid, hand.watch, hand.armed or b""),
        fresh=hand.sent <= hand.flying[0].weight,
    )
    return STACK_EVERY


def _pursue(hand: Hand, over: Over, now: float) -> float:
    """Kill a worker whose stack is there, or will not be; not if its task is done meanwhile."""
    if now < over.until and over.asked.pending:
        return STACK_EVERY
    over.trace = over.asked.trace()
    over.asked.close()
    words = hand.words
    if words is not None and not over.is_at(words[Word.JOB], words[Word.OFFSET]):
        hand.over = None
        return 0.0
    hand.kill(over.reason.words, over.ending())
    return math.inf


def _sized(size: int) -> str:
    from ..options import size_text

    return size_text(size)


def _resident(hand: Hand) -> int | None:
    from ..evidence import read_memory  # most pools have no limit of memory

    hand.memory = read_memory(hand.pid, hand.memory)
    return hand.memory.now_bytes if hand.memory is not None else None
