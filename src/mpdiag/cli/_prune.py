"""``mpdiag prune``: remove old runs from the store."""

from __future__ import annotations

import sys

import click

from ..model import RunId
from ..options import size_text
from ..store import Store
from ._moment import moment
from ._opened import open_store, store_option

# IDs that a message lists; the rest is a number.
_LISTED = 8


@click.command(short_help="Remove old runs from the store.")
@click.option("--keep", type=click.IntRange(min=0), metavar="N", help="All but the newest N.")
@click.option("--older-than", callback=moment, metavar="WHEN", help="Runs before: 7d, 2026-03-01.")
@click.option("--all", "everything", is_flag=True, help="All runs.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@store_option
def prune(
    *,
    keep: int | None,
    older_than: float | None,
    everything: bool,
    yes: bool,
    store: str | None,
) -> None:
    """Remove old runs with their faults; their IDs are never used again.

    With both --keep and --older-than a run goes for either reason.
    """
    narrowed = keep is not None or older_than is not None
    if everything == narrowed:
        raise click.UsageError("say which runs: --keep N, --older-than 7d, or --all")
    opened = open_store(store)
    runs = opened.prune(keep=keep, before=older_than, dry=True).runs
    if not runs:
        click.echo(f"nothing to remove in {opened.folder}")
        return
    if not yes:
        _ask(runs, opened)
    pruned = opened.prune(keep=keep, before=older_than)
    click.echo(f"removed {_counted(pruned.runs)}; {size_text(pruned.freed_bytes)} freed")


def _ask(runs: tuple[RunId, ...], store: Store) -> None:
    question = f"remove {_counted(runs)} from {store.folder}?"
    if not _has_terminal():
        raise click.UsageError(f"{question} To say so without a terminal, add --yes")
    click.confirm(question, abort=True)


def _has_terminal() -> bool:
    return sys.stdin.isatty()


def _counted(runs: tuple[RunId, ...]) -> str:
    listed = ", ".join(runs[:_LISTED])
    rest = f" and {len(runs) - _LISTED:,} more" if len(runs) > _LISTED else ""
    return f"{len(runs):,} {'run' if len(runs) == 1 else 'runs'} ({listed}{rest})"
