"""Imports that come into a file that is there: only lines are added, where a sorter wants them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from mpdiag.replay.case._imports import with_imports
from mpdiag.replay.case._names import Import, Names

SOURCES = {
    "empty": '"""Tests."""\n',
    "no docstring": "def test_a():\n    assert True\n",
    "no imports": '"""Tests."""\n\n\ndef test_a():\n    assert True\n',
    "constant first": '"""Tests."""\n\nLIMIT = 3\n',
    "all sections": """
        from __future__ import annotations

        import os
        from collections import deque

        import pytest
        from click import echo

        from shop.prices import load

        print(os, deque, pytest, echo, load)
        """,
    "others only": "import pytest\n\n\ndef test_a():\n    assert pytest\n",
    "own only": "from shop.prices import load\n\nprint(load)\n",
    "long": """
        from decimal import (
            Decimal,
            getcontext,
        )

        print(Decimal, getcontext)
        """,
}
NEEDED = (
    Import("pytest"),
    Import("sys"),
    Import("pathlib", "Path"),
    Import("numpy", "", "np"),
    Import("shop.orders", "send"),
    Import("enum", "Enum"),
)


@pytest.mark.parametrize("name", SOURCES)
def test_imports_come_where_a_sorter_puts_them(name: str, tmp_path: Path) -> None:
    """Every line that was there stays, and a sorter of imports finds nothing to do."""
    pytest.importorskip("ruff")
    (tmp_path / "shop").mkdir()
    for module in ("__init__", "orders", "prices"):
        (tmp_path / f"shop/{module}.py").touch()
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\n", "utf-8")
    source = dedent(SOURCES[name]).lstrip()
    there = list(_lines_of_imports(source))
    found = with_imports(source, [one for one in NEEDED if one.line not in there], tmp_path)
    used = "".join(f"print({one.alias or one.name or one.module})\n" for one in NEEDED)
    (tmp_path / "test_it.py").write_text(f"{found}\n{used}", "utf-8")
    kept = iter(found.splitlines())
    assert all(line in kept for line in source.splitlines() if line)
    command = [sys.executable, "-m", "ruff", "check", "--select=I,E402,F", "-q"]
    done = subprocess.run(
        [*command, "test_it.py"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=30,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("", 0)


def _lines_of_imports(source: str) -> list[str]:
    return [line for line in source.splitlines() if line.startswith(("import ", "from "))]


NAMES = """
import shop
from shop.prices import load as fetch, save
from decimal import Decimal

def parse(): pass
"""


@pytest.mark.parametrize(
    ("module", "name", "found", "needed"),
    [
        ("shop.prices", "save", "save", []),
        ("shop.prices", "load", "fetch", []),
        ("decimal", "Decimal", "Decimal", []),
        ("fractions", "Fraction", "Fraction", ["from fractions import Fraction"]),
        ("shop.orders", "parse", "shop.orders.parse", ["import shop.orders"]),
        ("shop.prices", "Rate.of", "shop.prices.Rate.of", ["import shop.prices"]),
        ("parse", "run", "run", ["from parse import run"]),
        ("re", "compile", "re.compile", ["import re"]),
        ("numpy", "array", "np.array", ["import numpy as np"]),
    ],
)
def test_a_name_that_is_taken_is_not_taken_again(
    module: str, name: str, found: str, needed: list[str]
) -> None:
    """What the file imports is used; another meaning of a name is never replaced."""
    names = Names(ast.parse(NAMES))
    assert names(module, name) == found
    assert [one.line for one in names.needed] == needed
