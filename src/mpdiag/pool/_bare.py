"""Failures that are no more than a class and its arguments: they need no pickle of their own.

Most failures are of this kind, and where many tasks fail those of a frame share all but the
arguments.  What the caller catches is the same as from `worker.pack`.
"""

from __future__ import annotations

from typing import Any

from ..worker import remote_words, stack_text
from ._wire import ATOMS

# Exceptions of the interpreter that come out of a pickle as they went in, with any arguments.
_KINDS = frozenset(
    {
        *(ArithmeticError, AssertionError, EOFError, Exception, FloatingPointError, IndexError),
        *(KeyError, LookupError, NotImplementedError, OverflowError, RecursionError, RuntimeError),
        *(TypeError, ValueError, ZeroDivisionError),
    }
)
# Characters or bytes of one argument; with a longer one a pickle of its own is the smaller cost.
_MOST = 1000

Bare = tuple[type[BaseException], tuple[Any, ...], str, str, type[Exception]]
"""Class, arguments, note, text of the stack, and the class of its cause."""


def bare(error: BaseException, remote: type[Exception], note: str) -> Bare | None:
    """Return *error* in this form, or None if it is more than that; runs while it is live."""
    kind, args = type(error), error.args
    if kind not in _KINDS or vars(error) or not all(map(_is_small, args)):
        return None
    if error.__cause__ is not None or error.__context__ is not None:
        return None
    return kind, args, note, stack_text(error.__traceback__), remote


def _is_small(arg: object) -> bool:
    kind = type(arg)
    return len(arg) <= _MOST if kind is str or kind is bytes else kind in ATOMS  # type: ignore[arg-type]


def revived(raw: Bare) -> BaseException:
    """Return the exception that *raw* was made of; runs in the owner."""
    kind, args, note, stack, remote = raw
    error = kind(*args)
    error.__cause__ = remote(remote_words(stack, error))
    if note:
        error.__notes__ = [note]  # type: ignore[attr-defined]
    return error
