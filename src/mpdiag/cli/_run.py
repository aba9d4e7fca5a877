"""``mpdiag run``: start a program unchanged, and say what went wrong in its workers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from ._like_python import LikePython


@click.command(
    "run",
    cls=LikePython,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    short_help="Run a program and say which worker failed, on which input, and why.",
)
@click.option(
    "--keep-going/--no-keep-going", default=None, help="After a failure, run the rest of its chunk."
)
@click.option(
    "--values", type=click.Choice(["full", "text", "none"]), help="How much of inputs is kept."
)
@click.option("--store", metavar="FOLDER", help="Where findings are kept (.mpdiag).")
@click.option(
    "--format", "format", type=click.Choice(["text", "json"]), help="How the report is printed."
)
@click.option("--events", metavar="FILE", help="Events as JSON lines: a file, - or fd:N.")
@click.option(
    "--exit-code-on-fault", type=int, metavar="N", help="Exit with N when there was a fault."
)
@click.option(
    "--hang-after",
    type=float,
    metavar="SECONDS",
    help="Report when no task has moved for so long (60; 0: never).",
)
@click.option("--task-timeout", type=float, metavar="SECONDS", help="End a task that takes longer.")
@click.option("--rescue/--no-rescue", default=None, help="Undo what a dead worker leaves hanging.")
@click.option("--python", metavar="PATH", help="The interpreter of the program.")
@click.option(
    "--log-context", is_flag=True, default=None, help="Add run, worker and task to log records."
)
@click.option(
    "--capture-fd",
    is_flag=True,
    default=None,
    help="Keep the last lines that C code of a worker writes, too.",
)
@click.option(
    "--record-random",
    is_flag=True,
    default=None,
    help="Keep the state of random generators before each task.",
)
@click.option("-q", "--quiet", is_flag=True, default=None, help="Say nothing but faults.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def run(words: tuple[str, ...], **given: object) -> None:
    """Run SCRIPT, -m MODULE or -c CODE as python would, with its arguments.

    Standard output, exit code and signals are the program's own; the report goes to standard
    error, and what was found is kept for `mpdiag show`.
    """
    from ..options import load
    from ..runner import end_like, find

    settings = load({k: v for k, v in given.items() if v is not None}, os.environ, Path.cwd())
    options = settings.options
    command = find(words, options.python)
    if os.environ.get("MPDIAG_DISABLE", "") not in {"", "0"}:
        os.execv(command.argv[0], command.argv)  # noqa: S606 - as if mpdiag were not there
    from ..session import run_program

    ended, faulty = run_program(command, options)
    if faulty and options.exit_code_on_fault is not None:
        sys.exit(options.exit_code_on_fault)
    end_like(ended.status)
