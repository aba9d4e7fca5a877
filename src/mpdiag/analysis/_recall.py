"""What was counted over all tasks at the end of a run, told again when their inputs are gone."""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

from ..model import Reason, Reasons
from ._record import Explanation, Suspect, Wording


def recalled(found: Explanation, reasons: Reasons | None) -> Explanation:
    """Return *found*, of the tasks that were kept, with the conditions and counts of *reasons*.

    A suspect about the same inputs lends what a re-run needs: which tasks to swap them between.
    """
    if reasons is None or not reasons.found or reasons.wording not in get_args(Wording):
        return found
    near = {one.paths: one for one in reversed(found.suspects)}
    suspects = tuple(_suspect(one, near.get(one.paths)) for one in reasons.found)
    return replace(found, wording=cast("Wording", reasons.wording), suspects=suspects)


def _suspect(reason: Reason, near: Suspect | None) -> Suspect:
    exact = Suspect(
        condition=reason.condition,
        failures=reason.failures,
        passes=reason.passes,
        exact=True,
        equals=reason.equals,
        paths=reason.paths,
    )
    if near is None:
        return exact
    return replace(exact, steps=near.steps, twins=near.twins, holds=near.holds)
