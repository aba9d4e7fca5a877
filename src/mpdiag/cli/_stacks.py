"""``mpdiag stacks``: what every process of a run does now."""

from __future__ import annotations

import click


@click.command(short_help="Show the stacks of every process of a running program.")
@click.argument("pid", type=int)
@click.option("--locals", "inside", is_flag=True, help="With local variables, by py-spy.")
def stacks(*, pid: int, inside: bool) -> None:
    """Show what every process of a run does now: its task, what it waits for, its stacks.

    PID is that of `mpdiag run` or of the program for the whole run; that of another process for
    it and those below it.  The processes go on as if nothing had happened.
    With --locals each is stopped for some milliseconds.
    """
    from ..judge import judge_moment
    from ..reports import stack_lines, stuck_lines
    from ..session import look_at, look_inside

    moment, cwd = look_at(pid)
    if inside:
        moment, why = look_inside(moment, pid)
        if why:
            click.echo(f"mpdiag: no local variables: {why}", err=True)
    for stuck in judge_moment(moment):
        for line in stuck_lines(stuck):
            click.echo(line)
        click.echo()
    for line in stack_lines(moment, cwd):
        click.echo(line)
