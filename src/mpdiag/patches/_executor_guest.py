"""Beside one stock ``ProcessPoolExecutor``: who is guilty, and answers that do not break it.

Runs in the executor's own manager thread, but for `tell_unsendable` (its feeder thread).
"""

from __future__ import annotations

import time
from typing import Any
from weakref import ref

from ..recorder import Method, read
from ..worker import importing
from ._places import Pool, know
from ._pool_guest import Answers, HalfSent, load_answer
from ._pool_locks import LOOK
from ._popen import recorder_of
from ._storm import is_barren, unborn

# Seconds for a dead worker's exit status to become readable after its end was seen.
REAPED = 1.0


class ExecutorAnswers(Answers):
    """The reading end of an executor's result queue."""

    executor: Any
    places: Pool

    def recv(self) -> object:
        """Return the next result; one that cannot be read becomes the failure of its task."""
        raw = self.message()
        try:
            return load_answer(raw)
        except Exception as error:
            with importing:
                return self._unreadable(raw, error)

    def _unreadable(self, raw: bytes, error: Exception) -> object:
        from concurrent.futures.process import _ResultItem

        from .. import codec
        from ..worker import also_broken
        from ._pool_tasks import tell_unreadable

        work_id = codec.peek_attribute(raw, "work_id")
        if work_id is None:
            raise error
        executor = self.executor()
        item = executor._pending_work_items.get(work_id) if executor is not None else None
        tell_unreadable(as_task(work_id, item) if item is not None else None, error)
        return _ResultItem(work_id, exception=also_broken(error))  # type: ignore[arg-type]

    def _await_rest(self) -> None:
        """Wait for the rest of a message, but not for a writer that is dead."""
        while not self.poll(LOOK):
            executor = self.executor()
            processes = dict(getattr(executor, "_processes", None) or {})
            if any(process.exitcode is not None for process in processes.values()):
                raise HalfSent("a worker died in the middle of a result")


def tolerate(executor: Any) -> None:
    """Give *executor* a reader that no answer can break, and its workers their places."""
    reader = executor._result_queue._reader
    reader.__class__ = ExecutorAnswers
    reader.executor = weak = ref(executor)

    size = executor._max_workers

    def workers() -> list[object]:
        return list((getattr(weak(), "_processes", None) or {}).values())

    reader.places = know(executor._call_queue, Pool(lambda: size, workers))


def as_task(work_id: int, item: Any) -> tuple[Any, ...]:
    """Return a work item in the form of a pool's task."""
    from functools import partial

    from ..worker import executor_chunk
    from ._stock import pool

    func, args, kwargs = item.fn, item.args, item.kwargs
    if type(func) is partial and func.func is executor_chunk:
        target, call, start = func.args
        chunk = ((target, args[0]),)
        return work_id, 0, pool.starmapstar, chunk, {}, Method.EXECUTOR_MAP, call, start
    return work_id, 0, func, args, kwargs, Method.SUBMIT, work_id + 1, work_id


def tell_unsendable(item: Any, error: BaseException, pending: Any) -> None:
    """Tell of a task that cannot be pickled."""
    try:
        from ._callers import place_of
        from ._pool_tasks import described
        from ._unsendable import cannot_send

        place = place_of(pending.get(item.work_id))
        target, inputs, label, start, call = described(as_task(item.work_id, item))
        cannot_send(error, target, inputs, label=label, start=start, call=call, place=place)
    except Exception:
        pass


def blame(manager: Any, cause: list[str] | None) -> tuple[list[str] | None, str]:
    """Fail the task of each dead worker by name; return the words for all other tasks.

    The second is why workers died at their start, for whoever submits later.
    """
    try:
        dead = _dead(manager)
        found = [line for process in dead for line in _blame_one(manager, process)]
        starts = [_at_start(process) for process in dead]
    except Exception:
        return cause, ""
    words = list(dict.fromkeys(first for first, _, _ in starts if first))
    return [*found, *_once(starts), *(cause or [])] or None, ", ".join(
        [*words[:1], *_more(len(words) - 1)]
    )


def _more(workers: int) -> list[str]:
    return [f"and {workers} more worker{'s' if workers > 1 else ''}"] if workers > 0 else []


def _once(starts: list[tuple[str, str, str]]) -> list[str]:
    """Return what ended each worker's start in full, but what is the same for many once."""
    told: dict[str, list[str]] = {}
    for _, who, text in starts:
        if who:
            told.setdefault(text, []).append(who)
    return [f"{', '.join([who[0], *_more(len(who) - 1)])}{text}\n" for text, who in told.items()]


def _dead(manager: Any) -> list[Any]:
    """Return the workers that have ended, once their exit status is there."""
    deadline = time.monotonic() + REAPED
    while True:
        processes = list((getattr(manager, "processes", None) or {}).values())
        dead = [process for process in processes if process.exitcode is not None]
        if dead or time.monotonic() > deadline:
            return dead
        time.sleep(0.01)


def _blame_one(manager: Any, process: Any) -> list[str]:
    from ._pool_tasks import crashed, first_failure

    reading = read(recorder_of(process.pid))
    if reading is None or not reading.busy:
        return []
    item = manager.pending_work_items.pop(reading.job, None)
    if item is None:
        return []
    error = crashed(as_task(reading.job, item), reading, process)
    item.future.set_exception(first_failure(reading) or error)
    notes = getattr(error, "__notes__", [])
    return [f"{error}\n", *(f"{note}\n" for note in notes)]


def _at_start(process: Any) -> tuple[str, str, str]:
    """Return why a worker never came to a task: in one sentence, then its name and in full."""
    from ..worker import read_start

    found = read_start(process.pid)
    if found is not None:
        first = str(found[2]).strip().partition("\n")[0]
        words = f"{found[0]} raised {type(found[2]).__name__}: {first}"
        return words, f"{found[0]}, pid {process.pid}", f":{found[1]}"
    reading = read(recorder_of(process.pid))
    if not is_barren(process, reading):
        return "", "", ""
    words = str(unborn(process, reading))
    return words, words, ""
