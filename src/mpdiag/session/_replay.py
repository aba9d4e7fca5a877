"""Faults, and their targets called again, from Python: for notebooks and scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ..model import Fault, FaultId
from ..replay import Again, Rate, Same, call_again, call_often, make_plan
from ..reports import Sheet, faults_sheet, replay_sheet
from ..store import Filters
from ._shown import Place, Shown, callable_fault, opened

if TYPE_CHECKING:
    from rich.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed(Shown):
    """What came of calling the target of a fault again."""

    fault: FaultId
    results: tuple[Again, ...]
    sheet: Sheet = field(repr=False)

    @property
    def same(self) -> bool:
        """Whether the same fault came back at least once."""
        return self.rate.hits > 0

    @property
    def rate(self) -> Rate:
        """How often it came back."""
        hits = sum(again.same in {Same.SAME, Same.MOVED} for again in self.results)
        return Rate(hits=hits, calls=len(self.results))


class Faults(tuple[Fault, ...]):
    """Faults of a store, newest run first."""

    __slots__ = ()

    def __rich__(self) -> Table:
        """Return what a rich console shows."""
        return faults_sheet(self).__rich__()

    def _repr_html_(self) -> str:
        """Return what a notebook shows."""
        return faults_sheet(self)._repr_html_()


def faults(
    *,
    target: str | None = None,
    limit: int | None = None,
    store: Place = None,
) -> Faults:
    """Return the faults that are kept, newest run first, each with its first occurrence.

    Args:
        target: a part of the name of the function that ran.
        limit: so many at most.
        store: the folder; by default what `MPDIAG_HOME` or `pyproject.toml` say, or ``.mpdiag``.
    """
    found = opened(store).faults(Filters(target=target, limit=limit))
    return Faults(one.fault for one in found)


def replay(
    fault: str | Fault | None = None,
    *,
    times: int = 1,
    trust: bool = False,
    store: Place = None,
) -> Replayed:
    """Call the target of *fault* again with the inputs that it failed on, in a child of its own.

    Args:
        fault: an ID as for ``mpdiag show``, or a fault of `faults` or of a ``watch`` block.
        times: in so many fresh children, some side by side.
        trust: load what this user did not record; remembered for that fault.
        store: the folder, as for `faults`.

    Raises:
        NotReplayable: too little is kept, or its function forbids it.
        NotTrusted: somebody else may have recorded it, and *trust* is not said.
    """
    found = callable_fault(opened(store), fault, trust=trust, act="replay it")
    plan = make_plan(found.fault, found.run)
    results = call_often(plan, times) if times > 1 else [call_again(plan, quiet=True)]
    sheet = replay_sheet(plan, results)
    return Replayed(fault=found.fault.id, results=tuple(results), sheet=sheet)
