"""The roads that are compared: how each is opened, and what its two ends do.

Whoever sends calls ``put(items)``, and ``end()`` after the last; whoever receives calls what
`Road.receiving` gave, which returns one item or more.
"""

from __future__ import annotations

import pickle
import queue as stock
import threading
from collections.abc import Callable, Iterator
from multiprocessing.context import BaseContext
from typing import Any, NamedTuple

from .. import channels
from ._recommend import BUILDING, LARGE, THREAD

TIMEOUT = 60.0


class Sending(NamedTuple):
    """What a sender calls."""

    put: Callable[[Iterator[Any]], object]
    end: Callable[[], object] = lambda: None


class Road(NamedTuple):
    """One way to get items from a process to another; both ends are arguments of a process."""

    open: Callable[[BaseContext], tuple[Any, Any]]
    sending: Callable[[Any], Sending]
    receiving: Callable[[Any], Callable[[], list[Any]]]
    many: bool = False
    """Whether several senders may have the same end."""
    sizes: str = "all"
    """``small`` or ``large`` items, or ``all``."""
    building: bool = False
    """Whether each item is built anew between two that are sent."""


def _one(get: Callable[[], Any]) -> Callable[[], list[Any]]:
    return lambda: [get()]


def _pipe(context: BaseContext) -> tuple[Any, Any]:
    return context.Pipe(duplex=False)


def _each(put: Callable[[Any], object], end: Callable[[], object] = lambda: None) -> Sending:
    """Put one by one, as a program does."""

    def put_each(items: Iterator[Any]) -> None:
        for item in items:
            put(item)

    return Sending(put_each, end)


def _bytes_sending(end: Any) -> Sending:
    return _each(lambda item: end.send_bytes(pickle.dumps(item, 5)))


def _thread_sending(end: Any) -> Sending:
    """Hand over to a thread that sends."""
    waiting: stock.SimpleQueue[Any] = stock.SimpleQueue()

    def send() -> None:
        while (item := waiting.get()) is not None:
            end.send(item)

    thread = threading.Thread(target=send)
    thread.start()

    def end_thread() -> None:
        waiting.put(None)
        thread.join()

    return _each(waiting.put, end_thread)


def _queue(name: str) -> Callable[[BaseContext], tuple[Any, Any]]:
    def make(context: BaseContext) -> tuple[Any, Any]:
        queue = getattr(context, name)()
        return queue, queue

    return make


_managers: list[Any] = []


def _manager_queue(context: BaseContext) -> tuple[Any, Any]:
    manager = context.Manager()
    _managers.append(manager)  # it ends when it is dropped
    queue = manager.Queue()
    return queue, queue


def close() -> None:
    """End the managers that were started."""
    while _managers:
        _managers.pop().shutdown()


def _joined(queue: Any) -> Callable[[], list[Any]]:
    def get() -> list[Any]:
        item = queue.get()
        queue.task_done()
        return [item]

    return get


def _batched(end: Any) -> Sending:
    return Sending(lambda items: end.send_many(items, TIMEOUT), end.close)


def _ours(end: Any) -> Sending:
    return _each(lambda item: end.send(item, TIMEOUT), end.close)


def _conn(end: Any) -> Sending:
    return _each(end.send)


def _received(end: Any) -> Callable[[], list[Any]]:
    return _one(end.recv)


def _got(end: Any) -> Callable[[], list[Any]]:
    return _one(end.get)


ROADS: dict[str, Road] = {
    "pipe": Road(_pipe, _conn, _received),
    "two-way pipe": Road(lambda context: context.Pipe(), _conn, _received),
    "pipe, send_bytes": Road(
        _pipe, _bytes_sending, lambda end: _one(lambda: pickle.loads(end.recv_bytes()))
    ),
    BUILDING: Road(_pipe, _conn, _received, sizes="large", building=True),
    THREAD: Road(_pipe, _thread_sending, _received, sizes="large", building=True),
    "Queue": Road(_queue("Queue"), lambda q: _each(q.put), _got, many=True),
    "SimpleQueue": Road(_queue("SimpleQueue"), lambda q: _each(q.put), _got, many=True),
    "JoinableQueue": Road(
        _queue("JoinableQueue"), lambda q: _each(q.put, q.join), _joined, many=True
    ),
    "Manager queue": Road(_manager_queue, lambda q: _each(q.put), _got, many=True),
    "mpdiag pipe, batches": Road(
        lambda context: channels.pipe(context=context),
        _batched,
        lambda end: lambda: end.receive_many(timeout=TIMEOUT),
        sizes="small",
    ),
    "mpdiag ring": Road(
        lambda context: channels.ring(context=context),
        _ours,
        lambda end: _one(lambda: end.receive(TIMEOUT)),
        sizes="large",
    ),
    "mpdiag ring, views": Road(
        lambda context: channels.ring(views=True, context=context),
        _ours,
        lambda end: _one(lambda: end.receive(TIMEOUT)),
        sizes="large",
    ),
}


def roads_for(item_bytes: int) -> list[str]:
    """Return the roads that are worth a look for items of that size."""
    left_out = "small" if item_bytes >= LARGE else "large"
    return [name for name, road in ROADS.items() if road.sizes != left_out]
