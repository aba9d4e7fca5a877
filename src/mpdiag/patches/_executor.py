"""``ProcessPoolExecutor``: tasks carry their position, and the guilty task is named.

Checked on 3.10 to 3.13; ``terminate_broken`` got its underscore in 3.12.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial, wraps
from itertools import count
from weakref import WeakKeyDictionary, WeakSet

from ..recorder import Further, shared_numbers
from ..worker import executor_chunk, executor_worker, importing, surroundings
from ._callers import remember_caller
from ._patch import Patch

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

_ours: WeakSet[object] = WeakSet()
# Why no worker of a broken executor came to a task.
_whys: WeakKeyDictionary[object, str] = WeakKeyDictionary()
_calls = count(1)


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for ``concurrent.futures.process``."""
    manager = module._ExecutorManagerThread
    breaks = "_terminate_broken" if hasattr(manager, "_terminate_broken") else "terminate_broken"
    return [
        Patch(module, "_process_worker", lambda _patch, _before: executor_worker),
        Patch(module.ProcessPoolExecutor, "__init__", _init),
        Patch(module.ProcessPoolExecutor, "map", _map),
        Patch(module.ProcessPoolExecutor, "submit", _submit),
        Patch(module._WorkItem, "__init__", _from_where),
        Patch(module._SafeQueue, "_on_queue_feeder_error", _feeder_error),
        Patch(manager, breaks, _terminate_broken),
    ]


class _Numbered:
    """A target on its way through ``map``, which counts the inputs that went out."""

    def __init__(self, target: Callable[..., object]) -> None:
        self.target, self.call, self.start = target, next(_calls), 0

    def __call__(self, *args: object) -> object:
        return self.target(*args)

    def chunk(self, length: int) -> partial[list[object]]:
        """Return what runs the next chunk, with its position."""
        start, self.start = self.start, self.start + length
        return partial(executor_chunk, self.target, self.call, start)


def _init(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def __init__(self: object, *args: object, **kwargs: object) -> None:  # noqa: N807
        before(self, *args, **kwargs)
        if patch.active and surroundings().watched:
            from ._executor_guest import tolerate

            _ours.add(self)
            tolerate(self)

    return __init__


def _map(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def map(  # noqa: A001 - the library's name
        self: object, fn: Callable[..., object], *iterables: object, **kwargs: object
    ) -> object:
        return before(self, _Numbered(fn) if self in _ours else fn, *iterables, **kwargs)

    return map


def _submit(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    from concurrent.futures import process

    @wraps(before)
    def submit(
        self: object, fn: Callable[..., object], /, *args: object, **kwargs: object
    ) -> object:
        if type(fn) is partial and fn.func is process._process_chunk:
            target = fn.args[0] if fn.args else None
            if type(target) is _Numbered:
                fn = target.chunk(len(args[0]))  # type: ignore[arg-type]
        try:
            future = before(self, fn, *args, **kwargs)
        except process.BrokenProcessPool as error:
            if self in _whys and error.args:
                error.args = (f"{error.args[0]}: {_whys[self]}",)
            raise
        if type(fn) is partial and fn.func is executor_chunk:
            future.add_done_callback(partial(_ended, len(args[0])))  # type: ignore[attr-defined,arg-type]
        return future

    return submit


def _from_where(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Keep which line submitted a task, for an input that cannot be sent."""

    @wraps(before)
    def __init__(self: object, *args: object, **kwargs: object) -> None:  # noqa: N807
        if patch.active:
            remember_caller(self)
        before(self, *args, **kwargs)

    return __init__


def _ended(tasks: int, future: object) -> None:
    """Count the tasks of a chunk that ``map`` cancels as it raises; runs where that happens.

    A generator that is closed early cancels as well, without anything that failed.
    """
    failed = sys.exc_info()[0]
    if failed not in {None, GeneratorExit} and future.cancelled():  # type: ignore[attr-defined]
        shared_numbers(surroundings().folder)[Further.CANCELLED] += tasks


def _feeder_error(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Tell of a task that cannot be pickled; runs in the queue's feeder thread."""

    @wraps(before)
    def _on_queue_feeder_error(self: object, error: BaseException, item: object) -> object:
        if patch.active and surroundings().watched:
            with importing:
                from ._executor_guest import tell_unsendable

                tell_unsendable(item, error, self.pending_work_items)  # type: ignore[attr-defined]
        return before(self, error, item)

    return _on_queue_feeder_error


def _terminate_broken(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Name the task of the dead worker before the library fails all that are pending."""

    @wraps(before)
    def terminate_broken(self: object, cause: list[str] | None) -> object:
        if patch.active and surroundings().watched:
            with importing:
                from ._executor_guest import blame

                cause, why = blame(self, cause)
            executor = self.executor_reference()  # type: ignore[attr-defined]
            if why and executor is not None:
                _whys[executor] = why
        return _despite_cancelled(partial(before, self, cause), self.pending_work_items)  # type: ignore[attr-defined]

    return terminate_broken


def _despite_cancelled(fail: Callable[[], object], pending: dict[int, Any]) -> object:
    """Fail what is *pending*, though a caller cancels it meanwhile.

    Before 3.12 the library trips over the first such future, and the workers that are left live on:
    the program waits for them at its exit.  The caller of ``map`` cancels as soon as it has the
    error of the guilty task, which it has from us early.
    """
    from concurrent.futures import InvalidStateError

    while True:
        try:
            return fail()
        except InvalidStateError:
            done = [key for key, item in pending.items() if item.future.done()]
            if not done:
                raise
            for key in done:
                del pending[key]
