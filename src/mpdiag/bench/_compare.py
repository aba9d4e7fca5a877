"""Two results side by side: what became faster, and what did not change.  Pure."""

from __future__ import annotations

from collections.abc import Iterator

from ._statistics import received, speed, tied
from ._tables import machine_words, seconds
from ._values import Case, Result, Row


def comparison(first: Result, second: Result) -> str:
    """Return a line for each case that both have, and the sums."""
    return "\n".join(_lines(first, second)) + "\n"


def _lines(first: Result, second: Result) -> Iterator[str]:
    if first.machine.system != second.machine.system or first.machine.cpus != second.machine.cpus:
        yield "note: two different machines"
        yield f"  A  {machine_words(first.machine)}"
        yield f"  B  {machine_words(second.machine)}"
    pairs = list(_pairs(first, second))
    verdicts = [_verdict(a, b) for a, b in pairs]
    for a, b in dict.fromkeys((a.python, b.python) for a, b in pairs):
        yield from lines_of(
            [
                (f"A with Python {a}, B with {b}", "A", "B", ""),
                *(
                    (_name(one.case), *_times(one, two), verdict)
                    for (one, two), verdict in zip(pairs, verdicts, strict=True)
                    if (one.python, two.python) == (a, b)
                ),
            ]
        )
    ties = sum(verdict == "tie" for verdict in verdicts)
    faster = sum("faster" in verdict for verdict in verdicts)
    yield (
        f"mpdiag: of {len(pairs)} cases B is faster in {faster}, slower in"
        f" {len(pairs) - ties - faster}, and {ties} are ties"
    )


def interpreters(result: Result) -> Iterator[tuple[str, ...]]:
    """Yield a row for each case: its time under the first interpreter, and how others compare.

    Before them the heads; nothing of one interpreter alone.
    """
    versions = list(dict.fromkeys(row.python for row in result.rows))
    if len(versions) < 2:  # noqa: PLR2004 - nothing to compare
        return
    yield ("case", *versions)
    found = {(row.case, row.python): row for row in result.rows if row.timings}
    for case in dict.fromkeys(row.case for row in result.rows):
        rows = [found.get((case, version)) for version in versions]
        base = rows[0]
        if base is not None:
            words = ["" if row is None else _faster(row, base) for row in rows[1:]]
            yield (_name(case), seconds(received(base).value), *words)


def _faster(row: Row, base: Row) -> str:
    ratio, tie = speed(row, base)
    return "tie" if tie else f"{ratio.value:.2g} x"


def lines_of(rows: list[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows of words as lines, the first column to the left."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for row in rows:
        middle = zip(row[1:], widths[1:], strict=True)
        rest = "".join(f"  {word:>{width}}" for word, width in middle)
        yield f"  {row[0]:{widths[0]}}{rest}".rstrip()


def _times(*rows: Row) -> tuple[str, ...]:
    return tuple(seconds(received(row).value) for row in rows)


def _pairs(first: Result, second: Result) -> Iterator[tuple[Row, Row]]:
    """Yield the rows of the same case; the interpreter may be another where there is one each."""
    theirs = {(row.case, row.python): row for row in second.rows if row.timings}
    alone = {row.case: row for row in second.rows if row.timings}
    several = len({row.python for row in second.rows}) > 1
    for row in first.rows:
        other = theirs.get((row.case, row.python)) or (None if several else alone.get(row.case))
        if row.timings and other is not None:
            yield row, other


def _name(case: Case) -> str:
    workers = f" x {case.workers}" if case.workers > 1 else ""
    return f"{case.shape}{workers}  {case.road}  {case.count:,} {case.payload}"


def _verdict(a: Row, b: Row) -> str:
    first, second = received(a), received(b)
    if tied(first, second):
        return "tie"
    ratio = first.value / second.value
    return f"B {ratio:.2g} x faster" if ratio > 1 else f"B {1 / ratio:.2g} x slower"
