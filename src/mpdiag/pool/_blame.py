"""Which task a dead worker was at, what becomes of the others, and errors that no worker sent."""

from __future__ import annotations

from concurrent.futures.process import _RemoteTraceback
from traceback import format_exception
from typing import TYPE_CHECKING, Any

from ..errors import worker_crashed
from ..model import Cause
from ..recorder import Kind, Reading, State
from ._hand import Hand
from ._ledger import finished
from ._parts import Answer, Loss
from ._work import Frame

if TYPE_CHECKING:
    from ._buffers import Copied
    from ._crew import Crew

# Deaths of workers that had a frame, without a task to blame, until its tasks are given up.
MOST_TRIES = 4
# Workers, grown by other tasks, that pass the limit of memory with a task, until it is named.
MOST_BURDENED = 3


def blamed(frame: Frame, reading: Reading | None) -> int | None:
    """Return the offset of the task that a dead worker was at, if it was at one of *frame*."""
    if reading is None or reading.job != frame.seq or reading.torn:
        return None
    if reading.state == State.RUNNING and frame.done <= reading.offset < len(frame.items):
        return int(reading.offset)
    if reading.state == State.LOADING and len(frame.items) == 1 and not frame.done:
        return 0
    return None


def share_out(crew: Crew, hand: Hand, reading: Reading | None) -> tuple[Frame, int] | None:
    """Give all tasks of a dead worker to others but the one to blame, and return that one."""
    guilty = None
    for frame in hand.flying:
        _take_finished(crew, hand, frame)
        offset = blamed(frame, reading)
        if offset is not None and not _is_innocent(crew, hand, frame, offset):
            guilty = frame, offset
            begun = reading is not None  # as it will be counted
            if frame.began and begun:
                hand.repeated(offset + 1 - frame.done)
            _again(crew, frame, frame.done, offset, begun=begun)
            _again(crew, frame, offset + 1, len(frame.items))
            continue
        at_it = reading.job == frame.seq if reading is not None else hand.ready
        start = _begun(hand, frame, reading) if crew.plan.durable else frame.done
        for lost in range(frame.done, start):
            crew.ready.append(Loss(frame, lost, may_have_run()))
        _again(crew, frame, start, len(frame.items), suspected=at_it and offset is None)
    return guilty


def _take_finished(crew: Crew, hand: Hand, frame: Frame) -> None:
    """Take the results that the worker had kept, and not sent yet."""
    ledger = hand.slot.ledger
    raws = finished(ledger.map, frame.seq, frame.done) if ledger is not None else []
    if raws:
        done: dict[int, Copied] = dict(enumerate(raws, frame.done))
        crew.ready.append(Answer(frame, frame.done, [None] * len(raws), done, {}))
        frame.done += len(raws)


def _is_innocent(crew: Crew, hand: Hand, frame: Frame, offset: int) -> bool:
    """Whether the worker was ended for what other tasks did, and this one may run again.

    It was ended for one that was done in this moment; or for its memory, of which they left some.
    """
    if hand.innocent:
        return not crew.plan.durable
    over = hand.over
    if over is None or crew.plan.durable:
        return False
    if not over.is_at(frame.seq, offset):
        return True
    frame.burdened += 1
    used = over.reason.cause is Cause.OUT_OF_MEMORY
    return used and not over.fresh and frame.burdened <= MOST_BURDENED


def _begun(hand: Hand, frame: Frame, reading: Reading | None) -> int:
    """Return the first offset of a frame that a dead worker certainly did not begin with."""
    if reading is None:
        return len(frame.items) if hand.ready else frame.done
    if reading.job != frame.seq or reading.torn:
        return frame.done
    if reading.state in {State.RUNNING, State.SENDING}:
        return min(max(frame.done, reading.offset + 1), len(frame.items))
    return frame.done


def _again(
    crew: Crew, frame: Frame, start: int, end: int, *, suspected: bool = False, begun: bool = False
) -> None:
    if start >= end:
        return
    rest = frame.part(start, end)
    rest.began = rest.began or begun
    if not suspected:
        crew.backlog.again(rest)
        return
    rest.tries += 1
    if rest.tries <= MOST_TRIES:
        crew.one_by_one(rest)  # the next death has one task to blame
        return
    for offset in range(end - start):
        crew.ready.append(Loss(rest, offset, _gave_up(rest.tries)))


def _gave_up(tries: int) -> BaseException:
    return worker_crashed(
        f"{tries} workers died with this task, between two tasks or while its result was sent"
    )


def may_have_run() -> BaseException:
    """Return the error for a task that a durable pool does not run again."""
    return worker_crashed(
        "a worker died when it had this task, which may be done: with durable=True it is not run"
        " again"
    )


def as_sent(error: BaseException, kind: int) -> BaseException:
    """Return the error of a task that cannot be sent, caused as the standard library has it."""
    if kind != Kind.EXECUTOR:
        return error
    text = "".join(format_exception(type(error), error, error.__traceback__))
    remote: Any = _RemoteTraceback
    error.__cause__ = remote(f'\n"""\n{text}"""')
    return error
