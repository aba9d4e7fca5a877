"""What the processes at the other end of a channel do in the tests, and how they are killed."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from mpdiag import channels
from mpdiag.errors import ChannelError, ChannelTimeout
from mpdiag.testing import wait_until

# Seconds after which a test is taken to hang.  A loaded machine needs some of them.
DEADLINE = 30.0

ROADS: dict[str, Callable[..., tuple[Any, Any]]] = {
    "pipe": channels.pipe,
    "duplex": channels.duplex,
    "ring": channels.ring,
    "simple_queue": channels.simple_queue,
    "queue": channels.queue,
    "joinable_queue": channels.joinable_queue,
    "manager_queue": channels.manager_queue,
}
"""Those between processes."""
SHARED = [name for name in ROADS if name.endswith("queue")]
ALONE = [name for name in ROADS if name not in SHARED]
BOUNDED = [name for name in ROADS if name != "simple_queue"]
FEEDER = ["queue", "joinable_queue"]


def context_of(method: str) -> Any:
    """Return the context of a start method."""
    return multiprocessing.get_context(method)


@contextmanager
def made(road: str, method: str = "", **options: Any) -> Iterator[tuple[Any, Any]]:
    """Both ends of a road, given back at the end whatever became of it."""
    context = context_of(method or multiprocessing.get_start_method())
    receiver, sender = ROADS[road](context=context, **options)
    raw = getattr(receiver, "_queue", None)
    try:
        yield receiver, sender
    finally:
        for end in (receiver, sender):
            try:
                end.close(timeout=0)
            except ChannelTimeout:
                pass
        if road in FEEDER and raw is not None:
            raw.cancel_join_thread()
            drop(raw)


def drop(raw: Any) -> None:
    """Let the feeder thread of a queue end, though nobody reads any more."""
    thread = raw._thread
    raw.close()
    while thread is not None and thread.is_alive():
        try:
            if raw._reader.poll(0.1):
                os.read(raw._reader.fileno(), 1 << 16)
            else:
                raw._wlock.release()  # a killed writer has it
        except (OSError, ValueError):
            pass  # the thread has closed the pipe, or the lock is free
        thread.join(0)


@contextmanager
def started(method: str, target: Callable[..., object], *args: object) -> Iterator[BaseProcess]:
    """A process, and its end."""
    process = context_of(method).Process(target=target, args=args)
    process.start()
    try:
        yield process
    finally:
        if process.is_alive() and process.pid:
            os.kill(process.pid, signal.SIGKILL)
        process.join(DEADLINE)


@contextmanager
def ready_pipe() -> Iterator[tuple[Connection, Connection]]:
    """A plain pipe on which a child says that it is where the test wants it."""
    reader, writer = multiprocessing.Pipe(duplex=False)
    with reader, writer:
        yield reader, writer


def wait_ready(reader: Connection) -> object:
    """Wait for the child's word."""
    assert reader.poll(DEADLINE), "the child did not come to its point"
    return reader.recv()


def kill(process: BaseProcess) -> None:
    """Kill a process and wait until it is dead."""
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join(DEADLINE)


# Targets: each runs in a child.


def send_all(sender: Any, items: list[object], many: int) -> None:
    """Send *items* one by one, then *many* numbers in batches, and say done."""
    with sender:
        for item in items:
            sender.send(item, timeout=DEADLINE)
        sender.send_many(range(many), timeout=DEADLINE)


def send_then_wait(sender: Any, count: int, ready: Connection) -> None:
    """Send *count* numbers and stop there, without a last word."""
    for number in range(count):
        sender.send(number, timeout=DEADLINE)
    ready.send(count)
    time.sleep(DEADLINE * 2)


def send_too_much(sender: Any, ready: Connection) -> None:
    """Begin to send more than the road holds."""
    ready.send(0)
    sender.send(bytes(1 << 20))
    time.sleep(DEADLINE * 2)


def tear_header(sender: Any, ready: Connection) -> None:
    """Write a part of a header."""
    with sender:
        os.write(sender._handle.number, b"\0\0")
        ready.send(0)
        time.sleep(DEADLINE * 2)


def tear_request(sender: Any, ready: Connection) -> None:
    """Write a part of a question to the manager."""
    sender.send("whole", timeout=DEADLINE)
    os.write(sender._queue._tls.connection.fileno(), b"\0\0\1\0half")
    ready.send(0)
    time.sleep(DEADLINE * 2)


def receive_then_wait(receiver: Any, count: int, ready: Connection) -> None:
    """Receive *count* items, say so, and wait in `receive` for more if *count* is negative."""
    for _ in range(count):
        receiver.receive(timeout=DEADLINE)
    ready.send(count)
    if count < 0:
        receiver.receive()
    time.sleep(DEADLINE * 2)


def receive_all(receiver: Any, results: Any) -> None:
    """Send on all that comes until it ends."""
    with results:
        for item in receiver.items(DEADLINE):
            results.send(item, timeout=DEADLINE)


def use_second(sender: Any, answer: Connection) -> None:
    """Use an end that another process uses."""
    try:
        sender.send("mixed", timeout=DEADLINE)
    except ChannelError as error:
        answer.send(type(error).__name__)
    else:
        answer.send("sent")


# What is in a road, seen from outside.


def reading(end: Any) -> int:
    """Return the descriptor that a receiver reads."""
    end = getattr(end, "receiver", end)
    return int(end._handle.number if hasattr(end, "_handle") else end._queue._reader.fileno())


def writing(end: Any) -> int:
    """Return the descriptor that a sender writes."""
    end = getattr(end, "sender", end)
    return int(end._handle.number if hasattr(end, "_handle") else end._queue._writer.fileno())


def bytes_in(receiver: Any) -> int:
    """Return how many bytes wait in the pipe below."""
    raw = fcntl.ioctl(reading(receiver), termios.FIONREAD, b"\0\0\0\0")
    return int.from_bytes(raw, "little")


def named_memory() -> set[str]:
    """Return what of ours can be seen where shared memory has names."""
    return {path.name for path in Path("/dev/shm").glob("*mpdiag*")}


def until_full(receiver: Any) -> None:
    """Wait until the pipe below takes no more."""
    wait_until(lambda: bytes_in(receiver) > 50_000, deadline=DEADLINE)
