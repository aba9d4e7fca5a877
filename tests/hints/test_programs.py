"""Each hint on a message has a program that shows exactly it, and a lookalike that does not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mpdiag.hints import HINTS, advice_on, sights_of, unsaid
from mpdiag.testing import run_command

pytestmark = [pytest.mark.programs, pytest.mark.wide]

PROGRAMS = Path(__file__).parent / "programs"
# What a version of Python does not say.
SILENT = {("other-start-method", (3, 10))}

SAID = [one.slug for one in HINTS if one.find is not unsaid]


def found(name: str, folder: Path) -> list[str]:
    """Return the hints on what the program *name* prints when plain Python runs it."""
    path = PROGRAMS / f"{name.replace('-', '_')}.py"
    done = run_command([sys.executable, str(path)], folder=folder, deadline=50)
    return [one.hint.slug for one in advice_on(sights_of(done.stderr))]


@pytest.mark.parametrize("slug", SAID)
def test_a_program_with_that_trouble_is_told_it_and_no_other(slug: str, tmp_path: Path) -> None:
    """Its log has the one hint."""
    if (slug, sys.version_info[:2]) in SILENT:
        pytest.skip("this Python says nothing")
    assert found(slug, tmp_path) == [slug]


@pytest.mark.parametrize("slug", SAID)
def test_a_lookalike_is_not_told_it(slug: str, tmp_path: Path) -> None:
    """A program with similar words or a similar form has another trouble, or none."""
    assert slug not in found(f"{slug}_not", tmp_path)
