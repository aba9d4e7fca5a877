"""``mpdiag.ProcessPoolExecutor``: as the library's own, but a dead worker fails one task."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from concurrent.futures.process import BrokenProcessPool, _check_system_limits
from itertools import count
from multiprocessing.context import BaseContext
from typing import Any, Literal, TypeVar

from ..recorder import Kind, Method
from ._broken import Findings
from ._call import held, kind_for
from ._engine import Engine
from ._exit import exiting
from ._future import PoolFuture
from ._map import ExecutorMap
from ._options import Beyond, Options, Retries, memory_bytes
from ._parts import Plan
from ._work import Task

T = TypeVar("T")


class ProcessPoolExecutor(Beyond, Executor):
    """Runs calls in worker processes.

    As ``concurrent.futures.ProcessPoolExecutor`` of Python 3.14, with one difference: when a worker
    dies, the task it was at fails with `WorkerCrashed`, and the pool goes on.

    Args:
        max_workers: how many worker processes; as many as there are processors by default.
        mp_context: a context of `multiprocessing`, which decides how workers are started.
        initializer: called in each worker before its first task; if it raises, the pool is broken.
        initargs: arguments for *initializer*.
        max_tasks_per_child: tasks after which a worker is replaced; not with the start method
            fork.  Without an *mp_context* it implies spawn.
        strict: a dead worker breaks the pool, as it does in the standard library.
        task_timeout: seconds that a task may take; then its worker is ended, and it fails.
        retries: how many further attempts a task has that failed, or a `Retries`.
        on_error: "collect" has ``map`` bring all results, also of tasks that failed.
        progress: show on standard error how far a ``map`` is.
        memory_limit: bytes, or a text such as "2 GiB", that a worker may have in RAM: one that
            has more after a task is replaced, one that passes it within a task is ended.
        durable: a task that may have run is never run again, also when its worker dies.
    """

    def __init__(
        self,
        max_workers: int | None = None,
        mp_context: BaseContext | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
        *,
        max_tasks_per_child: int | None = None,
        strict: bool = False,
        task_timeout: float | None = None,
        retries: int | Retries | None = None,
        on_error: Literal["raise", "collect"] = "raise",
        progress: bool = False,
        memory_limit: int | str | None = None,
        durable: bool = False,
    ) -> None:
        self._options = Options(
            task_timeout=task_timeout, retries=retries, on_error=on_error, progress=progress
        )
        _check_system_limits()
        if max_workers is None:
            max_workers = _processors()
        elif max_workers <= 0:
            raise ValueError("max_workers must be greater than 0")
        if mp_context is None:
            method = "spawn" if max_tasks_per_child is not None else None
            mp_context = multiprocessing.get_context(method)
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        _check_tasks(max_tasks_per_child, mp_context)
        self._mp_context, self._max_workers = mp_context, max_workers
        self._max_tasks_per_child = max_tasks_per_child
        plan = Plan(
            context=mp_context,
            workers=max_workers,
            kind=Kind.EXECUTOR,
            initializer=initializer,
            initargs=tuple(initargs),
            max_tasks=max_tasks_per_child,
            memory_limit=memory_bytes(memory_limit),
            durable=durable,
        )
        self._engine = engine = Engine(plan, Findings(strict=strict))
        engine.crew.breaks = strict
        self._lock = threading.RLock()
        self._numbers = count()
        weakref.finalize(self, _collected, engine).atexit = False

    # What the standard library's object has, for whoever looks there.

    @property
    def _processes(self) -> dict[int, Any]:
        return self._engine.crew.processes

    @property
    def _executor_manager_thread(self) -> threading.Thread | None:
        return self._engine.thread

    @property
    def _broken(self) -> str | bool:
        broken = self._engine.broken
        return str(broken) if broken is not None else False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        """Have ``fn(*args, **kwargs)`` run in a worker; return the future of its result.

        Raises:
            BrokenProcessPool: the pool can run nothing any more.
            RuntimeError: the pool or the interpreter is shutting down.
        """
        engine = self._engine
        with self._lock:
            self._check_open()
            future: PoolFuture[T] = PoolFuture(engine)
            number = next(self._numbers)
            function = engine.functions.of(fn, self._options)
            task = Task(number, Method.SUBMIT, function, args, kwargs, future)
            engine.add(number, task)
        engine.go()
        return future

    def map(
        self,
        fn: Callable[..., T],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,
        buffersize: int | None = None,
    ) -> Iterator[T]:
        """Return an iterator over ``fn`` of the items of *iterables*, in their order.

        How many tasks travel together follows from the time they take; *chunksize* is accepted,
        and decides nothing.

        Args:
            fn: called with one item of each of the iterables.
            iterables: where the shortest ends, the calls end.
            timeout: seconds from now, after which the iterator raises TimeoutError.
            chunksize: at least 1.
            buffersize: inputs that are taken ahead of the results; all of them by default.

        Raises:
            ValueError: *chunksize* or *buffersize* is below 1.
            TypeError: *buffersize* is no integer.
        """
        if chunksize < 1:
            raise ValueError("chunksize must be >= 1.")
        if buffersize is not None and not isinstance(buffersize, int):
            raise TypeError("buffersize must be an integer or None")
        if buffersize is not None and buffersize < 1:
            raise ValueError("buffersize must be None or > 0")
        with self._lock:
            self._check_open()
        function = self._engine.functions.of(fn, self._options)
        kind = kind_for(ExecutorMap, self._options)
        call = kind(self._engine, self._numbers, function, iterables, buffersize)
        results: Any = call.results(timeout)
        iterator: Iterator[T] = held(call, lambda _: next(results), results.close) or results
        return iterator

    def _check_open(self) -> None:
        engine = self._engine
        if engine.broken is not None:
            raise _again(engine.broken)
        if engine.pid != os.getpid():
            raise RuntimeError(f"this pool belongs to its owner, pid {engine.pid}")
        if engine.closing:
            raise RuntimeError("cannot schedule new futures after shutdown")
        if exiting.is_set():
            raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Take no more tasks, and end the workers when all are done.

        Args:
            wait: return when everything has ended; else at once.
            cancel_futures: cancel what no worker has begun.
        """
        engine = self._engine
        with self._lock:
            if cancel_futures:
                self._cancel()
            engine.close()
        if wait:
            engine.join()

    def _cancel(self) -> None:
        for work in self._engine.backlog.drop():
            if type(work) is Task:
                if work.sink.cancel():  # type: ignore[attr-defined]
                    work.sink.begin()  # frees who waits by `wait` or `as_completed`
                self._engine.open.pop(work.number, None)
            else:
                work.cancel()  # type: ignore[union-attr]

    def terminate_workers(self) -> None:
        """End all workers by SIGTERM now; what is not done fails with BrokenProcessPool."""
        self._stop(kill=False)

    def kill_workers(self) -> None:
        """End all workers by SIGKILL now; what is not done fails with BrokenProcessPool."""
        self._stop(kill=True)

    def _stop(self, *, kill: bool) -> None:
        words = "A process in the process pool was terminated abruptly while the future was"
        error = BrokenProcessPool(f"{words} running or pending.")
        self._engine.fail(error, kill=kill)
        self.shutdown(wait=False, cancel_futures=True)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> bool | None:
        """Shut down; after Ctrl-C without what no worker has begun."""
        interrupted = kind is not None and issubclass(kind, KeyboardInterrupt)
        self.shutdown(wait=True, cancel_futures=interrupted)
        return None

    def __repr__(self) -> str:
        engine = self._engine
        state = "broken" if engine.broken else "closed" if engine.closing else "open"
        return (
            f"<mpdiag.ProcessPoolExecutor: {state}, {len(self._processes)} of"
            f" {self._max_workers} workers, {len(engine.open)} tasks or calls open>"
        )


def _collected(engine: Engine) -> None:
    """End a pool that nobody has any more, once its work is done."""
    if engine.pid == os.getpid():
        engine.close()


def _again(broken: BaseException) -> BaseException:
    """Return the error for whoever comes too late."""
    made = BrokenProcessPool(
        "A child process terminated abruptly, the process pool is not usable anymore"
    )
    made.__cause__ = broken
    return made


def _processors() -> int:
    if sys.version_info >= (3, 13):
        return os.process_cpu_count() or 1
    return os.cpu_count() or 1


def _check_tasks(most: int | None, context: BaseContext) -> None:
    if most is None:
        return
    if not isinstance(most, int):
        raise TypeError("max_tasks_per_child must be an integer")
    if most <= 0:
        raise ValueError("max_tasks_per_child must be >= 1")
    if context.get_start_method(allow_none=False) == "fork":
        raise ValueError(
            "max_tasks_per_child is incompatible with the 'fork' multiprocessing start method;"
            " supply a different mp_context."
        )
