"""Run all benchmarks and write docs/costs.md."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from interleaved import RESULTS, ROUNDS, Row, table

HERE = Path(__file__).parent
COSTS = HERE.parent / "docs" / "costs.md"
NAMES = ("guard_pass", "failure", "run_pool", "start")

HEAD = """\
# Costs

What mpdiag costs a program, measured by the scripts in `benchmarks/`;
`make bench` writes this page.

Measured on {date}: {system}, {cores} cores, CPython {python}; load average {load} when
the last script ended. A figure is the median of {rounds} rounds, in which plain Python and mpdiag
took turns: read differences and ratios, not absolute times. The *gate* leaves room for noise; the
*goal* is what we are after.

"""
TAIL = """

{verdict}

Everything is switched on: marks before each task, inputs, counters. The task is `x -> x + 1`, so
that the costs stand alone.
"""


def main() -> None:
    """Run what is named, or all, and write the page from all results that are there."""
    for name in sys.argv[1:] or NAMES:
        print(f"\n{name}", flush=True)
        subprocess.run([sys.executable, str(HERE / f"{name}.py")], check=True)
    kept = [json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8")) for name in NAMES]
    rows = [Row(**one) for part in kept for one in part["rows"]]
    head = HEAD.format(rounds=ROUNDS, **kept[-1]["machine"])
    COSTS.write_text(head + "\n".join(table(rows)) + TAIL.format(verdict=verdict(rows)), "utf-8")


def verdict(rows: list[Row]) -> str:
    """Return which gates and goals are met, and which are not, in words."""
    words = []
    for name in ("gate", "goal"):
        bounds = [(one, one.meets(getattr(one, name))) for one in rows]
        missed = [one.what for one, met in bounds if met is False]
        kept = sum(met is True for _, met in bounds)
        missing = f"; not met: {', '.join(missed)}" if missed else ""
        words.append(f"{kept} of {kept + len(missed)} {name}s are met{missing}.")
    return "\n".join(words)


if __name__ == "__main__":
    main()
