"""``mpdiag ls``: the faults of all runs, newest first."""

from __future__ import annotations

import shlex
import shutil
import sys
import time
from collections.abc import Iterator
from itertools import groupby

import click

from ..model import Failure, Fault, Run
from ..store import Filters, Found, Store
from ._moment import moment
from ._opened import json_document, open_store, store_option
from ._printable import printable

# Characters of an error's message that are looked at; the rest is in `show`.
_MESSAGE = 300


@click.command(short_help="List the faults, newest first.")
@click.option("--kind", type=click.Choice(["failure", "crash", "hang"]), help="Only these.")
@click.option("--run", "run", metavar="ID", help="Only those of this run.")
@click.option(
    "--since", callback=moment, metavar="WHEN", help="Only later runs: 2h, 7d, 2026-03-01."
)
@click.option("--target", metavar="TEXT", help="Only targets with this in their name.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Only the newest N.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@store_option
def ls(
    *,
    kind: str | None,
    run: str | None,
    since: float | None,
    target: str | None,
    limit: int | None,
    as_json: bool,
    store: str | None,
) -> None:
    """List the faults that were found, newest run first."""
    filters = Filters(
        kind=kind,
        run=run.lower() if run else None,
        since=since,
        target=target,
        limit=limit,
    )
    opened = open_store(store)
    found = opened.faults(filters)
    if as_json:
        for piece in json_document(found):
            click.echo(piece, nl=False)
        return
    empty = True
    for line in _lines(found):
        click.echo(line)
        empty = False
    if empty:
        click.echo(_nothing(opened, filters))


def _lines(found: Iterator[Found]) -> Iterator[str]:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for _, faults in groupby(found, key=lambda one: one.run.id):
        rows = list(faults)
        yield _cut(_run_line(rows[0].run), width)
        widest = max(len(one.fault.id) for one in rows)
        hits = max(len(_hits(one.fault)) for one in rows)
        for one in rows:
            line = f"  {one.fault.id:{widest}}  {_hits(one.fault):>{hits}}  {_title(one.fault)}"
            line += "  (imported)" if one.fault.imported is not None else ""
            yield _cut(printable(line), width)


def _run_line(run: Run) -> str:
    at = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(run.started))
    return printable(f"run {run.id}  {at}  {shlex.join(run.argv)}")


def _hits(fault: Fault) -> str:
    return f"{fault.count:,} x" if fault.count != 1 else "1 x"


def _title(fault: Fault) -> str:
    first = fault.first
    if isinstance(first, Failure):
        what = f"{first.error.type}: {first.error.message[:_MESSAGE]}".rstrip(": ")
    else:
        what = first.verdict.headline
    target = first.task.signature or first.task.target if first.task else ""
    return f"{what}  in {target}" if target else what


def _cut(line: str, width: int | None) -> str:
    return line if width is None or len(line) <= width else f"{line[: width - 3]}..."


def _nothing(store: Store, filters: Filters) -> str:
    if filters == Filters() or not store.runs():
        return f"no faults in {store.folder}; begin with: mpdiag run script.py"
    return f"no fault in {store.folder} is like that; see all of them: mpdiag ls"
