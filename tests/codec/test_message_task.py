"""A pool's message tells which task it carries, without being loaded."""

from __future__ import annotations

import pickle
from concurrent.futures import process
from functools import partial
from multiprocessing import pool
from multiprocessing.reduction import ForkingPickler
from typing import Any

import pytest

from mpdiag.codec import message_inputs, message_task, read_pickle
from mpdiag.recorder import Method
from mpdiag.worker import executor_chunk


def parse(record: object, more: object = None) -> object:
    """Stand for a target."""
    return record, more


mapstar: Any = getattr(pool, "mapstar")  # noqa: B009 - not in its stubs
starmapstar: Any = getattr(pool, "starmapstar")  # noqa: B009 - the same
call_item: Any = getattr(process, "_CallItem")  # noqa: B009 - the same
NAME = f"{__name__}.parse"


@pytest.mark.parametrize(
    ("message", "start"),
    [
        ((7, 0, parse, (1,), {}), 7),
        ((7, 0, parse, (1,), {}, Method.APPLY, 3, 5), 5),
        ((7, 2, mapstar, ((parse, (1, 2)),), {}, Method.MAP, 3, 40), 40),
        ((7, 2, starmapstar, ((parse, ((1, 2),)),), {}, Method.STARMAP, 3, 40), 40),
        ((7, 2, mapstar, ((partial(parse, more=1), (1, 2)),), {}, Method.MAP, 3, 40), 40),
        (call_item(9, parse, (1,), {}), 9),
        (call_item(9, partial(parse, 1), (2,), {}), 9),
        (call_item(9, partial(executor_chunk, parse, 3, 40), ([(1,), (2,)],), {}), 40),
        (call_item(9, partial(executor_chunk, partial(parse, 1), 3, 40), ([(1,)],), {}), 40),
    ],
)
@pytest.mark.parametrize("dumps", [pickle.dumps, ForkingPickler.dumps])
def test_the_task_is_read(message: object, start: int, dumps: Any) -> None:
    """Target and position are those of the task, whatever the pool wraps around it."""
    found = message_task(read_pickle(bytes(dumps(message))))
    assert (found.target, found.start) == (NAME, start)


@pytest.mark.parametrize("value", [None, (), [1], 5, {"fn": 1}, ("a", "b", "c", "d", "e")])
def test_what_is_no_message_tells_nothing(value: object) -> None:
    """Any other pickle names no target, and is not an error."""
    assert message_task(read_pickle(pickle.dumps(value))).target == ""


@pytest.mark.parametrize("method", [Method.STARMAP, Method.EXECUTOR_MAP])
def test_a_chunk_tells_how_its_items_are_called(method: int) -> None:
    """Our executor sends chunks in the form of a Pool; a tuple may be one argument, or all."""
    chunk = ((parse, ((1, 2), (3, 4))),)
    star = read_pickle(pickle.dumps((7, 2, starmapstar, chunk, {}, method, 3, 40)))
    plain = read_pickle(pickle.dumps((7, 2, mapstar, chunk, {}, Method.MAP, 3, 40)))
    target = "parse(record, more)"
    assert message_inputs(star, target=target, offset=1) == {"record": 3, "more": 4}
    assert message_inputs(plain, target=target, offset=1) == {"record": (3, 4)}
