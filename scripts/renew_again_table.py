"""Write docs/again.md: what shrink, flaky and replay --history find over a folder of cases.

python scripts/renew_again_table.py FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from textwrap import fill

import dependence_of_cases
import shrunk_of_cases
from dependence_of_cases import Outcome

PAGE = Path(__file__).parent.parent / "docs" / "again.md"
WIDTH = 100

HEAD = """\
# How well it works

Measured over 35 small functions that fail at times, each with what is known of its fault: the
smallest inputs that end in it, on what it depends, and how many earlier tasks it needs. They were
written to cover what goes wrong in pools, and mpdiag was made with them at hand: on programs of
your own it may do worse. `scripts/renew_again_table.py` writes this page.

## `mpdiag shrink`

Each case runs under `mpdiag run`, the fault that is met most often is made smaller by the defaults,
and called again with what was found, in a fresh process. The size counts values, characters and
digits; "and" stands between the figures of two random sets of inputs.
"""

MIDDLE = """\

## `mpdiag flaky` and `mpdiag replay --history`

A simulated pool runs each case, and some of its failures are looked into. "right" is the class that
the case has by its own words, "runs" are the calls for it at most. Where a fault needs other tasks,
"history" says how often exactly as many were found as are needed, and in how many replays at most.
"""


def main(folder: str) -> None:
    """Write the page."""
    place = Path(folder).absolute()
    found = list(shrunk_of_cases.outcomes(place))
    text = [HEAD, fill(shrunk_of_cases.figures(found), WIDTH), "", *shrunk_of_cases.table(found)]
    classes = list(dependence_of_cases.outcomes(place))
    text += [MIDDLE, fill(_figures(classes), WIDTH), "", *_table(classes)]
    PAGE.write_text("\n".join(text) + "\n", "utf-8")


def _figures(found: list[Outcome]) -> str:
    ordered = [one for one in found if one.length]
    exact = sum(one.is_exact for one in ordered)
    replays = [one.needed.trials for one in ordered if one.needed]
    return (
        f"The class was right for {sum(one.is_right for one in found)} of {len(found)} failures, "
        f"within {max(one.runs for one in found)} runs; the history was exact for {exact} of "
        f"{len(ordered)}, {median(replays):g} replays in the middle, {max(replays)} at most."
    )


def _table(found: list[Outcome]) -> Iterator[str]:
    yield "| case | class | right | runs | history |"
    yield "|---|---|---|---|---|"
    for name in sorted({one.case for one in found}):
        rows = [one for one in found if one.case == name]
        classes = ", ".join(sorted({one.dependence.value for one in rows}))
        right = f"{sum(one.is_right for one in rows)} of {len(rows)}"
        runs = max(one.runs for one in rows)
        yield f"| {name.replace('_', ' ')} | {classes} | {right} | {runs} | {_history(rows)} |"


def _history(rows: list[Outcome]) -> str:
    if not rows[0].length:
        return ""
    exact = sum(one.is_exact for one in rows)
    replays = max((one.needed.trials for one in rows if one.needed), default=0)
    return f"{rows[0].length}: {exact} of {len(rows)} in {replays}"


if __name__ == "__main__":
    main(*sys.argv[1:])
