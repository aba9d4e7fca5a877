"""``os.kill`` and ``os.killpg``: who sends a worker a signal writes that into its recorder before.

A worker that ends by SIGKILL can tell nothing any more, and the kernel does not say who it was.
"""

from __future__ import annotations

import os
import sys

from ..worker import surroundings
from ._patch import Patch, dressed_as

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

_LIBRARY = os.path.dirname(os.__file__) + os.sep
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
# Frames that are searched for a line of the program.
_DEEPEST = 20


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for ``os``."""
    return [Patch(module, "kill", _sending), Patch(module, "killpg", _sending)]


def _sending(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @dressed_as(before)
    def send(*args: object, **kwargs: object) -> object:
        told = _tell(patch.name, args) if patch.active and surroundings().folder else []
        if not told:
            return before(*args, **kwargs)
        try:
            return before(*args, **kwargs)
        except OSError:
            _take_back(told)
            raise

    return send


def _tell(name: str, args: tuple[object, ...]) -> list[str]:
    """Write into the recorder of each worker that it is meant; return their files."""
    try:
        target, number = args
        if not isinstance(target, int) or not isinstance(number, int) or not number:
            return []  # a wrong call; or 0, which only asks whether the process is there
        from ..recorder import stamp_sent

        place = _place()
        told = _recorders(target if name == "kill" else -target)
        for path in told:
            stamp_sent(path, int(number), place)
        return told
    except Exception:
        return []


def _take_back(told: list[str]) -> None:
    try:
        from ..recorder import stamp_sent

        for path in told:
            stamp_sent(path, 0, "")
    except Exception:
        pass


def _recorders(target: int) -> list[str]:
    """Return the recorder files of those that ``kill(target)`` reaches."""
    folder = surroundings().folder
    if target > 0:
        path = f"{folder}/{target}.rec"
        return [path] if os.path.exists(path) else []
    if target == -1:  # everybody
        return []
    group = -target or os.getpgrp()
    return [f"{folder}/{name}" for name in os.listdir(folder) if _is_member(name, group)]


def _is_member(name: str, group: int) -> bool:
    pid, _, ending = name.partition(".")
    if ending != "rec" or not pid.isdigit():
        return False
    try:
        return os.getpgid(int(pid)) == group
    except OSError:
        return False


def _place() -> str:
    """Return ``file:line`` of the innermost line of the program itself, or else of its caller."""
    frame = first = sys._getframe(3)
    for _ in range(_DEEPEST):
        file = frame.f_code.co_filename
        if not file.startswith((_LIBRARY, _OURS, "<frozen")):
            return f"{file}:{frame.f_lineno}"
        if frame.f_back is None:
            break
        frame = frame.f_back
    return f"{first.f_code.co_filename}:{first.f_lineno}"
