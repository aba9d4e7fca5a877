"""Exceptions that are hard to bring home, each raised by a function of its own."""

from __future__ import annotations

import builtins
import importlib
import socket
import threading
from typing import Any, NoReturn


class NeedsKeywordError(Exception):
    """Cannot be rebuilt from its `args`: the reader of a result fails, not its writer."""

    def __init__(self, *, reason: str, code: int) -> None:
        super().__init__(f"{reason} ({code})")
        self.reason = reason
        self.code = code


class OddNewError(Exception):
    """Wants two arguments in `__new__` and passes on one."""

    def __new__(cls, first: str, _second: str) -> OddNewError:
        """Keep the first argument only."""
        return super().__new__(cls, first)

    def __init__(self, first: str, _second: str) -> None:
        super().__init__(first)


class WrongReduceError(Exception):
    """Pickles without complaint into something else."""

    def __init__(self, message: str, place: str = "nowhere") -> None:
        super().__init__(f"{message} at {place}")
        self.place = place

    def __reduce__(self) -> tuple[type[WrongReduceError], tuple[str]]:
        """Forget the place."""
        return WrongReduceError, ("something",)


class HoldsError(Exception):
    """Holds a thing that cannot leave its process."""

    def __init__(self, message: str, thing: object) -> None:
        super().__init__(message)
        self.thing = thing


class EndOfWorkError(BaseException):
    """Not an `Exception`, so that most handlers let it pass."""


def raise_plain() -> NoReturn:
    """Raise an ordinary ValueError."""
    raise ValueError("bad value")


def raise_chained() -> NoReturn:
    """Raise a RuntimeError from a KeyError, with a note where the interpreter has notes."""
    outer = RuntimeError("bad value, as a consequence")
    if hasattr(outer, "add_note"):
        outer.add_note("this is a note")
    raise outer from KeyError("inner")


def raise_group() -> NoReturn:
    """Raise a group of a ValueError and an OSError (before 3.11: of package exceptiongroup)."""
    group: Any = getattr(builtins, "ExceptionGroup", None)
    if group is None:
        group = importlib.import_module("exceptiongroup").ExceptionGroup
    raise group("two things", [ValueError("bad value"), OSError(5, "bad disk")])


def raise_base() -> NoReturn:
    """Raise a direct child of BaseException."""
    raise EndOfWorkError("no more work")


def raise_unpicklable() -> NoReturn:
    """Raise what pickles, but needs keyword arguments to be unpickled."""
    raise NeedsKeywordError(reason="bad value", code=7)


def raise_odd_new() -> NoReturn:
    """Raise what pickles, but needs more than its `args` in `__new__`."""
    raise OddNewError("bad value", "second")


def raise_wrong_reduce() -> NoReturn:
    """Raise what pickles and unpickles into an error that says something else."""
    raise WrongReduceError("bad value", "the third shelf")


def raise_with_lock() -> NoReturn:
    """Raise what holds a lock."""
    raise HoldsError("bad value", threading.Lock())


def raise_with_socket() -> NoReturn:
    """Raise what holds a closed socket."""
    with socket.socket() as thing:
        raise HoldsError("bad value", thing)


def raise_local() -> NoReturn:
    """Raise an exception whose class no other process can import."""

    class LocalError(ValueError):
        pass

    raise LocalError("bad value")
