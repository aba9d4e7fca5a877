"""What separates failures from passes, in words that its counts allow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ..analysis import MISSING, Difference, Explanation, Suspect, Tasks
from ..codec import Mask, describe
from ..layout import GLUE, WIDTH, Row, clean, clock, duration, lay_out, number, plural, sides
from ..model import Fault, Run
from ..replay import obstacle
from ._report import title_of
from ._rows import hit, task_text

# Faults that are named as what came before or after.
_FOLLOWED = 3
_WORDS = {
    "separates": "separates them; a cause only if a re-run says so",
    "associated": "goes along with them, but does not separate them",
    "confirmed": "confirmed as a cause",
}


def why_text(suspect: Suspect, fault: Fault, all_passed: int) -> str:
    """Return a condition with its counts in one sentence."""
    return f"{clean(suspect.condition)}: {counts_text(suspect, fault, all_passed)}"


def counts_text(suspect: Suspect, fault: Fault, all_passed: int) -> str:
    """Return for how many failed tasks and how many others a condition holds."""
    held, failed = suspect.failures
    kept = f" kept of {number(fault.count)}" if failed < fault.count else ""
    false, passed = suspect.passes
    others = f"a sample of {number(passed)} of the {number(all_passed)}"
    if suspect.exact or passed >= all_passed:
        others = number(passed)
    failures = f"{number(held)} of {number(failed)}{kept} failed tasks"
    return f"{failures}, {number(false)} of {others} others"


def explain_lines(
    explanation: Explanation,
    fault: Fault,
    run: Run,
    tasks: Tasks,
    *,
    differences: Sequence[Difference],
    mask: Mask,
) -> Iterator[str]:
    """Yield all that is known of why *fault* hits some tasks only."""
    yield sides(f"{clean(fault.id)}  {title_of(fault)}", hit(fault), WIDTH)
    rows = [*_why_rows(explanation, fault, tasks), *_beside_rows(differences, mask)]
    yield from lay_out(
        [*rows, *_order_rows(fault, run), *_next_rows(fault, run, explanation)], WIDTH
    )


def _why_rows(explanation: Explanation, fault: Fault, tasks: Tasks) -> Iterator[Row]:
    label = "why"
    for suspect in explanation.suspects:
        yield Row(label=label, text=clean(suspect.condition), most=4)
        yield Row(text=counts_text(suspect, fault, tasks.all_passed), most=2)
        for other in suspect.equals:
            yield Row(text=f"or, for the same tasks: {clean(other)}", most=3)
        label = ""
    if explanation.place:
        text = f"variables as they were at {clean(explanation.place)}, in calls made for this"
        yield Row(label="where", text=text, most=2)
    if explanation.suspects:
        yield Row(label="which", text=_words(explanation), most=2)
    else:
        yield Row(label="why", text=_nothing(explanation, fault), most=4)


def _words(explanation: Explanation) -> str:
    """Return how much the counts, and the re-runs, allow to say."""
    first = explanation.suspects[0]
    if not first.reruns:
        return _WORDS[explanation.wording]
    calls = f"{first.flipped} of {first.reruns} re-runs, with the value swapped, followed it"
    return f"{_WORDS[explanation.wording].partition(';')[0]}: {calls}"


def _nothing(explanation: Explanation, fault: Fault) -> str:
    """Return why nothing is said, as far as that is known."""
    if not explanation.failures:
        return f"not known: the inputs of {clean(fault.id)} were not kept as values"
    if not explanation.passes:
        return "not known: no task of the same target went well, or none was kept"
    looked = f"{number(explanation.tried)} conditions were weighed over"
    counts = f"{plural(explanation.failures, 'failed task')} and {number(explanation.passes)}"
    return f"unexplained: {looked} {counts} others, and none separates them"


def _beside_rows(differences: Sequence[Difference], mask: Mask) -> Iterator[Row]:
    """Yield where the first failure differs from the passing task that is most like it."""
    for index, one in enumerate(differences):
        failed, passed = (_shown(value, mask) for value in (one.failed, one.passed))
        said = f"{failed}, where one that passed has {passed}"
        hidden = any(mask.hides(name) for name in re.findall(r"\w+", one.place))
        text = f"{clean(one.place)}: {'differs' if hidden else said}"
        yield Row(label="" if index else "beside", text=text, most=2)


def _shown(value: object, mask: Mask) -> str:
    return "not there" if value is MISSING else clean(describe(value, mask=mask))


def _order_rows(fault: Fault, run: Run) -> Iterator[Row]:
    """Yield when it began, and what began before and after it."""
    text = f"{clock(fault.first.at)}, {task_text(fault.first.task)}"
    yield Row(label="first", text=text, most=2)
    others = sorted(run.faults, key=lambda one: one.first.at)
    after = [one for one in others if one.first.at > fault.first.at]
    if others and others[0].id != fault.id:
        first = others[0]
        later = duration(fault.first.at - first.first.at)
        yield Row(text=f"{later} after {clean(first.id)}, {title_of(first)}", most=2)
    for one in after[:_FOLLOWED]:
        later = duration(one.first.at - fault.first.at)
        yield Row(text=f"{later} later: {clean(one.id)}, {title_of(one)}", most=2)


def _next_rows(fault: Fault, run: Run, explanation: Explanation) -> Iterator[Row]:
    """Yield what to do next, the most useful first."""
    for index, (command, option, text) in enumerate(_commands(fault, run, explanation)):
        line = GLUE.join(["mpdiag", command, clean(fault.id), *([option] if option else [])])
        yield Row(label="" if index else "next", text=f"{line}  ({text})", most=2)


def _commands(fault: Fault, run: Run, explanation: Explanation) -> Iterator[tuple[str, str, str]]:
    """Yield command, option and what it does, of those that are possible."""
    if obstacle(fault, run):
        yield "show", "", "everything that is known"
        return
    if not explanation.suspects:
        yield "explain", "--deep", "compare variables at that line, too"
        yield "flaky", "", "does it depend on order, timing, or chance?"
    elif not explanation.reruns:
        yield "explain", "--rerun", "swap the value, and call it"
    yield "replay", "", "call it again with these inputs"
    if explanation.suspects:
        yield "shrink", "", "the smallest inputs that still fail"
