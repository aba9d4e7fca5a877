"""What is true of each road, found out by trying: the rows of the table in docs/channels.md."""

from __future__ import annotations

import math
import multiprocessing
import os
import queue as stock
import signal
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import resource_sharer
from multiprocessing.connection import Connection
from typing import Any

import pytest
from channel_peers import (
    DEADLINE,
    FEEDER,
    ROADS,
    kill,
    made,
    ready_pipe,
    receive_then_wait,
    send_all,
    send_then_wait,
    send_too_much,
    started,
    tear_header,
    tear_request,
    until_full,
    use_second,
    wait_ready,
)
from channel_pools import FACTS as OTHERS
from channel_pools import found_apart, send_task

from mpdiag.errors import ChannelError, ChannelTimeout, EndInUse, PeerDied

METHODS = multiprocessing.get_all_start_methods()
NO_BOUND = "no bound"


def ends(road: str) -> str:
    """How many ends there may be in use at once, by what a second process is told."""
    return {"one": "2", "several": "any number"}[processes_at_an_end(road)]


def processes_at_an_end(road: str) -> str:
    """A second process uses the sender that this one uses."""
    with made(road, "fork") as (_, sender), ready_pipe() as (ready, say):
        sender.send(1, timeout=DEADLINE)
        with started("fork", use_second, sender, say):
            return {"sent": "several", "EndInUse": "one"}[str(wait_ready(ready))]


def directions(road: str) -> str:
    """The receiver sends back."""
    with made(road, "fork") as (receiver, sender):
        sender.send(1, timeout=DEADLINE)
        assert receiver.receive(timeout=DEADLINE) == 1
        if not hasattr(receiver, "send"):
            return "one"
        receiver.send(2, timeout=DEADLINE)
        assert sender.receive(timeout=DEADLINE) == 2
        return "two"


def order(road: str) -> str:
    """Numbers of one sender, one by one and in batches."""
    with (
        made(road, "fork") as (receiver, sender),
        started("fork", send_all, sender, list(range(50)), 500),
    ):
        got = list(receiver.items(DEADLINE))
    return "kept" if got == [*range(50), *range(500)] else "not kept"


def holds(road: str) -> str:
    """How much is sent while nobody reads, in items of 1 KiB."""
    return kibibytes(fitting(road, 1024, most=1000), 1024)


def holds_arrays(road: str) -> str:
    """How many buffers of 1 MiB are sent while nobody reads."""
    count = fitting(road, 1 << 20, most=9)
    return NO_BOUND if count == 9 else str(count)


def fitting(road: str, size: int, *, most: int) -> int:
    """Return how many items of a size are taken without a reader."""
    with made(road, "fork") as (_, sender):
        for count in range(most):
            try:
                sender.send(bytearray(size), timeout=0)
            except ChannelTimeout:
                return count
    return most


def kibibytes(count: int, size: int) -> str:
    """Return a count of items as a round number of KiB."""
    return NO_BOUND if count == 1000 else f"{2 ** round(math.log2(count * size)) // 1024} KiB"


def send_and_die(sender: Any) -> None:
    """Send as much as there is room for, and be killed as soon as the last `send` returned."""
    for _ in range(300):
        try:
            sender.send(bytes(1024), timeout=0)
        except ChannelTimeout as error:
            if error.begun:
                continue
            break
    os.kill(os.getpid(), signal.SIGKILL)


def lost_with_a_writer(road: str) -> str:
    """What was sent and never comes, when the writer is killed right after."""
    with (
        made(road, "fork") as (receiver, sender),
        started("fork", send_and_die, sender) as child,
    ):
        child.join(DEADLINE)
        try:
            list(receiver.items(DEADLINE))
        except PeerDied as error:
            counts = [int(word) for word in str(error).split() if word.isdigit()][-2:]
            whole = counts[0] - counts[1] <= error.torn
            return "nothing" if whole else "what its thread had not written"
    return "the death itself"


def after_a_torn_message(road: str) -> str:
    """Whether others can go on, when a writer was killed in the middle of a message."""
    deeds = {"ring": tear_header, "manager_queue": tear_request}
    with made(road, "fork") as (receiver, sender), ready_pipe() as (ready, say):
        with started("fork", deeds.get(road, send_too_much), sender, say) as child:
            wait_ready(ready)
            until_full(receiver) if road not in deeds else None
            kill(child)
        try:
            sender.send("next", timeout=DEADLINE)
            while receiver.receive(timeout=DEADLINE) != "next":
                pass
        except ChannelError:
            return "the channel"
        return "that item"


def lost_with_a_reader(road: str) -> str:
    """What nobody can read any more, when a reader was killed that took one of ten items."""
    with made(road, "fork") as (receiver, sender), ready_pipe() as (ready, say):
        for number in range(10):
            sender.send(number, timeout=DEADLINE)
        with started("fork", receive_then_wait, receiver, 1, say) as child:
            wait_ready(ready)
            kill(child)
        try:
            rest = [receiver.receive(timeout=DEADLINE) for _ in range(9)]
        except EndInUse:
            return "all that is unread"
        return "what it took" if rest == list(range(1, 10)) else "more than it took"


def put_and_cancel(queue: Any) -> None:
    """Put more than the pipe holds, and do not wait for the thread that writes."""
    for _ in range(300):
        queue.put(bytes(1024))
    queue.cancel_join_thread()


