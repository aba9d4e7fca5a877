"""Tasks of a stock pool in words: for the error of a dead worker, and for unreadable answers."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from ..errors import worker_crashed
from ..model import Cause, Certainty, Verdict, ending_words
from ..recorder import Method, Reading, left_answer, stamp_taken
from ..worker import Call, add_note, capture, described_target, position_note

_Inputs = list[tuple[tuple[object, ...], dict[str, object]]]


def described(task: tuple[Any, ...]) -> tuple[Callable[..., object], _Inputs, str, int, int]:
    """Return target, inputs of each task, label, position of the first, number of the call."""
    from ._stock import pool

    job, _, func, args, kwargs = task[:5]
    method, call, start = task[5:8] if len(task) > 5 else (Method.APPLY, job, job)  # noqa: PLR2004
    label = Method.NAMES[method]
    if func is not pool.mapstar and func is not pool.starmapstar:
        return func, [(args, kwargs)], label, start, call
    target, items = args[0]
    star = func is pool.starmapstar
    return target, [(tuple(x) if star else (x,), {}) for x in items], label, start, call


def crashed(task: tuple[Any, ...], reading: Reading, worker: object) -> BaseException:
    """Return the error for the task that a worker was running when it died."""
    target, inputs, label, start, number = described(task)
    offset = reading.offset if reading.size and reading.offset < len(inputs) else 0
    args, kwargs = inputs[offset]
    call = Call(target, args, kwargs, label, index=start + offset, call=number)
    note = position_note(call, number=reading.number, pid=reading.pid)
    status = ending_words(worker.exitcode)  # type: ignore[attr-defined]
    error = worker_crashed(f"worker {reading.number} (pid {reading.pid}) died: {status}")
    add_note(error, note)
    return error


def first_failure(reading: Reading) -> BaseException | None:
    """Return that of a chunk whose worker died in the rest, which ran for the report alone."""
    raw = left_answer(reading)
    try:
        return pickle.loads(raw) if raw else None
    except Exception:  # it was not written to its end, or has no way back
        return None


def stamp(path: Path, task: tuple[Any, ...]) -> None:
    """Write into the recorder of a dead worker which task it had taken, but not yet begun."""
    from ._stock import pool

    target, inputs, label, start, number = described(task)
    stamp_taken(
        str(path),
        job=task[0],
        part=task[1],
        method=Method.NAMES.index(label),
        base=start,
        size=len(inputs) if task[2] in {pool.mapstar, pool.starmapstar} else 0,
        call=number,
        target=described_target(target),
        payload=bytes(ForkingPickler.dumps(task)),
    )


def tell_unreadable(task: tuple[Any, ...] | None, error: BaseException) -> None:
    """Tell of an answer that cannot be unpickled in this process."""
    verdict = Verdict(
        cause=Cause.RAISED,
        certainty=Certainty.PROVEN,
        headline="the answer of a worker cannot be read here",
        evidence=(f"unpickling it raised {type(error).__name__}: {error}"[:500],),
        fix="return plain data, or give its class a __reduce__ that works",
    )
    if task is None:
        call = Call(_unknown, (), {}, "")
    else:
        target, inputs, label, start, number = described(task)
        args, kwargs = inputs[0] if len(inputs) == 1 else ((), {})
        index = start if len(inputs) == 1 else None
        position = ""
        if len(inputs) > 1:
            position = f"one of tasks {start} to {start + len(inputs) - 1} (from 0) of {label}"
        call = Call(target, args, kwargs, label, index=index, call=number, position=position)
    note = capture(error, call, state=None, verdict=verdict)
    if note:
        add_note(error, note)


def _unknown() -> None:
    """Stands for a task of which nothing is known any more."""
