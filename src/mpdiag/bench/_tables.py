"""The tables of a result, as rows of words that text, pages and comparisons share.  Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ._recommend import BUILDING, MANAGER, ONE_BY_ONE, SHAPES, aside
from ._statistics import built, rate, received, sent, speed
from ._values import LATENCY, POOL, WORKERS, Machine, Result, Row

# Load and steal above which a note is worth its line.
BUSY, STOLEN = 0.5, 0.01
HEADS = {
    POOL: ("pool", "start", "results", "spread", "tasks/s"),
    LATENCY: ("road", "there and back", "spread", "questions/s"),
}
"""Of the columns before the last, by shape; of other shapes `RACE_HEADS`."""
RACE_HEADS = ("road", "build", "sent", "received", "spread", "items/s")


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows that can be compared with each other."""

    title: str
    base: str
    rows: tuple[Row, ...]


def tables(result: Result) -> Iterator[Table]:
    """Yield a table for each interpreter, shape, payload, number of items and workers."""
    groups: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    ordered = sorted(result.rows, key=lambda row: (row.python, SHAPES.index(row.case.shape)))
    for row in ordered:
        if row.case.road != MANAGER:
            number = (row.case.count,)
            groups[_key(row) + number].append(row)
    for row in ordered:
        if row.case.road == MANAGER:  # it gets fewer items, and stands with the next larger number
            near = [key for key in groups if key[:-1] == _key(row) and key[-1] > row.case.count]
            groups[min(near, key=lambda key: key[-1], default=_key(row))].append(row)
    for group in groups.values():
        rows, case = tuple(group), group[0].case
        python, shape, payload, workers = rows[0].python, case.shape, case.payload, case.workers
        base = "multiprocessing.Pool" if shape == POOL else "pipe"
        base = "two-way pipe" if shape == LATENCY else base
        apart = aside(rows[0])
        base = BUILDING if apart == BUILDING else base + apart
        count = max(row.case.count for row in rows)
        several = "s" if workers > 1 else ""
        who = f"{workers} worker{several} to one reader, " if shape == WORKERS else ""
        who = f"a pool of {workers}{apart}, " if shape == POOL else who
        who = "there and back, " if shape == LATENCY else who
        how = ", built one by one" if apart == BUILDING else ""
        title = f"{who}{count:,} x {payload}{how}, Python {python}"
        yield Table(title=title, base=base, rows=rows)


def _key(row: Row) -> tuple[Any, ...]:
    case = row.case
    return row.python, case.shape, case.payload, case.workers, aside(row)


def heads(table: Table) -> tuple[str, ...]:
    """Return the heads of the columns."""
    shape = table.rows[0].case.shape
    base = table.base.removesuffix(ONE_BY_ONE).removeprefix("multiprocessing.")
    return (*HEADS.get(shape, RACE_HEADS), f"x {base}")


def cells(row: Row, table: Table) -> tuple[str, ...]:
    """Return the words of one row, one for each of `heads`."""
    name, shape = row.case.road.removesuffix(ONE_BY_ONE), row.case.shape
    if row.error or not row.timings:
        empty = ("",) * (len(heads(table)) - 2)
        return (name, *empty, row.error or "not reached in the time")
    most = max(one.case.count for one in table.rows)
    if row.case.count != most:
        name += f" ({row.case.count:,})"
    middle = received(row)
    times = [built(row).value, sent(row).value, middle.value]
    if shape == LATENCY:
        times = [middle.value / row.case.count]
    elif shape == POOL:
        del times[1]
    said = (f"{middle.spread:.0%}", f"{rate(row):,.0f}", against(row, table))
    return (name, *map(seconds, times), *said)


def against(row: Row, table: Table) -> str:
    """Return how many times as fast it is as the base of the table."""
    base = next((one for one in table.rows if one.case.road == table.base), None)
    if base is None or not base.timings or row is base:
        return "1"
    ratio, tie = speed(row, base)
    return "tie" if tie else f"{ratio.value:.2g}"


def seconds(value: float) -> str:
    """Return a time with three figures and its unit."""
    for unit, factor in (("s", 1.0), ("ms", 1e3), ("us", 1e6)):
        if value * factor >= 1 or unit == "us":
            return f"{value * factor:.3g} {unit}"
    return ""


def machine_words(machine: Machine) -> str:
    """Return the machine in a line."""
    under = ""
    if machine.hypervisor:
        named = "" if machine.hypervisor == "unknown" else f" ({machine.hypervisor})"
        under = f", under a hypervisor{named}"
    copies = f", memcpy {machine.memcpy / 1e9:.1f} GB/s" if machine.memcpy else ""
    return f"{machine.system}, {machine.cpus} processors{under}{copies}"


def notes(result: Result) -> Iterator[str]:
    """Yield what a reader should know before believing a difference."""
    machine = result.machine
    yield from result.notes
    if machine.hypervisor:
        yield "a hypervisor shares this machine with others: compare ratios, not seconds"
    if machine.steal > STOLEN:
        yield f"it gave {machine.steal:.0%} of the time to others meanwhile (steal)"
    if machine.load > BUSY * machine.cpus:
        yield f"the load was {machine.load:.1f} on {machine.cpus} processors: others worked here"
    if result.rounds < 3:  # noqa: PLR2004 - as `ENOUGH`
        yield f"whole rounds that fitted into the time: {result.rounds}; most differences are ties"
    ties = sum(
        against(row, table) == "tie"
        for table in tables(result)
        for row in table.rows
        if row.timings
    )
    if ties:
        rows = f"{ties} rows differ" if ties > 1 else "1 row differs"
        yield f"{rows} from the base by less than the noise: a tie"
