"""The fault zoo: every fault to order, in one table, with what must be said about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ..model import Cause
from . import _errors, _exits, _limits, _values


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """One fault to order: what is done in the worker, and what must come of it."""

    name: str
    act: Callable[[], object]
    """Called in the worker; what it returns is the task's result."""
    kind: Literal["failure", "crash"]
    words: tuple[str, ...]
    """Each stands in the report."""
    cause: Cause = Cause.RAISED
    code: int | None = None
    """Exit code of the worker, where the deed ends it so."""
    signal: str | None = None
    """Signal that the worker dies by."""
    stack: bool = True
    """The place of the deed in Python code can be known."""
    limits: Mapping[str, object] = field(default_factory=dict)
    """Options with which one of our pools ends it; in any other pool it goes on for ever."""


def _crash(act: Callable[[], object], signal: str, *, stack: bool = True) -> Deed:
    return Deed(
        name=act.__name__,
        act=act,
        kind="crash",
        words=(signal,),
        cause=Cause.SIGNAL,
        signal=signal,
        stack=stack,
    )


def _over(act: Callable[[], object], cause: Cause, words: str, **limits: object) -> Deed:
    words = f"{words}: ended by its pool"
    return Deed(
        name=act.__name__,
        act=act,
        kind="crash",
        words=(words,),
        cause=cause,
        signal="SIGKILL",
        limits=limits,
    )


def _failure(act: Callable[[], object], *words: str) -> Deed:
    return Deed(name=act.__name__, act=act, kind="failure", words=words)


FAULTS: tuple[Deed, ...] = (
    _crash(_exits.kill, "SIGKILL", stack=False),
    _crash(_exits.segfault, "SIGSEGV"),
    _crash(_exits.abort, "SIGABRT"),
    _crash(_exits.bus_error, "SIGBUS"),
    Deed(
        name="hard_exit",
        act=_exits.hard_exit,
        kind="crash",
        words=("exit code 7",),
        cause=Cause.EXIT_CALL,
        code=_exits.HARD_EXIT,
        stack=False,
    ),
    Deed(
        name="exit_call",
        act=_exits.exit_call,
        kind="failure",
        words=("sys.exit", "3"),
        cause=Cause.EXIT_CALL,
        code=_exits.EXIT_CALL,
    ),
    _over(
        _limits.stall,
        Cause.TASK_TIMEOUT,
        f"took longer than task_timeout={_limits.TASK_TIMEOUT} s",
        task_timeout=_limits.TASK_TIMEOUT,
    ),
    _over(
        _limits.swell,
        Cause.OUT_OF_MEMORY,
        f"took more memory than memory_limit={_limits.MEMORY_LIMIT}",
        memory_limit=_limits.MEMORY_LIMIT,
    ),
    _failure(_exits.interrupt, "KeyboardInterrupt"),
    _failure(_errors.raise_plain, "ValueError", "bad value"),
    _failure(_errors.raise_chained, "RuntimeError", "as a consequence"),
    _failure(_errors.raise_group, "ExceptionGroup", "two things"),
    _failure(_errors.raise_base, "EndOfWorkError", "no more work"),
    _failure(_errors.raise_unpicklable, "NeedsKeywordError", "bad value (7)"),
    _failure(_errors.raise_odd_new, "OddNewError", "bad value"),
    _failure(_errors.raise_wrong_reduce, "WrongReduceError", "bad value at the third shelf"),
    _failure(_errors.raise_with_lock, "HoldsError", "bad value"),
    _failure(_errors.raise_with_socket, "HoldsError", "bad value"),
    _failure(_errors.raise_local, "LocalError", "bad value"),
    _failure(_values.unpicklable_result, "lock"),
    _failure(_values.unloadable_result, "does not like to be loaded"),
)
"""Every deed without arguments that this module can do; names are unique."""

_BY_NAME = {deed.name: deed for deed in FAULTS}


def at(bad: int, name: str, value: int) -> object:
    """Do the deed called *name* if *value* is *bad*; else return twice the value.

    A target for any pool: ``pool.map(functools.partial(at, 137, "kill"), range(200))``.
    """
    return _BY_NAME[name].act() if value == bad else 2 * value
