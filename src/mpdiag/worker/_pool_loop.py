"""The loop of a worker of ``multiprocessing.Pool``, with a mark before each task.

    owner                          worker (this module)
    ─────                          ────────────────────
    inqueue  ── (job, part, func, args, kwds[, method, call, start]) ──▶  receive, mark, run
    outqueue ◀──────────── (job, part, (ok, value)) ────────────────────  prove, send

Follows ``multiprocessing.pool.worker`` of CPython 3.10 to 3.13, which are alike in what matters.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from ..recorder import Kind, Method, State, Word
from ._chunk import ChunkFailed, run_chunk
from ._random import with_random
from ._roads import Receiver, Sender
from ._state import WorkerState, begin, starting

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from typing import Any

    from ._capture import Call


class _Task:
    """One message of the owner, taken apart; a list of it holds for the whole chunk."""

    def __init__(self, message: tuple[Any, ...]) -> None:
        self.job, self.part, self.func, self.args, self.kwargs = message[:5]
        if len(message) > 5:  # noqa: PLR2004 - what a patched owner adds
            self.method, self.call, self.start = message[5:8]
        else:
            self.method, self.call, self.start = Method.APPLY, self.job, self.job


def pool_worker(  # noqa: PLR0917 - the signature of the standard library
    inqueue: Any,
    outqueue: Any,
    initializer: Callable[..., object] | None = None,
    initargs: tuple[object, ...] = (),
    maxtasks: int | None = None,
    wrap_exception: bool = False,
) -> None:
    """Run tasks until the owner says stop; takes the place of ``multiprocessing.pool.worker``."""
    if not hasattr(inqueue, "_writer"):  # a ThreadPool: its workers are threads of the owner
        from multiprocessing import pool

        stock = getattr(pool, "worker").__wrapped__  # noqa: B009 - not in its stubs
        stock(inqueue, outqueue, initializer, initargs, maxtasks, wrap_exception)
        return
    if maxtasks is not None and not (isinstance(maxtasks, int) and maxtasks >= 1):
        raise AssertionError(f"Maxtasks {maxtasks!r} is not valid")
    inqueue._writer.close()
    outqueue._reader.close()
    state = begin(Kind.POOL)
    _PoolLoop(state, inqueue, outqueue, wrap_exception).run(initializer, initargs, maxtasks)


class _PoolLoop:
    def __init__(
        self, state: WorkerState, inqueue: object, outqueue: object, wrap_exception: bool
    ) -> None:
        from multiprocessing import pool

        self.pool: Any = pool
        self.state, self.words = state, state.words
        self.receiver = Receiver(state, inqueue)
        self.sender = Sender(state, outqueue)
        self.wrap_exception = wrap_exception
        self._note = ""
        self._raw = b""
        self._bad: list[int] = []
        """Offsets at which the current task failed."""

    def run(
        self,
        initializer: Callable[..., object] | None,
        initargs: tuple[object, ...],
        maxtasks: int | None,
    ) -> None:
        if initializer is not None:
            self._initialize(initializer, initargs)
        if maxtasks == 1:
            self.receiver.past.remove()
        for _ in itertools.count() if maxtasks is None else range(maxtasks):
            raw = self._next()
            if raw is None or not self._serve(raw):
                break
        self.receiver.past.remove()
        self.words[Word.STATE] = State.ENDED

    def _initialize(self, initializer: Callable[..., object], initargs: tuple[object, ...]) -> None:
        starting(self.state, initializer, initargs)
        try:
            initializer(*initargs)
        except BaseException as error:
            from ._startup import initializer_failed

            call = initializer, initargs
            again = initializer_failed(error, call, pool="Pool", state=self.state)
            self.words[Word.ANSWERED] = 1
            if again and isinstance(error, Exception):
                raise SystemExit(1) from None  # printed before; the exit code stays
            raise

    def _next(self) -> bytes | None:
        try:
            return self.receiver.receive()
        except (EOFError, OSError):
            return None

    def _serve(self, raw: bytes) -> bool:
        """Run one task and answer it; return False at the owner's stop."""
        try:
            message = self.receiver.load(raw)
        except Exception as error:
            self._refuse(raw, error)
            return True
        if message is None:
            return False
        self._raw = raw
        self._answer(_Task(message))
        return True

    def _answer(self, task: _Task) -> None:
        ok, value = self._execute(task)
        self._count()  # before the answer: after it the owner may end this worker
        self.words[Word.STATE] = State.SENDING
        try:
            if ok:
                self.sender.prove(value)
            self.sender.send((task.job, task.part, (ok, value)))
        except Exception as error:
            from ._refusal import first_unsendable, unsendable_result

            offset, result = first_unsendable(value, chunk=bool(self.words[Word.SIZE]))
            self.words[Word.OFFSET] = offset  # the mark of the task that is told of
            value = self.pool.MaybeEncodingError(error, value)
            unsendable_result(self.state, self._call_of(task, offset), value, error, result)
            self.sender.send((task.job, task.part, (False, value)))

    def _execute(self, task: _Task) -> tuple[bool, object]:
        star = task.func is self.pool.starmapstar
        chunk = star or task.func is self.pool.mapstar
        if not chunk:
            return self._execute_one(task)
        target, items = task.args[0]
        self._mark(task, target, len(items))
        try:
            return True, run_chunk(
                self.state,
                target,
                items,
                star=star,
                failed=lambda error, offset, extra: self._failed(task, error, offset, extra),
                packed=self._wrapped,
            )
        except ChunkFailed as failed:
            return False, self._wrapped(failed.error)
        except BaseException as error:
            self._leave(task, error)
            raise

    def _execute_one(self, task: _Task) -> tuple[bool, object]:
        self._mark(task, task.func, 0)
        try:
            return True, with_random(self.state, task.func)(*task.args, **task.kwargs)
        except Exception as error:
            if task.func is self.pool._helper_reraises_exception:
                self._bad.append(0)
                return False, error  # the caller's own iterable failed, not a task
            self._failed(task, error, 0, False)
            return False, self._wrapped(error)
        except BaseException as error:
            self._leave(task, error)
            raise

    def _mark(self, task: _Task, target: object, size: int) -> None:
        self.state.recorder.mark(
            job=task.job,
            part=task.part,
            method=task.method,
            base=task.start,
            size=size,
            call=task.call,
        )
        self.receiver.name_target(target)

    def _count(self) -> None:
        words, ran, bad = self.words, 1, self._bad
        if words[Word.SIZE]:
            ran = words[Word.OFFSET] + 1
            words[Word.SKIPPED] += words[Word.SIZE] - ran
        words[Word.DONE] += ran
        self.receiver.sample.passed(self._raw, ran, bad)
        self.receiver.past.keep(self._raw, ran, words[Word.SIZE] > 0)
        if bad:
            self._bad = []

    def _call_of(self, task: _Task, offset: int, *, extra: bool = False) -> Call:
        from ._capture import Call

        target, args, kwargs, before = task.func, task.args, task.kwargs, None
        if self.words[Word.SIZE]:
            target, items = args[0]
            star = task.func is self.pool.starmapstar
            args, kwargs = (tuple(items[offset]) if star else (items[offset],)), {}
            if offset:
                before = tuple(items[offset - 1]) if star else (items[offset - 1],)
        return Call(
            target=target,
            args=args,
            kwargs=kwargs,
            label=Method.NAMES[task.method],
            index=task.start + offset,
            call=task.call,
            started_ns=self.words[Word.STARTED],
            in_keep_going=extra,
            queued=True,
            before=before,
        )

    def _failed(self, task: _Task, error: BaseException, offset: int, extra: bool) -> None:
        """Tell of a failure; runs while the exception is live."""
        self.state.reserve.use(error)
        self.words[Word.ANSWERED] = 1
        self._bad.append(offset)
        note = ""
        try:
            from ._capture import capture

            call, verdict = self._call_of(task, offset, extra=extra), None
            if not isinstance(error, Exception):
                from ._refusal import exit_verdict

                verdict = exit_verdict(error)
            note = capture(error, call, state=self.state, verdict=verdict)
        except Exception:
            pass  # without a file or a byte left
        if not extra:
            self._note = note

    def _wrapped(self, error: Exception) -> object:
        self.state.reserve.use(error)
        try:
            from ._transport import pack
        except Exception:
            return error
        self.state.reserve.renew()
        if not self.wrap_exception:
            return error
        return pack(error, self.pool.RemoteTraceback, self._note)

    def _leave(self, task: _Task, error: BaseException) -> None:
        """Answer a task whose exception ends this worker: plain Python would lose it."""
        from ._refusal import leaving

        offset = self.words[Word.OFFSET] if self.words[Word.SIZE] else 0
        answer = leaving(self.state, self._call_of(task, offset), error)
        self.words[Word.ANSWERED] = 1
        self.sender.send((task.job, task.part, (False, answer)))

    def _refuse(self, raw: bytes, error: Exception) -> None:
        """Answer a task that cannot be unpickled here: plain Python would lose it and hang."""
        from ._refusal import unreadable_task

        where = unreadable_task(self.state, raw, error)
        if where is None:
            raise error
        self.sender.send((*where, (False, error)))
        self.words[Word.STATE] = State.WAITING
