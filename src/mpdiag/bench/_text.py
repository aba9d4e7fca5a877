"""A result as lines for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from ._compare import interpreters, lines_of
from ._recommend import recommendations
from ._tables import Table, cells, heads, machine_words, notes, tables
from ._values import Result

# Columns of a report.
WIDTH = 79


def text(result: Result) -> str:
    """Return the tables, the notes and the recommendation."""
    return "\n".join(_lines(result)) + "\n"


def _lines(result: Result) -> Iterator[str]:
    yield from _folded(machine_words(result.machine), indent=2)
    yield f"medians of {result.rounds} interleaved rounds, measured in {result.seconds:.0f} s"
    yield "spread: half the distance between the quartiles, as a part of the median"
    for table in tables(result):
        yield ""
        yield from table_lines(table)
    versus = list(interpreters(result))
    if versus:
        yield ""
        yield "how many times as fast each interpreter is as the first"
        yield from lines_of(versus)
    yield ""
    for note in notes(result):
        yield from _folded(f"note: {note}", indent=6)
    for sentence in recommendations(result):
        yield from _folded(f"mpdiag: {sentence}", indent=8)


def _folded(line: str, *, indent: int) -> list[str]:
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * indent, break_on_hyphens=False)


def table_lines(table: Table) -> Iterator[str]:
    """Yield the lines of one table."""
    rows = [heads(table), *(cells(row, table) for row in table.rows)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]) - 1)]
    yield table.title
    for row in rows:
        first, middle = f"  {row[0]:{widths[0]}}", zip(row[1:-1], widths[1:], strict=True)
        if any(row[1:-1]):
            yield first + "".join(f"  {word:>{width}}" for word, width in middle) + f"  {row[-1]}"
        else:  # why there are no figures
            yield from _folded(f"{first}  {row[-1]}", indent=widths[0] + 4)
