"""The table of hints: readable, and recognised by the words that people look for."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from mpdiag.hints import HINTS, Advice, Hint, Sight, advise

ROOT = Path(__file__).parent.parent.parent
NAMES = {"function", "source", "type"}


@pytest.mark.parametrize("hint", HINTS, ids=lambda one: one.slug)
def test_its_texts_fit_a_report(hint: Hint) -> None:
    """Three lines of a report hold each sentence; none ends with a full stop."""
    for text in (hint.what, hint.why, hint.change, hint.untold):
        assert len(text) <= 3 * 62, text
        assert not text.endswith("."), text
    assert hint.what
    assert hint.why
    assert hint.change


@pytest.mark.parametrize(
    "hint", [one for one in HINTS if "(" not in one.literal], ids=lambda one: one.slug
)
def test_its_literal_message_is_recognised(hint: Hint) -> None:
    """Where no place is needed to know it, the words by which it is headed lead to it."""
    kind, _, message = hint.literal.partition(": ")
    sights = [Sight(type=kind, message=message), Sight(message=hint.literal)]
    assert hint.slug in [one.hint.slug for one in map(advise, sights) if one is not None]


def test_slugs_are_unique_and_many() -> None:
    """One slug, one trouble; at least forty of them."""
    slugs = [one.slug for one in HINTS]
    assert len(set(slugs)) == len(slugs) >= 40
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", slug) for slug in slugs)


def test_a_name_that_was_not_found_stands_as_a_word() -> None:
    """No report shows braces."""
    hint = next(one for one in HINTS if one.slug == "defined-after-the-pool")
    advice = Advice(hint=hint, sight=Sight(), names={"name": "task{x}"})
    assert advice.change.startswith("define task{x} at the top of its module")
    assert advice.what == "the worker's module has no task{x}"


def test_the_page_of_messages_is_that_of_the_table() -> None:
    """docs/errors.md was written after the last change of the table."""
    page = ROOT / "docs" / "errors.md"
    before = page.read_text("utf-8")
    subprocess.run([sys.executable, "scripts/renew_errors.py"], cwd=ROOT, check=True, timeout=60)
    assert page.read_text("utf-8") == before
