"""Which road to take for what was measured: a sentence with its reason and its number.  Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ._statistics import rate, speed
from ._values import LATENCY, POOL, RACE, WORKERS, Result, Row

# Of roads that are equally fast the first is named: it needs the least care.
SIMPLE = (
    *("Queue", "SimpleQueue", "pipe", "JoinableQueue", "two-way pipe", "pipe, send_bytes"),
    *(
        "two pipes",
        "two SimpleQueues",
        "two Queues",
        "pipe, thread",
        "mpdiag pipe, batches",
        "mpdiag ring",
        "mpdiag ring, views",
    ),
    "Manager queue",
)
HOW = {
    "pipe": "a pipe (Pipe(duplex=False))",
    "two-way pipe": "a two-way Pipe()",
    "pipe, send_bytes": "pickle.dumps and send_bytes over a pipe",
    "pipe, building": "a pipe without a thread",
    "pipe, thread": "a pipe with a thread that sends",
    "Queue": "a Queue",
    "SimpleQueue": "a SimpleQueue",
    "JoinableQueue": "a JoinableQueue",
    "Manager queue": "a Manager's queue",
    "mpdiag pipe, batches": "mpdiag.channels.pipe with send_many",
    "mpdiag ring": "the ring (mpdiag.channels.ring)",
    "mpdiag ring, views": "the ring with views (mpdiag.channels.ring(views=True))",
}
MANAGER = "Manager queue"
READY = "array"
"""The payload that is ready before the clock starts; others are built in any case."""
SHAPES = (RACE, WORKERS, LATENCY, POOL)
ONE_BY_ONE = ", one at a time"
"""Ends the name of a pool that gets its next task after the last result."""
BUILDING, THREAD = "pipe, building", "pipe, thread"
"""The roads on which items are built between sending, also where the others have them ready."""
# Bytes from which an item is large: the speed of memory is the limit, and worth a comparison;
# blocks and threads are tried, batches are not.
LARGE = 32768
# Part of the speed of memory from which it is said.  Less: another thing is the limit.
WORTH = 0.05


def recommendations(result: Result) -> list[str]:
    """Return a sentence for each payload and shape that was measured, pools apart."""
    rows = [row for row in result.rows if row.timings]
    first = rows[0].python if rows else ""
    rows = [row for row in rows if row.python == first and not _again(row)]
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in sorted(rows, key=lambda row: SHAPES.index(row.case.shape)):
        groups.setdefault(_group(row), []).append(row)
    sentences = [_sentence(group, result) for group in groups.values()]
    return [sentence for sentence in sentences if sentence]


def _again(row: Row) -> bool:
    """Tell whether it is a race under another name."""
    return row.case.shape == WORKERS and row.case.workers == 1


def _group(row: Row) -> tuple[object, ...]:
    case = row.case
    return case.shape, case.payload, case.workers, aside(row)


def aside(row: Row) -> str:
    """Return in which respect *row* is not comparable with others of its payload."""
    case = row.case
    if case.road in {BUILDING, THREAD} and case.payload == READY:
        return BUILDING
    return ONE_BY_ONE if case.road.endswith(ONE_BY_ONE) else ""


def best(rows: list[Row]) -> tuple[Row, list[Row]]:
    """Return the road to take, and those that cannot be told from the fastest."""
    fastest = max(rows, key=rate)
    equal = [row for row in rows if row is fastest or speed(fastest, row)[1]]
    return min(equal, key=_care), equal


def _care(row: Row) -> int:
    return SIMPLE.index(row.case.road) if row.case.road in SIMPLE else 0


def _largest(rows: Iterable[Row]) -> list[Row]:
    """Return for each road the measurement with the most items."""
    latest: dict[str, Row] = {}
    for row in sorted(rows, key=lambda row: row.case.count):
        latest[row.case.road] = row
    return list(latest.values())


def _sentence(rows: list[Row], result: Result) -> str:
    rows = _largest(rows)
    if len(rows) < 2:  # noqa: PLR2004 - nothing to choose from
        return ""
    chosen, equal = best(rows)
    road = chosen.case.road
    reasons = _reasons(chosen, rows, equal, result)
    return f"{_what(chosen)}: use {HOW.get(road, road)}: {'; '.join(reasons)}"


def _what(row: Row) -> str:
    case = row.case
    size = max(timing.item_bytes for timing in row.timings)
    words = (
        f"{case.payload}s of {_bytes(size)}"
        if ":" not in case.payload
        else (f"{case.payload}, {_bytes(size)} each")
    )
    if aside(row) == BUILDING:
        words += ", built one by one"
    if case.shape == LATENCY:
        return f"question and answer, {words}"
    if case.shape == POOL:
        return f"{case.workers} workers of a pool, {words}"
    return f"{case.workers} worker{'s' if case.workers > 1 else ''}, {words}"


def _reasons(chosen: Row, rows: list[Row], equal: list[Row], result: Result) -> list[str]:
    case = chosen.case
    reasons = []
    base = next((row for row in rows if row.case.road.startswith(_base(case.shape))), None)
    if base is not None and base not in equal:
        reasons.append(f"{_times(chosen, base)} {HOW.get(base.case.road, base.case.road)}")
    else:
        slower = [row for row in rows if row not in equal and speed(chosen, row)[0].value > 1]
        if slower:
            near = max(slower, key=rate)
            reasons.append(f"{_times(chosen, near)} {HOW.get(near.case.road, near.case.road)}")
    size = max(timing.item_bytes for timing in chosen.timings)
    if size >= LARGE and result.machine.memcpy and not aside(chosen):
        part = rate(chosen) * size / result.machine.memcpy
        if part >= WORTH:
            reasons[-1:] = [", ".join([*reasons[-1:], f"{part:.0%} of memcpy"])]
    ties = [row.case.road for row in equal if row is not chosen]
    if aside(chosen) == BUILDING:
        ties = [HOW[road] for road in ties]
    if ties:
        named = " and ".join([", ".join(ties[:-1]), ties[-1]] if ties[1:] else ties)
        reasons.append(f"{named} cannot be told from it here")
    queue = next((row for row in rows if row.case.road == "Queue"), None)
    if queue is not None and queue not in equal and queue is not base and base is not None:
        reasons.append(f"a queue would be {speed(queue, base)[0].value:.2g} x")
    return reasons or ["nothing that was measured is clearly slower or faster"]


def _base(shape: str) -> str:
    return {LATENCY: "two-way pipe", POOL: "multiprocessing.Pool"}.get(shape, "pipe")


def _times(row: Row, base: Row) -> str:
    return f"{speed(row, base)[0].value:.2g} x"


def _bytes(size: int) -> str:
    if size >= 100_000:  # noqa: PLR2004 - from where MB read better
        return f"{size / 1e6:.1f} MB"
    return f"{size / 1e3:.1f} kB" if size >= 1000 else f"{size} bytes"  # noqa: PLR2004
