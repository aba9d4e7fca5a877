"""The errors that a pool raises for the task of a worker that died or had to be ended."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool

from .errors import MpdiagError


class WorkerCrashed(MpdiagError, BrokenProcessPool):
    """A worker died and took its task along; the note names the task and its input."""

    __module__ = "mpdiag"  # where users import it from, and what a traceback names
    slug = "worker-crashed"
    remedy = "See how the worker ended: `mpdiag show` with the number in the report."


class TaskTimeout(WorkerCrashed, TimeoutError):
    """A task took longer than its pool allows: its worker was ended.

    The message says where it was, the note names the task and its input.
    """

    __module__ = "mpdiag"
    slug = "task-timeout"
    remedy = "See why it waits where it was, or give it more time: task_timeout=..."
