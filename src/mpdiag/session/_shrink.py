"""Smaller inputs for a fault, from Python: for notebooks and scripts."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..model import Fault, FaultId, Shrunk
from ..replay import Budget, make_shrink_plan, shrink_fault
from ..reports import Sheet, shrunk_sheet
from ._shown import Place, Shown, callable_fault, opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Smaller(Shown):
    """What was found to end in a fault, and is kept with it."""

    fault: FaultId
    shrunk: Shrunk
    sheet: Sheet = field(repr=False)


def shrink(
    fault: str | Fault | None = None,
    *,
    calls: int = Budget().calls,
    seconds: float = Budget().seconds,
    trust: bool = False,
    store: Place = None,
) -> Smaller | None:
    """Find the smallest inputs with which the target still ends in the same *fault*.

    Calls the target at most *calls* times, each time in a child of its own, and begins no call
    after *seconds*.  The result is kept with the fault; it is None where nothing smaller ends in
    it.  *fault* is an ID as for ``mpdiag show``; *trust* loads what this user did not record.

    Raises:
        NotReplayable: too little is kept, or its function forbids it.
        NotReproduced: the fault does not come back by a call alone.
        NotTrusted: somebody else may have recorded it, and *trust* is not said.
    """
    there = opened(store)
    found = callable_fault(there, fault, trust=trust, act="shrink it")
    wanted = make_shrink_plan(found, there)
    budget = Budget(calls, seconds, there.limits.value_bytes)
    shrunk = shrink_fault(wanted, there, budget=budget).shrunk
    if shrunk is None:
        return None
    return Smaller(fault=found.fault.id, shrunk=shrunk, sheet=shrunk_sheet(found.fault, shrunk))
