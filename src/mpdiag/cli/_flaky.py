"""``mpdiag flaky``: on what a fault depends, told from calling its target again."""

from __future__ import annotations

import click

from ..replay import FLAKY_BUDGET as BUDGET
from ..replay import Conditions, make_plan
from ..reports import flaky_lines, plan_lines
from ..session import diagnose
from ._consent import agree, check_consent, trust_option
from ._history import history_of
from ._opened import open_store, store_option
from ._progress import Progress
from ._say import say


@click.command(short_help="On what a fault depends: order, timing, worker, chance.")
@click.argument("text", metavar="[ID]", required=False)
@click.option("--yes", is_flag=True, help="Do not ask.")
@trust_option
@store_option
def flaky(*, text: str | None, yes: bool, trust: bool, store: str | None) -> None:
    """Tell on what a fault depends, with the counts, and the next command to run.

    Its target is called again at most 25 times, each in a fresh process: alone, after what its
    worker had run before, and side by side on a machine that is kept busy.  ID is as for
    `mpdiag show`.
    """
    opened = open_store(store)
    found = opened.fault(text)
    check_consent(opened, found, trust=trust, act="diagnose it")
    plan = make_plan(found.fault, found.run)
    steps = history_of(plan)
    say(plan_lines(plan, times=BUDGET, act="diagnosis"))
    beside = f", and up to {len(steps):,} tasks before it up to 3 times" if steps else ""
    agree(f"{plan.task.target} would run up to {BUDGET} times{beside}", yes=yes)
    with Progress() as progress:
        trials = Conditions(
            plan,
            progress=lambda condition, again: progress.show(
                f"{condition.value}: {again.same.value}"
            ),
        )
        outcome = diagnose(plan, trials)
    say(flaky_lines(plan, outcome))
