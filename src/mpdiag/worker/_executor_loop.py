"""The loop of a worker of ``ProcessPoolExecutor``, with a mark before each task.

Follows ``concurrent.futures.process._process_worker`` of CPython 3.10 to 3.13.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from functools import partial

from ..recorder import Kind, Method, State, Word
from ._chunk import ChunkFailed, run_chunk
from ._random import with_random
from ._roads import Receiver, Sender, UnloadableError
from ._state import WorkerState, begin, starting

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from typing import Any

    from ._capture import Call


def executor_chunk(
    target: Callable[..., object],
    call: int,  # noqa: ARG001 - for the loop
    start: int,  # noqa: ARG001
    chunk: Sequence[tuple[object, ...]],
) -> list[object]:
    """Stand for ``_process_chunk`` with the number of the call and the position of its chunk.

    The loop below takes it apart; elsewhere it runs the chunk as the standard library does.
    """
    return [target(*args) for args in chunk]


def executor_worker(
    call_queue: object,
    result_queue: object,
    initializer: Callable[..., object] | None,
    initargs: tuple[object, ...],
    max_tasks: int | None = None,
) -> None:
    """Run call items until the owner says stop; takes the place of ``_process_worker``."""
    loop = _ExecutorLoop(begin(Kind.EXECUTOR), call_queue, result_queue)
    if initializer is not None and not loop.initialize(initializer, initargs):
        return
    loop.run(max_tasks)


class _ExecutorLoop:
    def __init__(self, state: WorkerState, call_queue: object, result_queue: object) -> None:
        from concurrent.futures import process

        self.stock: Any = process
        self.state, self.words = state, state.words
        self.receiver = Receiver(state, call_queue)
        self.sender = Sender(state, result_queue)
        self._note = ""
        self._raw = b""
        self._bad: list[int] = []
        """Offsets at which the current task failed."""

    def initialize(self, initializer: Callable[..., object], initargs: tuple[object, ...]) -> bool:
        """Run the user's initializer; False when it failed and this worker must end."""
        starting(self.state, initializer, initargs)
        try:
            initializer(*initargs)
        except BaseException as error:
            from ._startup import initializer_failed

            call = initializer, initargs
            initializer_failed(error, call, pool="ProcessPoolExecutor", state=self.state)
            self.words[Word.ANSWERED] = 1
            self.stock._base.LOGGER.critical("Exception in initializer:", exc_info=True)
            return False
        return True

    def run(self, max_tasks: int | None) -> None:
        completed = 0
        if max_tasks == 1:
            self.receiver.past.remove()
        while True:
            raw = self.receiver.receive()
            completed += 1
            last = os.getpid() if max_tasks is not None and completed >= max_tasks else None
            try:
                item = self.receiver.load(raw)
            except Exception as error:
                self._refuse(raw, error, last)
            else:
                self._raw = raw
                if item is None:
                    self._end()
                    self.sender.send(os.getpid())
                    return
                self._answer(item, last)
                item = None  # the task's objects go before the next one is waited for
            if last is not None:
                self._end()
                return

    def _end(self) -> None:
        self.receiver.past.remove()
        self.words[Word.STATE] = State.ENDED

    def _answer(self, item: object, last: int | None) -> None:
        try:
            result = self._execute(item)
        except BaseException as error:
            self._failed_with(item, error, last)
        else:
            self._send(item, last, result=result)
        self.words[Word.STATE] = State.WAITING

    def _execute(self, item: object) -> object:
        func, args, kwargs = item.fn, item.args, item.kwargs  # type: ignore[attr-defined]
        if not _is_chunk(func):
            self._mark(item, func, Method.SUBMIT, item.work_id, item.work_id, 0)  # type: ignore[attr-defined]
            result = with_random(self.state, func)(*args, **kwargs)
            self._count(1)
            return result
        target, call, start = func.args
        chunk = args[0]
        self._mark(item, target, Method.EXECUTOR_MAP, call, start, len(chunk))
        results = run_chunk(
            self.state,
            target,
            chunk,
            star=True,
            failed=lambda error, offset, extra: self._failed(item, error, offset, extra),
            packed=self._wrapped,
        )
        self._count(len(chunk))
        return results

    def _count(self, ran: int) -> None:
        self.words[Word.DONE] += ran
        self.receiver.sample.passed(self._raw, ran, self._bad)
        self.receiver.past.keep(self._raw, ran, self.words[Word.SIZE] > 0)
        if self._bad:
            self._bad = []

    def _mark(  # noqa: PLR0917
        self, item: object, target: object, method: int, call: int, start: int, size: int
    ) -> None:
        self.state.recorder.mark(
            job=item.work_id,  # type: ignore[attr-defined]
            part=0,
            method=method,
            base=start,
            size=size,
            call=call,
        )
        self.receiver.name_target(target)

    def _call_of(self, item: object, offset: int, *, extra: bool = False) -> Call:
        from ._capture import Call

        func, args, kwargs = item.fn, item.args, item.kwargs  # type: ignore[attr-defined]
        words, before = self.words, None
        if _is_chunk(func):
            before = tuple(args[0][offset - 1]) if offset else None
            func, args, kwargs = func.args[0], tuple(args[0][offset]), {}
        return Call(
            func,
            args,
            kwargs,
            Method.NAMES[words[Word.METHOD]],
            index=words[Word.BASE] + offset,
            call=words[Word.CALL],
            started_ns=words[Word.STARTED],
            in_keep_going=extra,
            queued=True,
            before=before,
        )

    def _failed(self, item: object, error: BaseException, offset: int, extra: bool) -> None:
        """Tell of a failure; runs while the exception is live."""
        self.state.reserve.use(error)
        self.words[Word.ANSWERED] = 1
        self._bad.append(offset)
        note = ""
        try:
            from ._capture import capture
            from ._refusal import exit_verdict

            call = self._call_of(item, offset, extra=extra)
            note = capture(error, call, state=self.state, verdict=exit_verdict(error))
        except Exception:
            pass  # without a file or a byte left
        if not extra:
            self._note = note

    def _failed_with(self, item: object, error: BaseException, last: int | None) -> None:
        self.state.reserve.use(error.error if isinstance(error, ChunkFailed) else error)
        words = self.words
        offset = words[Word.OFFSET] if words[Word.SIZE] else 0
        if isinstance(error, ChunkFailed):
            error = error.error
        else:
            self._failed(item, error, offset, False)
        words[Word.SKIPPED] += max(1, words[Word.SIZE]) - offset - 1
        self._count(offset + 1)
        packed = self._wrapped(error)
        self.state.reserve.renew()
        self._send(item, last, exception=packed)

    def _wrapped(self, error: BaseException) -> object:
        from ._transport import pack

        return pack(error, self.stock._RemoteTraceback, self._note)

    def _send(self, item: object, last: int | None, **outcome: object) -> None:
        self.words[Word.STATE] = State.SENDING
        work_id = item.work_id  # type: ignore[attr-defined]
        try:
            if "result" in outcome:
                self.sender.prove(outcome["result"])
            self.sender.send(self._result_item(work_id, last, **outcome))
        except BaseException as error:  # as the standard library: pickling may even exit
            from ._refusal import first_unsendable, unsendable_result

            chunk = bool(self.words[Word.SIZE])
            offset, result = first_unsendable(outcome.get("result"), chunk=chunk)
            self.words[Word.OFFSET] = offset  # the mark of the task that is told of
            unsendable_result(self.state, self._call_of(item, offset), error, error, result)
            packed = self._packed(error)
            self.sender.send(self._result_item(work_id, last, exception=packed))

    def _packed(self, error: BaseException) -> object:
        """Return what to send for a result that cannot be; one that fails to load breaks a pool."""
        from ._transport import BrokenFailure, pack, remote_text

        if not isinstance(error, UnloadableError):
            return pack(error, self.stock._RemoteTraceback, "")
        from ..errors import worker_crashed
        from ._capture import add_note

        broken = worker_crashed(f"the result cannot be loaded: {error}")
        for note in getattr(error, "__notes__", ()):
            add_note(broken, note)
        return BrokenFailure(broken, remote_text(error), self.stock._RemoteTraceback, None)

    def _result_item(self, work_id: int, last: int | None, **outcome: object) -> object:
        if last is not None:  # from 3.11 on, with max_tasks_per_child
            outcome["exit_pid"] = last
        return self.stock._ResultItem(work_id, **outcome)

    def _refuse(self, raw: bytes, error: Exception, last: int | None) -> None:
        """Answer a task that cannot be unpickled here: plain Python breaks the whole pool."""
        from ._refusal import unreadable_item
        from ._transport import BrokenFailure, remote_text

        work_id = unreadable_item(self.state, raw, error)
        if work_id is None:
            raise error
        packed = BrokenFailure(error, remote_text(error), self.stock._RemoteTraceback, None)
        self.sender.send(self._result_item(work_id, last, exception=packed))


def _is_chunk(func: object) -> bool:
    return type(func) is partial and func.func is executor_chunk
