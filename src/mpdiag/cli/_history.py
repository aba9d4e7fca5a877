"""What `mpdiag replay --history` does: find the earlier tasks that a fault needs."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import NotReplayable
from ..replay import CAME_BACK, Plan, Step, as_calls, call_again, find_order, steps_of, told
from ..replay import HISTORY_BUDGET as BUDGET
from ..reports import again_lines, history_lines, order_lines, plan_lines
from ._consent import agree
from ._opened import mask_here
from ._progress import Progress
from ._say import say


def history_of(plan: Plan) -> tuple[Step, ...]:
    """Return what the worker of *plan* ran before its task, as far as it can be called again.

    Raises:
        NotReplayable: what is kept of it is damaged.
    """
    try:
        return steps_of(plan.history)
    except ValueError as error:
        raise NotReplayable(plan.fault.id, f"what ran before it is damaged: {error}") from error


def replay_history(plan: Plan, *, yes: bool, pdb: bool = False) -> bool:
    """Find what of its history the task of *plan* needs, and say it; whether the fault came back.

    With *pdb* it is called once more, after what it needs, and stops at the fault.

    Raises:
        NotReplayable: no history is kept.
        NotAgreed: there is no terminal to ask at.
    """
    steps = history_of(plan)
    if not steps:
        raise NotReplayable(plan.fault.id, f"{_why_none(plan)}; without --history it can be")
    most = BUDGET + 1 + pdb  # alone, the search, and in the debugger
    say(plan_lines(plan, times=most))
    say(history_lines(plan, steps))
    each = f"and up to {len(steps):,} tasks before it as often"
    agree(f"{plan.task.target} would run up to {most} times, {each}", yes=yes)
    alone = call_again(plan, quiet=True)
    if alone.same in CAME_BACK or not alone.was_called:
        say(again_lines(plan, alone))
        if alone.was_called:
            say(["mpdiag: it needs no history: it fails alone"])
            _stop_at(plan, (), pdb=pdb)
        return alone.was_called
    with Progress() as progress:
        order = find_order(plan, progress=lambda _, needed: progress.show(_shortest(needed)))
    needed = [(step, told(step, plan.task, mask=mask_here())) for step in order.steps]
    say(order_lines(plan, order, needed, BUDGET))
    _stop_at(plan, order.steps, pdb=pdb and bool(order.steps))
    return bool(order.steps)


def _stop_at(plan: Plan, steps: Sequence[Step], *, pdb: bool) -> None:
    if pdb:
        say(again_lines(plan, call_again(plan, before=as_calls(steps, plan.task), pdb=True)))


def _shortest(needed: int) -> str:
    return f"shortest history so far: {needed:,}" if needed else "not yet back"


def _why_none(plan: Plan) -> str:
    history = plan.history
    if history is None:
        return "what its worker ran before is kept for the first occurrence in a pool's worker only"
    if not history.tasks:
        return "it was the first task of its process"
    return f"of the {history.tasks:,} tasks that ran before it no inputs are kept"
