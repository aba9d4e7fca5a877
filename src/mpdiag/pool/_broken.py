"""Deaths: which task is to blame, and the error that it, or the whole pool, fails with."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from typing import Any

from ..errors import task_timeout, worker_crashed
from ..model import Cause, Crash, Failure, ending_words
from ..recorder import Method
from ..worker import Call, add_note, position_note
from ._ends import CUT_OFF
from ._faults import Faults
from ._found import Found
from ._parts import Death, Loss
from ._work import Frame

# Findings that a pool keeps.  More: memory, where half of many tasks fail.
MOST_FOUND = 1000
WORDS = "A process in the process pool was terminated abruptly while the future was running or"


class Findings:
    """Decides for one pool, and keeps what it found."""

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._found: list[Found] = []

    def died(self, engine: Any, death: Death) -> None:
        """Take in a death; runs in whoever delivers."""
        if engine.broken is not None:
            return
        if death.hand.failed_start is not None:
            engine.fail(*_of_start(death.hand.failed_start))
        elif death.hand.misfit:
            engine.fail(worker_crashed(death.hand.misfit))
        elif self._strict:
            engine.fail(BrokenProcessPool(f"{WORDS} pending."))
        elif engine.crew.hopeless:
            engine.fail(_hopeless(death))
        elif death.guilty is not None:
            if not death.told:  # else a signal handler came between, and now it is told
                death.told.append(self._loss(death, *death.guilty))
            engine.crew.ready.append(death.told[0])

    def _loss(self, death: Death, frame: Frame, offset: int) -> Loss:
        error = crashed(death, frame, offset)
        found = self._keep(Found(_reader(death, frame, offset)))
        return Loss(frame, offset, error, died=True, found=found)

    def told(self, envelopes: list[bytes]) -> Found | None:
        """Take in what a worker tells of a failure, where no run around the program does."""
        found = None
        for line in envelopes:
            found = self._keep(Found(partial(_read, line)))
        return found

    def _keep(self, found: Found) -> Found:
        if len(self._found) < MOST_FOUND:
            self._found.append(found)
        return found

    @property
    def faults(self) -> Faults:
        """What was found until now, oldest first; it is read when asked for."""
        known = (found.occurrence for found in list(self._found))
        return Faults(one for one in known if one is not None)


def crashed(death: Death, frame: Frame, offset: int) -> BaseException:
    """Return the error for the task that a worker was at when it died."""
    over = death.over_at(frame, offset)
    if over is not None:
        make = task_timeout if over.reason.cause is Cause.TASK_TIMEOUT else worker_crashed
        where = f", {over.place}" if over.place else ""
        error = make(f"{_who(death)} was ended: its task {over.reason.words}{where}")
    else:
        error = worker_crashed(f"{_who(death)} died: {_how(death)}")
    target, args, kwargs = frame.call_of(offset)
    number, method = frame.about
    label = Method.NAMES[method]
    call = Call(target, args, kwargs, label, index=frame.base + offset, call=number)
    try:
        add_note(error, position_note(call, number=death.hand.number, pid=death.hand.pid))
    except Exception:
        pass
    return error


def _who(death: Death) -> str:
    return f"worker {death.hand.number} (pid {death.hand.pid})"


def _how(death: Death) -> str:
    if death.garbled:
        return "it wrote to the socket by which it tells its results, and was killed for that"
    if death.exitcode == CUT_OFF:
        return f"it closed the socket by which it tells its results (exit code {CUT_OFF})"
    return ending_words(death.exitcode)


def _hopeless(death: Death) -> BaseException:
    return worker_crashed(
        f"the workers die before they come to a task, the last one, {_who(death)}, of {_how(death)}"
    )


def _of_start(raw: bytes) -> tuple[BaseException, BaseException | None]:
    """Return the errors for a pool whose initializer raised."""
    try:
        cause, envelopes = pickle.loads(raw)
    except Exception:
        cause, envelopes = None, []
    del envelopes
    return BrokenProcessPool(f"{WORDS} pending: its initializer raised."), cause


def _reader(death: Death, frame: Frame, offset: int) -> Callable[[], Crash]:
    """Return what reads the finding for the task that a worker was at when it died.

    It has no frame: that leads to futures, by what they raised to the pool itself, and so on.
    """
    process, worker, over = death.hand.process, death.hand.number, death.over_at(frame, offset)
    ending = over.ending() if over is not None else None
    called, (call, method), index = frame.call_of(offset), frame.about, frame.base + offset

    def read() -> Crash:
        from ..supervisor import crash_of

        crash = crash_of(process, *called)
        label = Method.NAMES[method]
        task = crash.task and replace(crash.task, label=label, index=index, call=call)
        crash = replace(crash, task=task, worker=replace(crash.worker, number=worker))
        return crash if ending is None else ending.explain(crash)

    return read


def _read(line: bytes) -> Failure:
    """Return the failure that a worker told of."""
    from ..judge import read_failure

    return read_failure(json.loads(line))
