"""The one condition that best separates failures from passes: ranked, counted, refined."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from ._columns import Path, name_columns, reach, walk
from ._conditions import (
    Atom,
    Candidate,
    Table,
    atom_of,
    is_about_the_same,
    negation,
    ordered,
    pack,
)
from ._cuts import gain, information, threshold
from ._record import Clue, Record
from ._relations import relations
from ._tests import LEAST

# Tasks in which conditions are searched for.  More: slower.  Fewer: rare values are not seen.
FAILURES, PASSES = 300, 2_000
# Tasks whose inputs name the columns.
_NAMING_FAILURES, _NAMING_PASSES = 60, 240
# Distinct conditions that are joined in pairs, and conditions that are counted over all tasks.
_JOINED, _COUNTED = 140, 16
# Passing tasks for which a condition holds that are kept to tell them from failures.
_ALARMS = 300
# So many of them in the sample say what was around them, too.
_AROUND = 20
# Failures that two conditions must share: fewer share some two of them by chance.
_PAIR_FAILURES = 3
# Others that hold for the same tasks and are named.
_EQUALS = 3
# A condition must save so much of all bits, and pay for the search with so many to spare.
_SHARE, _SPARE = 0.2, 3.0
# A second failure makes a pattern; fewer need a hint or the simplest words.
_SINGLE_COST = 2.5
# Share of the bits that a simple condition must save for pairs not to be looked at.
_ENOUGH = 0.9


@dataclass(slots=True)
class Search:
    """The comparison of some failures with all passes of their target."""

    failed: Sequence[Record]
    passed: Sequence[Record]
    names: Sequence[str]
    clue: Clue
    hides: Callable[[str], bool]
    deadline: float
    every: Sequence[Record] = ()
    """The inputs of all passes, where these are known and *passed* are a sample of them."""
    sample: Sequence[Record] = field(init=False)
    walked: list[dict[Path, Any]] = field(init=False)
    tried: int = 0

    def __post_init__(self) -> None:
        chance = random.Random(1)  # noqa: S311 - a sample, the same for the same tasks
        few = len(self.passed) <= PASSES
        self.sample = self.passed if few else chance.sample(self.passed, PASSES)
        self.walked = [walk(record, self.names) for record in self.sample]

    @property
    def is_late(self) -> bool:
        """Whether the time is up."""
        return time.process_time() > self.deadline

    def asked(self, one: Atom | Candidate) -> Sequence[Record]:
        """Return the passes that can say whether a condition holds."""
        return self.every if self.every and one.is_of_inputs else self.passed

    @property
    def passes(self) -> int:
        """How many passes there are, as far as is known."""
        return len(self.every) or len(self.passed)

    def best(self, failed: Sequence[Record]) -> tuple[Candidate, list[Candidate]] | None:
        """Return the best condition for *failed*, counted over all, and its equals."""
        one = _One(self, failed)
        found = one.settle()
        if found is None or not one.is_claimed(found):
            return None
        return found, one.equals(found)


class _One:
    """The search for one cause."""

    def __init__(self, search: Search, failed: Sequence[Record]) -> None:
        self.search, self.failed = search, failed
        chance = random.Random(2)  # noqa: S311 - as above
        self.sample = failed if len(failed) <= FAILURES else chance.sample(failed, FAILURES)
        self.alarms: dict[int, list[Record]] = {}
        self.refined: set[int] = set()
        self.known = {need: self._known(need) for need in ("", "previous", "running")}
        walked = [walk(record, search.names) for record in self.sample]
        naming = [*walked[:_NAMING_FAILURES], *search.walked[:_NAMING_PASSES]]
        table = Table(walked, search.walked, name_columns(naming), search.hides)
        self.bits = information(len(failed), search.passes)
        self.candidates: list[Candidate] = []
        self.stages = [lambda: relations(table), self._joined]
        self._add(table.candidates())

    def _add(self, candidates: Iterable[Candidate]) -> None:
        """Weigh more conditions."""
        added = list(candidates)
        for candidate in added:
            self._estimate(candidate)
        self.candidates += added
        self.search.tried += len(added)

    def _known(self, need: str) -> int:
        if not need:
            return len(self.search.sample)
        return sum(getattr(record, need) is not None for record in self.search.sample)

    def _estimate(self, candidate: Candidate, *, least: int = 0) -> None:
        """Tell from the sample for how many of all it holds."""
        share = candidate.failed.bit_count() / len(self.sample)
        candidate.held = share * len(self.failed)
        false = candidate.passed.bit_count() / max(1, self._told(candidate))
        candidate.false = max(least, false * self.search.passes)
        self._rate(candidate)

    def _told(self, candidate: Candidate) -> int:
        """Return how many passes of the sample can say whether it holds."""
        return min(self.known[atom.needs] for atom in candidate.atoms)

    def _rate(self, candidate: Candidate) -> None:
        saved = self._saved(candidate)
        candidate.score = saved - candidate.cost + self._hint(candidate) if saved else -math.inf

    def _saved(self, candidate: Candidate) -> float:
        passes, false = self._scaled(candidate)
        return gain(candidate.held, len(self.failed), false, passes)

    def _scaled(self, candidate: Candidate) -> tuple[float, float]:
        """Return passes and false alarms, fewer where little is known of them."""
        search = self.search
        share = self._told(candidate) / len(search.sample)
        share *= len(search.asked(candidate)) / search.passes
        return search.passes * share, candidate.false * share

    def _hint(self, candidate: Candidate) -> float:
        """Return what the exception adds: enough to break a tie, never to make one."""
        clue, bonus = self.search.clue, 0.0
        if clue.key and any(atom.text.startswith(f"{clue.key} not in") for atom in candidate.atoms):
            bonus += 6
        lines = " ".join(clue.sources)
        for atom in candidate.atoms:
            names = {str(path[-1].name) for path in atom.paths if len(path) > 1}
            names |= {str(path[0].name) for path in atom.paths if len(path) == 1}
            bonus += 2.5 * any(name and _stands_in(name, lines) for name in names)
        return bonus / len(candidate.atoms)

    def _joined(self) -> Iterator[Candidate]:
        """Yield the best distinct conditions in pairs."""
        order = sorted(self.candidates, key=lambda one: -one.score)
        kept: dict[tuple[int, int], Candidate] = {}
        for one in order:
            if math.isfinite(one.score) and len(kept) < _JOINED:
                kept.setdefault((one.failed, one.passed), one)
        least = max(_PAIR_FAILURES, LEAST * len(self.sample))
        self.search.tried += len(kept) * (len(kept) - 1) // 2
        for left, right in combinations(kept.values(), 2):
            failed, passed = left.failed & right.failed, left.passed & right.passed
            if failed.bit_count() < least or passed in (left.passed, right.passed):
                continue
            yield Candidate(ordered(left.atoms[0], right.atoms[0]), failed, passed)

    def settle(self) -> Candidate | None:
        """Return the leader once it is counted over all tasks and cannot be refined."""
        counted = 0
        while True:
            leader = self._leader()
            if leader is None or not math.isfinite(leader.score):
                return None
            if leader.exact:
                if not self._refine(leader):
                    return leader
            elif counted >= _COUNTED or (counted and self.search.is_late):
                return max((one for one in self.candidates if one.exact), key=lambda one: one.score)
            else:
                counted += 1
                self._count(leader)

    def _leader(self) -> Candidate | None:
        """Return the best so far; what costs more to weigh is weighed where it is not enough."""
        while True:
            leader = max(self.candidates, key=lambda one: one.score, default=None)
            enough = leader is not None and self._saved(leader) >= _ENOUGH * self.bits
            if enough or not self.stages or self.search.is_late:
                return leader
            self._add(self.stages.pop(0)())

    def _count(self, candidate: Candidate) -> None:
        """Count over all tasks; what it falsely holds for counts for the others as well."""
        search = self.search
        passed = search.asked(candidate)
        has_more = len(passed) > len(search.sample)
        if has_more:
            self._tighten(candidate)
        holds = candidate.holds
        alarms = [record for record in passed if holds(record)]
        candidate.held = sum(map(candidate.holds, self.failed))
        told = max(1, self._told(candidate)) / len(search.sample) * len(passed)
        candidate.false = len(alarms) / told * search.passes
        candidate.exact, candidate.alarms = True, len(alarms)
        self._rate(candidate)
        self.alarms[id(candidate)] = alarms[:: max(1, len(alarms) // _ALARMS)][:_ALARMS]
        if alarms and has_more:
            self._warn(alarms[:_ALARMS])

    def _warn(self, alarms: Sequence[Record]) -> None:
        """Lower the others by what they would say of passes that were not in the sample."""
        near = max((one.score for one in self.candidates), default=0) * 0.5
        for other in self.candidates:
            if not other.exact and other.score > near:
                least = sum(map(other.holds, alarms))
                if least > other.false:
                    self._estimate(other, least=least)

    def _tighten(self, candidate: Candidate) -> None:
        """Choose numbers again, from all tasks."""
        atoms = tuple(self._refitted(atom) for atom in candidate.atoms)
        candidate.atoms = atoms

    def _refitted(self, atom: Atom) -> Atom:
        if atom.refit is None or self.search.is_late:
            return atom
        path = atom.paths[0]
        failed = [reach(record, path) for record in self.failed]
        passed = [reach(record, path) for record in self.search.asked(atom)]
        test = threshold(atom.refit, failed, passed)
        return atom if test is None else atom_of(path, test, atom.refit)

    def _refine(self, leader: Candidate) -> bool:
        """Add conditions that tell the leader's failures from its false alarms; False if none."""
        alarms = self.alarms.get(id(leader), [])
        if not alarms or id(leader) in self.refined or len(leader.atoms) > 2:  # noqa: PLR2004
            return False
        self.refined.add(id(leader))
        failed = [record for record in self.sample if leader.holds(record)]
        if len(failed) < _PAIR_FAILURES or self.search.is_late:
            return False
        if self.search.asked(leader) is self.search.every:
            known = [record for record in self.search.passed if leader.holds(record)]
            if len(known) >= _AROUND:
                alarms = known[:_ALARMS]
            else:  # of which nothing is known but their inputs: the same must be true of failures
                failed = [Record(record.args, record.kwargs) for record in failed]
        added = [*self._second(leader, failed, alarms)]
        self.candidates += added
        self.search.tried += len(added)
        return bool(added)

    def _second(
        self, leader: Candidate, failed: Sequence[Record], alarms: Sequence[Record]
    ) -> Iterator[Candidate]:
        names = self.search.names
        walks = [walk(record, names) for record in failed], [walk(one, names) for one in alarms]
        naming = [*walks[0][:_NAMING_FAILURES], *walks[1][:_NAMING_PASSES]]
        table = Table(*walks, name_columns(naming), self.search.hides)
        opposite = Table(walks[1], walks[0], table.columns, table.hides)
        found: list[tuple[float, Atom]] = []
        for one in (*table.candidates(), *relations(table)):
            held, false = one.failed.bit_count(), one.passed.bit_count()
            saved = gain(held, len(failed), false, len(alarms))
            found.append((saved - one.cost if saved else -math.inf, one.atoms[0]))
        for one in opposite.candidates():
            held, false = len(failed) - one.passed.bit_count(), len(alarms) - one.failed.bit_count()
            saved = gain(held, len(failed), false, len(alarms))
            found.append((saved - one.cost if saved else -math.inf, negation(one.atoms[0])))
        self.search.tried += len(found)
        found.sort(key=lambda pair: -pair[0])
        for score, atom in found[:5]:
            # As of the whole: what is found among many must save more than their number hides.
            if score > math.log2(len(found)) and atom.text not in leader.text:
                yield self._and(leader, atom, alarms)

    def _and(self, leader: Candidate, atom: Atom, alarms: Sequence[Record]) -> Candidate:
        joined = Candidate(
            (*leader.atoms, atom),
            leader.failed & pack(map(atom.holds, self.sample)),
            leader.passed & pack(map(atom.holds, self.search.sample)),
        )
        self._estimate(joined, least=sum(map(atom.holds, alarms)))
        return joined

    def is_claimed(self, found: Candidate) -> bool:
        """Tell whether what was found pays for the search, and explains enough."""
        passes, _ = self._scaled(found)
        saved, every = self._saved(found), information(len(self.failed), passes)
        if found.held < 2 and not (found.cost <= _SINGLE_COST or self._hint(found) >= 6):  # noqa: PLR2004 - one is no pattern
            return False
        spare = saved - found.cost - math.log2(max(2, self.search.tried))
        return spare > _SPARE and saved >= _SHARE * every

    def equals(self, found: Candidate) -> list[Candidate]:
        """Return what holds for the same tasks of the sample, simplest first."""
        same = [
            one
            for one in self.candidates
            if one is not found
            and (one.failed, one.passed) == (found.failed, found.passed)
            and len(one.atoms) <= len(found.atoms)
            and not is_about_the_same(one, found)
        ]
        equal: dict[frozenset[Path], Candidate] = {}
        for one in sorted(same, key=lambda one: one.cost):
            if not self.search.is_late or one.exact:
                if not one.exact:
                    self._count(one)
                paths = frozenset(path for atom in one.atoms for path in atom.paths)
                if (one.held, one.false) == (found.held, found.false):
                    equal.setdefault(paths, one)
            if len(equal) >= _EQUALS:
                break
        return list(equal.values())


def _stands_in(name: str, lines: str) -> bool:
    at = lines.find(name)
    while at >= 0:
        around = lines[at - 1 : at] + lines[at + len(name) : at + len(name) + 1]
        if not any(char.isalnum() or char == "_" for char in around):
            return True
        at = lines.find(name, at + 1)
    return False
