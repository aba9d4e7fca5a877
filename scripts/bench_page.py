"""Write docs/bench.md from files that `mpdiag bench channels` and `pools` have written."""

from __future__ import annotations

import sys
from pathlib import Path

from mpdiag.bench import Result, read_document, text
from mpdiag.bench._statistics import received

ROOT = Path(__file__).parent.parent
NUMBERS = 1_000_000
ROADS = ("two-way pipe", "Queue", "SimpleQueue", "JoinableQueue")
OLD: dict[str, tuple[float | None, ...]] = {
    "Python 3.9.2, a virtual machine on a T430": (14.3, 17.8, 16.9, 16.2),
    "Python 3.7.0, the same": (14.5, 16.9, None, 15.3),
    "Python 2.7.2, a T61": (3.2, 10.2, None, 15.9),
}
"""Seconds for 1,000,000 numbers, as they were published."""

PAGE = """\
# Bench: which road, and which pool, on your machine

People choose between `Pipe` and `Queue` by a table that somebody measured long ago. Make your own,
in less than a minute, with your own items:

```console
mpdiag bench channels
mpdiag bench channels --payload mymodule:make_item --workers 8
mpdiag bench pools
```

`make_item` takes nothing and returns one item; of items that are large, or take long to make, fewer
are sent. `--full` measures all payloads with up to 1,000,000
items and takes up to an hour (Ctrl-C shows what there is by then); `--python PATH`, once for each,
measures interpreters beside each other, and they need no mpdiag (3.10 or later); `--json FILE`
keeps every round, `mpdiag bench compare A B` compares two such files, `--html FILE` writes one
page with charts.

## What is measured

| column | |
|---|---|
| build | to make the items, alone |
| sent | until the last `put` or `send` returned: for a `Queue` long before the items have left |
| received | until the last item was received and checked |
| spread | half the distance between the quartiles of the rounds, as a part of the median |
| x pipe | how many times as fast as the base of the table, round by round; or a tie |

Each round measures every road once, in another order, so that what slows the machine slows them
all. Where the rounds do not agree which one is faster, or the difference is below 5 %, it is a tie,
and of equals the simplest is recommended. Processes are forked where that is possible. A road with
*mpdiag* is one of [ours](channels.md).

- Items are made while they are sent, as a program does. Arrays are the exception: two are ready,
  and go in turn, so that the table compares roads and not the filling of memory. They come from the
  processor's cache, as an array that was just computed does. *Built one by one* has the other
  case, with and without a thread that sends while the next array is built.
- Eight items go before the clock starts. A ring allocates each of its blocks and meets its pages at
  their first use, which costs [milliseconds](channels.md#rules-of-thumb) a block, once. In a
  program that sends twenty arrays and ends, that may be half of the time.
- With *views* the reader looks at one number of each array where it stands; reading all of it costs
  what reading memory costs. Without, it has a copy of its own.
- The bench makes and checks every item in Python. For numbers in batches that is more work than
  the road itself: what is 14 to 21 x a pipe here is 40 x and more in `benchmarks/channels.py`,
  which sends a `range` and looks at no item. For arrays the two run the same code.

## Then and now

Seconds for 1,000,000 numbers as ratios to a two-way `Pipe()` of the same row, with the seconds in
brackets.

{then}

{what}

## On this project's machine

{figures}
"""


def main() -> None:
    """Write the page from the files that are named."""
    results = [read_document(Path(name).read_text(encoding="utf-8")) for name in sys.argv[1:]]
    now = next(filter(any, map(_now, results)), (None,) * len(ROADS))
    page = PAGE.format(
        then="\n".join(_then(now, results[0])),
        what=_what(now),
        figures="\n\n".join(map(_figures, results)),
    )
    (ROOT / "docs" / "bench.md").write_text(page, encoding="utf-8")


def _now(result: Result) -> tuple[float | None, ...]:
    """Return the seconds for a million numbers through each road."""
    found = {
        row.case.road: received(row).value
        for row in result.rows
        if (row.case.shape, row.case.payload, row.case.count) == ("race", "int", NUMBERS)
        and row.timings
    }
    return tuple(found.get(road) for road in ROADS)


def _then(now: tuple[float | None, ...], result: Result) -> list[str]:
    lines = ["| | Pipe | Queue | SimpleQueue | JoinableQueue |", "|---|--:|--:|--:|--:|"]
    here = f"Python {result.rows[0].python}, here"
    for name, seconds in [*OLD.items(), (here, now)]:
        cells = [_cell(value, seconds[0]) for value in seconds]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def _cell(value: float | None, pipe: float | None) -> str:
    return f"{value / pipe:.2f} ({value:.1f})" if value and pipe else "-"


def _what(now: tuple[float | None, ...]) -> str:
    """Say what changed, from the figures."""
    pipe, queue = now[0], now[1]
    if pipe is None or queue is None:
        return "The last row is measured by a full run, or by `--full --payload int --sizes 1e6`."
    return (
        f"A queue took 3.2 times as long as a pipe in 2.7, 1.2 times in 3.9, {queue / pipe:.2g}"
        " times here. The\nconnection of 2.7 was written in C, later ones are in Python: the pipe"
        " has lost its lead. The choice\nbetween the two matters little; sending several items at"
        " once does."
    )


def _figures(result: Result) -> str:
    """Return the report, with how it came about."""
    full = " --full" if any(_now(result)) else ""
    command = f"mpdiag bench {result.kind}{full}"
    machine = result.machine
    busy = machine.load > machine.cpus / 2
    meanwhile = (
        f"The machine had other\nwork meanwhile (load {machine.load:.1f} on {machine.cpus}"
        " processors): read ratios, not seconds."
        if busy
        else "Nothing else ran\nmeanwhile."
    )
    how = f"By `{command}`, {result.rounds} rounds in {result.seconds:.0f} seconds. {meanwhile}"
    return f"{how}\n\n```text\n{text(result).rstrip()}\n```"


if __name__ == "__main__":
    main()
