"""Have forks wait while a thread of ours imports.

A child that is forked in the middle of an import inherits the lock of that module from a thread
that it does not have, and waits for ever at its own import of it.  Our late imports, in the
threads of a pool, would bring that upon programs that never met it.
"""

from __future__ import annotations

import _thread
import os

# Seconds that a fork waits at most.  An import of ours takes some 50 ms.
PATIENCE = 2.0

importing = _thread.RLock()
"""Held, with ``with``, around what may import in a thread while another one forks."""


def _before() -> None:
    importing.acquire(timeout=PATIENCE)


def _after_in_parent() -> None:
    try:
        importing.release()
    except RuntimeError:
        pass  # the wait was given up


os.register_at_fork(
    before=_before,
    after_in_parent=_after_in_parent,
    after_in_child=importing._at_fork_reinit,  # type: ignore[attr-defined]
)
