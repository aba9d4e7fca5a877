"""A history is taken apart into tasks, and sent to a child in few messages."""

from __future__ import annotations

import base64
from typing import Any

from mpdiag.model import History, Inputs, Task
from mpdiag.recorder import PastMessage
from mpdiag.replay import steps_of
from mpdiag.replay.trial._steps import MOST, as_calls, packed_calls
from mpdiag.worker import packed_history

TASK = Task(target="job.parse", label="Pool.map")


def history(*messages: tuple[bytes, int, bool]) -> History:
    """Return a history of these messages: raw, tasks that ran, whether a chunk."""
    return packed_history([PastMessage(*one) for one in messages], tasks=99)


def never(task: Task, inputs: Inputs) -> Any:
    """Stand for what describes a call that is no part of a message."""
    raise AssertionError("every call is part of a message")


def test_each_task_has_its_place_and_distance() -> None:
    """Chunks give an offset for each task that ran; the distance counts back from the fault."""
    found = steps_of(history((b"one", 1, False), (b"chunk", 2, True), (b"own", 1, True)))
    assert [(step.message, step.offset, step.back) for step in found] == [
        (b"one", None, 4),
        (b"chunk", 0, 3),
        (b"chunk", 1, 2),
        (b"own", 0, 1),
    ]


def test_a_message_that_was_not_kept_leaves_a_gap() -> None:
    """Its tasks cannot be called, and count all the same."""
    found = steps_of(history((b"one", 1, False), (b"", 5, True), (b"own", 1, False)))
    assert [(step.message, step.back) for step in found] == [(b"one", 7), (b"own", 1)]


def test_a_history_is_called_in_bounds() -> None:
    """Whatever a history claims, its last tasks are taken, and no more than the limit."""
    found = steps_of(history((b"old", 1, False), (b"chunk", 2**40, True)))
    assert len(found) == MOST
    assert found[-1].offset == 2**40 - 1
    assert {step.message for step in found} == {b"chunk"}


def test_no_history_has_no_tasks() -> None:
    """An occurrence without one, and one that lost its bytes, have no tasks to call."""
    assert steps_of(None) == ()
    assert steps_of(History(tasks=5)) == ()


def test_a_message_is_sent_once() -> None:
    """Tasks of a chunk share its message; one that is called twice is loaded twice."""
    steps = steps_of(history((b"one", 1, False), (b"chunk", 3, True)))
    messages, groups = packed_calls(as_calls([*steps, steps[-1]], TASK), never)
    assert [base64.b64decode(one) for one in messages] == [b"one", b"chunk"]
    assert [(group["message"], group["offsets"]) for group in groups] == [
        (0, [None]),
        (1, [0, 1, 2]),
        (1, [2]),
    ]
