"""How small the inputs of recorded faults become, over a folder of cases: one row each.

The folder holds ``common.py`` and one case a file in ``cases/``, each with a `worker`, inputs for
it (`make`), and the smallest inputs on which it is known to fail (`MINIMAL`).  Each is recorded
under ``mpdiag run``, made smaller, and called again with what was found.

    python scripts/shrunk_of_cases.py FOLDER
"""

from __future__ import annotations

import importlib
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from mpdiag.replay import (
    Same,
    Sandbox,
    make_plan,
    make_shrink_plan,
    shrink_fault,
    with_shrunk,
)
from mpdiag.store import Store

PROGRAM = """
import sys
sys.path[:0] = {places!r}
import copy, multiprocessing, random
import {case} as case

def fails(inputs):
    args, kwargs = copy.deepcopy(inputs)
    try:
        case.worker(*args, **kwargs)
    except Exception:
        return True

if __name__ == "__main__":
    inputs = case.make(random.Random({seed}), case.N, case.P)
    failing = [one for one in inputs if fails(one)]
    with multiprocessing.Pool(2) as pool:
        for args, kwargs in failing[:20] + inputs[:20]:
            try:
                pool.apply_async(case.worker, args, kwargs).get()
            except Exception:
                pass
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was found for one case."""

    case: str
    before: int
    after: int
    known: int
    """The size of the smallest inputs on which it is known to fail."""
    calls: int
    same: bool
    """Called again in a fresh process, it ends in the same fault."""

    @property
    def is_least(self) -> bool:
        """Whether it is as small as the smallest that is known."""
        return self.after <= self.known and self.same


def outcomes(folder: Path, *, seeds: int = 2) -> Iterator[Outcome]:
    """Yield what is found for each case that says what its smallest inputs are."""
    sys.path[:0] = [str(folder), str(folder / "cases")]
    common = importlib.import_module("common")
    sys.setrecursionlimit(10_000)
    for path in sorted((folder / "cases").glob("*.py")):
        known = importlib.import_module(path.stem).MINIMAL
        for seed in range(seeds) if known is not None else ():
            yield _outcome(common, folder, path.stem, known, seed)


def _outcome(common: Any, folder: Path, case: str, known: Any, seed: int) -> Outcome:
    with tempfile.TemporaryDirectory() as name:
        store = _recorded(Path(name), folder, case, seed)
        faults = [one for one in store.faults() if one.fault.kind == "failure"]
        commonest = max(faults, key=lambda one: one.fault.count)
        found = store.fault(commonest.fault.id)
        result = shrink_fault(make_shrink_plan(found, store), store)
        kept = store.fault(found.fault.id).fault
        plan = make_plan(kept, found.run)
        with Sandbox(with_shrunk(plan) if kept.shrunk else plan, fresh=True) as sandbox:
            again = sandbox.trial()
        after = kept.shrunk.inputs.encoded if kept.shrunk else kept.first.inputs.encoded
        before = min(
            sum(map(common.size, pickle.loads(one.inputs.encoded or b"")))
            for one in (kept.first, *kept.others)
        )
        return Outcome(
            case=case,
            before=before,
            after=sum(map(common.size, pickle.loads(after or b""))),
            known=sum(map(common.size, known)),
            calls=result.calls,
            same=again.same is Same.SAME,
        )


def _recorded(place: Path, folder: Path, case: str, seed: int) -> Store:
    """Return a store with the faults of a case."""
    places = [str(folder), str(folder / "cases")]
    script = place / "program.py"
    script.write_text(PROGRAM.format(places=places, case=case, seed=seed), "utf-8")
    subprocess.run(
        [sys.executable, "-m", "mpdiag", "run", "-q", str(script)],
        cwd=place,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        check=True,
        timeout=300,
    )
    return Store.open(place / ".mpdiag")


def table(found: list[Outcome]) -> Iterator[str]:
    """Yield the rows of a table, one for each case."""
    yield "| case | size | smaller | smallest known | calls |"
    yield "|---|---|---|---|---|"
    for name in sorted({one.case for one in found}):
        rows = [one for one in found if one.case == name]
        columns = (
            [one.before for one in rows],
            [one.after for one in rows],
            [one.known for one in rows],
            [one.calls for one in rows],
        )
        texts = [" and ".join(map(str, sorted(set(values)))) for values in columns]
        yield f"| {name.replace('_', ' ')} | {' | '.join(texts)} |"


def figures(found: list[Outcome]) -> str:
    """Return the figures that the table comes to, in a sentence."""
    least = sum(one.is_least for one in found)
    calls = sorted(one.calls for one in found)
    other = sum(not one.same for one in found)
    return (
        f"The smallest known inputs were reached in {least} of {len(found)} searches, with "
        f"{median(calls):g} calls in the middle and {calls[-1]} at most; {other} of them ended in "
        "another fault."
    )


if __name__ == "__main__":
    OUTCOMES = list(outcomes(Path(sys.argv[1])))
    print("\n".join(table(OUTCOMES)))
    print(figures(OUTCOMES))
