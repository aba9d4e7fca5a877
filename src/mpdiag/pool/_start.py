"""How a worker is started; what interrupts it leaves none, or all of it."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from ..worker import PLACE
from . import _ends
from ._blocks import Blocks
from ._hand import Hand
from ._serve import serve
from ._slot import Slot

if TYPE_CHECKING:
    import socket

    from ._crew import Crew


def start(crew: Crew) -> Hand:
    """Start one worker.

    Raises:
        OSError: the system has no process or descriptor left for it.
    """
    plan = crew.plan
    slot = Slot(forked=crew.forks, durable=plan.durable)
    ends: Any = ()
    try:
        with _ends.making:
            ends = _ends.pair()
            process, number = _launch(crew, slot, ends[1])
        hand = Hand(process, ends[0], slot, number, Blocks(plan.workers, crew.spares))
        crew.hands.append(hand)
    except BaseException:
        if not any(hand.end in ends for hand in crew.hands):
            for end in ends:
                _ends.shut(end)
        raise
    finally:
        _ends.let_go()
        slot.let_go()
    crew.attend(hand)
    return hand


def _launch(crew: Crew, slot: Slot, theirs: socket.socket) -> tuple[Any, int]:
    """Start the process of a worker, which gets *theirs*; return it, and its number."""
    plan = crew.plan
    try:
        args = theirs, slot, plan.kind, plan.initializer, plan.initargs
        process = plan.context.Process(target=serve, args=args)  # type: ignore[attr-defined]
        if plan.rename:
            process.name = process.name.replace("Process", plan.rename)
        if plan.daemon is not None:
            process.daemon = plan.daemon
        number = _place(crew, process)
        _ends.keep(theirs)
        process.start()
    finally:
        _ends.keep_none()
        _ends.shut(theirs)
    return process, number


def _place(crew: Crew, process: Any) -> int:
    """Give a worker the lowest number that is free, as its recorder and reports have it."""
    taken = {hand.number for hand in crew.hands}
    number = next(n for n in count(1) if n not in taken)
    setattr(process, PLACE, (number, crew.plan.workers, number <= crew.most))
    crew.most = max(crew.most, number)
    return number
