"""``mpdiag show``: everything that is known about one fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import click

from ..model import FaultId
from ..reports import render_fault
from ..store import Found
from ._opened import json_document, open_store, store_option


@click.command(short_help="Show all that is known about one fault.")
@click.argument("text", metavar="[ID]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@store_option
def show(*, text: str | None, as_json: bool, store: str | None) -> None:
    """Show all that is known about one fault.

    ID is that of a fault (k7f2.1), the number of a fault of the newest run (1), a run with one
    fault (k7f2), or one occurrence (k7f2.1#3).  Without it: the only fault of the newest run.
    """
    found = open_store(store).fault(text)
    if as_json:
        click.echo("".join(json_document([found])), nl=False)
        return
    for line in render_fault(found.fault, found.run) if found.occurrence is None else _one(found):
        click.echo(line)


def _one(found: Found) -> Iterator[str]:
    """Yield the lines about one occurrence, and where the others are."""
    fault = found.fault
    name = FaultId(f"{fault.id}#{found.occurrence}")
    yield from render_fault(replace(fault, id=name, count=1, others=()), found.run)
    if fault.count > 1:
        yield ""
        yield f"one of {fault.count:,} occurrences: mpdiag show {fault.id}"
