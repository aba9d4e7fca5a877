"""Print the table of docs/explain.md: which condition is found for each case of a folder.

    python scripts/renew_explain_table.py CASES_FOLDER [CASE ...] [--write]

A case is a Python file with ``make``, ``worker`` and ``CAUSES``, beside a ``common.py`` that
simulates a pool.  A condition counts as right if, pasted, it has an F1 of 0.95 at least against
the cause on 4,000 records in which what only goes along with the cause does not.
"""

from __future__ import annotations

import argparse
import inspect
import random
import sys
import time
import traceback
import tracemalloc
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from mpdiag.analysis import Clue, Explanation, Record, explain
from mpdiag.codec import read_pickle
from mpdiag.replay import DEEP_FAILED, DEEP_PASSED, Place, evenly, names_variables, watched

PROBES, RIGHT = 4_000, 0.95
DOCS = Path(__file__).parents[1] / "docs" / "explain.md"
BEGIN, END = "<!-- table -->", "<!-- end of table -->"


def records_of(simulated: Sequence[Any]) -> dict[int, Record]:
    """Return what the engine sees of each simulated task, by position."""
    found: dict[int, Record] = {}
    for one in simulated:
        found[one.idx] = Record(one.args, one.kwargs, one.ctx["worker"], one.ctx["nth"])
        if one.prev is not None:
            found[one.idx].previous = found[one.prev.idx]
    for one in simulated:
        if one.overlap or one.ctx["running"]:
            found[one.idx].running = [found[other.idx] for other in one.overlap]
    return found


def namespace(names: Sequence[str], record: Record) -> dict[str, Any]:
    """Return what a condition may name."""
    known = dict(zip(names, record.args, strict=False)) | dict(record.kwargs)
    return {
        **known,
        "args": record.args,
        "kwargs": record.kwargs,
        "worker": record.worker,
        "nth": record.nth,
        "previous": record.previous,
        "running": record.running or (),
        **(record.locals or {}),
    }


def holds(code: Any, names: Sequence[str], record: Record) -> bool:
    """Return what a pasted condition says of *record*."""
    try:
        return bool(eval(code, namespace(names, record)))
    except Exception:
        return False


def explained(common: ModuleType, path: Path, seed: int) -> tuple[list[Explanation], float, Any]:
    """Simulate a case and explain its failures, one fingerprint after the other."""
    module = common.load(str(path))
    inputs = module.make(random.Random(seed), module.N, module.P)
    simulated = common.simulate(str(path), inputs, seed)
    records = records_of(simulated)
    passed = [records[one.idx] for one in simulated if one.ok]
    failed: dict[str, list[Any]] = defaultdict(list)
    for one in simulated:
        if not one.ok:
            failed[one.fp].append(one)
    names = list(inspect.signature(module.worker).parameters)
    began = time.process_time()
    found = []
    for name, group in sorted(failed.items(), key=lambda pair: -len(pair[1])):
        clue = clue_of(module, group[0])
        chosen = [records[one.idx] for one in group]
        one = explain(chosen, passed, names=names, fault=name, clue=clue)
        found.append(one if one.suspects else deeper(one, module, chosen, passed, clue))
    return found, time.process_time() - began, module


def deeper(
    one: Explanation,
    module: ModuleType,
    failed: Sequence[Record],
    passed: Sequence[Record],
    clue: Clue,
) -> Explanation:
    """Return what the variables at the failing line tell, as ``--deep`` does."""
    place = place_of(module, failed[0])
    if place is None:
        return one
    names = list(inspect.signature(module.worker).parameters)
    looked = [
        [record for record in (at_line(module, one, place) for one in chosen) if record.locals]
        for chosen in (evenly(failed, DEEP_FAILED), evenly(passed, DEEP_PASSED))
    ]
    found = explain(*looked, names=names, fault=one.fault, clue=clue)
    return replace(found, place=f"{place.line}") if names_variables(found) else one


def place_of(module: ModuleType, record: Record) -> Place | None:
    """Return where the worker of a case fails with these inputs."""
    try:
        module.worker(*record.args, **record.kwargs)
    except Exception as error:
        own = [one for one in traceback.extract_tb(error.__traceback__) if one.name == "worker"]
        if own:
            return Place(file=own[-1].filename, function="worker", line=own[-1].lineno or 0)
    return None


def at_line(module: ModuleType, record: Record, place: Place) -> Record:
    """Return *record* with the variables that its task has at *place*."""
    found = watched(module.worker, tuple(record.args), record.kwargs, place)
    variables = {name: read_pickle(raw) for name, raw in found.items()}
    return Record(record.args, record.kwargs, locals=variables or None)


def clue_of(module: ModuleType, one: Any) -> Clue:
    """Return what the exception of a failed task points at, found by raising it again."""
    try:
        module.worker(*one.args, **one.kwargs)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)[1:]
        return Clue(
            key=str(error) if isinstance(error, KeyError) else "",
            sources=tuple(frame.line or "" for frame in frames),
        )
    return Clue(sources=(one.src,))


