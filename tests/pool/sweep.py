"""An exception at each place of our pools, in turn, where a signal handler may raise it.

The interpreter runs handlers of signals where a function begins and where a call has returned.  To
hit a certain one of these places would take luck; here a profile function, which is called at the
same places, raises at the N-th of ours, for each N.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import mpdiag

OURS = str(Path(mpdiag.__file__).parent / "pool")
PLACES = frozenset({"call", "return", "c_return", "c_exception"})


class Strike:
    """Raises *error* at the *at*-th place in our code that this thread comes to, once."""

    def __init__(self, at: int, error: type[BaseException]) -> None:
        self._left, self._error, self._pid = at, error, os.getpid()
        self.place = ""
        """Where it struck; empty if it did not come so far."""

    def __call__(self, frame: FrameType, event: str, arg: object) -> None:
        """Hear of a place."""
        if self.place or event not in PLACES or not frame.f_code.co_filename.startswith(OURS):
            return
        self._left -= 1
        if not self._left and os.getpid() == self._pid:
            code, what = frame.f_code, getattr(arg, "__name__", "") if event[0] == "c" else ""
            file = Path(code.co_filename).name
            self.place = f"{file}:{frame.f_lineno} {code.co_name} ({event} {what})"
            raise self._error

    def during(self, act: Callable[[], object]) -> None:
        """Call *act*, and catch what it raises here."""
        sys.setprofile(self)
        try:
            act()
        except self._error:
            pass
        finally:
            sys.setprofile(None)


def strikes(error: type[BaseException], first: int = 1, step: int = 1) -> Iterator[Strike]:
    """Yield strikes at one place after the other, until one is later than all that there are."""
    at = first
    while True:
        strike = Strike(at, error)
        yield strike
        if not strike.place:
            return
        at += step
