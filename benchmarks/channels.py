"""How fast items go from one process to another, over the roads of the standard library and ours.

Numbers travel without anything around them: they are neither made nor checked, and the clock runs
from the first that was received to the last.  Arrays travel as in `mpdiag bench channels`, by the
same code.  Ratios are taken round by round, beside a `multiprocessing.Pipe` that sends one by one.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
from interleaved import ROUNDS, Row, finish, row

from mpdiag import channels
from mpdiag.bench import Case
from mpdiag.bench._measure import measure

CONTEXT = multiprocessing.get_context("fork")
NUMBERS, BATCHED, SLOW, ARRAYS = 20_000, 1_000_000, 2_000, 60
SHAPE = (400, 400, 3)
MEGABYTES = 8 * 400 * 400 * 3 / 1e6
# Room for an array with its pickle.
BLOCK = 8 * 400 * 400 * 3 + 4096


def timed(
    target: Callable[..., object], arguments: tuple[Any, ...], take: Any, count: int
) -> float:
    """Return items a second: a child runs *target*, *take* returns how many came."""
    child = CONTEXT.Process(target=target, args=(*arguments, count))
    child.start()
    got = take()
    begun = time.perf_counter()
    first = got
    while got < count:
        got += take()
    taken = time.perf_counter() - begun
    child.join()
    return (count - first) / taken


def put_all(put: Callable[[object], object], count: int) -> None:
    """Send one by one; runs in the child."""
    for number in range(count):
        put(number)


def put_many(sender: channels.Sender, count: int) -> None:
    """Send the numbers in batches."""
    sender.send_many(range(count))


def through_pipe(count: int) -> float:
    reader, writer = CONTEXT.Pipe(duplex=False)

    def take() -> int:
        reader.recv()
        return 1

    with reader, writer:
        return timed(put_all, (writer.send,), take, count)


def through_queue(count: int, made: Any) -> float:
    def take() -> int:
        made.get()
        return 1

    return timed(put_all, (made.put,), take, count)


def through_road(count: int, ends: tuple[Any, Any]) -> float:
    receiver, sender = ends

    def take() -> int:
        receiver.receive()
        return 1

    with receiver:
        rate = timed(put_all, (sender.send,), take, count)
    sender.close()
    return rate


def in_batches(ends: tuple[Any, Any]) -> float:
    receiver, sender = ends
    with receiver:
        rate = timed(put_many, (sender,), lambda: len(receiver.receive_many()), BATCHED)
    sender.close()
    return rate


def arrays(road: str) -> float:
    """Return arrays a second, until the last was received and checked."""
    return ARRAYS / measure(Case(shape="race", road=road, payload="array", count=ARRAYS)).received


def first_use(**options: int) -> float:
    """Return the milliseconds that the first use of a ring's block takes longer than the next."""
    array, times = np.ones(SHAPE), []
    receiver, sender = channels.ring(views=True, context=CONTEXT, **options)
    with receiver, sender:
        for _ in range(6):
            begun = time.perf_counter()
            sender.send(array)
            receiver.receive()
            times.append(time.perf_counter() - begun)
    return (times[0] - median(times[1:])) * 1e3


def copied() -> float:
    """Return copies a second within one process: what memory allows."""
    array = np.random.default_rng(1).random(SHAPE)
    target = np.empty_like(array)
    begun = time.perf_counter()
    for _ in range(ARRAYS):
        np.copyto(target, array)
    return ARRAYS / (time.perf_counter() - begun)


def ways() -> dict[str, Callable[[], float]]:
    """Return what is measured, each a function that returns items a second."""
    manager = CONTEXT.Manager()
    return {
        "number pipe": lambda: through_pipe(NUMBERS),
        "number queue": lambda: through_queue(NUMBERS, CONTEXT.Queue()),
        "number simple": lambda: through_queue(NUMBERS, CONTEXT.SimpleQueue()),
        "number manager": lambda: through_queue(SLOW, manager.Queue()),
        "number our pipe": lambda: through_road(NUMBERS, channels.pipe(context=CONTEXT)),
        "batch pipe": lambda: in_batches(channels.pipe(context=CONTEXT)),
        "batch queue": lambda: in_batches(channels.queue(context=CONTEXT)),
        "batch ring": lambda: in_batches(channels.ring(context=CONTEXT)),
        "array pipe": lambda: arrays("pipe"),
        "array building": lambda: arrays("pipe, building"),
        "array thread": lambda: arrays("pipe, thread"),
        "array queue": lambda: arrays("Queue"),
        "array copies": lambda: arrays("mpdiag ring"),
        "array views": lambda: arrays("mpdiag ring, views"),
        "array memcpy": copied,
        "first use": first_use,
        "first use, given": lambda: first_use(block_bytes=BLOCK),
    }


def main() -> None:
    rates: dict[str, list[float]] = {}
    for name, way in list(ways().items()) * (ROUNDS + 1):
        rates.setdefault(name, []).append(way())
    rates = {name: rounds[1:] for name, rounds in rates.items()}  # the first is cold

    def over(ours: str, peer: str) -> list[float]:
        return [a / b for a, b in zip(rates[ours], rates[peer], strict=True)]

    def times(what: str, ours: str, peer: str, gate: float | None = None) -> Row:
        return row(what, over(ours, peer), "x", gate=gate, more_is_better=True, peer=peer)

    def speed(what: str, name: str) -> Row:
        return row(what, [rate * MEGABYTES for rate in rates[name]], "MB/s", more_is_better=True)

    finish(
        "channels",
        [
            row("numbers one by one, `Pipe`", rates["number pipe"], "/s", more_is_better=True),
            times("numbers one by one, `Queue`", "number queue", "number pipe"),
            times("numbers one by one, `SimpleQueue`", "number simple", "number pipe"),
            times("numbers one by one, a Manager's queue", "number manager", "number pipe"),
            times("numbers one by one, `channels.pipe`", "number our pipe", "number pipe"),
            times("numbers in batches, `channels.pipe`", "batch pipe", "number pipe", 40),
            times("numbers in batches, `channels.queue`", "batch queue", "number pipe", 40),
            times("numbers in batches, `channels.ring`", "batch ring", "number pipe", 40),
            speed("arrays of 3.84 MB, `Pipe`", "array pipe"),
            times("arrays, built between two sends, `Pipe`", "array building", "array pipe"),
            times("arrays, the same, a thread sends", "array thread", "array building"),
            times("arrays, `Queue`", "array queue", "array pipe"),
            times("arrays, `channels.ring`, copied at the reader", "array copies", "array pipe", 8),
            times("arrays, `channels.ring`, views", "array views", "array pipe", 20),
            times("arrays, `channels.ring`, views over a copy", "array views", "array memcpy"),
            row("first use of a block for an array", rates["first use"], "ms"),
            row("first use of a block, with `block_bytes`", rates["first use, given"], "ms"),
        ],
    )


if __name__ == "__main__":
    main()