def lost_by_cancel_join_thread(road: str) -> str:
    """What a plain queue loses by it."""
    with made(road, "fork") as (receiver, _):
        queue: Any = getattr(receiver, "_queue", None)
        if not hasattr(queue, "cancel_join_thread"):
            return "has none"
        with started("fork", put_and_cancel, queue) as child:
            child.join(DEADLINE)
            got = 0
            while queue._reader.poll(0):
                queue.get()
                got += 1
    return "what its thread had not written" if got < 300 else "nothing"


def send_and_end(sender: Any, say: Connection) -> None:
    """Send while there is room, up to 300 KiB, and end."""
    with sender:
        for _ in range(300):
            try:
                sender.send(bytes(1024), timeout=0)
            except ChannelTimeout:
                break
    say.send("closed")


def waits(road: str) -> str:
    """What waits for a reader who does nothing."""
    found = ["`send`"] if fitting(road, 1024, most=1000) < 1000 else []
    with (
        made(road, "fork") as (receiver, sender),
        ready_pipe() as (ready, say),
        started("fork", send_and_end, sender, say) as child,
    ):
        wait_ready(ready)
        until_full(receiver) if road in FEEDER else None
        child.join(1.0 if road in FEEDER else DEADLINE)
        found += ["the end of the process"] if child.is_alive() else []
    return ", ".join(found) or "nothing"


def misleads(road: str) -> str:
    """Whether a plain object says empty when an item was put."""
    with made(road, "fork") as (receiver, sender):
        queue: Any = getattr(receiver, "_queue", None)
        if queue is None:
            sender.send(1, timeout=DEADLINE)
            return "`poll` is right" if receiver_ready(receiver) else "`poll` misleads"
        if road not in FEEDER:
            queue.put(1)
            return "no" if not queue.empty() else "yes"
        with queue._wlock:  # the thread that writes is as slow as it may be
            queue.put(1)
            found = queue.qsize(), queue.empty()
            with pytest.raises(stock.Empty):
                queue.get_nowait()
        queue.get()
        return f"yes: `qsize` {found[0]}, `empty` {found[1]}, `get_nowait` raises `Empty`"


def receiver_ready(end: Any) -> bool:
    """Return whether something can be read now."""
    return bool(getattr(end, "receiver", end)._source.ready(0))


def argument_of_a_process(road: str) -> str:
    """Under which start methods an end may be an argument of `Process`."""
    return ", ".join(method for method in METHODS if _arrives(road, method)) or "no"


def _arrives(road: str, method: str) -> bool:
    with (
        made(road, method) as (receiver, sender),
        started(method, send_then_wait, sender, 1, _Mute()),
    ):
        return bool(receiver.receive(timeout=DEADLINE) == 0)


class _Mute:
    """Takes words and says nothing."""

    def send(self, _: object) -> None:
        """Do nothing."""


def argument_of_a_task(road: str) -> str:
    """Whether an end may be an argument of a task of a stock pool."""
    found = {_by_pool(road, method) for method in METHODS}
    found |= {_by_executor(road, method) for method in METHODS}
    return " or ".join(sorted(found))


def _by_pool(road: str, method: str) -> str:
    context = multiprocessing.get_context(method)
    with made(road, method) as (receiver, sender), context.Pool(1) as pool:
        try:
            pool.apply_async(send_task, (sender,)).get(DEADLINE)
            return "yes" if receiver.receive(timeout=DEADLINE) else "no"
        except RuntimeError as error:
            return f"no (`{type(error).__name__}`)"
        finally:
            pool.terminate()
            pool.join()
            resource_sharer.stop(timeout=DEADLINE)


def _by_executor(road: str, method: str) -> str:
    context = multiprocessing.get_context(method)
    with made(road, method) as (receiver, sender):
        try:
            with ProcessPoolExecutor(1, mp_context=context) as pool:
                pool.submit(send_task, sender).result(DEADLINE)
            return "yes" if receiver.receive(timeout=DEADLINE) else "no"
        except RuntimeError as error:
            return f"no (`{type(error).__name__}`)"
        finally:
            resource_sharer.stop(timeout=DEADLINE)


FACTS: dict[str, Callable[[str], str]] = {
    "ends in use": ends,
    "processes at one end": processes_at_an_end,
    "directions": directions,
    "order of one sender": order,
    "holds without a reader, in items of 1 KiB": holds,
    "... buffers of 1 MiB": holds_arrays,
    "waits for a slow reader": waits,
    "lost: a writer is killed after `send`": lost_with_a_writer,
    "lost: ... in the middle of a message": after_a_torn_message,
    "lost: a reader is killed": lost_with_a_reader,
    "lost by `cancel_join_thread`": lost_by_cancel_join_thread,
    "`empty`, `qsize`, `get_nowait` of the plain object mislead": misleads,
    "argument of `Process`": argument_of_a_process,
    "argument of a task of `Pool` or `ProcessPoolExecutor`": argument_of_a_task,
}


def column(road: str) -> list[str]:
    """Return the facts of a road, in their order."""
    return [fact(road) for fact in FACTS.values()]


def table() -> list[str]:
    """Return the lines of the Markdown table."""
    columns = {f"`{road}`": [*column(road), *found_apart(road).values()] for road in ROADS}
    lines = [f"| | {' | '.join(columns)} |", "|---|" + "---|" * len(columns)]
    for number, name in enumerate([*FACTS, *OTHERS]):
        lines.append(f"| {name} | {' | '.join(cells[number] for cells in columns.values())} |")
    return lines
