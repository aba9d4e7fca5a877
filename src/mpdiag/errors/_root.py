"""The root of the errors of mpdiag, and what is raised for a worker that died."""

from __future__ import annotations

from typing import ClassVar


class MpdiagError(Exception):
    """Anything that mpdiag itself has to tell its user."""

    __module__ = "mpdiag.errors"  # where users import it from, and what a traceback names
    slug: ClassVar[str] = "error"
    """Anchor of this message in ``docs/messages.md``."""
    remedy: ClassVar[str] = ""
    """What to do next, in one sentence."""
    exit_code: ClassVar[int] = 1

    def __init_subclass__(cls) -> None:
        """Have a traceback name the place from which users import it."""
        if cls.__module__.startswith(f"{__package__}."):
            cls.__module__ = str(__package__)


class UsageError(MpdiagError):
    """The command line or a setting names something that does not exist."""

    slug = "usage"
    exit_code = 2


def worker_crashed(message: str) -> BaseException:
    """Return a ``WorkerCrashed`` with *message*.

    Its class is a ``BrokenProcessPool``, so that existing ``except`` clauses work, and is made on
    first use: nobody else needs ``concurrent.futures.process``.
    """
    from .._crashed import WorkerCrashed

    return WorkerCrashed(message)


def task_timeout(message: str) -> BaseException:
    """Return a ``TaskTimeout`` with *message*; it is made on first use, as above."""
    from .._crashed import TaskTimeout

    return TaskTimeout(message)
