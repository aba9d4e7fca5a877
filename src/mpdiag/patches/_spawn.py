"""Children of spawn and forkserver: armed out of the shim's reach, and heard if they fail early.

A passenger in the preparation data arms them.  A fork server that was started before ``watch()``
knows nothing of it; its children do.
Checked on 3.10 to 3.13.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps

from ..worker import current_test, surroundings
from ._arm import board
from ._patch import Patch

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import ModuleType

# In the names of a Pool's workers, of which there may be thousands.
_POOL_WORKER = "PoolWorker"
_NAMES = ("MPDIAG_RUN", "MPDIAG_SOCKET", "MPDIAG_FLAGS")


class Passenger:
    """Arms the child in which it is unpickled; runs before the user's main module."""

    def __reduce__(self) -> tuple[Callable[..., object], tuple[dict[str, str]]]:
        carried = {name: os.environ.get(name, "") for name in _NAMES}
        return board, ({**carried, "MPDIAG_TEST": current_test(os.environ)},)


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for ``multiprocessing.spawn``."""
    return [
        Patch(module, "get_preparation_data", _get_preparation_data),
        Patch(module, "prepare", _prepare),
        Patch(module, "_main", _main),
    ]


def _get_preparation_data(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def get_preparation_data(name: str) -> object:
        data = before(name)
        if patch.active and surroundings().watched and isinstance(data, dict):
            data["mpdiag"] = Passenger()
        return data

    return get_preparation_data


def _prepare(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Tell of a main module that cannot be imported; runs in the child."""

    @wraps(before)
    def prepare(data: object) -> object:
        try:
            return before(data)
        except BaseException as error:
            if patch.active:
                _tell(error, data, importing=True)
            raise

    return prepare


def _main(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    """Tell of a process object that cannot be read, and print what all workers meet once.

    Runs in the child; what it returns is the exit code.
    """

    @wraps(before)
    def main(*args: object, **kwargs: object) -> object:
        try:
            return before(*args, **kwargs)
        except Exception as error:
            if patch.active and (_repeated(error) or _tell(error, {}, importing=False)):
                return 1
            _peel(error)
            raise

    return main


def _tell(error: BaseException, data: object, *, importing: bool) -> bool:
    """Leave *error* to the owner; return whether it has been printed before."""
    try:
        from multiprocessing.process import current_process

        from ..worker import is_without_guard, start_failed

        name = data.get("name", "") if isinstance(data, dict) else ""
        name = str(name or current_process().name)
        if not surroundings().watched or isinstance(error, KeyboardInterrupt) or _seen(error):
            return False
        again = start_failed(error, name=name, importing=importing)
        alone = _POOL_WORKER not in name and not is_without_guard(error)
        if again and alone and sys.stderr is not None:
            sys.stderr.write(f"mpdiag: {name} (pid {os.getpid()}) failed at its start as well\n")
        error.__dict__["_mpdiag_repeated"] = again
        return again
    except Exception:
        return False


def _seen(error: BaseException) -> bool:
    return "_mpdiag_repeated" in getattr(error, "__dict__", {})


def _repeated(error: BaseException) -> bool:
    return bool(getattr(error, "__dict__", {}).get("_mpdiag_repeated"))


def _peel(error: BaseException) -> None:
    """Leave our frames out of the traceback that the interpreter prints; 3.11 and later."""
    try:
        from ..worker import without_ours

        error.__traceback__ = without_ours(error.__traceback__)
    except Exception:
        pass
