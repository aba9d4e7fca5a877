"""Lines for people, on standard error: standard output is for what other programs read."""

from __future__ import annotations

from collections.abc import Iterable

import click


def say(lines: Iterable[str]) -> None:
    """Write *lines*."""
    for line in lines:
        click.echo(line, err=True)
