"""Failures without a pickle of their own reach the caller as the others do; no process starts."""

from __future__ import annotations

import pickle
import traceback
from concurrent.futures.process import _RemoteTraceback
from typing import Any

import pytest

from mpdiag.pool._bare import _KINDS, bare, revived
from mpdiag.worker import pack, remote_words

REMOTE: Any = _RemoteTraceback
NOTE = "mpdiag: task 7 (from 0) of Pool.imap, worker 1 (pid 12)"
ARGS: list[tuple[Any, ...]] = [(), (7,), ("no such day",), ("two\nlines", None, b"x", 1.5), ("",)]


class _Odd(ValueError):
    def __str__(self) -> str:
        raise TypeError("not today")


def _raised(error: BaseException) -> BaseException:
    try:
        raise error  # noqa: TRY301 - it needs a traceback
    except BaseException as caught:
        return caught


def _look(error: BaseException) -> tuple[object, ...]:
    cause = error.__cause__
    assert cause is not None
    return type(error), error.args, vars(error), type(cause), str(cause), cause.__cause__


@pytest.mark.parametrize("kind", sorted(_KINDS, key=str))
@pytest.mark.parametrize("args", ARGS)
def test_it_is_what_a_pickle_of_its_own_would_bring(
    kind: type[BaseException], args: tuple[Any, ...]
) -> None:
    """Class, arguments, note, and the remote traceback are the same."""
    error = _raised(kind(*args))
    short = bare(error, REMOTE, NOTE)
    assert short is not None
    whole = pickle.loads(pickle.dumps(pack(error, REMOTE, NOTE), 5))
    assert _look(revived(pickle.loads(pickle.dumps(short, 5)))) == _look(whole)


def _with_cause() -> BaseException:
    error = _raised(ValueError(1))
    error.__cause__ = KeyError(2)
    return error


def _with_context() -> BaseException:
    try:
        raise KeyError(2)  # noqa: TRY301 - it needs a context
    except KeyError:
        return _raised(ValueError(1))


def _with_attribute() -> BaseException:
    error = ValueError(1)
    error.day = "Monday"  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize(
    "error",
    [
        _with_cause(),
        _with_context(),
        _with_attribute(),
        _Odd(1),
        OSError(2, "gone"),
        ValueError([1]),
        ValueError("x" * 1001),
        AttributeError("x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_more_than_class_and_arguments_is_left_to_a_pickle(error: BaseException) -> None:
    """A chain, attributes, a class of the user, arguments that can be changed, long ones."""
    assert bare(error, REMOTE, NOTE) is None


@pytest.mark.parametrize(
    "error",
    [
        ValueError(),
        ValueError("x"),
        KeyError("x"),
        _Odd("x"),
        pickle.PicklingError("x"),
        AttributeError("x", name="y", obj=[]),
        ImportError("x", name="y"),
        SyntaxError("x", ("file.py", 1, 1, "a b", 1, 2)),
        OSError(2, "gone", "file"),
        KeyboardInterrupt(),
    ],
    ids=lambda error: type(error).__name__,
)
def test_the_last_line_of_a_remote_traceback_is_that_of_the_library(error: BaseException) -> None:
    """Though it is made without its help where nothing is special."""
    expected = "".join(traceback.format_exception_only(type(error), error))
    assert remote_words("", error) == f'\n"""\n{expected}"""'
