"""On what a fault depends, in words: the class, what was counted, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

from ..layout import GLUE, WIDTH, Row, clean, lay_out, number, paragraph, plural
from ..replay import Condition, Dependence, Flakiness, Plan, Rate
from ._again import NAME

_WORDS = {
    Condition.ALONE: "alone, in fresh processes",
    Condition.AFTER: "after what its worker had run",
    Condition.BESIDE: "side by side, under load",
}
# Workers that a row lists.
_LISTED = 6
_MEANING = {
    Dependence.NOTHING: "its inputs alone bring it back",
    Dependence.HISTORY: "tasks before it in the same process bring it about",
    Dependence.TIMING: "it comes more often when tasks run at the same time",
    Dependence.WORKER: "it never came back here, and nearly all of it was in one worker",
    Dependence.CHANCE: "it comes at times, whatever is done",
    Dependence.UNKNOWN: "nothing that was tried brings it back, and it was seen too seldom to say",
}
_NEXT = {
    Dependence.NOTHING: ("mpdiag shrink {id}", "mpdiag replay {id} --pdb"),
    Dependence.HISTORY: ("mpdiag replay {id} --history",),
    Dependence.TIMING: ("mpdiag explain {id}", "mpdiag replay {id} --times 50"),
    Dependence.WORKER: ("mpdiag explain {id}",),
    Dependence.CHANCE: ("mpdiag explain {id}", "mpdiag replay {id} --times 100"),
    Dependence.UNKNOWN: ("mpdiag replay {id} --times 100",),
}


def flaky_lines(plan: Plan, found: Flakiness) -> Iterator[str]:
    """Yield the class of a fault, the counts behind it, and the next command."""
    yield from paragraph(f"{NAME}{found.dependence.value}: {meaning(found)}", WIDTH)
    yield from lay_out(flaky_rows(plan, found), WIDTH)


def meaning(found: Flakiness) -> str:
    """Return what the class of a fault means, in one phrase."""
    never = not any(rate.hits for rate in found.rates.values())
    if found.dependence is Dependence.CHANCE and never:
        count = plural(found.occurred.count, "time")
        return f"it came {count} in the run, in no worker above all, and not once here"
    return _MEANING[found.dependence]


def flaky_rows(plan: Plan, found: Flakiness) -> Iterator[Row]:
    """Yield the counts, and the next command."""
    label = "came back"
    for condition, rate in found.rates.items():
        words = _WORDS[condition]
        if not rate.calls:
            yield Row(label=label, text=f"{words}: not tried, {_why_not(plan)}", most=2)
        else:
            yield Row(label=label, text=f"{words}: {_rate(rate)}", most=2)
        label = ""
    yield from _where(found)
    for index, command in enumerate(_NEXT[found.dependence]):
        text = command.format(id=clean(plan.fault.id))
        yield Row(label="" if index else "next", text=text)


def _why_not(plan: Plan) -> str:
    history = plan.history
    if history is None:
        return "it is not kept for this occurrence"
    return "it was the first task of its process" if not history.tasks else "no inputs are kept"


def _rate(rate: Rate) -> str:
    text = f"{number(rate.hits)} of {number(rate.calls)}"
    if not rate.hits:
        return f"{text}, which excludes only rates above {_percent(rate.excluded)}"
    if rate.hits == rate.calls:
        return f"{text}, which excludes only rates below {_percent(1 - rate.excluded)}"
    low, high = rate.bounds
    return f"{text}, a rate of {_percent(low)} to {_percent(high)}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}{GLUE}%"


def _where(found: Flakiness) -> Iterator[Row]:
    occurred = found.occurred
    if not occurred.by_worker:
        return
    counts = sorted(occurred.by_worker.items())[:_LISTED]
    listed = ", ".join(f"{number(count)} in worker {worker}" for worker, count in counts)
    of = f" of {number(occurred.workers)}" if occurred.workers else ""
    yield Row(label="was seen", text=f"{plural(occurred.count, 'time')}: {listed}{of}", most=2)
