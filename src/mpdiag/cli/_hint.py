"""``mpdiag hint FILE``: what a log of a program without mpdiag means, and what it cannot tell."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from ..hints import Advice, advice_on, command_of, sights_of
from ..reports import render_hints

# Bytes at the end of a log that are read.  More: nobody waits for it, and the fault is at the end.
MOST_BYTES = 16 << 20
JSON_VERSION = 1


@click.command(short_help="Say what a log or traceback means.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.pass_context
def hint(context: click.Context, *, file: str, as_json: bool) -> None:
    """Say what the log or traceback in FILE means (- reads standard input).

    The program need not have run under mpdiag.  Exit code 1: nothing in it is known.
    """
    name, text = ("standard input", _stdin()) if file == "-" else (file, _tail(Path(file)))
    sights = list(sights_of(text))
    advice = advice_on(sights)
    command = command_of(sights)
    if as_json:
        click.echo(json.dumps(_document(advice, command), indent=1))
    else:
        lines = len(text.splitlines())
        for line in render_hints(advice, name=name, command=command, lines=lines):
            click.echo(line)
    context.exit(0 if advice else 1)


def _stdin() -> str:
    if sys.stdin.isatty():
        click.echo("mpdiag: paste the log, then press Ctrl-D", err=True)
    return sys.stdin.buffer.read(MOST_BYTES).decode("utf-8", "replace")


def _tail(path: Path) -> str:
    """Return the end of a log; what is cut begins in the middle of a line."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - MOST_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError as error:
        raise click.UsageError(f"cannot read {path}: {error.strerror}") from error


def _document(advice: list[Advice], command: str) -> dict[str, object]:
    return {
        "version": JSON_VERSION,
        "hints": [
            {
                "hint": one.hint.slug,
                "line": one.sight.line,
                "error": one.sight.says,
                "what": one.what,
                "why": one.why,
                "change": one.change,
                "untold": one.hint.untold,
            }
            for one in advice
        ],
        "next": command,
    }
