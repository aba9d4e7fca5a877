"""``mpdiag replay``: call the target of a fault again with the inputs that it failed on."""

from __future__ import annotations

from pathlib import Path

import click

from ..replay import (
    Same,
    call_again,
    call_often,
    make_plan,
    with_shrunk,
    write_test,
)
from ..reports import again_lines, often_lines, plan_lines, test_lines
from ._consent import agree, check_consent, trust_option
from ._opened import open_store, store_option
from ._say import say

# What a shell sees of a replay that did not end in the fault.
_DIFFERENT = 1
# Calls for a test: one to see the fault again, and pytest's, until a form of the test works.
_TRIES = 4


@click.command(short_help="Call a target again with the inputs that failed.")
@click.argument("text", metavar="[ID]", required=False)
@click.option("--pdb", is_flag=True, help="Stop at the fault, in pdb or PYTHONBREAKPOINT's.")
@click.option("--times", type=click.IntRange(min=1), default=1, metavar="N", help="So often.")
@click.option("--shrunk", is_flag=True, help="With the inputs that `mpdiag shrink` found.")
@click.option("--history", is_flag=True, help="Find the tasks before it that it needs to fail.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--as-test",
    "test",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Add a pytest test to FILE that fails until the bug is fixed.",
)
@trust_option
@store_option
def replay(
    *,
    text: str | None,
    pdb: bool,
    times: int,
    shrunk: bool,
    history: bool,
    yes: bool,
    test: Path | None,
    trust: bool,
    store: str | None,
) -> None:
    """Call the target of a fault again, once, with the inputs that it failed on.

    The program is imported as a spawned worker imports it, in a child of its own, in the folder
    and with the arguments and path that it had.  Says whether the same fault comes back (exit
    code 0) or not (1).  Only if it does, --as-test adds a test to FILE.  ID is as for
    `mpdiag show`.
    """
    opened = open_store(store)
    found = opened.fault(text)
    check_consent(opened, found, trust=trust, act="replay it")
    _check_one_way(pdb=pdb, often=times > 1, history=history, test=test is not None)
    plan = make_plan(found.fault, found.run)
    if shrunk or (test is not None and found.fault.shrunk is not None):
        plan = with_shrunk(plan)
    if history:
        from ._history import replay_history

        if not replay_history(plan, yes=yes, pdb=pdb):
            raise click.exceptions.Exit(_DIFFERENT)
        return
    say(plan_lines(plan, times=times if test is None else _TRIES, pdb=pdb))
    if times > 1:
        agree(f"{plan.task.target} would run up to {times} times", yes=yes)
        results = call_often(plan, times)
        say(often_lines(plan, results))
        same = any(one.same in {Same.SAME, Same.MOVED} for one in results)
    else:
        again = call_again(plan, pdb=pdb)
        say(again_lines(plan, again))
        same = again.same in {Same.SAME, Same.MOVED}
        if same and test is not None:
            say(test_lines(plan, write_test(plan, test)))
    if not same:
        raise click.exceptions.Exit(_DIFFERENT)


def _check_one_way(*, pdb: bool, often: bool, history: bool, test: bool) -> None:
    if pdb and often:
        raise click.UsageError("--pdb stops at one call; leave --times out")
    if test and (pdb or often):
        raise click.UsageError("--as-test makes one call; leave --pdb and --times out")
    if history and (often or test):
        raise click.UsageError("--history makes its own calls; leave --times and --as-test out")
