"""From marks, tales and evidence to verdicts and faults; nothing here reads anything."""

from ._death import judge_death
from ._group import group, keep_numbers, numbers_of, settle_outcomes
from ._growth import Growth, Look, judge_growth
from ._limit import judge_limit, read_failure
from ._memory import NEAR, rate, size
from ._stuck import judge_moment

__all__ = (
    "NEAR",
    "Growth",
    "Look",
    "group",
    "judge_death",
    "judge_growth",
    "judge_limit",
    "judge_moment",
    "keep_numbers",
    "numbers_of",
    "rate",
    "read_failure",
    "settle_outcomes",
    "size",
)
