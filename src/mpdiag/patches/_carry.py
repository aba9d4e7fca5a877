"""Hand a value to each process that is started from now on, whatever its start method.

The value travels as an attribute of the process object, which pools of every family start by
`BaseProcess.start`: it is unpickled after ``sys.path`` is right, and before the target is called.
Checked on 3.10 to 3.13, loky 3.7.0, pebble 5.2.3 and mpire 2.10.2.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from ._patch import Patch, Patches

_patches = Patches()
_made: dict[str, Callable[[], object]] = {}


def carry(attribute: str, make: Callable[[], object]) -> None:
    """Give each process that is started from now on what *make* returns, as *attribute*."""
    if not _made:
        from multiprocessing.process import BaseProcess

        _patches.apply([Patch(BaseProcess, "start", _start)])
    _made[attribute] = make


def _start(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def start(self: object) -> object:
        if patch.active:
            for attribute, make in _made.items():
                try:
                    setattr(self, attribute, make())
                except Exception:
                    pass  # a process that takes no attributes goes without
        return before(self)

    return start
