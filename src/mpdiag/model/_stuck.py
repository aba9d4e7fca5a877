"""Why nothing moves: what is said about one group of processes that wait, or compute, together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ._occurrence import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One labelled line of a report, such as ``queue``: ``made at job/crawl.py:33``."""

    label: str
    text: str
    place: str = ""
    """``file:line``, shown at the right end of the line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stuck:
    """One trouble, with all who are in it."""

    level: Literal["stuck", "slow", "waiting"]
    """*stuck*: told in full; *slow*: computes; *waiting*: for something outside of the run."""
    verdict: Verdict
    pids: tuple[int, ...]
    """Who is in it; first the one that is in the way of all others, where there is one."""
    waiting: tuple[int, ...] = ()
    """Who waits for them in turn, and would go on if they did."""
    rows: tuple[Note, ...] = ()
    """``main``, ``worker 1``, ``queue``, ...: who waits where for what."""
    place: str = ""
    """``file:line`` in the user's code at which the first of *pids* waits or computes."""
