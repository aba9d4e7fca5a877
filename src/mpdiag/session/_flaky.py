"""On what a fault depends, from Python: for notebooks and scripts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from ..errors import NotReplayable
from ..model import Fault, FaultId
from ..replay import Again, Condition, Conditions, Flakiness, Occurred, Plan, flakiness, make_plan
from ..reports import Sheet, flaky_sheet
from ._shown import Place, Shown, callable_fault, opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosed(Shown):
    """On what a fault depends, with what was counted."""

    fault: FaultId
    flakiness: Flakiness
    sheet: Sheet = field(repr=False)


def flaky(
    fault: str | Fault | None = None, *, trust: bool = False, store: Place = None
) -> Diagnosed:
    """Tell on what *fault* depends: its inputs, order, timing or load, the worker, or chance.

    Calls its target at most 25 times, each in a fresh process.  *fault* is an ID as for
    ``mpdiag show``; *trust* loads what this user did not record.

    Raises:
        NotReplayable: too little is kept, or its function forbids it.
        NotTrusted: somebody else may have recorded it, and *trust* is not said.
    """
    found = callable_fault(opened(store), fault, trust=trust, act="diagnose it")
    plan = make_plan(found.fault, found.run)
    outcome = diagnose(plan, Conditions(plan, progress=_silent))
    return Diagnosed(fault=plan.fault.id, flakiness=outcome, sheet=flaky_sheet(plan, outcome))


def diagnose(plan: Plan, trials: Conditions) -> Flakiness:
    """Return on what the fault of *plan* depends.

    Raises:
        NotReplayable: its target could not be called at all.
    """
    outcome = flakiness(trials, _occurred(plan))
    if not outcome.rates[Condition.ALONE].calls:
        raise NotReplayable(plan.fault.id, trials.found[0].why)
    return outcome


def _silent(condition: Condition, again: Again) -> None:
    """Say nothing of a call."""


def _occurred(plan: Plan) -> Occurred:
    kept = (plan.fault.first, *plan.fault.others)
    numbers = [one.worker.number for one in kept if one.worker.number is not None]
    return Occurred(
        count=plan.fault.count,
        by_worker=Counter(numbers),
        workers=plan.fault.first.worker.of or 0,
    )
