"""``mpdiag top``: what the workers of a running program do, once a second."""

from __future__ import annotations

import os
import select
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from ..session import LiveRun, find_run, look_at

# Seconds between two pictures.
_EVERY = 1.0
_ENTER, _LEAVE, _HOME, _CLEAR_LINE, _CLEAR_REST = (
    "\x1b[?1049h\x1b[?25l",
    "\x1b[?25h\x1b[?1049l",
    "\x1b[H",
    "\x1b[K",
    "\x1b[J",
)
_KEYS = "q quit   up/down choose   s stacks of the chosen worker"


@click.command(short_help="Show what the workers of a running program do.")
@click.argument("pid", type=int, required=False)
def top(*, pid: int | None) -> None:
    """Show every worker of a running `mpdiag run`: its task, time, processor, memory, tasks done.

    PID is any process of the run; without it, the only run there is.  Reads what the workers
    record anyway, and costs the program nothing.  Without a terminal: once.
    """
    run = find_run(pid)
    if sys.stdout.isatty() and sys.stdin.isatty():
        _Screen(run).show()
        return
    from ..reports import top_lines
    from ..runner import Top

    view = Top(run.asker).look()
    for line in top_lines(view, title=" ".join(run.argv), started=run.started):
        click.echo(line)


class _Screen:
    """The terminal while it is ours."""

    def __init__(self, run: LiveRun) -> None:
        from ..runner import Top

        self.run, self.top = run, Top(run.asker)
        self.selected = 0

    def show(self) -> None:
        """Draw until the user quits or the run ends."""
        with _raw():
            while self.run.folder.exists():
                self.draw()
                key = _key(_EVERY)
                if key in {"q", "Q", "\x03", "\x1b"}:
                    return
                self.take(key)
        click.echo("mpdiag: the run has ended")

    def draw(self) -> None:
        from ..reports import input_line, top_lines

        size = shutil.get_terminal_size()
        self.view = self.top.look()
        self.selected = min(self.selected, max(len(self.view.lines) - 1, 0))
        lines = list(
            top_lines(
                self.view,
                title=" ".join(self.run.argv),
                started=self.run.started,
                width=size.columns,
                height=size.lines - 2,
                selected=self.selected,
            )
        )
        chosen = self.view.lines[self.selected : self.selected + 1]
        lines += ["", *(input_line(one, size.columns) for one in chosen), _KEYS[: size.columns]]
        _put(lines[: size.lines])

    def take(self, key: str) -> None:
        if key in {"\x1b[A", "k"}:
            self.selected = max(self.selected - 1, 0)
        elif key in {"\x1b[B", "j"}:
            self.selected += 1
        elif key in {"s", "\r", "\n"} and self.view.lines:
            self.stacks(self.view.lines[self.selected].pid)

    def stacks(self, pid: int) -> None:
        """Show the stacks of one worker until a key is pressed."""
        from ..errors import NoLiveRun
        from ..reports import stack_lines

        size = shutil.get_terminal_size()
        try:
            moment, cwd = look_at(pid)
            lines = list(stack_lines(moment, cwd, width=size.columns))
        except NoLiveRun as gone:
            lines = [str(gone)]
        most = size.lines - 2
        if len(lines) > most:
            lines = [*lines[: most - 1], f"... all of it: mpdiag stacks {pid}"]
        _put([*lines, "", "any key: back"])
        _key(None)


@contextmanager
def _raw() -> Iterator[None]:
    """Take keys one by one, on a screen that leaves the old one as it was."""
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        sys.stdout.write(_ENTER)
        yield
    except KeyboardInterrupt:
        pass
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        sys.stdout.write(_LEAVE)
        sys.stdout.flush()


def _put(lines: list[str]) -> None:
    text = "\r\n".join(f"{line}{_CLEAR_LINE}" for line in lines)
    sys.stdout.write(f"{_HOME}{text}{_CLEAR_REST}")
    sys.stdout.flush()


def _key(timeout: float | None) -> str:
    """Return the key that was pressed, an empty text when none was."""
    ready, _, _ = select.select([sys.stdin], [], [], timeout)
    return os.read(sys.stdin.fileno(), 16).decode("utf-8", "replace") if ready else ""
