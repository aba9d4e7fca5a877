"""Numbers, times and texts as a report writes them."""

from __future__ import annotations

import math

import pytest

from mpdiag.layout import cells, clean, clock, cut, duration, plural, position, wrap


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0.0 s"),
        (2.1, "2.1 s"),
        (59.96, "1 min"),
        (250, "4 min 10 s"),
        (2 * 3600 + 11 * 60 + 29, "2 h 11 min"),
        (3 * 86_400 + 4 * 3600, "3 d 4 h"),
        (-1, "0.0 s"),
        (math.inf, "a very long time"),
        (math.nan, "a very long time"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds: float, said: str) -> None:
    """A span of time is as exact as a reader wants it."""
    assert duration(seconds) == said


def test_a_time_that_no_clock_shows_is_said_so() -> None:
    """A broken clock does not break the report."""
    assert [clock(at) for at in (math.nan, math.inf, 1e300)] == ["at an unknown time"] * 3


def test_counts_have_separators_and_a_noun() -> None:
    """A position stays plain up to a million, so that it can be searched for."""
    assert plural(1, "task") == "1 task"
    assert plural(12_499, "task") == "12,499 tasks"
    assert plural(2, "process") == "2 processes"
    assert (position(4711), position(1_204_551)) == ("4711", "1,204,551")


@pytest.mark.parametrize(
    "hostile", ["\x1b[31m", "\r", "\x07", "\x9b31m", "\u202e", "\u2028", "\ud800", "\x00", "\xa0"]
)
def test_nothing_moves_the_terminal(hostile: str) -> None:
    """Escapes, returns, reversals and halves of characters are shown as what they are."""
    said = clean(f"a{hostile}b")
    assert said.isprintable()
    assert said.encode("ascii").decode("unicode_escape") == f"a{hostile}b"


def test_a_text_of_megabytes_is_cut_before_it_is_read() -> None:
    """The report of a huge message stays cheap."""
    assert len(clean("\x00" * 10_000_000)) < 20_000


def test_wide_characters_take_two_columns() -> None:
    """A line of Chinese, or with combining accents, ends where the terminal says."""
    assert (cells("中文"), cells("e\u0301"), cells("ab")) == (4, 1, 2)
    assert cut("中文中文", 7) == "中文..."


def test_wrapping_loses_no_character() -> None:
    """What is wrapped and joined is what it was; what is cut says so."""
    text = "a bc  def " + "x" * 30
    assert wrap(text, 10) == ["a bc  def", "xxxxxxxxxx", "xxxxxxxxxx", "xxxxxxxxxx"]
    assert wrap(text, 10, most=2) == ["a bc  def", "xxxxxxx..."]
