"""``mpdiag config``: every setting, its value, and where it was set."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import click

from ..options import SETTINGS, Options, Settings, load

_SIZES = ((1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB"))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--store", type=click.Path(), help="As for the other commands.")
def config(*, as_json: bool, store: str | None) -> None:
    """Print each setting, its value, and where it was set."""
    settings = load({"store": store}, os.environ, Path.cwd())
    click.echo(_as_json(settings) if as_json else "\n".join(_lines(settings)))


def _lines(settings: Settings) -> Iterator[str]:
    options = settings.options
    rows = [
        (name, _text(name, _value(options, name)), settings.origins[name])
        for name in (setting.name for setting in SETTINGS)
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    for name, value, origin in rows:
        yield f"{name:{widths[0]}}  {value:{widths[1]}}  {origin}"
    yield ""
    yield "Set one on the command line, as MPDIAG_NAME in the environment (the store:"
    yield "MPDIAG_HOME), or as name = value under [tool.mpdiag] in pyproject.toml."


def _as_json(settings: Settings) -> str:
    rows = {
        setting.name: {
            "value": _value(settings.options, setting.name),
            "origin": settings.origins[setting.name],
            "about": setting.about,
        }
        for setting in SETTINGS
    }
    return json.dumps({"version": 1, "settings": rows}, default=str, indent=2)


def _value(options: Options, name: str) -> object:
    part, _, field = name.rpartition(".")
    return getattr(options.limits if part else options, field)


def _text(name: str, value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "true" if value else "false"
        case tuple():
            return ", ".join(value) or "-"
        case int() if name.endswith("_bytes"):
            return _size(value)
        case _:
            return str(value)


def _size(size_bytes: int) -> str:
    for unit, word in _SIZES:
        if size_bytes and size_bytes % unit == 0:
            return f"{size_bytes // unit} {word}"
    return f"{size_bytes} bytes"
