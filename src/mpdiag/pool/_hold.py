"""Work that waits in a busy worker behind a slow task goes to one that has nothing to do.

    owner    HOLD := next place  ── a moment ──▶  where is the worker?  what is after that is ours
    worker   mark := next place  ──────────────▶  HOLD at or before it?  stop, tell how far it came

Each writes first and looks then, so one of the two sees what the other wrote, and no task is run
by both.  The task that the worker is at remains its own, and what it leaves of that its answer
says.  Until it has answered all that it has it gets no more: what it reads then is meant for it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from ..recorder import Word
from ._backlog import Backlog
from ._hand import Hand
from ._slot import place_in, place_of
from ._work import Frame

# Seconds that a worker has for what it was handed until it is held, if others have nothing to do:
# ten times what a frame should take.
PATIENCE = 0.005
# Seconds from the hold to the look whether the worker has moved.  What one processor stores, others
# see within microseconds: a worker that did not see the hold is seen at its next place.
MOMENT = 0.001
# Seconds between looks at a worker that has still to come to its loop.
STARTING = 0.05


class Holds:
    """Of one pool: who has more than the task it is at, and since when."""

    def __init__(self) -> None:
        self._loaded: dict[Hand, tuple[int, float]] = {}
        """The frame that each of them was seen at first, and when."""

    def handed(self, hand: Hand) -> None:
        """Hear that *hand* was handed a frame."""
        if len(hand.flying) > 1 or len(hand.flying[0].items) > 1:
            self._loaded.setdefault(hand, (0, 0.0))

    def forget(self, hand: Hand) -> None:
        """Hear that a worker is gone, or will be."""
        self._loaded.pop(hand, None)

    def look(self, hands: Iterable[Hand], backlog: Backlog) -> float | None:
        """Take back what can be had; return the seconds until there may be more, None for never."""
        if not self._loaded or backlog:
            return None
        idle = sum(hand.ready and not hand.flying for hand in hands)
        if not idle:
            return None
        now, soon = time.monotonic(), None
        for hand in tuple(self._loaded):
            left = self._look_at(hand, now, backlog, idle)
            if left is None:
                del self._loaded[hand]
            else:
                soon = left if soon is None else min(soon, left)
        return 0.0 if backlog else soon

    def _look_at(self, hand: Hand, now: float, backlog: Backlog, idle: int) -> float | None:
        """Return the seconds until the next look at *hand*, or None if there is no need."""
        words = None if hand.gone or not hand.flying else hand.words
        if words is None:
            return None if hand.gone or hand.ready else STARTING
        seq, since = self._loaded[hand]
        if hand.held:
            if now - since < MOMENT:
                return since + MOMENT - now
            _take(hand, place_in(words) + 1, backlog, idle)
            return None
        last, at = hand.flying[-1], place_in(words)
        if at + 1 >= place_of(last.seq, len(last.items)):
            return None
        if seq != hand.flying[0].seq:
            self._loaded[hand] = hand.flying[0].seq, now
            return PATIENCE
        if now - since < PATIENCE:
            return since + PATIENCE - now
        words[Word.HOLD], hand.held = at + 1, True
        self._loaded[hand] = seq, time.monotonic()
        return MOMENT


def _take(hand: Hand, place: int, backlog: Backlog, idle: int) -> None:
    """Give all that *hand* has from *place* on to others, as many as there are *idle*."""
    for frame in hand.flying:
        keep = max(place - place_of(frame.seq, 0), frame.done)
        if keep < len(frame.items):
            share = -(-(len(frame.items) - keep) // idle)
            for start in range(keep, len(frame.items), share):
                backlog.again(frame.part(start, min(start + share, len(frame.items))))
            _cut(hand, frame, keep)


def _cut(hand: Hand, frame: Frame, end: int) -> None:
    """Take from a frame of *hand* what it does not run."""
    before = frame.weight
    frame.items = frame.items[:end]
    hand.sent -= before - frame.weight


def settle(hand: Hand, frame: Frame, backlog: Backlog) -> None:
    """Hear that *hand* is through with its first frame; what it left of it, others run."""
    if frame.done < len(frame.items):
        backlog.again(frame.part(frame.done, len(frame.items)))
        _cut(hand, frame, frame.done)
    del hand.flying[0]
    if hand.held and not hand.flying:
        words = hand.words
        if words is not None:
            words[Word.HOLD] = 0
        hand.held = False
