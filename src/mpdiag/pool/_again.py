"""Retries: whether a task that failed runs again, and what the last error says of it."""

from __future__ import annotations

from typing import Any

from ..worker import add_note
from ._options import Retries
from ._work import Frame

# Deaths of its worker after which a task is in quarantine.
MOST_DEATHS = 2


def runs_again(engine: Any, frame: Frame, offset: int, error: BaseException, *, died: bool) -> bool:
    """Have a task that failed run again, if its policy says so; else note in *error* how often.

    Args:
        engine: the pool.
        frame: what the task travelled in.
        offset: its place in there.
        error: what it failed with.
        died: whether its worker died at it.
    """
    policy = frame.function.options.again
    if policy is None or engine.broken is not None:
        return False
    task = frame.part(offset, offset + 1)
    task.failures, task.began = task.failures + 1, True
    task.deaths += died
    if task.deaths < MOST_DEATHS and _is_wanted(policy, task, error, died=died):
        engine.backlog.later(task, policy.wait(task.failures))
        if frame.source is not None:
            frame.source.repeats(task.base)
        return True
    _say(error, task, policy)
    return False


def _is_wanted(policy: Retries, task: Frame, error: BaseException, *, died: bool) -> bool:
    if task.failures > policy.times:
        return False
    return policy.crashes if died else isinstance(error, policy.on)


def _say(error: BaseException, task: Frame, policy: Retries) -> None:
    """Note the attempts of a task that is given up."""
    if task.deaths >= MOST_DEATHS:
        add_note(error, f"mpdiag: {task.deaths} workers died at this task: it is not run again")
    elif task.failures > 1:
        add_note(error, f"mpdiag: attempt {task.failures} of {policy.times + 1}")
