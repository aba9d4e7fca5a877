"""Every example ends, as it says it does, with the report that stands at its end."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from mpdiag.testing import Program, run_command

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted(ROOT.glob("examples/*.py"))

# Seconds for one example.  The slowest takes about 2; more means that it hangs.
DEADLINE = 50
MOST_LINES = 40

EXIT_CODES = {"dying_reader": 0}
"""Of `mpdiag run`; the others end with the traceback of an exception."""
SHOWS_THE_API = [path for path in EXAMPLES if path.stem == "guard_by_hand"]
HEALTHY = [path for path in EXAMPLES if f"\n# $ python {path.parent.name}/" in path.read_text()]
HEALTHY = [path for path in HEALTHY if path not in SHOWS_THE_API]
"""Nothing goes wrong in them: what they print stands at their end."""
PLAIN = [path for path in EXAMPLES if path not in {*SHOWS_THE_API, *HEALTHY}]
UNSTEADY = {"intermittent_keyerror": "input"}
"""Rows in which one of several equal tasks is shown: that of the fastest worker."""


def halves(path: Path) -> tuple[str, str]:
    """Return the code of an example and the report at its end."""
    code, _, said = path.read_text(encoding="utf-8").partition("\n# $ ")
    return code, "\n".join(line.removeprefix("# ") for line in said.splitlines()[1:])


def key_lines(report: str, *, without: str = "") -> list[str]:
    """Return what a report says on every machine alike: what, where, with which input.

    A fault that the program caught has one line, eight columns in.
    """
    rows = []
    row = ""
    for line in report.splitlines():
        if match := re.match(r"(\d+|      )  \S|   (\w+) ", line):
            row = match[2] or "headline"
        if line.startswith("mpdiag:"):
            row = ""
        if row in {"headline", "where", "input"} and row != without and "^" not in line:
            rows.append(re.sub(r"\b\w{4}\.\d+", "ID", line))
    return rows


def run(path: Path, folder: Path) -> Program:
    """Run an example from the project's folder, as its comment does, with a store of its own."""
    command = [sys.executable, "-m", "mpdiag", "run", str(path.relative_to(ROOT))]
    place = {"MPDIAG_HOME": str(folder / ".mpdiag")}
    return run_command(command, folder=ROOT, deadline=DEADLINE, environment=place)


@pytest.mark.programs
@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_an_example_ends_with_its_report(path: Path, tmp_path: Path) -> None:
    """It ends in time, with its exit code, and says what, where and with which input."""
    program = run(path, tmp_path)
    assert program.exit_code == EXIT_CODES.get(path.stem, 1), program.stderr
    without = UNSTEADY.get(path.stem, "")
    promised = key_lines(halves(path)[1], without=without)
    assert promised
    assert key_lines(program.report, without=without) == promised


@pytest.mark.programs
@pytest.mark.parametrize("path", SHOWS_THE_API, ids=lambda path: path.stem)
def test_an_example_of_the_api_runs_by_plain_python(path: Path, tmp_path: Path) -> None:
    """It ends well, says one line, and the fault is found afterwards."""
    place = {"MPDIAG_HOME": str(tmp_path / ".mpdiag")}
    command = [sys.executable, str(path.relative_to(ROOT))]
    program = run_command(command, folder=ROOT, deadline=DEADLINE, environment=place)
    assert program.exit_code == 0, program.stderr
    (said,) = program.stderr.splitlines()
    promised = " ".join(halves(path)[1].splitlines()[:2])
    assert re.sub(r"pid \d+", "pid", said) == re.sub(r"pid \d+", "pid", promised)
    found = Program(folder=tmp_path, exit_code=0, stdout="", stderr="").fault
    assert (found["error"]["type"], found["target"]) == ("KeyError", "convert")
    assert found["inputs"] == {"amount": "9.9", "currency": "'NOK'"}


@pytest.mark.programs
@pytest.mark.parametrize("path", HEALTHY, ids=lambda path: path.stem)
def test_an_example_without_a_fault_prints_what_it_says(path: Path, tmp_path: Path) -> None:
    """Plain Python runs it to its end, with the output that stands there and nothing else."""
    place = {"MPDIAG_HOME": str(tmp_path / ".mpdiag")}
    command = [sys.executable, str(path.relative_to(ROOT))]
    program = run_command(command, folder=ROOT, deadline=DEADLINE, environment=place)
    assert (program.exit_code, program.stderr) == (0, "")
    assert program.stdout.rstrip("\n") == halves(path)[1]
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_and_plain(path: Path) -> None:
    """One thing on one screen, described, and no mpdiag in it unless that is the point."""
    code, _ = halves(path)
    assert len(code.splitlines()) < MOST_LINES
    tree = ast.parse(code)
    assert ast.get_docstring(tree)
    names = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    } | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert ("mpdiag" in names) == (path in {*SHOWS_THE_API, *HEALTHY})


def test_the_key_lines_are_found() -> None:
    """Headlines, places and inputs are compared; times, process ids and carets are not."""
    report = (
        "mpdiag: 1 of 2 tasks failed (run k7f2, 1 s)\n\n"
        "1  KeyError: 'a'\n   where     f(x), a.py:1\n"
        "               1    x['a']\n                    ^^^^^^\n   input     x = {}\n"
        "             no key 'a'\n   first     03:12:07, task 1\n"
    )
    found = [line.split()[0] for line in key_lines(report)]
    assert found == ["1", "where", "1", "input", "no"]
    assert len(key_lines(report, without="input")) == 3
