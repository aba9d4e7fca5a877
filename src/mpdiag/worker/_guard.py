"""The decorator: bind the inputs, catch, tell, raise the same exception again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, update_wrapper

from ._forks import importing

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from typing import Any, ParamSpec, TypeVar, overload

    P = ParamSpec("P")
    R = TypeVar("R")

_COROUTINE, _GENERATOR, _ASYNC_GENERATOR = 0x80, 0x20, 0x200

if TYPE_CHECKING:

    @overload
    def guard(target: Callable[P, R], /) -> Callable[P, R]: ...
    @overload
    def guard(
        *,
        ignore: tuple[type[BaseException], ...] = (),
        repr: bool = False,
        replay: bool = True,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]: ...


def guard(target=None, /, *, ignore=(), repr=False, replay=True):  # type: ignore[no-untyped-def] # noqa: A002
    """Make failures of *target* known with their inputs, under any pool and start method.

    The exception goes on to the caller, the same object, with one note added (PEP 678).  Works on
    functions, methods, static and class methods, partials, generators and coroutines.

    Args:
        target: the function that runs in workers.
        ignore: exceptions of these types are counted, not reported.
        repr: show inputs by their own ``repr()``, which runs the user's code; off by default.
        replay: False for a function that must not be called again: ``mpdiag replay`` refuses.
    """
    how = _How(tuple(ignore), show=repr, replay=replay)
    if target is None:
        return lambda function: _wrap(function, how)
    return _wrap(target, how)


class _How:
    """What the user asked for."""

    __slots__ = ("ignore", "replay", "show")

    def __init__(
        self, ignore: tuple[type[BaseException], ...], *, show: bool, replay: bool
    ) -> None:
        self.ignore, self.show, self.replay = ignore, show, replay


def _wrap(target: Any, how: _How) -> Any:
    if isinstance(target, (staticmethod, classmethod)):
        return type(target)(_wrap(target.__func__, how))
    flags = getattr(getattr(target, "__code__", None), "co_flags", 0)
    make: Any = _plain
    if flags & _ASYNC_GENERATOR:
        make = _async_generator
    elif flags & _COROUTINE:
        make = _coroutine
    elif flags & _GENERATOR:
        make = _generator
    wrapper = make(target, how)
    update_wrapper(wrapper, target)
    wrapper.__mpdiag_guard__ = True
    wrapper.__mpdiag_replay__ = how.replay
    return wrapper


def _plain(target: Callable[..., object], how: _How) -> Callable[..., object]:
    def guarded(*args: object, **kwargs: object) -> object:
        try:
            return target(*args, **kwargs)
        except BaseException as error:
            _tell(error, target, args, kwargs, how)
            raise

    return guarded


def _generator(target: Callable[..., object], how: _How) -> Callable[..., object]:
    def guarded(*args: object, **kwargs: object) -> object:
        try:
            return (yield from target(*args, **kwargs))  # type: ignore[no-any-return,misc]
        except BaseException as error:
            _tell(error, target, args, kwargs, how)
            raise

    return guarded


def _coroutine(target: Callable[..., object], how: _How) -> Callable[..., object]:
    async def guarded(*args: object, **kwargs: object) -> object:
        try:
            return await target(*args, **kwargs)  # type: ignore[misc]
        except BaseException as error:
            _tell(error, target, args, kwargs, how)
            raise

    return guarded


def _async_generator(target: Callable[..., object], how: _How) -> Callable[..., object]:
    async def guarded(*args: object, **kwargs: object) -> object:
        items: Any = target(*args, **kwargs)
        step: Callable[[], Any] = items.__anext__
        try:  # what ``yield from`` does for other generators
            while True:
                try:
                    item = await step()
                except StopAsyncIteration:
                    return
                try:
                    step = partial(items.asend, (yield item))
                except GeneratorExit:
                    await items.aclose()
                    raise
                except BaseException as error:
                    step = partial(items.athrow, error)
        except BaseException as error:
            _tell(error, target, args, kwargs, how)
            raise

    return guarded


def _tell(
    error: BaseException,
    target: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    how: _How,
) -> None:
    """Send what is known of *error*; runs while it is live, and lets nothing else out."""
    try:
        if isinstance(error, (GeneratorExit, KeyboardInterrupt, *how.ignore)):
            return
        with importing:
            from ._guarded_call import tell

            tell(error, target, args, kwargs, show=how.show, replay=how.replay)
    except Exception:
        pass
