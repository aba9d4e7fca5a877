"""`share`: a handle reaches every worker, and says how."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import queue
import signal
import threading
from multiprocessing.context import BaseContext
from typing import Any

import pytest

import mpdiag
from mpdiag.errors import NotShareable, SharerGone
from mpdiag.sharing import Shared, _server
from mpdiag.testing import wait_until

from .tasks import answer, put_into_all, say, use, wait_for_item

KINDS = [
    *("Queue", "JoinableQueue", "SimpleQueue", "Lock", "RLock", "Semaphore", "BoundedSemaphore"),
    *("Condition", "Event", "Value", "Array", "Barrier", "Connection"),
]
LIMIT = 60.0


def made(kind: str, context: BaseContext) -> Any:
    """Return a primitive of *kind*."""
    match kind:
        case "Value":
            return context.Value("i", 0)
        case "Array":
            return context.Array("i", 3)
        case "Barrier":
            return context.Barrier(2)
        case "Connection":
            ours, theirs = context.Pipe()
            theirs.other = ours  # type: ignore[attr-defined] # else it is closed
            return theirs
    return getattr(context, kind)()


@pytest.mark.processes
def test_a_pool_made_after_it_has_the_queue_itself(start_method: str) -> None:
    """Workers that start after `share` inherit the queue, and no server is started."""
    context = multiprocessing.get_context(start_method)
    handle = mpdiag.share(context.Queue())
    with context.Pool(1) as pool:
        assert pool.apply_async(answer, (handle, 21)).get(LIMIT) == "inherited"
        value, pid = handle.get(timeout=LIMIT)
    assert value == 42
    assert pid != os.getpid()
    assert handle.how == "own"
    assert not _server._servers


@pytest.mark.processes
def test_a_pool_made_before_it_asks_its_owner(start_method: str) -> None:
    """Workers that were there before `share` reach the same queue through the owner."""
    context = multiprocessing.get_context(start_method)
    with context.Pool(1) as pool:
        pool.apply_async(os.getpid).get(LIMIT)
        handle = mpdiag.share(context.Queue())
        assert pool.apply_async(answer, (handle, 21)).get(LIMIT) == "proxy"
        assert handle.get(timeout=LIMIT)[0] == 42


@pytest.mark.processes
def test_a_queue_of_fork_reaches_a_spawned_worker() -> None:
    """A lock without a name cannot go to a fresh interpreter; the owner does the calls for it."""
    handle = mpdiag.share(multiprocessing.get_context("fork").Queue())
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert pool.apply_async(answer, (handle, 21)).get(LIMIT) == "proxy"
        assert handle.get(timeout=LIMIT)[0] == 42


@pytest.mark.processes
def test_a_handle_is_an_argument_of_a_process_too(start_method: str) -> None:
    """A bare process gets the queue itself along with the handle."""
    context = multiprocessing.get_context(start_method)
    handle = mpdiag.share(context.Queue())
    process = context.Process(  # type: ignore[attr-defined]
        target=answer, args=(handle, 21)
    )
    process.start()
    assert handle.get(timeout=LIMIT)[0] == 42
    process.join(LIMIT)
    assert not _server._servers


@pytest.mark.processes
def test_sharing_leaves_the_start_of_a_process_alone(start_method: str) -> None:
    """A shared queue may still be an argument itself, and a shared pipe may be closed."""
    context: Any = multiprocessing.get_context(start_method)
    mine = context.Queue()
    mpdiag.share(mine)
    reader, writer = context.Pipe()
    mpdiag.share(reader)
    reader.close()
    writer.close()
    process = context.Process(target=say, args=(mine, mine._reader))
    process.start()
    assert mine.get(timeout=LIMIT) == "here"
    process.join(LIMIT)
    assert process.exitcode == 0


@pytest.mark.processes
def test_more_than_a_process_can_take_along_is_reached_otherwise(start_method: str) -> None:
    """With a hundred shared queues a worker starts, and reaches each of them."""
    context = multiprocessing.get_context(start_method)
    queues = [context.SimpleQueue() for _ in range(100)]
    handles = [mpdiag.share(one) for one in queues]
    with context.Pool(1) as pool:
        ways = pool.apply_async(put_into_all, (handles,)).get(LIMIT)
        assert [handle.get() for handle in handles] == list(range(100))
    fork = {"inherited"} if start_method == "fork" else {"inherited", "proxy"}
    assert set(ways) == fork
    for one in queues:
        one.close()


@pytest.mark.processes
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("before", [False, True], ids=["inherited", "proxy"])
def test_every_primitive_can_be_shared(kind: str, before: bool) -> None:
    """Each kind works in a task, inherited and through its owner."""
    context = multiprocessing.get_context("fork")
    primitive = made(kind, context)
    first = None if before else mpdiag.share(primitive)
    with context.Pool(1) as pool:
        handle = first or mpdiag.share(primitive)
        assert pool.apply_async(use, (kind, handle)).get(LIMIT) is True


@pytest.mark.processes
def test_a_worker_that_dies_while_it_waits_takes_no_item() -> None:
    """An item that is put after the death of a waiting worker stays in the queue."""
    context = multiprocessing.get_context("fork")
    ready = context.Queue()
    theirs, ours = context.Pipe()
    process = context.Process(target=_wait_far, args=(theirs, ready))
    process.start()
    handle = mpdiag.share(context.Queue())
    ours.send((_server.address(), handle._key))
    pid = ready.get(timeout=LIMIT)
    server = _server._servers[os.getpid()]
    wait_until(lambda: server._connections, deadline=LIMIT)
    os.kill(pid, signal.SIGKILL)
    process.join(LIMIT)
    wait_until(lambda: not server._connections, deadline=LIMIT)
    handle.put("kept")
    assert handle.get(timeout=LIMIT) == "kept"


def _wait_far(entrance: Any, ready: Any) -> None:
    server, key = entrance.recv()
    wait_for_item(Shared(key, "Queue", None, server), ready)


def test_a_handle_is_no_detour() -> None:
    """After its first use a method is the primitive's own; a value is read each time."""
    numbers = multiprocessing.get_context("spawn").Value("i", 1)
    handle: Any = mpdiag.share(numbers)
    with handle.get_lock():
        numbers.value = 2
    assert vars(handle)["get_lock"] == numbers.get_lock
    assert handle.value == 2
    numbers.value = 3
    assert handle.value == 3


