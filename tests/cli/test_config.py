"""``mpdiag config`` shows what holds, and where each setting comes from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mpdiag.cli import main
from mpdiag.options import SETTINGS


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the current folder: a project of its own, with no settings in the environment."""
    monkeypatch.chdir(tmp_path)
    for setting in SETTINGS:
        for variable in setting.variables:
            monkeypatch.delenv(variable, raising=False)
    (tmp_path / "pyproject.toml").write_text(
        '[tool.mpdiag]\nvalues = "text"\n[tool.mpdiag.limits]\nrun-bytes = "3 MiB"\n', "utf-8"
    )
    return tmp_path


def config(*args: str, **environ: str) -> Result:
    """Return what ``mpdiag config`` did."""
    return CliRunner().invoke(main, ["config", *args], env=environ)


def rows(text: str) -> dict[str, list[str]]:
    """Return the words of each line by its first."""
    table = text.split("\n\n", maxsplit=1)[0]
    return {line.split()[0]: line.split()[1:] for line in table.splitlines()}


def test_every_setting_is_shown_with_its_origin(folder: Path) -> None:
    """One line for each setting: name, value, and the place that set it."""
    done = config("--store", "elsewhere", MPDIAG_QUIET="1")
    shown = rows(done.stdout)
    assert list(shown) == [setting.name for setting in SETTINGS]
    assert shown["store"] == [str(folder / "elsewhere"), "command", "line"]
    assert shown["quiet"] == ["true", "MPDIAG_QUIET"]
    assert shown["values"] == ["text", str(folder / "pyproject.toml")]
    assert shown["limits.run_bytes"] == ["3", "MiB", str(folder / "pyproject.toml")]
    assert shown["limits.store_bytes"] == ["1", "GiB", "default"]
    assert shown["events"] == ["-", "default"]


def test_json_has_values_and_origins(folder: Path) -> None:
    """A program can read the same."""
    settings = json.loads(config("--json").stdout)["settings"]
    assert settings["limits.run_bytes"]["value"] == 3 * 2**20
    assert settings["keep_going"]["value"] is True
    assert settings["values"]["origin"] == str(folder / "pyproject.toml")
    assert all(row["about"] for row in settings.values())


def test_a_wrong_setting_is_one_message(folder: Path) -> None:
    """An unknown option in pyproject.toml is named with its file, and exits with code 2."""
    (folder / "pyproject.toml").write_text("[tool.mpdiag]\nvalue = 1\n", "utf-8")
    done = config()
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{folder / 'pyproject.toml'} sets value, which mpdiag does not know" in done.stderr
    assert "did you mean values?" in done.stderr
