"""Waiting ends with the condition or at the deadline."""

from __future__ import annotations

import pytest

from mpdiag.testing import wait_until


def test_the_true_value_comes_back() -> None:
    """What the condition returned is the result."""
    values = iter([0, "", "there"])
    assert wait_until(lambda: next(values), deadline=10) == "there"


def test_a_deadline_is_kept_and_explained() -> None:
    """The message names what was waited for and what was there last."""
    with pytest.raises(TimeoutError, match=r"the moon; last: 0$"):
        wait_until(lambda: 0, deadline=0.02, what="the moon")
