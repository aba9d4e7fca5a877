"""The inputs of all tasks that went well, out of all messages that workers worked through."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Protocol

from .. import codec
from ..model import Fault, Run
from ._record import Record

# Tasks that are looked at.  More: hundreds of megabytes, and more time than there is.
MOST = 250_000
# Messages between two looks at the clock.
_STRIDE = 64
# Share of the time after which one looks ahead, and how much of the work must be done by then.
_TRIED, _SLOW = 0.25, 0.7


class Message(Protocol):
    """What a worker took off its queue."""

    raw: bytes
    ran: int
    """How many of its tasks ran, from the first on."""


def every_pass(
    run: Run, fault: Fault, messages: Iterable[tuple[int, Message]], *, seconds: float
) -> list[Record] | None:
    """Return the inputs, and nothing else, of all tasks of the target of *fault* that went well.

    *messages* come with the process id of their worker, and from this run: they are loaded at the
    speed of C, without running anything.  None unless there are exactly as many as were counted.
    """
    target = fault.first.task.target if fault.first.task is not None else ""
    counted = run.passed.get(target, 0)
    failed = _failed(run, target)
    found: list[Record] = []
    begin = time.process_time()
    for number, (pid, message) in enumerate(messages if counted <= MOST else ()):
        if number % _STRIDE == 0:
            spent = time.process_time() - begin
            if spent > seconds or _is_hopeless(spent / seconds, len(found) / max(1, counted)):
                return None
        _add(found, pid, message, target, failed)
        if len(found) > counted:
            return None
    return found if found and len(found) == counted else None


def _is_hopeless(spent: float, done: float) -> bool:
    """Tell from the shares of time and work whether the time will not do: it is needed else."""
    return spent > _TRIED and 0 < done < spent * _SLOW


_Failed = dict[tuple[int | None, int | None], set[int | None]]
"""Positions in their call, by worker and call."""


def _failed(run: Run, target: str) -> _Failed:
    """Return where tasks of *target* failed, in whatever way."""
    found: _Failed = {}
    for fault in run.faults:
        for one in (fault.first, *fault.others):
            if one.task is not None and one.task.target == target:
                found.setdefault((one.worker.pid, one.task.call), set()).add(one.task.index)
    return found


def _add(found: list[Record], pid: int, message: Message, target: str, failed: _Failed) -> None:
    """Append the tasks of one message that went well, if they are of *target*."""
    try:
        tasks = codec.message_tasks(codec.load_inert(message.raw))
    except ValueError:
        tasks = codec.message_tasks(codec.read_pickle(message.raw))
    if tasks is None or tasks.target != target:
        return
    bad = failed.get((pid, tasks.call), ())
    for offset, (args, kwargs) in enumerate(tasks.arguments[: message.ran]):
        if not bad or tasks.start + offset not in bad:
            found.append(Record(args, kwargs))
