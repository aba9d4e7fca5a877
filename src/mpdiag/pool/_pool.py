"""``mpdiag.Pool``: as that of the library, but a dead worker fails one task, and nothing hangs."""

from __future__ import annotations

import multiprocessing
import os
import warnings
from collections.abc import Callable, Iterable, Mapping
from itertools import count
from multiprocessing import util
from multiprocessing.context import BaseContext
from types import SimpleNamespace
from typing import Any, Literal

from ..errors import worker_crashed
from ..recorder import Kind, Method
from ._broken import Findings
from ._call import expected_of, held, kind_for
from ._engine import Engine
from ._executor import _processors
from ._options import Beyond, Options, Retries, memory_bytes
from ._parts import Plan
from ._results import ApplyResult, Callback, IMapIterator, IMapUnorderedIterator, MapResult
from ._serve import INLINE, STAR
from ._work import Task

RUN, CLOSE, TERMINATE = "RUN", "CLOSE", "TERMINATE"
# Seconds that a worker has to end after SIGTERM; then it is killed.
PATIENCE = 5.0


class Pool(Beyond):
    """Runs calls in worker processes.

    As ``multiprocessing.Pool``, with these differences: a task whose worker dies fails with
    `WorkerCrashed`, where the library waits for ever; an initializer that raises breaks the pool,
    where the library starts workers without end; and what ``terminate`` leaves undone fails.
    How many tasks travel together follows from the time they take: *chunksize* is accepted, and
    counts for *maxtasksperchild* alone.

    Args:
        processes: how many worker processes; as many as there are processors by default.
        initializer: called in each worker before its first task.
        initargs: arguments for *initializer*.
        maxtasksperchild: tasks after which a worker is replaced; a chunk counts as one.
        context: a context of `multiprocessing` or the name of a start method.
        task_timeout: seconds that a task may take; then its worker is ended, and it fails.
        retries: how many further attempts a task has that failed, or a `Retries`.
        on_error: "collect" has ``map`` and its like bring all results, also of tasks that failed.
        progress: show on standard error how far a ``map`` or its like is.
        memory_limit: bytes, or a text such as "2 GiB", that a worker may have in RAM: one that
            has more after a task is replaced, one that passes it within a task is ended.
        durable: a task that may have run is never run again, also when its worker dies.
    """

    def __init__(
        self,
        processes: int | None = None,
        initializer: Callable[..., object] | None = None,
        initargs: Iterable[Any] = (),
        maxtasksperchild: int | None = None,
        context: BaseContext | str | None = None,
        *,
        task_timeout: float | None = None,
        retries: int | Retries | None = None,
        on_error: Literal["raise", "collect"] = "raise",
        progress: bool = False,
        memory_limit: int | str | None = None,
        durable: bool = False,
    ) -> None:
        self._life = SimpleNamespace(state="INIT")
        self._options = Options(
            task_timeout=task_timeout, retries=retries, on_error=on_error, progress=progress
        )
        if context is None or isinstance(context, str):
            context = multiprocessing.get_context(context)
        if processes is None:
            processes = _processors()
        if processes < 1:
            raise ValueError("Number of processes must be at least 1")
        if maxtasksperchild is not None and (
            not isinstance(maxtasksperchild, int) or maxtasksperchild <= 0
        ):
            raise ValueError("maxtasksperchild must be a positive int or None")
        if initializer is not None and not callable(initializer):
            raise TypeError("initializer must be a callable")
        self._processes = processes
        plan = Plan(
            context=context,
            workers=processes,
            kind=Kind.POOL,
            initializer=initializer,
            initargs=tuple(initargs),
            max_tasks=maxtasksperchild,
            memory_limit=memory_bytes(memory_limit),
            durable=durable,
            daemon=True,
            rename="PoolWorker",
        )
        self._numbers = count()
        self._engine = Engine(plan, Findings())
        self._finalizer = util.Finalize(self, _terminate, args=(self._engine,), exitpriority=15)
        self._engine.launch()
        self._state = RUN

    @property
    def _state(self) -> str:
        """Of all views of the pool."""
        return self._life.state  # type: ignore[no-any-return]

    @_state.setter
    def _state(self, state: str) -> None:
        self._life.state = state

    @property
    def _pool(self) -> list[Any]:
        return [hand.process for hand in self._engine.crew.hands]

    def _repopulate_pool(self) -> None:
        """Do nothing: the number of workers is always kept."""

    def _check_running(self) -> None:
        if self._state != RUN:
            raise ValueError("Pool not running")
        engine = self._engine
        if engine.pid != os.getpid():
            raise ValueError(f"this pool belongs to its owner, pid {engine.pid}")
        if engine.broken is not None:
            raise engine.broken

    def apply(
        self, func: Callable[..., Any], args: Iterable[Any] = (), kwds: Mapping[str, Any] = {}
    ) -> Any:
        """Return what ``func(*args, **kwds)`` returns in a worker."""
        return self.apply_async(func, args, kwds).get()

    def apply_async(
        self,
        func: Callable[..., Any],
        args: Iterable[Any] = (),
        kwds: Mapping[str, Any] = {},
        callback: Callback = None,
        error_callback: Callback = None,
    ) -> ApplyResult:
        """Have ``func(*args, **kwds)`` run in a worker; return its result to come."""
        self._check_running()
        engine, number = self._engine, next(self._numbers)
        result = ApplyResult(engine, callback, error_callback)
        function = engine.functions.of(func, self._options)
        engine.add(number, Task(number, Method.APPLY, function, tuple(args), dict(kwds), result))
        engine.go()
        if callback is not None or error_callback is not None:
            engine.attend()
        return result

    def map(
        self, func: Callable[..., Any], iterable: Iterable[Any], chunksize: int | None = None
    ) -> list[Any]:
        """Return the results of *func* for all items, in their order."""
        return self.map_async(func, iterable, chunksize).get()  # type: ignore[no-any-return]

    def map_async(
        self,
        func: Callable[..., Any],
        iterable: Iterable[Any],
        chunksize: int | None = None,
        callback: Callback = None,
        error_callback: Callback = None,
    ) -> MapResult:
        """Have *func* run for all items; return the list of results to come."""
        return self._map(func, iterable, chunksize, callback, error_callback, Method.MAP)

    def starmap(
        self,
        func: Callable[..., Any],
        iterable: Iterable[Iterable[Any]],
        chunksize: int | None = None,
    ) -> list[Any]:
        """Return the results of *func* for all items, each the arguments of one call."""
        return self.starmap_async(func, iterable, chunksize).get()  # type: ignore[no-any-return]

    def starmap_async(
        self,
        func: Callable[..., Any],
        iterable: Iterable[Iterable[Any]],
        chunksize: int | None = None,
        callback: Callback = None,
        error_callback: Callback = None,
    ) -> MapResult:
        """Have *func* run for all items, each the arguments of one call."""
        return self._map(func, iterable, chunksize, callback, error_callback, Method.STARMAP)

    def _map(  # noqa: PLR0917
        self,
        func: Callable[..., Any],
        iterable: Iterable[Any],
        chunksize: int | None,
        callback: Callback,
        error_callback: Callback,
        method: int,
    ) -> MapResult:
        self._check_running()
        items = list(iterable)
        chunk = chunksize or -(-len(items) // (self._processes * 4)) or 1
        result: MapResult = kind_for(MapResult, self._options)(
            self._engine,
            next(self._numbers),
            method,
            self._engine.functions.of(func, self._options),
            items,
            shape=STAR if method == Method.STARMAP else INLINE,
            chunk=max(chunk, 1),
            callback=callback,
            error_callback=error_callback,
        )
        if callback is not None or error_callback is not None:
            self._engine.attend()
        return result

    def imap(
        self, func: Callable[..., Any], iterable: Iterable[Any], chunksize: int = 1
    ) -> IMapIterator:
        """Return an iterator over the results, in the order of the items."""
        return self._imap(IMapIterator, Method.IMAP, func, iterable, chunksize)

    def imap_unordered(
        self, func: Callable[..., Any], iterable: Iterable[Any], chunksize: int = 1
    ) -> IMapIterator:
        """Return an iterator over the results, as they come."""
        return self._imap(IMapUnorderedIterator, Method.IMAP_UNORDERED, func, iterable, chunksize)

    def _imap(
        self,
        kind: type[IMapIterator],
        method: int,
        func: Callable[..., Any],
        iterable: Iterable[Any],
        chunksize: int,
    ) -> IMapIterator:
        self._check_running()
        if chunksize < 1:
            raise ValueError(f"Chunksize must be 1+, not {chunksize}")
        call: Any = kind_for(kind, self._options)(
            self._engine,
            next(self._numbers),
            method,
            self._engine.functions.of(func, self._options),
            iterable=iterable,
            chunk=chunksize,
            expected=expected_of([iterable]) if self._options.progress else None,
        )
        return held(call, call.next) or call  # type: ignore[no-any-return] # asks nobody for its type

    def close(self) -> None:
        """Take no more tasks; the workers end when all are done."""
        if self._state == RUN:
            self._state = CLOSE
            self._engine.close()

    def terminate(self) -> None:
        """End the workers now; what is not done fails."""
        self._state = TERMINATE
        self._finalizer()
        self._end_after_all()

    def _end_after_all(self) -> None:
        """End a pool whose `terminate` was interrupted: a finaliser runs once."""
        if self._state == TERMINATE and not self._engine.closing:
            _terminate(self._engine)

    def join(self) -> None:
        """Wait until the workers have ended.

        Raises:
            ValueError: the pool has been neither closed nor terminated.
        """
        if self._state == RUN:
            raise ValueError("Pool is still running")
        if self._state not in {CLOSE, TERMINATE}:
            raise ValueError("In unknown state")
        self._end_after_all()
        self._engine.join()

    def __enter__(self) -> Pool:
        """Return the pool, which has to be running."""
        self._check_running()
        return self

    def __exit__(self, *_: object) -> None:
        """Terminate the pool."""
        self.terminate()

    def __reduce__(self) -> str:
        raise NotImplementedError("pool objects cannot be passed between processes or pickled")

    def __repr__(self) -> str:
        engine = self._engine
        return (
            f"<mpdiag.Pool: state={self._state} pool_size={len(engine.crew.hands)}"
            f" of {self._processes}, {len(engine.open)} tasks or calls open>"
        )

    def __del__(self, _warn: Callable[..., None] = warnings.warn, running: str = RUN) -> None:
        if self._of is None and self._state == running:
            _warn(f"unclosed running multiprocessing pool {self!r}", ResourceWarning, source=self)


def _terminate(engine: Engine) -> None:
    """End a pool now; at the exit of the interpreter too."""
    if engine.pid != os.getpid() or engine.over.is_set():
        return
    engine.ended, engine.grace = True, PATIENCE
    engine.fail(worker_crashed("the pool was terminated before this task was done"))
    engine.join()
