"""Failures that this process has met before: a signature and a counter, not a capture.

A traceback is the same as another if it went through the same instructions.  What follows from
that (frames, fingerprint) is worked out for the first and looked up for the rest.
"""

from __future__ import annotations

import os
from types import CodeType

from .. import codec
from ..model import Fingerprint, Frame, failure_parts, fingerprint
from ._error import type_name
from ._trace import frames, is_plumbing, walk

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from ._state import WorkerState

# Signatures that are remembered.  More: memory, where keys are data.  Fewer: each is worked out
# again.
_MOST = 1024


class Known:
    """What all failures with one signature have in common."""

    __slots__ = ("_inner", "alone", "codes", "count", "mark", "number", "trace")

    def __init__(self, mark: Fingerprint, codes: list[CodeType], *, alone: bool) -> None:
        self.mark, self.number = mark, int(mark, 16)
        self.codes = codes
        """Kept, so that no other code gets their identity."""
        self.alone = alone
        """There is no line of the user's in it: not where it happened counts, but what."""
        self.trace: tuple[Frame, ...] | None = None
        self.count = -1
        """Of those before, in a process that has no recorder."""
        self._inner: dict[tuple[str, ...], Known] = {}

    def narrowed(self, parts: tuple[str, ...]) -> Known:
        """Return what those failures of these have in common of which *parts* are true too."""
        if len(self._inner) >= _MOST:
            self._inner.clear()
        if parts not in self._inner:
            mark = fingerprint((self.mark, *parts))
            self._inner[parts] = Known(mark, self.codes, alone=False)
        return self._inner[parts]

    def counted(self, state: WorkerState | None, call: int, index: int) -> int:
        """Count one more; return how many there were before it in this process."""
        if state is None:
            self.count += 1
            return self.count
        return state.recorder.count(self.number, call=call, index=index)

    def frames(self, error: BaseException) -> tuple[Frame, ...]:
        """Return the frames without their locals."""
        if self.trace is None:
            self.trace = frames(error.__traceback__, None)
        return self.trace


_known: dict[tuple[object, ...], Known] = {}
_pid = 0


def recognise(error: BaseException) -> Known:
    """Return what is known of failures like *error*; runs while it is live."""
    global _pid  # noqa: PLW0603 - a forked child counts afresh
    if _pid != os.getpid() or len(_known) >= _MOST:
        _known.clear()
        _pid = os.getpid()
    codes = []
    signature: list[object] = [type(error), *_key(error)]
    link = error.__traceback__
    while link is not None:
        code = link.tb_frame.f_code
        codes.append(code)
        signature += id(code), link.tb_lasti
        link = link.tb_next
    key = tuple(signature)
    known = _known.get(key)
    if known is None:
        known = _known[key] = _met(error, codes)
    return known


def _met(error: BaseException, codes: list[CodeType]) -> Known:
    places = _places(error)
    mark = fingerprint(failure_parts(type_name(error), places, _looked_up(error)))
    return Known(mark, codes, alone=not places)


def _key(error: BaseException) -> tuple[object, object]:
    """Return what was looked up in a form that is quickly compared."""
    if isinstance(error, KeyError) and error.args:
        looked_up = error.args[0]
        cls = type(looked_up)
        return (cls, looked_up) if cls is str or cls is int else (None, _looked_up(error))
    if isinstance(error, (AttributeError, NameError)):
        return str, getattr(error, "name", None)
    return None, None


def _looked_up(error: BaseException) -> str:
    """Return what was looked up and not found: it belongs to the fault."""
    if isinstance(error, KeyError) and error.args:
        return codec.describe(error.args[0], codec.Budget(text=100, total=100))
    if isinstance(error, (AttributeError, NameError)):
        return str(getattr(error, "name", "") or "")
    return ""


def _places(error: BaseException) -> tuple[tuple[str, str, int], ...]:
    links = [link for link in walk(error.__traceback__) if not is_plumbing(link.tb_frame.f_code)]
    return tuple(
        (link.tb_frame.f_code.co_filename, link.tb_frame.f_code.co_name, link.tb_lineno)
        for link in links[-50:]
    )
