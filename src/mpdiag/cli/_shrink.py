"""``mpdiag shrink``: smaller inputs that end in the same fault."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from ..replay import Budget, Progress, Shrinking, make_shrink_plan, shrink_fault
from ..reports import plan_lines, shrinking_lines, shrunk_json
from ._consent import agree, check_consent, trust_option
from ._opened import open_store, store_option

_CALLS, _SECONDS = Budget().calls, Budget().seconds


@click.command(short_help="Find smaller inputs that end in the same fault.")
@click.argument("text", metavar="[ID]", required=False)
@click.option(
    "--calls",
    type=click.IntRange(min=1),
    default=_CALLS,
    metavar="N",
    help=f"Call the target so often at most ({_CALLS}).",
)
@click.option(
    "--seconds",
    type=click.FloatRange(min=0, min_open=True),
    default=_SECONDS,
    metavar="S",
    help=f"Begin no call after so long ({_SECONDS:.0f}).",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object (docs/json.md).")
@trust_option
@store_option
def shrink(
    *,
    text: str | None,
    calls: int,
    seconds: float,
    yes: bool,
    as_json: bool,
    trust: bool,
    store: str | None,
) -> None:
    """Find the smallest inputs with which the target still ends in the same fault.

    Begins with the smallest inputs that were recorded, and calls the target with smaller and
    smaller ones, each time in a child of its own that takes nothing else down.  What ends in any
    other fault is not counted.  The result is kept with the fault; Ctrl-C keeps the best so far.
    ID is as for `mpdiag show`.
    """
    opened = open_store(store)
    found = opened.fault(text)
    check_consent(opened, found, trust=trust, act="shrink it")
    wanted = make_shrink_plan(found, opened)
    plan, budget = wanted.plan, Budget(calls, seconds, opened.limits.value_bytes)
    times = calls + len(wanted.starts)
    for line in plan_lines(plan, times=times, act="shrink"):
        click.echo(line, err=True)
    agree(f"{plan.task.target} would run up to {times} times", yes=yes)
    with _progress(calls) as tell:
        result = shrink_fault(wanted, opened, budget=budget, tell=tell)
    if as_json:
        click.echo(json.dumps(shrunk_json(plan, result), indent=1))
    else:
        for line in shrinking_lines(plan, result):
            click.echo(line)
    _exit(result)


def _exit(result: Shrinking) -> None:
    """End as a shell expects of what Ctrl-C ended."""
    if result.stopped == "Ctrl-C":
        raise click.exceptions.Exit(130)


@contextmanager
def _progress(calls: int) -> Iterator[Callable[[Progress], None]]:
    """Show a bar on standard error, if it is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=calls)

        def tell(now: Progress) -> None:
            words = f"size {now.size_before:,} to {now.size:,}"
            bar.update(task, completed=now.calls, description=f"{words:24}")

        yield tell
