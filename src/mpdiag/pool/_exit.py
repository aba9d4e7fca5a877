"""At the exit of the interpreter, and in forked children: what becomes of pools that live."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Any

_living: weakref.WeakSet[Any] = weakref.WeakSet()
exiting = threading.Event()


def at_exit(engine: Any) -> None:
    """Have *engine* finish its work before the interpreter ends."""
    _living.add(engine)


def _finish_all() -> None:
    """Runs before the threads of the program are waited for, as in the standard library."""
    exiting.set()
    engines = [engine for engine in _living if engine.pid == os.getpid()]
    for engine in engines:
        engine.close()
    for engine in engines:
        engine.join()


threading._register_atexit(_finish_all)  # type: ignore[attr-defined]
