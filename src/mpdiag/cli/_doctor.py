"""``mpdiag doctor``: what this machine can tell, and what it cannot."""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Iterator
from pathlib import Path

import click

from ..evidence import Check, look_at
from ..evidence import doctor as examine
from ..options import load


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--store", type=click.Path(), help="As for the other commands.")
def doctor(*, as_json: bool, store: str | None) -> None:
    """Say what mpdiag can and cannot see on this machine."""
    place = load({"store": store}, os.environ, Path.cwd()).options.store
    checks = [*examine(), _store(place)]
    if as_json:
        rows = [dataclasses.asdict(check) for check in checks]
        click.echo(json.dumps({"version": 1, "checks": rows}, indent=2))
    else:
        click.echo("\n".join(_lines(checks)))


def _store(folder: Path) -> Check:
    place = look_at(str(folder))
    if not place.is_writable:
        text = f"{folder} cannot be written: the report comes on the console only"
        return Check(name="store", ok=False, text=text)
    remote = "" if place.is_local else f" ({place.kind}: kept without a write-ahead log)"
    return Check(name="store", ok=True, text=f"{folder}{remote}")


def _lines(checks: list[Check]) -> Iterator[str]:
    width = max(len(check.name) for check in checks)
    for check in checks:
        yield f"{'ok' if check.ok else 'no':3} {check.name:{width}}  {check.text}"
    missing = sum(not check.ok for check in checks)
    yield ""
    if missing:
        yield f"{missing} of {len(checks)} are missing: mpdiag works, and its reports say what"
        yield "could not be read."
    else:
        yield "Nothing is missing."
