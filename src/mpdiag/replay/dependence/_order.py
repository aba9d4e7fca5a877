"""Call a task again after what its worker did before it, and find which part of that it needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from .._calls import Again, Same
from .._plan import Plan
from ..trial._sandbox import Sandbox
from ..trial._steps import Step, as_calls, steps_of
from ._needed import BUDGET, Needed, needed

# Times as long as its worker lived that a whole history may take.
_SLOWER = 3.0
CAME_BACK = frozenset({Same.SAME, Same.MOVED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What came of the search through a history."""

    found: Needed
    steps: tuple[Step, ...]
    """Those of the history that are needed, oldest first."""
    kept: int
    """Tasks of the history that could be called."""
    last: Again | None = None
    """What the task came to after all of it, where the fault did not come back."""
    stopped: bool = False
    """Ctrl-C ended the search: this is the best so far."""


def patient(plan: Plan) -> Plan:
    """Return *plan* with time for its history in one call."""
    seconds = plan.history.seconds if plan.history is not None else 0.0
    return replace(plan, deadline=plan.deadline + _SLOWER * seconds)


def find_order(
    plan: Plan,
    *,
    budget: int = BUDGET,
    progress: Callable[[int, int], None] | None = None,
) -> Order:
    """Return which of the tasks before it the task of *plan* needs to fail.

    It must be known to pass alone.  *progress* is told of each trial: how many there were, and
    how many tasks the shortest history has that brought the fault back.
    """
    steps = steps_of(plan.history)
    again: list[Again] = []
    best: list[tuple[int, ...]] = []

    def fails(positions: tuple[int, ...]) -> bool:
        chosen = [steps[position] for position in positions]
        again.append(sandbox.trial(as_calls(chosen, plan.task)))
        came_back = again[-1].same in CAME_BACK
        if came_back:
            best.append(positions)
        if progress is not None:
            progress(len(again), len(best[-1]) if best else 0)
        return came_back

    with Sandbox(patient(plan)) as sandbox:
        try:
            found = needed(len(steps), fails, budget)
        except KeyboardInterrupt:
            shortest = min(best, key=len, default=())
            found = Needed(positions=shortest, trials=len(again), hits=1 if best else 0)
            return _order(found, steps, again, stopped=True)
    return _order(found, steps, again)


def _order(
    found: Needed, steps: tuple[Step, ...], again: list[Again], *, stopped: bool = False
) -> Order:
    return Order(
        found=found,
        steps=tuple(steps[position] for position in found.positions),
        kept=len(steps),
        last=None if found.positions or not again else again[0],
        stopped=stopped,
    )
