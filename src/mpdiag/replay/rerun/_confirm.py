"""Does the outcome follow a suspect?  The value is swapped between failing and passing inputs.

Each trial is a call of the user's target, in a child, with a deadline: made only when asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile

from ...analysis import Explanation, Record, Suspect
from ...model import Inputs
from .._calls import Same
from .._plan import Plan
from ..trial._sandbox import Sandbox
from ._swap import exchange

# Pairs of a failing and a passing task, each of which takes two calls.
PAIRS = 3
# Seconds for one call.
DEADLINE = 10.0
# Share of the calls that must follow the condition, and how many there must be.
_CONFIRMED, _LEAST = 0.8, 4
_OWN = frozenset({"input", "keyword"})


def trials_of(explanation: Explanation) -> int:
    """Return how many calls `confirm` makes at most."""
    suspects = explanation.suspects[:1]
    found = [one for suspect in suspects for one in (suspect, *suspect.twins)]
    return 2 * PAIRS * sum(bool(_parts(one)) for one in found)


def confirm(
    explanation: Explanation, plan: Plan, failed: Sequence[Record], passed: Sequence[Record]
) -> Explanation:
    """Return *explanation* with its first suspect put to the test, and those equal to it."""
    if not explanation.suspects:
        return explanation
    leader, *others = explanation.suspects
    tested = []
    with Sandbox(plan, deadline=DEADLINE) as sandbox:
        for one in (leader, *leader.twins):
            results = list(_trials(one, plan, sandbox, failed, passed))
            tested.append(replace(one, reruns=len(results), flipped=sum(results)))
    made = sum(one.reruns for one in tested)
    best = max(tested, key=_share)
    sure = best.reruns >= _LEAST and _share(best) >= _CONFIRMED
    # An equal that the outcome does not follow is none; one that cannot be swapped may be.
    equals = tuple(
        one.condition
        for one in tested
        if one is not best and not (sure and one.reruns and _share(one) < _CONFIRMED)
    )
    return replace(
        explanation,
        wording="confirmed" if sure else explanation.wording,
        suspects=(replace(best, equals=equals, twins=()), *others),
        reruns=made,
    )


def _share(suspect: Suspect) -> float:
    return suspect.flipped / max(1, suspect.reruns)


def _trials(
    suspect: Suspect,
    plan: Plan,
    sandbox: Sandbox,
    failed: Sequence[Record],
    passed: Sequence[Record],
) -> Iterator[bool]:
    """Yield for each call that was made whether its outcome followed the value."""
    paths = _parts(suspect)
    bad = [one.inputs for one in failed if one.inputs and suspect.holds(one)][:PAIRS]
    good = [one.inputs for one in passed if one.inputs and not suspect.holds(one)][:PAIRS]
    for fails, passes in zip(bad, good, strict=False) if paths else ():
        for into, source, should_fail in ((passes, fails, True), (fails, passes, False)):
            again = _call(exchange(into, source, paths), plan, sandbox)
            if again is not Same.NOT_CALLED:
                yield (again in {Same.SAME, Same.MOVED}) is should_fail


def _call(inputs: Inputs, plan: Plan, sandbox: Sandbox) -> Same:
    callee = plan.inputs.callee
    sandbox.plan = replace(sandbox.plan, inputs=replace(inputs, callee=callee))
    return sandbox.trial().same


def _parts(suspect: Suspect) -> list[tuple[tuple[str, object, int], ...]]:
    """Return the inputs to swap; none where the condition is not about inputs alone."""
    found = []
    for steps in suspect.steps:
        if steps[0][0] not in _OWN:
            return []
        found.append(tuple(takewhile(_can_be_put, steps)))
    return list(dict.fromkeys(found))


def _can_be_put(step: tuple[str, object, int]) -> bool:
    """Whether another value can stand there: not for one of many, or for a call's result."""
    kind, name, _ = step
    return kind != "each" and (kind != "field" or str(name).isidentifier())
