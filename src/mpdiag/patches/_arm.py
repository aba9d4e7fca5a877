"""Arm this process: patches as their modules come, and a word at the end of the program.

Runs in every Python of a run, before user code: imports as little as it can.
"""

from __future__ import annotations

import os
import sys

from ..worker import forget, surroundings
from . import _forks
from ._hooks import AfterImport
from ._patch import Patches
from ._stacks import fall_silent, follow, listen

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import ModuleType

# Module of the library, and the module here that knows it.
_KNOWN = {
    "os": "_kill",
    "multiprocessing.process": "_process",
    "multiprocessing.popen_fork": "_popen",
    "multiprocessing.popen_forkserver": "_popen",
    "multiprocessing.connection": "_connection",
    "multiprocessing.synchronize": "_synchronize",
    "multiprocessing.pool": "_pool",
    "concurrent.futures.process": "_executor",
    "multiprocessing.spawn": "_spawn",
    "subprocess": "_subprocess",
    "_pytest.runner": "_pytest",
    "signal": "_their_signals",
    "faulthandler": "_their_signals",
}
# What ``mpdiag check`` looks at in addition.
_CHECKED = {"multiprocessing.reduction": "_crossing", "multiprocessing.queues": "_crossing"}

_patches = Patches()
_finder: AfterImport | None = None


def arm() -> None:
    """Patch what this process imports from now on, and what it has imported."""
    global _finder  # noqa: PLW0603 - a process is armed once
    if _finder is not None:
        return
    listen(surroundings().folder)
    if surroundings().check:
        _KNOWN.update(_CHECKED)
    _finder = AfterImport(dict.fromkeys(_KNOWN, _patch))
    _finder.start()
    os.register_at_fork(after_in_child=_begin_child)
    os.register_at_fork(
        before=_forks.before,
        after_in_parent=_forks.after_in_parent,
        after_in_child=_forks.after_in_child,
    )


def board(environment: dict[str, str]) -> None:
    """Arm a child that was handed *environment* with its preparation data; see `_spawn`."""
    os.environ.update(environment)
    forget()
    arm()


def disarm() -> None:
    """Undo every patch of this process."""
    global _finder  # noqa: PLW0603 - as above
    if _finder is not None:
        _finder.stop()
        _finder = None
    _patches.undo()
    fall_silent()


def _begin_child() -> None:
    """Tell this process from its parent; runs in a forked child."""
    forget()
    follow(surroundings().folder)


def arm_program() -> None:
    """Arm a process of a run, from the shim: also say that it is here, and how it ends."""
    around = surroundings()
    if not around.watched:
        return
    arm()
    _check_in(around.folder)
    import atexit

    atexit.register(_at_exit, os.getpid())


def _patch(module: ModuleType) -> None:
    try:
        ours = __import__(f"{__package__}.{_KNOWN[module.__name__]}", fromlist=["patches"])
        strange = ", ".join(_patches.apply(ours.patches(module)))
    except Exception as error:
        strange = f"{type(error).__name__}: {error}"
    if strange:
        _say_strange(module.__name__, strange)


def _say_strange(module: str, what: str) -> None:
    """Have the report name a library that is not as we know it: parts of it are not watched."""
    try:
        from ..worker import tell_unwatched

        if surroundings().watched:
            tell_unwatched(f"with a {module} that this mpdiag does not know ({what})")
    except Exception:
        pass


def _check_in(folder: str) -> None:
    """Leave a name by which the runner knows that this process is watched."""
    try:
        os.close(os.open(f"{folder}/{os.getpid()}.here", os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError:
        pass


def _at_exit(pid: int) -> None:
    """Say which exception ended the program, if one did; runs after the program's own exits."""
    if pid != os.getpid():
        return
    error = getattr(sys, "last_value", None)
    if error is None:
        return
    try:
        from ._outcome import tell_end

        tell_end(error)
    except Exception:
        pass
    if type(error) is KeyboardInterrupt:
        _stay_interrupted()


def _stay_interrupted() -> None:
    """Have the interpreter end by SIGINT, as it was about to.

    It forgets that at the next ``exec`` of a string, of which imports are full.
    """
    try:
        exec("raise KeyboardInterrupt")  # noqa: S102
    except KeyboardInterrupt:
        pass