def test_what_only_threads_can_share_is_refused() -> None:
    """The error names what was passed, says why, and what to pass."""
    with pytest.raises(NotShareable, match=r"queue\.Queue.*threads of one; share a Queue"):
        mpdiag.share(queue.Queue())
    with pytest.raises(NotShareable, match="threads of one"):
        mpdiag.share(threading.Lock())
    with pytest.raises(NotShareable, match=r"builtins\.list"):
        mpdiag.share([])


def test_a_handle_without_its_owner_says_so() -> None:
    """A handle arrives in any case; its first use names the process that does not answer."""
    handle = Shared("1.1", "Queue", None, (2**22 + 1, "/nowhere/at/all"))
    with pytest.raises(SharerGone, match=r"pid 4194305, which has this Queue, does not answer"):
        handle.put(1)
    with pytest.raises(SharerGone, match="did not come with pid"):
        Shared("1.1", "Queue", None, None).put(1)


def test_a_refused_call_raises_there_what_it_raises_here() -> None:
    """Errors of the primitive come back through the server, and it goes on."""
    owned = multiprocessing.get_context("spawn").Queue()
    handle = mpdiag.share(owned)
    far = _server.Remote(_server.address(), handle._key, "Queue")
    with pytest.raises(queue.Empty):
        far.call("call", "get", (), {"timeout": 0.01})
    with pytest.raises(AttributeError):
        far.call("call", "no_such_method", (), {})
    with pytest.raises((pickle.PicklingError, AttributeError)):
        far.call("call", "put", (lambda: None,), {})
    far.call("call", "put", (3,), {})
    assert far.call("call", "get", (), {"timeout": LIMIT}) == 3
    owned.close()
    owned.join_thread()
