"""``mpdiag explain``: why only some tasks fail."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import click

from ..analysis import Explanation, Tasks, compare, nearest, recalled, tasks_of, with_lookup
from ..codec import Mask
from ..errors import AmbiguousFault
from ..model import Fault, Run
from ..replay import (
    DEEP_FAILED,
    DEEP_PASSED,
    confirm,
    deep_place,
    look_deep,
    make_plan,
    names_variables,
    obstacle,
    trials_of,
)
from ..reports import explain_lines
from ..store import Filters, Store
from ._consent import agree, check_consent, trust_option
from ._opened import JSON_VERSION, mask_here, open_store, store_option

# Seconds of the processor to count what an exception names itself.
_LOOKING = 5.0
_Found: TypeAlias = tuple[Fault, Tasks, Explanation]


@click.command(short_help="Say what separates the tasks that failed from the others.")
@click.argument("text", metavar="[ID]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.option("--rerun", is_flag=True, help="Swap the value between inputs and call the target.")
@click.option("--deep", is_flag=True, help="Call tasks again to compare variables, too.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@trust_option
@store_option
def explain(
    *,
    text: str | None,
    as_json: bool,
    rerun: bool,
    deep: bool,
    yes: bool,
    trust: bool,
    store: str | None,
) -> None:
    """Say what separates the tasks that failed from those that went well.

    ID is that of a fault (k7f2.1), the number of a fault of the newest run (1), or a run (k7f2).
    Without it: all faults of the newest run.  Reads what was kept of them, and runs nothing but
    with --rerun: then the target is called in a child, with the suspected value of a failing task
    in the inputs of a passing one, and the other way round.  With --deep, where nothing separates
    the inputs, some tasks are called again for the variables at the line that fails.
    """
    opened = open_store(store)
    run, faults = _asked_for(opened, text)
    mask = mask_here()
    found = [_explained(run, fault, mask) for fault in faults]
    if deep:
        found = [_deepened(opened, run, one, mask, yes=yes, trust=trust) for one in found]
    if rerun:
        found = [_tested(opened, run, one, yes=yes, trust=trust) for one in found]
    if as_json:
        click.echo(_document(run, found))
        return
    for index, (fault, tasks, explanation) in enumerate(found):
        if index:
            click.echo()
        differences = nearest(tasks.failed[0], tasks.passed, tasks.names) if tasks.failed else ()
        lines = explain_lines(explanation, fault, run, tasks, differences=differences, mask=mask)
        for line in lines:
            click.echo(line)


def _asked_for(store: Store, text: str | None) -> tuple[Run, Sequence[Fault]]:
    """Return a run with its passing tasks, and which of its faults are asked for."""
    try:
        found = store.fault(text)
    except AmbiguousFault:
        newest = next(iter(store.faults(Filters(run=text, limit=1))))
        run = store.run(newest.run.id)
        return run, run.faults
    run = store.run(found.run.id)
    return run, [fault for fault in run.faults if fault.id == found.fault.id]


def _explained(run: Run, fault: Fault, mask: Mask) -> _Found:
    tasks = tasks_of(run, fault)
    found = compare(tasks, fault=fault.id, hides=mask.hides)
    found = with_lookup(found, fault, tasks, seconds=_LOOKING)
    return fault, tasks, recalled(found, fault.reasons)


def _deepened(
    store: Store, run: Run, found: _Found, mask: Mask, *, yes: bool, trust: bool
) -> _Found:
    """Compare the variables at the failing line where the inputs tell nothing."""
    fault, tasks, explanation = found
    place = deep_place(fault)
    open_ = explanation.wording in {"unexplained", "associated"} and tasks.passed
    if place is None or not open_ or obstacle(fault, run):
        return found
    check_consent(store, store.fault(fault.id), trust=trust, act="call its target again")
    plan = make_plan(fault, run)
    calls = min(DEEP_FAILED, len(tasks.failed)) + min(DEEP_PASSED, len(tasks.passed))
    agree(f"{plan.task.target} would run up to {calls} times", yes=yes)
    failed, passed = look_deep(plan, place, tasks.failed, tasks.passed)
    deeper = replace(tasks, failed=failed, passed=passed)
    explained = compare(deeper, fault=fault.id, hides=mask.hides)
    if not names_variables(explained):
        return found
    line = f"{os.path.relpath(place.file, run.cwd)}:{place.line}"
    return fault, deeper, replace(explained, place=line, reruns=len(failed) + len(passed))


def _tested(store: Store, run: Run, found: _Found, *, yes: bool, trust: bool) -> _Found:
    """Put the first suspect of a fault to the test, where that is allowed and possible."""
    fault, tasks, explanation = found
    trials = trials_of(explanation)
    if not trials or obstacle(fault, run):
        return found
    check_consent(store, store.fault(fault.id), trust=trust, act="call its target again")
    plan = make_plan(fault, run)
    agree(f"{plan.task.target} would run up to {trials} times", yes=yes)
    return fault, tasks, confirm(explanation, plan, tasks.failed, tasks.passed)


def _document(run: Run, found: Sequence[_Found]) -> str:
    faults = [
        {
            "fault": explanation.fault,
            "wording": explanation.wording,
            "count": fault.count,
            "passed": tasks.all_passed,
            "suspects": [
                {
                    "condition": one.condition,
                    "failures": list(one.failures),
                    "passes": list(one.passes),
                    "exact": one.exact,
                    "equals": list(one.equals),
                    "reruns": one.reruns,
                }
                for one in explanation.suspects
            ],
            "place": explanation.place or None,
            "reruns": explanation.reruns,
        }
        for fault, tasks, explanation in found
    ]
    document = {"version": JSON_VERSION, "run": run.id, "faults": faults}
    return json.dumps(document, ensure_ascii=True, indent=1)
