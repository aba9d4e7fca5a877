"""Measure several ways of doing one thing, in turn, and compare them by ratio.

On a machine that does other work too, one after the other would compare two moments.  In turn, each
round gives one ratio, and the middle of the ratios is what we report.
"""

from __future__ import annotations

import json
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROUNDS = 7
RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: what it costs us, beside a peer, against gate and goal."""

    what: str
    figure: float
    """In *unit*, the middle of all rounds."""
    unit: str
    gate: float | None = None
    """Room for noise; None where there is no promise."""
    goal: float | None = None
    more_is_better: bool = False
    peer: str = ""
    """What was measured beside it, in the same rounds."""
    rounds: list[float] = field(default_factory=list)

    def meets(self, bound: float | None) -> bool | None:
        """Tell whether the figure keeps *bound*; None without one."""
        if bound is None:
            return None
        return self.figure >= bound if self.more_is_better else self.figure <= bound


def measure(
    ways: Mapping[str, Callable[[], object]], *, rounds: int = ROUNDS
) -> dict[str, list[float]]:
    """Return seconds for each way, one for each round; the first, cold round does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            begun = time.perf_counter()
            way()
            taken = time.perf_counter() - begun
            if number:
                seconds[name].append(taken)
    return seconds


def extra(seconds: Mapping[str, list[float]], ours: str, peer: str, *, each: float) -> list[float]:
    """Return what *ours* took over *peer* in each round, in units of *each*."""
    return [(a - b) / each for a, b in zip(seconds[ours], seconds[peer], strict=True)]


def ratio(seconds: Mapping[str, list[float]], ours: str, peer: str) -> list[float]:
    """Return *ours* over *peer*, round by round."""
    return [a / b for a, b in zip(seconds[ours], seconds[peer], strict=True)]


def row(
    what: str,
    rounds: list[float],
    unit: str,
    *,
    gate: float | None = None,
    goal: float | None = None,
    more_is_better: bool = False,
    peer: str = "",
) -> Row:
    """Return the row for *rounds*, by their median."""
    return Row(
        what=what,
        figure=statistics.median(rounds),
        unit=unit,
        gate=gate,
        goal=goal,
        more_is_better=more_is_better,
        peer=peer,
        rounds=rounds,
    )


def table(rows: list[Row]) -> list[str]:
    """Return the lines of a Markdown table."""
    lines = ["| what | measured | rounds from .. to | gate | goal |", "|---|--:|--:|--:|--:|"]
    for one in rows:
        spread = f"{shown(min(one.rounds))} .. {shown(max(one.rounds))}"
        bounds = [bound_cell(one, bound) for bound in (one.gate, one.goal)]
        beside = f" (beside {one.peer})" if one.peer else ""
        cells = (one.what + beside, f"**{shown(one.figure)} {one.unit}**", spread, *bounds)
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def bound_cell(one: Row, bound: float | None) -> str:
    """Return a bound, and whether it is kept."""
    if bound is None:
        return ""
    return f"{shown(bound)}: {'met' if one.meets(bound) else 'not met'}"


def shown(number: float) -> str:
    """Return *number* with three digits."""
    return f"{number:.0f}" if abs(number) >= 100 else f"{number:.3g}"


def finish(name: str, rows: list[Row]) -> None:
    """Print the table, and write it as JSON with what kind of machine it was."""
    print("\n".join(table(rows)))
    RESULTS.mkdir(exist_ok=True)
    kept = {"name": name, "machine": machine(), "rows": [asdict(one) for one in rows]}
    (RESULTS / f"{name}.json").write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, str]:
    """Return the kind of machine and interpreter, without its name."""
    import os

    return {
        "date": time.strftime("%Y-%m-%d"),
        "system": f"{platform.system()} {platform.release().split('-')[0]} {platform.machine()}",
        "cores": str(os.cpu_count()),
        "load": f"{os.getloadavg()[0]:.1f}",
        "python": sys.version.split()[0],
    }
