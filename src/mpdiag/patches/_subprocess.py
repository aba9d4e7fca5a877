"""Python programs started by ``subprocess``: the runner is told, so that it can name the unwatched.

Only what is started is looked at; the call itself is the library's own.  Checked on 3.10 to 3.13.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import wraps

from ..worker import post, surroundings
from ._patch import Patch

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import ModuleType


def patches(module: ModuleType) -> list[Patch]:
    """Return the patches for ``subprocess``."""
    return [Patch(module.Popen, "__init__", _init)]


def _init(patch: Patch, before: Callable[..., object]) -> Callable[..., object]:
    @wraps(before)
    def __init__(self: object, args: object, *rest: object, **kwargs: object) -> None:  # noqa: N807
        before(self, args, *rest, **kwargs)
        try:
            if patch.active and surroundings().watched:
                _tell(self, args, kwargs)
        except Exception:
            pass

    return __init__


def _tell(process: object, args: object, kwargs: dict[str, object]) -> None:
    words = [os.fsdecode(word) for word in args] if isinstance(args, (list, tuple)) else []
    if not words or not _is_python(words[0]):
        return
    post(
        {
            "v": 1,
            "type": "started",
            "pid": process.pid,  # type: ignore[attr-defined]
            "reason": _reason(words, kwargs.get("env")),
            "place": _caller(),
        }
    )


def _is_python(word: str) -> bool:
    return word == sys.executable or word.rpartition("/")[2].startswith("python")


def _reason(words: list[str], env: object) -> str:
    """Return why a child may be out of reach; whether it is, its check-in will tell."""
    for word in words[1:]:
        if not word.startswith("-") or word in {"-c", "-m"}:
            break
        if not word.startswith("--") and set(word) & set("IES"):
            return f"started with {word}"
    if isinstance(env, dict) and "MPDIAG_RUN" not in env and b"MPDIAG_RUN" not in env:
        return "started with a cleaned environment"
    return f"started as {words[0]}, which is another Python or has no mpdiag"


def _caller() -> str:
    frame = sys._getframe(3)
    while frame.f_back is not None and frame.f_globals.get("__name__") in {"subprocess", __name__}:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"
