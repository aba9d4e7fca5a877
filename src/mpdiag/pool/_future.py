"""A ``concurrent.futures.Future`` whose waiter drives the pool.

What it needs for waiting is made when somebody waits as with any other future: a condition costs
more than all the rest of a task.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, _base
from typing import Any, TypeVar

T = TypeVar("T")

_DONE = frozenset({_base.FINISHED, _base.CANCELLED, _base.CANCELLED_AND_NOTIFIED})

# Guards the states of futures that have no condition yet, and the making of one.  Held for some
# stores; a finaliser that runs in between may take it again.
_lock = threading.RLock()
os.register_at_fork(after_in_child=_lock._at_fork_reinit)  # type: ignore[attr-defined]


class PoolFuture(Future[T]):
    """The outcome of one task."""

    _real: threading.Condition | None = None
    _waiters: list[Any] = ()  # type: ignore[assignment]
    _done_callbacks: list[Callable[[Any], object]] = ()  # type: ignore[assignment]
    _exception: BaseException | None = None
    _result: T | None = None
    _state = _base.PENDING

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    @property
    def _condition(self) -> threading.Condition:  # type: ignore[override]
        """What others wait at; asked for, it also says that somebody waits who does not drive."""
        real = self._real
        if real is None:
            with _lock:
                real = self._real
                if real is None:
                    self._waiters, self._done_callbacks = [], []
                    real = self._real = threading.Condition()
        engine = self._engine
        if engine is not None and self._state not in _DONE:
            engine.attend()
        return real

    def result(self, timeout: float | None = None) -> T:
        """Return what the task returned; wait for it up to *timeout* seconds.

        Raises:
            CancelledError: the future was cancelled.
            TimeoutError: the task was not done in time.
            Exception: what the task raised.
        """
        try:
            self._wait(timeout)
            if self._exception is not None:
                raise self._exception
            return self._result  # type: ignore[return-value]
        finally:
            self = None  # type: ignore[assignment] # noqa: PLW0642 - else the traceback keeps it

    def exception(self, timeout: float | None = None) -> BaseException | None:
        """Return what the task raised, or None; wait for it up to *timeout* seconds.

        Raises:
            CancelledError: the future was cancelled.
            TimeoutError: the task was not done in time.
        """
        self._wait(timeout)
        return self._exception

    def _wait(self, timeout: float | None) -> None:
        if self._state not in _DONE:
            engine = self._engine
            if engine is not None:
                engine.drive(self._is_done, timeout)
            if self._state not in _DONE:
                raise _base.TimeoutError
        if self._state != _base.FINISHED:
            raise CancelledError

    def _is_done(self) -> bool:
        return self._state in _DONE

    def cancel(self) -> bool:
        """Cancel it if no worker has it; return whether it is cancelled."""
        engine = self._engine
        done = super().cancel()
        if done and engine is not None:
            engine.stir()
        return done

    def begin(self) -> bool:
        """Mark it as running; False if it was cancelled."""
        with _lock:
            if self._real is None:
                if self._state == _base.PENDING:
                    self._state = _base.RUNNING
                return self._state == _base.RUNNING
        if self._state == _base.RUNNING:  # handed out again, after a death
            return True
        return self.set_running_or_notify_cancel()

    def finish(self, value: Any) -> None:
        """Set the result, unless it is done already."""
        with _lock:
            if self._real is None:
                if self._state not in _DONE:
                    self._result, self._engine = value, None
                    self._state = _base.FINISHED
                return
        if self._state not in _DONE:
            self._finish_with(super().set_result, value)

    def fail(self, error: BaseException) -> None:
        """Set the exception, unless it is done already."""
        with _lock:
            if self._real is None:
                if self._state not in _DONE:
                    self._exception, self._engine = error, None
                    self._state = _base.FINISHED
                return
        if self._state not in _DONE:
            self._finish_with(super().set_exception, error)

    def _finish_with(self, settle: Callable[[Any], None], value: object) -> None:
        self._engine = None
        try:
            settle(value)
        except _base.InvalidStateError:
            pass  # cancelled meanwhile
