"""Find every setting: command line, then environment, then pyproject.toml, then default."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from ..errors import SettingsUnreadable, UnknownSetting, WrongSetting
from ._options import Limits, Options
from ._table import BY_NAME, SETTINGS, Setting

if sys.version_info >= (3, 11):
    import tomllib
else:
    # Not installed where mypy itself runs on 3.11 or later.
    import tomli as tomllib  # type: ignore[import-not-found, unused-ignore]

_PREFIX = "limits."
# Set between our own processes or for our tests; settings are everything else.
_OURS = (
    *("MPDIAG_DEBUG", "MPDIAG_DISABLE", "MPDIAG_FLAGS", "MPDIAG_PYTHONS", "MPDIAG_RUN"),
    *("MPDIAG_TEST", "MPDIAG_TEST_AROUND"),
)
# A variable may be meant for another version of mpdiag, so that only what is nearly
# a setting's name is taken for a slip of the pen.
_SLIP = 0.85


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options of a run, and where each of them was set."""

    options: Options
    origins: dict[str, str]
    """By name of the setting: ``default``, ``command line``, a variable or a file."""


def load(
    command_line: Mapping[str, object],
    environ: Mapping[str, str],
    cwd: Path,
    *,
    called: str = "command line",
) -> Settings:
    """Return the options that hold for a program started in *cwd*.

    A value of None on the *command_line* is one that was not given; *called* names
    that place in messages, for callers that take settings as arguments.

    Raises:
        UnknownSetting: a place names a setting that does not exist.
        WrongSetting: a value is not allowed.
        SettingsUnreadable: the nearest pyproject.toml cannot be read.
    """
    values: dict[str, object] = {"store": cwd / ".mpdiag"}
    origins = dict.fromkeys(BY_NAME, "default")
    for name, raw, origin, folder in (
        *_from_file(cwd),
        *_from_environment(environ, cwd),
        *_from_command_line(command_line, called, cwd),
    ):
        values[name] = _read(BY_NAME[name], raw, origin, folder)
        origins[name] = origin
    return Settings(options=_build(values), origins=origins)


def nearest_pyproject(cwd: Path) -> Path | None:
    """Return the first pyproject.toml in *cwd* or above it."""
    for folder in (cwd, *cwd.parents):
        candidate = folder / "pyproject.toml"
        if candidate.is_file():
            return candidate
    return None


_Found = tuple[str, object, str, Path]
"""Name, value as written, origin, and the folder that a relative path starts from."""


def _from_command_line(given: Mapping[str, object], called: str, cwd: Path) -> Iterator[_Found]:
    for name, value in given.items():
        _known(name, called)
        if value is not None and value != ():
            yield name, value, called, cwd


def _from_environment(environ: Mapping[str, str], cwd: Path) -> Iterator[_Found]:
    variables = {variable: setting for setting in SETTINGS for variable in setting.variables}
    for name in environ:
        if name.startswith("MPDIAG_") and name not in variables and name not in _OURS:
            near = difflib.get_close_matches(name, [*variables, *_OURS], 1, _SLIP)
            if near and near[0] in variables:
                raise UnknownSetting(name, origin="the environment", near=near[0])
    for setting in SETTINGS:
        for variable in setting.variables:
            if environ.get(variable):
                yield setting.name, environ[variable], variable, cwd
                break


def _from_file(cwd: Path) -> Iterator[_Found]:
    path = nearest_pyproject(cwd)
    if path is None:
        return
    origin = str(path)
    tool = _parse(path).get("tool")
    table = tool.get("mpdiag", {}) if isinstance(tool, dict) else {}
    for written, value in _flat(table, origin):
        name = written.replace("-", "_")
        _known(name, f"[tool.mpdiag] of {origin}", written)
        yield name, value, origin, path.parent


def _parse(path: Path) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise SettingsUnreadable(str(path), error.strerror or str(error)) from None
    except ValueError as error:
        raise SettingsUnreadable(str(path), f"not valid TOML: {error}") from None
    return parsed


def _flat(table: object, origin: str) -> Iterator[tuple[str, object]]:
    if not isinstance(table, dict):
        raise WrongSetting("tool.mpdiag", table, origin=origin, allowed="a table")
    for key, value in table.items():
        if key != "limits":
            yield key, value
            continue
        if not isinstance(value, dict):
            raise WrongSetting("limits", value, origin=origin, allowed="a table")
        yield from ((_PREFIX + part, item) for part, item in value.items())


def _known(name: str, origin: str, written: str = "") -> None:
    if name not in BY_NAME:
        near = difflib.get_close_matches(name, BY_NAME, 1)
        raise UnknownSetting(
            written or name, origin=origin, near=near[0] if near else "", known=(*BY_NAME,)
        )


def _read(setting: Setting, raw: object, origin: str, folder: Path) -> object:
    try:
        value = setting.read(os.fspath(raw) if isinstance(raw, Path) else raw)
    except ValueError:
        raise WrongSetting(setting.name, raw, origin=origin, allowed=setting.allowed) from None
    if setting.name == "store":
        return folder / Path(str(value)).expanduser()
    if setting.name == "events" and value != "-" and not str(value).startswith("fd:"):
        return str(folder / Path(str(value)).expanduser())
    return value


def _build(values: dict[str, Any]) -> Options:
    limits = {
        key[len(_PREFIX) :]: value for key, value in values.items() if key.startswith(_PREFIX)
    }
    known = {field.name for field in fields(Options)}
    rest = {key: value for key, value in values.items() if key in known}
    return Options(**rest, limits=Limits(**limits))
