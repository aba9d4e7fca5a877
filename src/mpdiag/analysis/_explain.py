"""Why only some tasks fail: the best condition, then what it leaves open, until nothing is left."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from ._conditions import Candidate, paths_of
from ._record import Clue, Explanation, Record, Suspect, Wording
from ._search import Search
from ._tasks import Tasks

# Conditions for one fault.  More: the later ones explain a handful of failures.
_CAUSES = 4
# Below this share of precision or coverage a condition is only associated.
SEPARATES = 0.9
DEADLINE = 10.0
_NO_CLUE = Clue()


def _nothing_hidden(name: str) -> bool:
    del name
    return False


def compare(
    tasks: Tasks,
    *,
    fault: str,
    hides: Callable[[str], bool],
    seconds: float = DEADLINE,
    every: Sequence[Record] = (),
) -> Explanation:
    """Return what separates the failed tasks of a fault from those that passed; see `explain`."""
    return explain(
        tasks.failed,
        tasks.passed or every,
        every=every,
        names=tasks.names,
        fault=fault,
        clue=tasks.clue,
        all_passed=tasks.all_passed,
        hides=hides,
        seconds=seconds,
    )


def explain(
    failed: Sequence[Record],
    passed: Sequence[Record],
    *,
    names: Sequence[str] = (),
    fault: str = "",
    clue: Clue = _NO_CLUE,
    all_passed: int | None = None,
    every: Sequence[Record] = (),
    hides: Callable[[str], bool] = _nothing_hidden,
    seconds: float = DEADLINE,
) -> Explanation:
    """Return what separates *failed* from *passed*, tasks of one target.

    *names* are the parameters of the target, in order.  *passed* may be a sample of *all_passed*;
    *every* are then the inputs of all of them, where these are known: conditions on inputs are
    counted over them.
    Of inputs under a name that *hides* is true of, no value is told.
    """
    nothing = Explanation(fault=fault, failures=len(failed), passes=len(passed))
    if not failed or not passed:
        return nothing
    search = Search(failed, passed, names, clue, hides, time.process_time() + seconds, every)
    exact = all_passed is None or all_passed == len(passed)
    suspects: list[Suspect] = []
    left = list(failed)
    while left and len(suspects) < _CAUSES:
        found = search.best(left)
        if found is None:
            break
        suspects.append(_suspect(*found, search, exact=exact))
        left = [record for record in left if not found[0].holds(record)]
        if search.is_late:
            break
    return Explanation(
        fault=fault,
        wording=wording(suspects, failed, search.passes if all_passed is None else all_passed),
        suspects=tuple(suspects),
        failures=len(failed),
        passes=search.passes,
        tried=search.tried,
    )


def _suspect(
    found: Candidate, equals: Sequence[Candidate], search: Search, *, exact: bool
) -> Suspect:
    passed, failed = search.asked(found), search.failed
    needs = {atom.needs for atom in found.atoms} - {""}
    known, false = passed, found.alarms
    if needs or not found.exact:
        known = [one for one in passed if all(getattr(one, need) is not None for need in needs)]
        false = sum(map(found.holds, known))
    return Suspect(
        condition=found.text,
        failures=(sum(map(found.holds, failed)), len(failed)),
        passes=(false, len(known)),
        exact=(exact or passed is search.every) and len(known) == len(passed),
        equals=tuple(one.text for one in equals),
        paths=paths_of(found),
        steps=tuple(tuple(map(tuple, path)) for atom in found.atoms for path in atom.paths),
        twins=tuple(_suspect(one, (), search, exact=exact) for one in equals),
        holds=found.holds,
    )


def wording(suspects: Sequence[Suspect], failed: Sequence[Record], all_passed: int) -> Wording:
    """Return how much may be said: fixed by the counts, not by how it looks."""
    if not suspects:
        return "unexplained"
    covered = sum(any(one.holds(record) for one in suspects) for record in failed)
    precise = all(_precision(one, all_passed) >= SEPARATES for one in suspects)
    return "separates" if precise and covered >= SEPARATES * len(failed) else "associated"


def _precision(suspect: Suspect, all_passed: int) -> float:
    """Return the share of failures among the tasks for which it holds, as far as is known."""
    held, (false, known) = suspect.failures[0], suspect.passes
    of_all = false * max(1.0, all_passed / max(1, known))
    return held / (held + of_all) if held else 0.0
