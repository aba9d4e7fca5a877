"""``mpdiag check``: would this program work under spawn and forkserver?"""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from ._like_python import LikePython


@click.command(
    "check",
    cls=LikePython,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    short_help="Say what of a program would fail under spawn and forkserver.",
)
@click.option("--static", is_flag=True, help="Read the program only, and run nothing.")
@click.option("--timeout", type=float, metavar="SECONDS", help="End the program after so long.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document (docs/json.md).")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def check(
    context: click.Context,
    *,
    words: tuple[str, ...],
    static: bool,
    timeout: float | None,
    as_json: bool,
) -> None:
    """Say what of SCRIPT, -m MODULE or -c CODE would fail under spawn and forkserver.

    The program is read, and RUN once with its arguments; what it sends to other processes is tried
    in a fresh interpreter.  Its output goes to standard error, the answer to standard output.  Exit
    code 0: nothing fails; 1: something would; 2: there is no such program, or it is no Python.
    """
    from ..options import load
    from ..reports import check_json, check_lines
    from ..runner import find
    from ..session import check_program

    options = load({}, os.environ, Path.cwd()).options
    checked = check_program(find(words), options, run=not static, timeout=timeout)
    if as_json:
        click.echo(json.dumps(check_json(checked), indent=1))
    else:
        for line in check_lines(checked):
            click.echo(line)
    context.exit(1 if checked.fails else 0)
