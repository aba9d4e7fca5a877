"""Whether a worker's memory grows with each task: a leak, or only a warm-up or noise.

Pure: looks at a living worker in, growth out.  The rate is the median of the slopes between all
pairs of looks (Theil and Sen), so that single tasks that used much do not count as growth.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

# Share of the tasks, from the first, that may fill caches, import and touch shared pages.
WARM_UP = 1 / 3
# Looks and tasks behind the warm-up below which nothing is claimed.
FEWEST_LOOKS, FEWEST_TASKS = 12, 20
# Growth below which nobody would care: in bytes, and as a share of what there was.
LEAST_BYTES, LEAST_SHARE = 16 << 20, 0.1
# Share of all pairs of looks, with a third of the tasks or more between them, that must rise.
RISING = 0.9
# The later half must grow at this share of the earlier one: what fills up and stays is no leak.
STEADY = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a worker used at one moment, and how many tasks it had ended by then."""

    tasks: int
    used_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A steady growth, behind the warm-up."""

    per_task_bytes: float
    tasks: int
    from_bytes: int
    to_bytes: int


def judge_growth(looks: Sequence[Look]) -> Growth | None:
    """Return the growth that *looks*, oldest first, prove; None where they prove none."""
    kept = _behind_warm_up(looks)
    if len(kept) < FEWEST_LOOKS or kept[-1].tasks - kept[0].tasks < FEWEST_TASKS:
        return None
    rate = _rate(kept)
    tasks = kept[-1].tasks - kept[0].tasks
    least = max(LEAST_BYTES, LEAST_SHARE * kept[0].used_bytes)
    if rate * tasks < least or not _rises(kept, tasks):
        return None
    middle = len(kept) // 2
    if _rate(kept[middle:]) < STEADY * _rate(kept[:middle]):
        return None
    return Growth(
        per_task_bytes=rate,
        tasks=tasks,
        from_bytes=kept[0].used_bytes,
        to_bytes=kept[-1].used_bytes,
    )


def _behind_warm_up(looks: Sequence[Look]) -> list[Look]:
    if not looks:
        return []
    first, last = looks[0].tasks, looks[-1].tasks
    return [look for look in looks if look.tasks >= first + WARM_UP * (last - first)]


def _rate(looks: Sequence[Look]) -> float:
    slopes = [
        (after.used_bytes - before.used_bytes) / (after.tasks - before.tasks)
        for position, before in enumerate(looks)
        for after in looks[position + 1 :]
        if after.tasks > before.tasks
    ]
    return median(slopes) if slopes else 0.0


def _rises(looks: Sequence[Look], tasks: int) -> bool:
    pairs = [
        after.used_bytes > before.used_bytes
        for position, before in enumerate(looks)
        for after in looks[position + 1 :]
        if after.tasks - before.tasks >= tasks / 3
    ]
    return bool(pairs) and sum(pairs) >= RISING * len(pairs)
