"""What a worker has sent, as whoever drives takes it in."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from ..recorder import Word
from ._handlers import by_handler
from ._hold import settle
from ._parts import Answer
from ._wire import ARMED, BLOCK, FAILED_START, READY, RESULTS, Garbled

if TYPE_CHECKING:
    from ._crew import Crew
    from ._hand import Hand


# Reads from one worker before the others have their turn.
TURNS = 16
# What comes of bytes that no worker of ours wrote.
GARBLED = (Garbled, pickle.UnpicklingError, ValueError, TypeError, IndexError, EOFError)


def read(crew: Crew, hand: Hand, turns: int) -> bool:
    """Take in what *hand* has sent; return whether that was all that it will ever send.

    What was read and not taken in, for an exception of a signal handler, is taken in first.
    """
    came = hand.came
    try:
        for _ in range(turns):
            if not came:
                crew.touched = hand
                frames = hand.inbox.receive()
                if frames is None:
                    return True
                came.extend(frames)
                crew.touched = None
            while came:
                _take_in(crew, hand, *came[0])
                came.popleft()
                crew.touched = None
            if hand.gone or (hand.inbox.drained and turns == TURNS):
                return False  # it has run all that it may, or that was all for now
    except BlockingIOError:
        crew.touched = None
    except OSError:
        return True
    except GARBLED as error:
        if by_handler(error):
            raise
        hand.garbled = True
        hand.process.kill()
        return True
    return False


def _take_in(crew: Crew, hand: Hand, kind: int, body: bytes | bytearray) -> None:
    """Take in one frame of a worker.

    Raises:
        Garbled: it is none, or none that it should send now.
    """
    if kind == RESULTS:
        _results(crew, hand, pickle.loads(body), len(body))
        return
    crew.touched = hand
    hand.account.received += len(body)
    if kind == READY:
        _is_ready(crew, hand, int(body))
    elif kind == BLOCK:
        hand.blocks.answered(body)
    elif kind == ARMED:
        hand.armed = bytes(body)
    elif kind == FAILED_START:
        hand.failed_start = bytes(body)
    else:
        raise Garbled(f"kind {kind}")


def _is_ready(crew: Crew, hand: Hand, nanoseconds: int) -> None:
    hand.ready, crew.unborn = True, 0
    hand.account.is_ready(nanoseconds)
    words = hand.words
    if words is not None:
        words[Word.SHARES_OUT] = not crew.breaks
    hand.misfit = crew.limits.misfit(hand)
    if hand.misfit:
        hand.kill(hand.misfit)
    elif hand.flying:
        crew.limits.begin(hand)


def _results(crew: Crew, hand: Hand, results: tuple[Any, ...], length: int) -> None:
    seq, start, values, raws, failed, (elapsed, telling), done, wanted = results
    frame = hand.flying[0]
    if frame.seq != seq or frame.done != start:
        raise Garbled("results of another frame")
    end = start + len(values)
    if end > len(frame.items) or (done and end < len(frame.items) and not hand.held):
        raise Garbled("results of more or fewer tasks")
    copies = hand.blocks.read(seq, raws) if raws else raws
    crew.touched = hand  # whoever is interrupted from here on cannot take it in again
    hand.account.received += length
    if values:
        crew.ready.append(Answer(frame, start, values, copies, failed))
    frame.done = end
    if frame.began:
        hand.repeated(len(values))
    hand.account.tasks += len(values)
    if done:
        hand.account.answered(elapsed, more=len(hand.flying) > 1)
        if end:
            frame.function.pace.took((elapsed - telling) / 1e9 / end)
        settle(hand, frame, crew.backlog)
        crew.maybe_retire(hand)
        if not hand.gone:
            hand.take_back(seq, wanted)
            crew.watch_writing(hand)
    if hand.flying:
        crew.limits.begin(hand)
