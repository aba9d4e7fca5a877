"""Values that cannot travel, or must not be looked at carelessly."""

from __future__ import annotations

import threading
from typing import NoReturn


def unpicklable() -> dict[str, object]:
    """Return a value that cannot be pickled; the lock in it lies at ``['a'][1]['lock']``."""
    return {"a": [1, {"lock": threading.Lock()}]}


def unpicklable_result() -> dict[str, object]:
    """Return, as a task's result, what cannot be pickled."""
    return unpicklable()


class Unloadable:
    """Pickles in the worker, and fails where it is unpickled."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        """Name a function that raises."""
        return refuse, ("this value does not like to be loaded",)


def refuse(message: str) -> NoReturn:
    """Raise a ValueError; what the pickle of `Unloadable` calls."""
    raise ValueError(message)


def unloadable_result() -> Unloadable:
    """Return, as a task's result, what fails to unpickle in the parent."""
    return Unloadable()


class BlockingRepr:
    """Its `__repr__` never returns: whoever describes it must not call that."""

    def __repr__(self) -> str:
        """Wait for what nobody sets."""
        threading.Event().wait()
        return "never"
