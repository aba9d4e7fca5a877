"""Write docs/channels.md: a table from the contract tests, figures from benchmarks/channels.py."""

from __future__ import annotations

import json
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import psutil

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "channels.md"
sys.path.insert(0, str(ROOT / "tests" / "channels"))

HEAD = """\
# Channels

`mpdiag.channels` has the roads between processes under one interface. Each function returns the
receiver and the sender; `duplex` returns two ends that do both.

```python
from mpdiag import channels

receiver, sender = channels.queue(maxsize=100)

sender.send(item, timeout=10)  # waits while it is full
sender.send_many(items)  # in batches, where it pays
sender.close()  # says done

for item in receiver:
    ...  # ends when every sender has said done
receiver.receive(timeout=10)
receiver.receive_many(100)  # what is there, at least one
```

Both ends may be arguments of `Process` under every start method. An end that one process uses is
closed by that process; who only passed it on closes its copy, too. A sender that is killed, or ends
without `close`, is told as `PeerDied` after all that it sent was read, with its process id and the
number of items that were sent and received: a lost item is counted, not missed. No copies need to
be closed for that. Every error is described in [Messages](messages.md#channel).

`joinable_queue` adds `task_done` and `join(timeout)`: when the time is over, the error has the
number of open tasks and who took them; a reader that died with open tasks ends the wait.
`memory()` is the same between threads of one process. `ring(views=True)` gives arrays that stand in
shared memory; a block is used again when the last view of it is gone.

## What holds for which road

Each cell is found out by trying it: `scripts/channel_table.py` writes them down, and the tests try
them again, of the last two rows a part.

"""

RULES = """
An end that is refused in a task, or for which pebble and mpire wait for ever since their thread
cannot pickle it, goes with the pool's initializer, and a queue of the standard library with
[`mpdiag.share`](sharing.md). What the table says holds under fork, spawn and forkserver alike.

Three things that are not in the table. A batch of `send_many` goes to one reader, fills one place
of `maxsize`, and is lost as one when its reader is killed; `joinable_queue` sends one by one for
that reason. A pipe, duplex or ring with `maxsize` has a semaphore and is refused as a task argument
like a queue: pass it with the pool's initializer. And under fork a child has copies of all ends:
one that never uses an end of a road for several processes, and lives on, is waited for; the message
of a timeout names it.

## Rules of thumb

Measured by `benchmarks/channels.py` on two shared cores, as medians of rounds in turn; a factor is
beside a `multiprocessing.Pipe` that sends one by one. The rounds lie far apart on such a machine:
what differs by less than a third is a tie. `mpdiag bench channels` [measures yours](bench.md), and
shows less gain by batches, since it makes and checks each item, too.

- *Many small items: send batches.* {batch_pipe:.0f} x through a pipe, {batch_queue:.0f} x through a
  queue. No choice of the road gives a tenth of that.
- *Pipe or Queue? By what they promise, not by speed.* `Queue` {queue:.2g} x, `SimpleQueue`
  {simple:.2g} x, our pipe with its deadlines and its book {pipe:.2g} x.
- *Arrays: a ring.* {copies:.0f} x with a copy at the reader, {views:.0f} x with views, which is
  {memcpy:.0%} of what copying within one process reaches; a `Queue` {array_queue:.2g} x. The first
  use of each block costs {first:.2g} ms for 3.84 MB, once, and {given:.2g} ms where `block_bytes`
  says at the start how large items are.
- *A sender thread hides little of the work.* {thread:.2g} x, where each array is built between two
  sends: the copy into the pipe is the cost, and the thread does it on the same cores.
  `--payload` measures your own building, which may wait more.
- *A Manager's queue only where nothing else can be passed.* {manager:.2g} x.

## What a Manager costs

A process more: {start:.0f} ms to start under spawn here, {memory:.0f} MB, and each call is a
question and an answer through it. When it is killed, all that was in its queues is gone and every
end says `PeerDied`. Values inside values are copies: `shared["inner"].append(1)` changes nothing,
without an error; `shared["inner"] = [*shared["inner"], 1]` does. What it gives is an end that may
be passed to any pool at any time.

## Threads and the GIL

A thread that waits for a socket, a disk or a pipe has let go of the GIL, so that for input and
output threads do what processes do, without a road in between: 8 waits at once took 1/{waiting:.1f}
of the time of 8 in turn here, 8 sums of a million numbers 1/{computing:.1f}. Take processes for
computing in Python, for code that may crash, and for work that must be killed; take
`channels.memory` and threads for the rest.

## From try, except and print to `@guard`

The recipe that is found everywhere keeps a worker from losing its error, and loses the input, the
traceback's locals, and each death that is not an exception:

```python
def work(record):
    try:
        return parse(record)
    except Exception:
        traceback.print_exc()  # which record?
        raise
```

The same with `@guard`: the exception goes on untouched, and its inputs, locals and place are kept
for `mpdiag ls` and `mpdiag show`. Under `mpdiag run` not even the line is needed, and deaths are
told, too.

```python
@mpdiag.guard
def work(record):
    return parse(record)
```
"""


