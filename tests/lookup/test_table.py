"""What is said of failing snippets, word for word, in every Python."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from lookup.cases import CASES, Case, Said
from lookup.snippets import captured
from mpdiag.reports._lookup import explain_lookup


def expected(case: Case) -> Said:
    """Return what this Python is to say."""
    if sys.version_info < (3, 11) and case.before_311 is not None:
        return case.before_311
    if sys.version_info >= (3, 12) and case.since_312 is not None:
        return case.since_312
    return case.said


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name)
def test_a_failing_snippet_is_explained(one: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each snippet ends in exactly the sentences that stand beside it."""
    for name in list(os.environ):
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", "/home/a")
    monkeypatch.setenv("PATH", "/bin")
    explained = explain_lookup(captured(one.program, one.args))
    assert (explained.sentences if explained else ()) == expected(one)


def test_the_page_says_what_the_table_says() -> None:
    """Each row of ``docs/lookups.md`` is a snippet of the table with its sentences."""
    page = (Path(__file__).parents[2] / "docs" / "lookups.md").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) > 15
    for left, right in rows:
        code, said = left.strip("| `"), tuple(right.rstrip("| ").strip("`").split("`, `"))
        assert any(one.said == said and f"    {code}\n" in one.program for one in CASES), code


def test_the_table_is_as_long_as_was_promised() -> None:
    """At least 60 snippets, each with a name of its own."""
    assert len(CASES) >= 60
    assert len({one.name for one in CASES}) == len(CASES)
