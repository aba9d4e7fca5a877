"""The README is true: its commands are those of CI, its reports real, its code runs."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mpdiag.cli import main
from mpdiag.testing import run_command

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
DEADLINE = 50

FIRST = (
    "python3 -m venv .venv && .venv/bin/pip install -q . && "
    ".venv/bin/mpdiag run examples/intermittent_keyerror.py"
)
SECOND = "python3 -m venv .venv && .venv/bin/pip install -q '.[test]' && .venv/bin/pytest"


def blocks(language: str) -> list[str]:
    """Return the blocks of the README in *language*."""
    return re.findall(rf"^```{language}\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)


def words(command: str) -> list[str]:
    """Return a command of the README as words, without its comment."""
    return shlex.split(command, comments=True)


COMMANDS = [line for block in blocks("console") for line in block.splitlines()]
OURS = [words(line)[1:] for line in COMMANDS if words(line)[0] == "mpdiag"]


def test_the_first_two_commands_set_up_run_and_test() -> None:
    """They come first, in this order, each on one line."""
    assert COMMANDS[:2] == [FIRST, SECOND]


def test_ci_runs_the_test_command_as_it_stands() -> None:
    """`.ci/run` has the same line."""
    lines = (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    assert SECOND in [line.strip() for line in lines]


@pytest.mark.parametrize("command", OURS, ids=" ".join)
def test_a_command_exists_with_its_options(command: list[str]) -> None:
    """Each command that the README names has a help text, in which its options stand."""
    result = CliRunner().invoke(main, [command[0], "--help"])
    assert result.exit_code == 0, result.output
    assert all(word in result.output for word in command if word.startswith("-"))


def test_the_options_of_the_table_exist() -> None:
    """Each option in the table of settings is one of `mpdiag run`."""
    options = re.findall(r"^\| `(--?[a-z-]+)", README, flags=re.MULTILINE)
    result = CliRunner().invoke(main, ["run", "--help"])
    assert len(options) >= 5
    assert [option for option in options if option not in result.output] == []


def test_the_settings_of_the_table_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pyproject.toml that is shown is read without complaint."""
    (tmp_path / "pyproject.toml").write_text(blocks("toml")[0], encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["config"])
    assert result.exit_code == 0, result.output
    assert "TimeoutError" in result.output


def test_reports_are_those_of_the_examples() -> None:
    """Each report is, word for word, the one at the end of its example; that one is tested."""
    found = re.findall(r"run (examples/\w+\.py)\n```\n.*?```text\n(.*?)```", README, re.DOTALL)
    assert len(found) == 2
    for path, report in found:
        _, _, said = (ROOT / path).read_text(encoding="utf-8").partition("\n# $ ")
        lines = [line.removeprefix("#").removeprefix(" ") for line in said.splitlines()[1:]]
        assert report.splitlines() == lines


def test_the_report_of_a_hang_is_the_one_that_is_printed() -> None:
    """It stands there word for word as the gold file has it, which is made from a moment."""
    gold = (ROOT / "tests" / "gold" / "live_hang.txt").read_text(encoding="utf-8")
    assert gold in blocks("text")


def test_every_example_is_named() -> None:
    """The README leads to each example."""
    examples = {path.name for path in ROOT.glob("examples/*.py")}
    assert {name for name in examples if f"examples/{name}" not in README} == set()


@pytest.mark.programs
@pytest.mark.parametrize("number", range(len(blocks("python"))))
def test_code_does_what_it_shows(number: int, tmp_path: Path) -> None:
    """Each block is a program that ends well and prints what its arrows say."""
    source = blocks("python")[number]
    (tmp_path / "shown.py").write_text(source, encoding="utf-8")
    done = run_command([sys.executable, "shown.py"], folder=tmp_path, deadline=DEADLINE)
    assert done.exit_code == 0, done.stderr
    promised = re.findall(r"# -> (.+)", source)
    assert promised
    assert all(
        said.startswith(line)
        for said, line in zip(sorted(done.stdout.splitlines()), sorted(promised), strict=True)
    )
