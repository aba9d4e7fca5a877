"""``mpdiag bench``: which road, or which pool, is fastest for your data on this machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from ..bench import FULL, Plan, Result, comparison, page, read_document, run, text, to_document

_F = TypeVar("_F", bound=Callable[..., Any])


class _Numbers(click.ParamType):  # type: ignore[type-arg] # newer versions are generic
    """Whole numbers with commas; 1e5 is one."""

    name = "N,N"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[int, ...]:
        """Return them."""
        if isinstance(value, tuple):
            return value
        try:
            numbers = tuple(int(float(part)) for part in value.split(","))
        except (ValueError, OverflowError):
            numbers = ()
        if not numbers or min(numbers) < 1:
            self.fail(f"{value!r} is no list of whole numbers such as 1e4,1e5", param, ctx)
        return numbers


@click.group()
def bench() -> None:
    """Measure channels or pools, with your own items, on this machine."""


def _options(command: _F) -> _F:
    """Add what both kinds of measurement take."""
    for option in reversed(
        (
            click.option(
                "--payload",
                "payloads",
                multiple=True,
                metavar="NAME",
                help="int, str, bytes, dict, object, array, or module:function that returns one"
                " of your own items; may be repeated.",
            ),
            click.option("--sizes", type=_Numbers(), help="Numbers of items, such as 1e4,1e6."),
            click.option("--workers", type=_Numbers(), help="Numbers of workers, such as 1,2,4,8."),
            click.option("--quick/--full", default=True, help="Under a minute, or all of it."),
            click.option(
                "--python",
                "pythons",
                multiple=True,
                type=click.Path(exists=True, dir_okay=False),
                help="Measure with this interpreter (3.10 or later); may be repeated.",
            ),
            click.option("--json", "json_file", type=click.Path(), help="Write all rounds here."),
            click.option("--html", "html_file", type=click.Path(), help="Write one page here."),
        )
    ):
        command = option(command)
    return command


@bench.command()
@_options
def channels(**options: Any) -> None:
    """Compare pipes, queues and rings, and say which one to use."""
    _measure("channels", **options)


@bench.command()
@_options
def pools(**options: Any) -> None:
    """Compare the pools that are installed."""
    _measure("pools", **options)


@bench.command()
@click.argument("first", type=click.Path(exists=True, dir_okay=False))
@click.argument("second", type=click.Path(exists=True, dir_okay=False))
def compare(*, first: str, second: str) -> None:
    """Compare two files that --json wrote."""
    click.echo(comparison(_read(first), _read(second)), nl=False)


def _read(path: str) -> Result:
    try:
        return read_document(Path(path).read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise click.UsageError(f"cannot read {path}: {error}") from None


def _measure(
    kind: str,
    *,
    payloads: tuple[str, ...],
    sizes: tuple[int, ...] | None,
    workers: tuple[int, ...] | None,
    quick: bool,
    pythons: tuple[str, ...],
    json_file: str | None,
    html_file: str | None,
) -> None:
    plan = Plan() if quick else FULL
    if kind == "pools":
        plan = replace(plan, payloads=("int",), workers=(2,), sizes=plan.sizes[:2])
    plan = replace(
        plan,
        payloads=payloads or plan.payloads,
        sizes=sizes or plan.sizes,
        workers=workers or plan.workers,
    )
    try:
        with _progress() as progress:
            result = run(kind, plan, pythons=list(pythons), progress=progress)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    for path, made in ((json_file, to_document), (html_file, page)):
        if path is not None:
            _write(path, made(result))
    click.echo(text(result), nl=False)


def _write(path: str, content: str) -> None:
    try:
        Path(path).write_text(content, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"cannot write {path}: {error.strerror}") from None


@contextmanager
def _progress() -> Iterator[Callable[[float, str], None]]:
    """Show a bar on standard error, if it is a terminal."""
    if not sys.stderr.isatty():
        yield lambda _part, _what: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("measuring", total=1.0)
        yield lambda part, what: bar.update(task, completed=part, description=f"{what:28}")