def probe_records(common: ModuleType, path: Path, seed: int) -> list[tuple[Any, Record]]:
    """Return fresh records, in which decoys no longer go along with the cause."""
    module = common.load(str(path))
    share = max(module.P, 0.02) if module.P else 0
    inputs = module.make(random.Random(seed), PROBES, share, probe=True)
    simulated = common.simulate(str(path), inputs, seed)
    records = records_of(simulated)
    for one in simulated:
        one.ctx["rec"] = one
    return [(one, records[one.idx]) for one in simulated]


def f1(truth: Sequence[bool], said: Sequence[bool]) -> float:
    """Return the harmonic mean of precision and recall."""
    both = sum(a and b for a, b in zip(truth, said, strict=True))
    return 2 * both / (sum(truth) + sum(said)) if both else 0.0


def judged(
    common: ModuleType, path: Path, found: Sequence[Explanation], module: Any, seed: int
) -> tuple[bool, float]:
    """Return whether every cause stands first for its fault, and the worst F1 of them."""
    firsts = [one.suspects for one in found]
    if not module.CAUSES:
        return not any(firsts), 1.0
    probes = probe_records(common, path, seed + 1000)
    names = list(inspect.signature(module.worker).parameters)
    lines = [int(one.place) for one in found if one.place]
    if lines:
        place = Place(file=module.__file__ or "", function="worker", line=lines[0])
        probes = [(one, at_line(module, record, place)) for one, record in probes]

    def score(cause: Any, condition: str) -> float:
        code = compile(condition, "condition", "eval")
        truth = [bool(_asked(cause, one)) for one, _ in probes]
        return f1(truth, [holds(code, names, record) for _, record in probes])

    worst = 1.0
    for position, cause in enumerate(module.CAUSES):
        options = [[cause], *getattr(module, "ANY", ())] if position == 0 else [[cause]]
        conditions = [suspects[0].condition for suspects in firsts if suspects]
        best = [max((score(part, text) for text in conditions), default=0) for (part,) in options]
        worst = min(worst, max(best))
    return worst >= RIGHT, worst


def _asked(cause: Any, one: Any) -> bool:
    try:
        return bool(cause(one.args, one.kwargs, one.ctx))
    except Exception:
        return False


def rows(common: ModuleType, paths: Sequence[Path], seeds: Sequence[int]) -> Iterator[list[str]]:
    """Yield the cells of one line for each case."""
    for path in paths:
        found, seconds, module = explained(common, path, seeds[0])
        right, worst = judged(common, path, found, module, seeds[0])
        if not module.CAUSES:
            others = [explained(common, path, seed)[0] for seed in seeds[1:]]
            right = right and not any(one.suspects for each in others for one in each)
        said = [suspect for one in found for suspect in one.suspects]
        shown = "; ".join(f"`{one.condition}`" for one in said).replace("|", "\\|")
        shown += " with `--deep`" if any(one.place for one in found) else ""
        counts = "; ".join(
            f"{one.failures[0]} of {one.failures[1]}, {one.passes[0]} of {one.passes[1]:,}"
            for one in said
        )
        words = ", ".join(sorted({one.wording for one in found}))
        mark = f"{worst:.2f}" if module.CAUSES else "nothing claimed" if not said else "claimed"
        yield [
            "yes" if right else "**no**",
            f"{path.stem}: {(module.__doc__ or '').strip().rstrip('.')}",
            f"{shown or 'none'} ({words})",
            counts,
            mark,
            f"{seconds:.2f} s",
        ]


def peak_bytes(common: ModuleType, path: Path) -> int:
    """Return the memory that one explanation takes on top of its records."""
    module = common.load(str(path))
    inputs = module.make(random.Random(0), module.N, module.P)
    simulated = common.simulate(str(path), inputs, 0)
    records = records_of(simulated)
    split = [[records[one.idx] for one in simulated if one.ok is ok] for ok in (False, True)]
    tracemalloc.start()
    explain(*split)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def main() -> None:
    """Print the table, or write it into its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("cases", nargs="*")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    sys.path.insert(0, str(chosen.folder))
    import common

    paths = sorted((chosen.folder / "cases").glob("*.py"))
    if chosen.cases:
        paths = [path for path in paths if any(name in path.stem for name in chosen.cases)]
    lines = ["| first? | case | condition | holds for | F1 | time |", "|---|---|---|---|---|---|"]
    good = 0
    for cells in rows(common, paths, range(chosen.seed, chosen.seed + 5)):
        good += cells[0] == "yes"
        lines.append(f"| {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    lines.append(f"\nThe right condition stands first in {good} of {len(paths)} cases.")
    print(lines[-1])
    if chosen.write:
        text = DOCS.read_text("utf-8")
        head, tail = text.partition(BEGIN)[0], text.partition(END)[2]
        DOCS.write_text(f"{head}{BEGIN}\n" + "\n".join(lines) + f"\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    main()
