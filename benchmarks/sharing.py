"""What a handle of `mpdiag.share` costs an item, its accounts, and the server of a late pool.

A child puts numbers, this process gets them: through the queue itself, through a handle, through
a handle that keeps accounts, and as a worker that was there before `share` does, by the server.
The figures are written into docs/sharing.md.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from interleaved import ROUNDS, Row, finish, row, table

import mpdiag

CONTEXT = multiprocessing.get_context("fork")
ITEMS, ASKED = 20_000, 1_000
PAGE = Path(__file__).parent.parent / "docs" / "sharing.md"
BEGIN, END = "<!-- measured by benchmarks/sharing.py -->", "<!-- end of what was measured -->"


def put_all(queue: Any, count: int, ready: Any) -> None:
    """Put the numbers when told.  Runs in the child."""
    ready.recv()
    for number in range(count):
        queue.put(number)


def through(queue: Any, count: int = ITEMS) -> float:
    """Return the microseconds that an item took, from the first put to the last get."""
    theirs, ours = CONTEXT.Pipe(duplex=False)
    child = CONTEXT.Process(target=put_all, args=(queue, count, theirs))
    child.start()
    begun = time.perf_counter()
    ours.send("go")
    for _ in range(count):
        queue.get()
    taken = time.perf_counter() - begun
    child.join()
    theirs.close()
    ours.close()
    return taken / count * 1e6


def alone(queue: Any, count: int = ITEMS) -> float:
    """Return the microseconds of a put and a get in one process, without a wait for another."""
    begun = time.perf_counter()
    for number in range(count):
        queue.put(number)
        queue.get()
    return (time.perf_counter() - begun) / count * 1e6


def put_late(handle: Any) -> float:
    """Return the microseconds of a put; a task of a worker."""
    begun = time.perf_counter()
    for number in range(ASKED):
        handle.put(number)
    return (time.perf_counter() - begun) / ASKED * 1e6


def late(pool: Any) -> float:
    """Return the microseconds of a put in a worker that was there before."""
    queue = CONTEXT.Queue()
    handle = mpdiag.share(queue)
    took = pool.apply(put_late, (handle,))
    for _ in range(ASKED):
        queue.get()
    return float(took)


def early() -> float:
    """Return the microseconds of a put in a worker that was started after `share`."""
    queue = CONTEXT.Queue()
    handle = mpdiag.share(queue)
    with CONTEXT.Pool(1) as pool:
        took = pool.apply(put_late, (handle,))
        for _ in range(ASKED):  # before the pool ends its worker, with what that has not written
            queue.get()
    return float(took)


def ways(pool: Any) -> dict[str, Callable[[], float]]:
    """Return what is measured: microseconds an item.  A `SimpleQueue` has no thread of its own."""
    queue, simple = CONTEXT.Queue, CONTEXT.SimpleQueue
    return {
        "plain": lambda: through(queue()),
        "handle": lambda: through(mpdiag.share(kept(queue()))),
        "accounts": lambda: through(mpdiag.share(kept(queue()), accounting=True)),
        "simple": lambda: alone(simple()),
        "simple handle": lambda: alone(mpdiag.share(kept(simple()))),
        "simple accounts": lambda: alone(mpdiag.share(kept(simple()), accounting=True)),
        "early": early,
        "late": lambda: late(pool),
    }


_last: list[Any] = []


def kept(queue: Any) -> Any:
    """Return *queue*, and keep it until the next: a handle does not."""
    _last[:] = [queue]
    return queue


def main() -> None:
    """Measure in turn, and write the table."""
    with CONTEXT.Pool(1) as pool:
        pool.apply(abs, (1,))
        took: dict[str, list[float]] = {}
        for name, way in list(ways(pool).items()) * (ROUNDS + 1):
            took.setdefault(name, []).append(way())
    took = {name: rounds[1:] for name, rounds in took.items()}  # the first is cold

    def times(what: str, ours: str, peer: str) -> Row:
        ratios = [a / b for a, b in zip(took[ours], took[peer], strict=True)]
        return row(what, ratios, "x")

    def extra(what: str, ours: str, peer: str) -> Row:
        return row(what, [a - b for a, b in zip(took[ours], took[peer], strict=True)], "us")

    rows = [
        row("an item through a `Queue`, from process to process", took["plain"], "us"),
        times("... by a handle", "handle", "plain"),
        times("... by a handle with accounts", "accounts", "plain"),
        row("`put` and `get` of a `SimpleQueue` in one process", took["simple"], "us"),
        times("... by a handle", "simple handle", "simple"),
        times("... by a handle with accounts", "simple accounts", "simple"),
        extra("what the accounts add to an item", "simple accounts", "simple handle"),
        row("`put` in a worker that was started after `share`", took["early"], "us"),
        times("... in one that was there before, by the server", "late", "early"),
    ]
    finish("sharing", rows)
    renew(rows)


def renew(rows: list[Row]) -> None:
    """Write the table between its marks in the page."""
    head, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    lines = [" | ".join(line.split(" | ")[:3]) + " |" for line in table(rows)[2:]]
    measured = ["| | median | rounds from .. to |", "|---|--:|--:|", *lines]
    tail = rest.partition(END)[2]
    PAGE.write_text("\n".join([head + BEGIN, "", *measured, "", END]) + tail, encoding="utf-8")


if __name__ == "__main__":
    main()