# The rows of the benchmark that the rules need.
ROWS = {
    "batch_pipe": "numbers in batches, `channels.pipe`",
    "batch_queue": "numbers in batches, `channels.queue`",
    "queue": "numbers one by one, `Queue`",
    "simple": "numbers one by one, `SimpleQueue`",
    "pipe": "numbers one by one, `channels.pipe`",
    "manager": "numbers one by one, a Manager's queue",
    "copies": "arrays, `channels.ring`, copied at the reader",
    "views": "arrays, `channels.ring`, views",
    "memcpy": "arrays, `channels.ring`, views over a copy",
    "array_queue": "arrays, `Queue`",
    "first": "first use of a block for an array",
    "given": "first use of a block, with `block_bytes`",
    "thread": "arrays, the same, a thread sends",
}


def figures() -> dict[str, float]:
    """Return the medians of the last run of the benchmark."""
    path = ROOT / "benchmarks" / "results" / "channels.json"
    found = {row["what"]: row["figure"] for row in json.loads(path.read_text("utf-8"))["rows"]}
    return {name: found[what] for name, what in ROWS.items()}


def manager() -> dict[str, float]:
    """Start one, and see what it takes and what it does not do."""
    begun = time.perf_counter()
    with multiprocessing.get_context("spawn").Manager() as server:
        took = time.perf_counter() - begun
        process = server._process  # type: ignore[attr-defined]
        memory = psutil.Process(process.pid).memory_info().rss / 1e6
        outer = server.dict(inner=[])
        outer["inner"].append(1)
        lost = len(outer["inner"]) == 0
        outer["inner"] = [*outer["inner"], 1]
        kept = len(outer["inner"]) == 1
    if not (lost and kept):
        raise SystemExit("a manager's nested values behave in another way now: rewrite the page")
    return {"start": took * 1000, "memory": memory}


def factor(work: Callable[[], object], count: int) -> float:
    """Return how much faster *count* threads do a work each than one after the other."""
    ratios = []
    for _ in range(5):
        begun = time.perf_counter()
        for _ in range(count):
            work()
        alone = time.perf_counter() - begun
        threads = [threading.Thread(target=work) for _ in range(count)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ratios.append(alone / (time.perf_counter() - begun))
    return median(ratios)


def threads() -> dict[str, float]:
    """Measure waiting and computing in threads."""
    return {
        "waiting": factor(lambda: time.sleep(0.05), 8),
        "computing": factor(lambda: sum(range(1_000_000)), 8),
    }


def main() -> None:
    """Write the page."""
    from channel_facts import table  # type: ignore[import-not-found,unused-ignore]

    rest = RULES.format(**figures(), **manager(), **threads())
    PAGE.write_text(HEAD + "\n".join(table()) + "\n" + rest, encoding="utf-8")


if __name__ == "__main__":
    main()
