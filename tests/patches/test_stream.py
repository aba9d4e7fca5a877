"""The owner's end of a task queue: whatever a dead reader took, the rest arrives whole."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from mpdiag.patches._stream import Stream

HEAD = 4


def task(number: int, size: int = 0) -> tuple[Any, ...]:
    """Return a task of the job *number*."""
    return number, 0, len, (b"x" * size,), {}


def never(key: object) -> None:
    """Nothing has to be sent once more."""
    pytest.fail(f"sent again: {key}")


def rest_of(queue: Any) -> list[int]:
    """Return the jobs that can still be read."""
    found = []
    while queue._reader.poll(0):
        found.append(pickle.loads(queue._reader.recv_bytes())[0])
    return found


def length(number: int, size: int = 0) -> int:
    """Return the bytes of a task on the queue."""
    return HEAD + len(pickle.dumps(task(number, size)))


@pytest.fixture
def queue() -> Iterator[Any]:
    """What matters of a pool's queue."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    with reader, writer:
        yield SimpleNamespace(_reader=reader, _writer=writer)


@pytest.mark.parametrize("begun", [False, True])
def test_any_position_is_understood(queue: Any, begun: bool) -> None:
    """At each byte: the task that was taken in part is lost, and all after it stay."""
    one = length(1)
    for taken in range(HEAD if begun else 0, 2 * one + 1):
        if begun and taken % one < HEAD and taken % one:
            continue  # with no more than a part of its length nothing is begun
        stream = Stream(queue)
        for number in (1, 2, 3):
            stream.put(task(number))
        os.read(queue._reader.fileno(), taken) if taken else None
        lost = stream.mend(begun=begun, again=never)
        whole, part = divmod(taken, one)
        expected = whole + 1 if part else whole if begun else None
        assert lost == (None if expected is None else (expected, 0)), taken
        kept = [number for number in (1, 2, 3) if number > whole + bool(part)]
        assert rest_of(queue) == kept, taken


def test_a_writer_that_waits_for_room_gets_it(queue: Any) -> None:
    """A large task under way is finished; what no longer fits is sent once more, by its key."""
    stream = Stream(queue)
    stream.put(task(1))
    writer = threading.Thread(target=stream.put, args=(task(2, 300_000),))
    writer.start()
    os.read(queue._reader.fileno(), HEAD + 3)
    again: list[object] = []
    assert stream.mend(begun=True, again=again.append) == (1, 0)
    writer.join()
    assert again == [(2, 0)]
    assert rest_of(queue) == []


def test_a_large_task_that_was_taken_in_part_is_lost_alone(queue: Any) -> None:
    """The rest of it is dropped, however much it is; the end sign after it stays."""
    stream = Stream(queue)

    def write() -> None:
        stream.put(task(1, 300_000))
        stream.put(None)

    writer = threading.Thread(target=write)
    writer.start()
    os.read(queue._reader.fileno(), 1000)
    lost = stream.mend(begun=True, again=never)
    writer.join()
    assert lost == (1, 0)
    assert pickle.loads(queue._reader.recv_bytes()) is None
