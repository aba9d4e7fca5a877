"""Whether an exception comes from a signal handler: it belongs to whoever waits, and to no task."""

from __future__ import annotations

import signal
import threading
from functools import partial


def by_handler(error: BaseException) -> bool:
    """Whether a signal handler of the program is among the frames that *error* came through."""
    if threading.current_thread() is not threading.main_thread():
        return False
    codes = {_code_of(signal.getsignal(number)) for number in signal.valid_signals()} - {None}
    at = error.__traceback__ if codes else None
    while at is not None:
        if at.tb_frame.f_code in codes:
            return True
        at = at.tb_next
    return False


def _code_of(handler: object) -> object:
    while isinstance(handler, partial):
        handler = handler.func
    for call in (
        handler,
        getattr(handler, "__func__", None),
        type(handler).__dict__.get("__call__"),
    ):
        if hasattr(call, "__code__"):
            return call.__code__
    return None
