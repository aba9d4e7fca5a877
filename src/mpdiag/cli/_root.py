"""The command ``mpdiag``: finds the command, and says in one message what went wrong."""

from __future__ import annotations

import difflib
import keyword
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

import click

from .._version import __version__
from ..errors import MpdiagError

# Module ``_name`` beside this one makes the click command ``name``.  One whose module is
# not there yet is left out, and so is a group without any.
GROUPS: dict[str, tuple[str, ...]] = {
    "First": ("run", "show"),
    "Why, and again": (
        *("explain", "hint", "replay", "debug", "shrink", "flaky"),
        *("stacks", "top", "check", "bench"),
    ),
    "The rest": ("ls", "prune", "export", "import", "config", "doctor"),
}

# What a shell shows for a program that SIGPIPE or Ctrl-C ended.
_PIPE_CLOSED = 128 + 13
_INTERRUPTED = 128 + 2


class Root(click.Group):
    """Imports a command when it is called, and turns every error into one message."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands that are there, in the order of the help."""
        del ctx
        return [name for names in GROUPS.values() for name in names if _is_there(name)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command *cmd_name*, imported now."""
        if cmd_name not in self.list_commands(ctx):
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        command = getattr(import_module(f"._{cmd_name}", __package__), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"cli/_{cmd_name}.py makes no click command {cmd_name!r}")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that *args* begin with, or say what was probably meant."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            raise click.UsageError(f"no command {name!r}{self._meant(ctx, args)}", ctx)
        return super().resolve_command(ctx, args)

    def _meant(self, ctx: click.Context, args: list[str]) -> str:
        if args[0].endswith(".py") or Path(args[0]).is_file():
            return f"; did you mean: mpdiag run {args[0]}"
        near = difflib.get_close_matches(args[0], self.list_commands(ctx), 1)
        return f"; did you mean: mpdiag {near[0]}" if near else ""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read *args*; without any, show the help."""
        return super().parse_args(ctx, args or ["--help"])

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands in their groups."""
        for title, names in GROUPS.items():
            rows = [(name, _summary(self.get_command(ctx, name))) for name in names]
            if rows := [(name, text) for name, text in rows if text]:
                with formatter.section(title):
                    formatter.write_dl(rows)

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Return the context of this call; help and version are printed here."""
        with _readers_may_go():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, and all of its output."""
        with _readers_may_go():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result

    def main(self, *args: Any, **extra: Any) -> NoReturn:
        """Run the command of the command line, and exit with its code."""
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                # A name in a report must not end it where the terminal is plain ASCII.
                stream.reconfigure(errors="backslashreplace")
        extra = {"prog_name": "mpdiag", **extra, "standalone_mode": False}
        try:
            code = super().main(*args, **extra)
            with _readers_may_go():
                sys.stdout.flush()
        except click.Abort:
            code = _INTERRUPTED
        except click.exceptions.Exit as closed:
            code = closed.exit_code
        except Exception as error:
            code = _tell(error)
        sys.exit(code if type(code) is int else 0)


@click.command(
    "mpdiag",
    cls=Root,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Begin with: mpdiag run script.py",
)
@click.version_option(__version__, "--version", message="mpdiag %(version)s")
def main() -> None:
    """Say which worker failed, on which task, with which input, and why."""


def _is_there(name: str) -> bool:
    return find_spec(f"._{name}", __package__) is not None


def _summary(command: click.Command | None) -> str:
    return command.get_short_help_str(limit=66) if command and not command.hidden else ""


def _tell(error: Exception) -> int:
    """Say on standard error what went wrong, and return the exit code."""
    for line in _lines(error):
        click.echo(line, err=True)
    if isinstance(error, click.ClickException):
        return error.exit_code
    return error.exit_code if isinstance(error, MpdiagError) else 1


def _lines(error: Exception) -> Iterator[str]:
    from ._printable import printable

    match error:
        case MpdiagError():
            yield f"mpdiag: {printable(str(error))}"
            if error.remedy:
                yield f"        {error.remedy}"
        case click.ClickException():
            message = error.format_message().rstrip(".")
            yield f"mpdiag: {printable(message[:1].lower() + message[1:])}"
            context = error.ctx if isinstance(error, click.UsageError) else None
            yield f"        See: {context.command_path if context else 'mpdiag'} --help"
        case _:
            yield from _unexpected(error)


def _unexpected(error: Exception) -> Iterator[str]:
    kind = type(error).__name__
    yield f"mpdiag: a fault of mpdiag itself, not of your program: {kind}: {error}"
    if os.environ.get("MPDIAG_DEBUG") == "1":
        yield "".join(traceback.format_exception(error)).rstrip()
    else:
        yield "        Please report it with what MPDIAG_DEBUG=1 prints for the same command."


@contextmanager
def _readers_may_go() -> Iterator[None]:
    """End in silence when the reader of our output has gone (``mpdiag ls | head``)."""
    try:
        yield
    except BrokenPipeError:
        _forget_stdout()
        raise click.exceptions.Exit(_PIPE_CLOSED) from None


def _forget_stdout() -> None:
    """Send what is still buffered nowhere: its reader has gone, which is no error."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        pass
