"""`join` reads what a process could not end without, and loses nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from typing import Any

import pytest

import mpdiag
from mpdiag.errors import JoinTimeout, NotShareable

# More than a pipe holds: without a reader the process cannot end.
MANY, LARGE = 2000, 200_000
LIMIT = 60.0
KINDS = ["Queue", "JoinableQueue", "SimpleQueue", "Connection"]


def ends(kind: str, context: Any) -> tuple[Any, Any]:
    """Return the end to read from and the end to write to."""
    if kind == "Connection":
        reader, writer = context.Pipe(duplex=False)
        return reader, writer
    queue = getattr(context, kind)()
    return queue, queue


def fill(target: Any, size: int) -> None:
    """Put many items, and one that is larger than the pipe."""
    put = getattr(target, "put", None) or target.send
    for number in range(MANY):
        put((number, "x" * 60))
    put("y" * size)
    if hasattr(target, "task_done"):
        target.join()


def stay(target: Any, release: Any) -> None:
    """Put an item, and end when told."""
    target.put("early")
    release.wait(LIMIT)


def die_inside(target: Any) -> None:
    """Put an item, write half of another, and be killed."""
    pipe = os.dup(target._writer.fileno())
    target.put("whole")
    target.close()
    target.join_thread()
    with target._wlock:
        os.write(pipe, (1000).to_bytes(4, "big") + b"half")
        os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.processes
@pytest.mark.parametrize("kind", KINDS)
def test_a_process_with_items_left_is_joined(kind: str) -> None:
    """All items come, in their order, and the process has ended."""
    context = multiprocessing.get_context("fork")
    reader, writer = ends(kind, context)
    process = context.Process(target=fill, args=(writer, LARGE))
    process.start()
    items = mpdiag.join(process, drain=reader, timeout=LIMIT)
    assert [item[0] for item in items[:-1]] == list(range(MANY))
    assert items[-1] == "y" * LARGE
    assert process.exitcode == 0


@pytest.mark.processes
def test_it_joins_under_every_start_method(start_method: str) -> None:
    """The queue of each context is read alike."""
    context: Any = multiprocessing.get_context(start_method)
    queue = context.Queue()
    process = context.Process(target=fill, args=(queue, LARGE))
    process.start()
    assert len(mpdiag.join(process, drain=queue, timeout=LIMIT)) == MANY + 1


@pytest.mark.processes
def test_several_processes_are_joined_at_once() -> None:
    """One queue that several processes fill is read until the last of them has ended."""
    context = multiprocessing.get_context("fork")
    queue: Any = context.Queue(maxsize=3)
    processes = [context.Process(target=fill, args=(queue, 10)) for _ in range(3)]
    for process in processes:
        process.start()
    assert len(mpdiag.join(processes, drain=mpdiag.share(queue), timeout=LIMIT)) == 3 * (MANY + 1)


@pytest.mark.processes
def test_what_was_read_when_the_time_is_up_is_not_lost() -> None:
    """The error names the process and has the items, and a second call goes on."""
    context = multiprocessing.get_context("fork")
    queue: Any = context.Queue()
    release = context.Event()
    process = context.Process(target=stay, args=(queue, release), name="stayer")
    process.start()
    with pytest.raises(JoinTimeout, match=r"stayer \(pid \d+\) had not ended after 0.5 s") as late:
        mpdiag.join(process, drain=queue, timeout=0.5)
    release.set()
    assert late.value.items + mpdiag.join(process, drain=queue, timeout=LIMIT) == ["early"]


def die_with_the_lock(target: Any, told: Any) -> None:
    """Be killed as the thread of a queue would be that writes."""
    target._wlock.acquire()
    told.set()
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.processes
def test_a_lock_that_died_with_its_holder_is_named() -> None:
    """A process whose items cannot leave since another was killed while it wrote: it is said."""
    context = multiprocessing.get_context("fork")
    queue: Any = context.Queue()
    told = context.Event()
    victim = context.Process(target=die_with_the_lock, args=(queue, told))
    victim.start()
    assert told.wait(LIMIT)
    victim.join(LIMIT)
    process = context.Process(target=queue.put, args=("late",))
    process.start()
    with pytest.raises(JoinTimeout, match="nothing comes though somebody holds the lock"):
        mpdiag.join(process, drain=queue, timeout=0.5)
    queue._wlock.release()
    assert mpdiag.join(process, drain=queue, timeout=LIMIT) == ["late"]


@pytest.mark.processes
def test_half_a_message_of_the_dead_stops_nobody() -> None:
    """What came whole is returned; `queue.get(timeout=...)` would wait for ever."""
    context = multiprocessing.get_context("fork")
    queue: Any = context.Queue()
    process = context.Process(target=die_inside, args=(queue,))
    process.start()
    assert mpdiag.join(process, drain=queue, timeout=LIMIT) == ["whole"]
    assert process.exitcode == -signal.SIGKILL


def test_only_what_has_a_pipe_can_be_drained() -> None:
    """Another thing is refused by name, before anything is waited for."""
    with pytest.raises(NotShareable, match="join cannot read a list"):
        mpdiag.join(threading.current_thread(), drain=[])
