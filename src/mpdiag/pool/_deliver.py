"""Bring what came back to whoever asked for it; runs code of the user, and so outside all locks."""

from __future__ import annotations

import os
import pickle
from typing import TYPE_CHECKING, Any

from ..errors import worker_crashed
from ..recorder import Method
from ..worker import Call, add_note, also_broken, position_note, surroundings
from ._again import runs_again
from ._bare import Bare, revived
from ._buffers import loads
from ._handlers import by_handler
from ._parts import Answer, Entry, Loss
from ._work import Frame, Task

if TYPE_CHECKING:
    from ._buffers import Copied
    from ._found import Found


def deliver(engine: Any, entry: Answer | Loss) -> None:
    """Deliver all of *entry*, or what is left of it.

    After an exception of a signal handler it is called again: a task that has its outcome keeps it,
    and a call counts a task in the same step in which the entry does.
    """
    if isinstance(entry, Loss):
        _lose(engine, entry)
        return
    frame, start, values = entry.frame, entry.start, entry.values
    frame.done = max(frame.done, start + len(values))  # the driver may have been kept from it
    source, raws, failed = frame.source, entry.raws, entry.failed
    if source is not None:
        if entry.at:
            source.settled(frame.base + start, entry.at)
        elif not raws and not failed:
            source.finish_from(frame.base + start, values, entry)
            return
    for at in range(entry.at, len(values)):
        entry.at, offset = at, start + at
        if offset in failed:
            _fail(engine, entry, offset, *failed[offset])
        elif offset in raws:
            _finish_raw(engine, entry, offset, raws[offset])
        else:
            _finish(engine, entry, offset, values[at])


def _finish(engine: Any, entry: Answer, offset: int, value: object) -> None:
    """Deliver one result."""
    frame = entry.frame
    if frame.source is not None:
        frame.source.finish_from(frame.base + offset, [value], entry)
        return
    task: Task = frame.items[offset]
    task.sink.finish(value)
    engine.open.pop(task.number, None)


def _fail_at(  # noqa: PLR0917
    engine: Any,
    entry: Entry,
    frame: Frame,
    offset: int,
    error: BaseException,
    found: Found | None = None,
) -> None:
    """Deliver one error, with what is known of it."""
    if frame.source is not None:
        frame.source.fail_at(frame.base + offset, error, entry, found)
        return
    task: Task = frame.items[offset]
    task.sink.fail(error)
    engine.open.pop(task.number, None)


def _finish_raw(engine: Any, entry: Answer, offset: int, raw: Copied) -> None:
    try:
        value = loads(raw)
    except (Exception, SystemExit) as error:
        if by_handler(error):
            raise
        told = _unreadable(error, entry.frame, offset)
        _fail_at(engine, entry, entry.frame, offset, told)
    else:
        _finish(engine, entry, offset, value)


def _unreadable(error: BaseException, frame: Frame, offset: int) -> BaseException:
    """Return the error for a result that cannot be unpickled here; the library's pool breaks."""
    what = "the result cannot be loaded in the process that asked for it"
    if not isinstance(error, Exception):
        error = worker_crashed(f"{what}: {type(error).__name__}: {error}")
    number, method = frame.about
    target, args, kwargs = frame.call_of(offset)
    index = frame.base + offset
    if surroundings().watched:
        from ..patches import tell_unreadable

        tell_unreadable((index, 0, target, args, kwargs, method, number, index), error)
    else:
        call = Call(target, args, kwargs, Method.NAMES[method], index=index, call=number)
        add_note(error, f"{position_note(call, number=0, pid=os.getpid())}: {what}")
    return also_broken(error)


def _fail(
    engine: Any, entry: Answer, offset: int, raw: bytes | Bare, envelopes: list[bytes]
) -> None:
    frame = entry.frame
    try:
        error = pickle.loads(raw) if isinstance(raw, bytes) else revived(raw)
    except Exception as unreadable:
        error = worker_crashed(f"the error of the task cannot be loaded here: {unreadable!r}")
    found = engine.findings.told(envelopes)
    if runs_again(engine, frame, offset, error, died=False):
        entry.at += 1
    else:
        _fail_at(engine, entry, frame, offset, error, found)


def _lose(engine: Any, loss: Loss) -> None:
    frame, offset, error = loss.frame, loss.offset, loss.error
    if frame is not None:
        if loss.at:
            if frame.source is not None:
                frame.source.settled(frame.base + offset, 1)
        elif loss.died and runs_again(engine, frame, offset, error, died=True):
            loss.at = 1
        else:
            _fail_at(engine, loss, frame, offset, error, loss.found)
        return
    work = engine.open.get(offset)
    if type(work) is Task:
        work.sink.fail(error)
        engine.open.pop(offset, None)
    elif work is not None:
        work.fail_rest(error)  # and says itself that it is over
