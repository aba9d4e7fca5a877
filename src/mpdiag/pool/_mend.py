"""Put right what an exception of a signal handler left half done, before a pool goes on.

A task moves by being where it goes before it leaves where it was, so none is lost and some may be
in two places.  The place that is nearest to its end counts:

    delivered ◀── ready ◀── a worker's flight ◀── again, later, taken ◀── waiting
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._intake import read
from ._parts import Answer, Entry, Loss
from ._work import Frame, Task

if TYPE_CHECKING:
    from ._crew import Crew


class Known:
    """Tasks whose place is known."""

    def __init__(self) -> None:
        self._keys: set[tuple[int, int]] = set()

    def has(self, task: Task) -> bool:
        """Whether it has a place."""
        return (task.number, 0) in self._keys

    def add(self, frame: Frame, start: int, end: int) -> bool:
        """Note some tasks of a frame; return whether one was new."""
        before = len(self._keys)
        self._keys.update(_key(frame, offset) for offset in range(start, end))
        return len(self._keys) > before

    def new_in(self, frame: Frame) -> list[Frame]:
        """Return the parts of a frame that have no place yet, and note them."""
        parts, start = [], frame.done
        for offset in range(frame.done, len(frame.items) + 1):
            if offset == len(frame.items) or _key(frame, offset) in self._keys:
                if start < offset:
                    parts.append(frame.part(start, offset))
                start = offset + 1
        if len(parts) == 1 and len(parts[0].items) == len(frame.items):
            parts = [frame]
        self.add(frame, frame.done, len(frame.items))
        return parts


def _key(frame: Frame, offset: int) -> tuple[int, int]:
    if frame.source is None:
        return frame.items[offset].number, 0
    return frame.source.number, frame.base + offset


def mend(engine: Any, why: str) -> None:
    """Put a pool right; whoever drives, and again if that is interrupted, too."""
    crew = engine.crew
    if engine.broken is not None:
        for number in list(engine.open):
            crew.ready.append(Loss(None, number, engine.broken))
        return
    hand = crew.touched
    for one in list(crew.hands):
        crew.attend(one)
        if one.came and one is not hand and read(crew, one, 1) and not one.gone:
            crew.end(one)
    if hand is not None:
        crew.lose(hand, why)
    with engine.adding:
        known = _on_their_way(engine, crew)
        calls = [work for work in engine.open.values() if type(work) is not Task]
        engine.backlog.put_right(known, calls)
        engine.backlog.put_back(
            [
                work
                for work in engine.open.values()
                if (not known.has(work) if type(work) is Task else work.left)
            ]
        )
    if hand is not None:
        hand.flying = []
    crew.touched = None


def _on_their_way(engine: Any, crew: Crew) -> Known:
    """Return what is with workers or comes from them, once each."""
    known = Known()
    for entry in [one for some in list(engine.under.values()) for one in list(some)]:
        _note(known, entry)
    for entry in list(crew.ready):
        if not _note(known, entry):
            crew.ready.remove(entry)
    for death in list(crew.deaths):
        if death.guilty is not None:
            frame, offset = death.guilty
            known.add(frame, offset, offset + 1)
    for hand in crew.hands:
        for frame in hand.flying:
            known.add(frame, frame.done, len(frame.items))
    return known


def _note(known: Known, entry: Entry) -> bool:
    """Note what an entry brings; return whether something of it is new."""
    if isinstance(entry, Answer):
        frame, end = entry.frame, entry.start + len(entry.values)
        frame.done = max(frame.done, end)
        return known.add(frame, entry.start, end)
    if isinstance(entry, Loss) and entry.frame is not None:
        return known.add(entry.frame, entry.offset, entry.offset + 1)
    return True
