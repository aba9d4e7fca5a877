"""Measure one case, in this process and children of it.

    sender 1..N: build ─▶ send a few ─▶ wait for "go" ─▶ make and send ─▶ its times on a pipe
    receiver:             receive those ─▶ "go" ─▶ receive and check each item ─▶ now

The clock is the system's monotonic one, which all processes of a machine share.
"""

from __future__ import annotations

import multiprocessing
import time
from collections import deque
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from typing import Any

from ._payloads import Payload, payload
from ._roads import ROADS, close
from ._values import LATENCY, POOL, WORKERS, Case, Timing

# Seconds for a child to begin, and to end after its last item.
LIMIT = 60.0
# Items that go before the clock starts.  Fewer: the start of a queue's thread and the first use of
# the ring's blocks, milliseconds each, are taken for the speed of the road.  More: time.
FIRST = 8
BOTH_WAYS = ("two-way pipe", "two pipes", "two Queues", "two SimpleQueues")


def measure(case: Case) -> Timing:
    """Return the times of one round of *case*.

    Raises:
        ValueError: an item did not arrive as it was sent.
    """
    methods = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in methods else None)
    if case.shape == POOL:
        from ._pools import measure_pool

        return measure_pool(case)
    made = payload(case.payload)
    try:
        if case.shape == LATENCY:
            return _latency(case, made, context)
        return _race(case, made, context)
    finally:
        close()


def _race(case: Case, made: Payload, context: BaseContext) -> Timing:
    road = ROADS[case.road]
    shared = case.shape == WORKERS and road.many
    pairs = [road.open(context) for _ in range(1 if shared else case.workers)]
    share = case.count // case.workers
    senders = [
        _Sender(context, case, pairs[0 if shared else at][1], share) for at in range(case.workers)
    ]
    gets = {pair[0]: road.receiving(pair[0]) for pair in pairs}
    for count in (FIRST, share):
        for sender in senders:
            sender.go()
        if len(pairs) == 1:
            _receive_one(gets[pairs[0][0]], made, count * case.workers, case.workers)
        else:
            _receive_each(gets, made, count)
        now = time.perf_counter()
        told = [sender.told() for sender in senders]
    for sender in senders:
        sender.join()
    _close(pairs)
    began = min(one[1] for one in told)
    return Timing(
        build=max(one[0] for one in told),
        sent=max(one[2] for one in told) - began,
        received=now - began,
        item_bytes=made.item_bytes,
    )


def _close(pairs: list[tuple[Any, Any]]) -> None:
    """Give back what the ends hold, where they can."""
    for end in (end for pair in pairs for end in pair):
        if hasattr(end, "close"):
            end.close()


def _receive_one(get: Any, made: Payload, count: int, senders: int) -> None:
    """Receive all from one end; with several senders only the numbers of all are known."""
    total, seen = 0, 0
    while seen < count:
        items = get()
        if senders == 1:
            made.check(items, seen)
        elif made.number is not None:
            total += sum(map(made.number, items))
        seen += len(items)
    each = count // senders
    all_of_them = senders * sum(map(made.expected, range(each)))
    if senders > 1 and made.number is not None and total != all_of_them:
        raise ValueError(f"of {count} items some did not arrive as they were sent")


def _receive_each(gets: dict[Any, Any], made: Payload, share: int) -> None:
    """Receive from one end for each sender, whichever has something."""
    seen = dict.fromkeys(gets, 0)
    plain = isinstance(next(iter(gets)), Connection)
    while seen:
        for end in wait(list(seen), LIMIT) if plain else list(seen):
            items = gets[end]()
            made.check(items, seen[end])
            seen[end] += len(items)
            if seen[end] >= share:
                del seen[end]


class _Sender:
    """A process that sends *count* items."""

    def __init__(self, context: Any, case: Case, end: Any, count: int) -> None:
        self._ours, theirs = context.Pipe()
        self._process = context.Process(
            target=_send, args=(case.road, case.payload, end, count, theirs), daemon=True
        )
        self._process.start()
        theirs.close()
        self.told()

    def go(self) -> None:
        """Let it begin."""
        self._ours.send("go")

    def told(self) -> Any:
        """Return what it says after its next step: at last its times.

        Raises:
            TimeoutError: it does not come that far.
        """
        if not self._ours.poll(LIMIT):
            raise TimeoutError("a sender said nothing")
        return self._ours.recv()

    def join(self) -> None:
        """Wait until it has ended."""
        self._process.join(LIMIT)


def _send(name: str, item: str, end: Any, count: int, told: Any) -> None:
    """Build, send a few, then make and send.  Runs in the sender."""
    road, made = ROADS[name], payload(item)
    told.send("ready")
    told.recv()
    begun = time.perf_counter()
    deque(map(made.build, range(count)), maxlen=0)
    build = time.perf_counter() - begun
    sending = road.sending(end)  # after that: with a thread memory is taken in another way
    make = made.build if road.building else made.make
    sending.put(map(make, range(FIRST)) if made.number else iter([make(0)] * FIRST))
    told.send("begun")
    told.recv()
    begun = time.perf_counter()
    sending.put(map(make, range(count)))
    sending.end()
    told.send((build, begun, time.perf_counter()))


def _latency(case: Case, made: Payload, context: Any) -> Timing:
    """Ask a process *count* times, and wait for each answer."""
    if case.road == "two-way pipe":
        ours, theirs = context.Pipe()
        mine, its = (ours.send, ours.recv), ("conn", theirs, theirs)
    elif case.road == "two pipes":
        (there, ask), (back, answer) = context.Pipe(duplex=False), context.Pipe(duplex=False)
        mine, its = (ask.send, back.recv), ("conn", there, answer)
    else:
        kind = case.road.removeprefix("two ").removesuffix("s")
        there, back = getattr(context, kind)(), getattr(context, kind)()
        mine, its = (there.put, back.get), ("queue", there, back)
    process = context.Process(target=_echo, args=its, daemon=True)
    process.start()
    send, receive = mine
    send(made.make(0))
    receive()
    begun = time.perf_counter()
    for number in range(case.count):
        send(made.make(number))
        made.check([receive()], number)
    took = time.perf_counter() - begun
    send(None)
    process.join(LIMIT)
    return Timing(build=0.0, sent=took, received=took, item_bytes=made.item_bytes)


def _echo(kind: str, there: Any, back: Any) -> None:
    """Send back what comes, until None.  Runs in the other process."""
    get, put = (there.recv, back.send) if kind == "conn" else (there.get, back.put)
    while (item := get()) is not None:
        put(item)
