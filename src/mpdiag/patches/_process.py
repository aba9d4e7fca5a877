"""``multiprocessing.Process``: its target runs on record.  Checked on 3.10 to 3.13."""

from __future__ import annotations

import os
from _thread import RLock, get_native_id
from collections.abc import Callable
from functools import partial, wraps

from ..worker import (
    importing,
    let_go_of_siblings,
    run_process,
    settle,
    surroundings,
)
from ._patch import Patch
from ._places import give_place

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import ModuleType


# Seconds that a start waits for one in another thread at most.  A fork takes some milliseconds.
_PATIENCE = 2.0

_forking = RLock()
"""Held from the pipes of a child to its entry among its siblings.

A child that another thread forks in between has these pipes too and does not know it: it would
keep its sibling alive when their owner dies.
"""

os.register_at_fork(after_in_child=_forking._at_fork_reinit)  # type: ignore[attr-defined]


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for ``multiprocessing.process``."""
    return [
        Patch(module.BaseProcess, "_bootstrap", _bootstrap),
        Patch(module.BaseProcess, "start", _start),
    ]


def _bootstrap(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Step between the start of a child and its ``run``; runs in the child."""

    @wraps(before)
    def bootstrap(self: object, *args: object, **kwargs: object) -> object:
        if patch.active and surroundings().watched:
            let_go_of_siblings()
            stock = self.run  # type: ignore[attr-defined]
            # a partial leaves no frame in the traceback that Process prints
            self.run = partial(run_process, self, stock)  # type: ignore[attr-defined]
        status = before(self, *args, **kwargs)
        settle()
        return status

    return bootstrap


def _start(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Tell of arguments that cannot be pickled, with the process that they were for."""

    @wraps(before)
    def start(self: object) -> object:
        if patch.active:
            give_place(self)
            # the kernel takes the end of the thread that forks for the end of the parent
            self._mpdiag_lasting = get_native_id() == os.getpid()  # type: ignore[attr-defined]
        alone = patch.active and _forks(self) and _forking.acquire(timeout=_PATIENCE)
        try:
            return before(self)
        except Exception as error:
            if patch.active and surroundings().watched:
                with importing:
                    from ..worker import is_without_guard
                    from ._unsendable import cannot_start

                    if not is_without_guard(error):  # of a child that will tell itself
                        cannot_start(self, error)
            raise
        finally:
            if alone:
                _forking.release()

    return start


def _forks(process: object) -> bool:
    """Whether a fork of this process starts *process*."""
    from multiprocessing import get_start_method

    return (getattr(process, "_start_method", None) or get_start_method()) == "fork"
