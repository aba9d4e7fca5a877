"""``mpdiag import``: take in a fault that was exported elsewhere."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path

import click

from ..errors import BundleUnreadable
from ..reports import taken_in_lines
from ..store import read_bundle
from ._opened import open_store, store_option


@click.command("import", short_help="Take in a fault that was exported elsewhere.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@store_option
def import_(*, file: str, store: str | None) -> None:
    """Take in a fault from a file that `mpdiag export` wrote, on any machine and Python.

    Nothing of it is loaded or run, neither now nor to show it; to replay it or to shrink it needs
    --trust.  A file that is damaged or too large is refused as a whole.  - is standard input.
    """
    opened = open_store(store)
    try:
        source = nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb")  # noqa: SIM115
        with source as stream:
            bundle = read_bundle(stream, "standard input" if file == "-" else file)
    except OSError as problem:
        raise BundleUnreadable(file, f"cannot be read ({problem.strerror or problem})") from problem
    taken = opened.take_in(bundle)
    for line in taken_in_lines(
        bundle.fault, taken.id, known=taken.known, own=taken.own, unknown=bundle.unknown
    ):
        click.echo(line)
    for sentence in taken.limits:
        click.echo(f"mpdiag: {sentence}", err=True)
