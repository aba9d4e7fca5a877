"""Print the table of docs/dependence.md: what `flaky` and `replay --history` say of known cases.

    python scripts/dependence_of_cases.py CASES_FOLDER [--write]

The folder holds ``common.py``, with a simulated pool, and one case a file in ``cases/``.  Each case
says by its `KIND` on what its fault depends, and by `HIST` how many earlier tasks it needs.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mpdiag.replay import Condition, Dependence, Needed, Occurred, flakiness, needed

# What a case of each kind may be called.  A case of the kind `timing` that draws from a random
# generator, and looks at nothing that runs beside it, is random by its own words.
RIGHT = {
    "input": {Dependence.NOTHING},
    "deep": {Dependence.NOTHING},
    "order": {Dependence.HISTORY},
    "timing": {Dependence.TIMING},
    "drawn": {Dependence.CHANCE},
    "env": {Dependence.WORKER},
}
WORKERS, KEPT, HISTORY = 4, 220, 1024
SEEDS, FAILURES = 2, 3
PAGE = Path(__file__).parents[1] / "docs" / "dependence.md"
BEGIN, END = "<!-- table -->", "<!-- end of table -->"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What was found for one failure of a case."""

    case: str
    about: str
    kind: str
    dependence: Dependence
    runs: int
    needed: Needed | None = None
    length: int = 0
    """Of the history that is known to be needed."""

    @property
    def is_right(self) -> bool:
        """Whether the class is that of the case."""
        return self.dependence in RIGHT[self.kind]

    @property
    def is_exact(self) -> bool:
        """Whether the history is as short as it can be."""
        return self.needed is not None and len(self.needed.positions) == self.length


def common_of(folder: Path) -> Any:
    """Return the module with the simulated pool."""
    sys.path.insert(0, str(folder))
    spec = importlib.util.spec_from_file_location("common", folder / "common.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"no common.py in {folder}")
    module = importlib.util.module_from_spec(spec)
    sys.modules["common"] = module
    spec.loader.exec_module(module)
    return module


class Pool:
    """The records of one case, and trials in fresh copies of its module."""

    def __init__(self, common: Any, path: Path, seed: int) -> None:
        self.common, self.path = common, path
        self.random = random.Random(seed)
        self.module = common.load(str(path))
        inputs = self.module.make(random.Random(seed), self.module.N, self.module.P)
        self.records = common.simulate(str(path), inputs, seed=seed, workers=WORKERS)
        self.fresh = {key: value for key, value in vars(self.module).items() if key[:1] == "_"}

    @property
    def kind(self) -> str:
        """Of the dependence, a random generator told apart."""
        drawn = hasattr(self.module, "ENV") and 'ENV["rng"]' in self.path.read_text("utf-8")
        if self.module.KIND == "timing" and drawn and not hasattr(self.module, "NEEDS_OVERLAP"):
            return "drawn"
        return str(self.module.KIND)

    def failures(self) -> list[Any]:
        """Return the failed records of the commonest fingerprint, in their order."""
        marks = Counter(one.fp for one in self.records if not one.ok)
        common = marks.most_common(1)[0][0] if marks else None
        return [one for one in self.records if one.fp == common and not one.ok]

    def history(self, failed: Any) -> list[Any]:
        """Return what its worker did before, as much as a worker keeps."""
        own = [one for one in self.records if one.ctx["worker"] == failed.ctx["worker"]]
        return own[max(0, failed.ctx["nth"] - HISTORY) : failed.ctx["nth"]]

    def fails(self, failed: Any, before: Sequence[Any] = (), *, beside: bool = False) -> bool:
        """Call *failed* in a fresh copy of the module, after *before*."""
        module = self.common.load(str(self.path))
        overlap = failed.overlap if beside else ()
        module.ENV = {"worker": 0, "overlap": overlap, "rng": self.random}
        for one in before:
            self.common.outcome(module.worker, one.args, one.kwargs)
        return bool(self.common.outcome(module.worker, failed.args, failed.kwargs)[1] == failed.fp)

    def diagnosed(self, failed: Any) -> Outcome:
        """Return what is found for one failure."""
        history = self.history(failed)
        kept = [one for one in self.failures() if one.idx >= failed.idx][:KEPT]

        def trials(condition: Condition, calls: int) -> list[bool]:
            before = history if condition is Condition.AFTER else ()
            beside = condition is Condition.BESIDE
            if condition is Condition.AFTER and not history:
                return []
            return [self.fails(failed, before, beside=beside) for _ in range(calls)]

        occurred = Occurred(
            count=len(self.failures()),
            by_worker=Counter(one.ctx["worker"] + 1 for one in kept),
            workers=WORKERS,
        )
        found = flakiness(trials, occurred)
        order = None
        if found.dependence is Dependence.HISTORY:
            order = needed(
                len(history), lambda places: self.fails(failed, [history[one] for one in places])
            )
        return Outcome(
            case=self.path.stem,
            about=(self.module.__doc__ or "").strip().rstrip("."),
            kind=self.kind,
            dependence=found.dependence,
            runs=found.runs,
            needed=order,
            length=getattr(self.module, "HIST", 0),
        )


def outcomes(folder: Path, *, seeds: int = SEEDS, failures: int = FAILURES) -> Iterator[Outcome]:
    """Yield what is found for some failures of each case."""
    common = common_of(folder)
    for path in sorted((folder / "cases").glob("*.py")):
        for seed in range(seeds):
            pool = Pool(common, path, seed)
            for failed in pool.failures()[:failures]:
                yield pool.diagnosed(failed)


def table(found: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of the table, and the figures below it."""
    yield "| case | said | right | calls | history | replays |"
    yield "|---|---|---|---|---|---|"
    for name in sorted({one.case for one in found}):
        yield _row([one for one in found if one.case == name])
    exact = [one for one in found if one.length]
    yield ""
    yield f"Class right: {_share([one.is_right for one in found])}."
    yield f"Calls: {max(one.runs for one in found)} at most."
    yield f"History exact: {_share([one.is_exact for one in exact])}."


def _row(found: Sequence[Outcome]) -> str:
    said = ", ".join(sorted({one.dependence.value for one in found}))
    right = f"{sum(one.is_right for one in found)} of {len(found)}"
    cells = [f"{found[0].case}: {found[0].about}", said, right, str(max(one.runs for one in found))]
    if found[0].length:
        exact = f"{sum(one.is_exact for one in found)} of {len(found)}"
        replays = max((one.needed.trials for one in found if one.needed), default=0)
        cells += [f"{exact} ({found[0].length:,} needed)", str(replays)]
    else:
        cells += ["", ""]
    return f"| {' | '.join(cells)} |"


def _share(right: Sequence[bool]) -> str:
    return f"{sum(right)} of {len(right)} ({100 * sum(right) / max(len(right), 1):.0f} %)"


def main() -> None:
    """Print the table, or write it into its page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    text = "\n".join(table(list(outcomes(given.folder))))
    print(text)
    if given.write:
        page = PAGE.read_text("utf-8")
        head, tail = page.partition(BEGIN)[0], page.partition(END)[2]
        PAGE.write_text(f"{head}{BEGIN}\n{text}\n{END}{tail}", "utf-8")


if __name__ == "__main__":
    main()
