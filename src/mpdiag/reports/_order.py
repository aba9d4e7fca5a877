"""What a fault needs of the history of its worker, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..layout import WIDTH, Row, clean, duration, lay_out, number, paragraph, plural, position
from ..replay import Order, Plan, Step, Told
from ._again import NAME, what_happened
from ._rows import assignment

# Needed tasks that are listed.  More: a screen of them tells nobody what they share.
_LISTED = 8
_INPUTS = 8
# Seconds that a worker lived from which it is said: a call after all of it may take as long.
_LONG = 10.0


def history_lines(plan: Plan, steps: Sequence[Step]) -> Iterator[str]:
    """Yield what else will run in each call."""
    ran = plan.history.tasks if plan.history is not None else len(steps)
    what = f"before it up to {plural(len(steps), 'task')} that its worker had run"
    kept = f"{number(ran)} earlier {'task' if ran == 1 else 'tasks'}, inputs of {len(steps):,} kept"
    took = plan.history.seconds if plan.history is not None else 0.0
    lived = f"; its worker was {duration(took)} old" if took >= _LONG else ""
    yield from paragraph(f"{NAME}{what} ({kept}{lived}), as often", WIDTH)


def order_lines(
    plan: Plan, order: Order, needed: Sequence[tuple[Step, Told]], budget: int
) -> Iterator[str]:
    """Yield which earlier tasks a fault needs; *needed* are those of them that can be named."""
    if not order.steps:
        yield from _not_needed(plan, order)
        return
    found = order.found
    what = _what(order, needed, plan)
    yield from paragraph(
        f"{NAME}fails only after {what} ran in the same process "
        f"(found in {plural(found.trials, 'replay')})",
        WIDTH,
    )
    for step, told in needed[:_LISTED] if not found.whichever else needed[-1:]:
        yield from lay_out(_rows(step, told), WIDTH)
    if len(needed) > _LISTED and not found.whichever:
        yield from paragraph(f"        and {plural(len(needed) - _LISTED, 'task')} more", WIDTH)
    yield from paragraph(f"{NAME}{_sure(order, budget)}", WIDTH)


def _what(order: Order, needed: Sequence[tuple[Step, Told]], plan: Plan) -> str:
    if order.found.whichever:
        return f"{plural(len(order.steps), 'task')}, whichever they are,"
    names = [_name(step, told) for step, told in needed]
    if len(names) == 1:
        return names[0]
    same = {told.target for _, told in needed} <= {plan.task.target}
    if len(names) > _LISTED:
        return f"{plural(len(order.steps), 'task')}{' of it' if same else ''}, in their order,"
    return f"{', '.join(names[:-1])} and {names[-1]}, in this order,"


def _name(step: Step, told: Told) -> str:
    if told.index is not None:
        return f"task {position(told.index)}"
    return "the task before it" if step.back == 1 else f"the task {step.back:,} before it"


def _rows(step: Step, told: Told) -> Iterator[Row]:
    target = clean(told.target) or "a task"
    back = "the last before it" if step.back == 1 else f"{number(step.back)} tasks before it"
    yield Row(label="needs", text=f"{_name(step, told)} (from 0), {target}, {back}", most=2)
    for index, (name, value) in enumerate(list(told.inputs.items())[:_INPUTS]):
        yield Row(label="" if index else "input", text=assignment(name, value), most=3)


def _sure(order: Order, budget: int) -> str:
    if order.stopped:
        return "stopped: a smaller part may do as well"
    if not order.found.is_minimal:
        return f"the {plural(budget, 'replay')} were spent: a smaller part may do as well"
    if order.found.whichever:
        return "with one task fewer it passes: each leaves something that adds up"
    came = "each time" if order.found.hits > 1 else "once"
    return f"alone it passes; after {_them(order)} alone it failed {came}"


def _them(order: Order) -> str:
    return "that task" if len(order.steps) == 1 else "those tasks"


def _all(count: int) -> str:
    return "the task that is kept" if count == 1 else f"all {number(count)} tasks that are kept"


def _not_needed(plan: Plan, order: Order) -> Iterator[str]:
    last, tries = order.last, plural(order.found.trials, "replay")
    if last is not None and not last.was_called:
        yield from paragraph(f"{NAME}not called: {clean(last.why)}", WIDTH)
        return
    what = f"the fault does not come back after {_all(order.kept)} either"
    came = f": {what_happened(last, plan.origin.cwd)}" if last is not None else ""
    yield from paragraph(f"{NAME}different: {what} ({tries}){came}", WIDTH)
    ran = plan.history.tasks if plan.history is not None else 0
    if ran > order.kept:
        missing = f"{plural(ran - order.kept, 'task')} that ran before those cannot be called again"
        yield from paragraph(f"        {missing}", WIDTH)
    yield from paragraph(f"        next: mpdiag flaky {clean(plan.fault.id)}", WIDTH)
