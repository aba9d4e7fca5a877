"""Which cases are measured: payloads, sizes and numbers of workers, by roads.  Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ._measure import BOTH_WAYS
from ._recommend import BUILDING, LARGE, ONE_BY_ONE, READY
from ._roads import ROADS, roads_for
from ._values import LATENCY, POOL, RACE, WORKERS, Case

PAYLOADS = ("int", "str", "dict")
# The Manager's queue is that much slower that it gets fewer items.
MANAGER_PART = 10
MANAGER_MOST = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much is measured."""

    payloads: tuple[str, ...] = (*PAYLOADS, "array")
    sizes: tuple[int, ...] = (10_000,)
    workers: tuple[int, ...] = (1, 2, 4, 8)
    most_bytes: int = 80_000_000
    """Of one case: of large items there are fewer."""
    most_seconds: float = 0.1
    """To make and pickle the items of one case: of those that take long there are fewer."""
    questions: int = 500
    budget: float = 45.0
    """Seconds; no case begins that would end later."""
    rounds: int = 9


FULL = Plan(
    payloads=("int", "str", "bytes", "dict", "object", "array"),
    sizes=(10_000, 100_000, 1_000_000),
    most_bytes=160_000_000,
    most_seconds=20.0,
    questions=5_000,
    budget=3600.0,
    rounds=7,
)


def channel_cases(
    plan: Plan,
    size_of: Callable[[str], int],
    seconds_of: Callable[[str], float] = lambda _: 0.0,
) -> list[Case]:
    """Return what `mpdiag bench channels` measures, for items of these bytes and seconds."""

    def fitting(payload: str, sizes: tuple[int, ...]) -> list[int]:
        by_time = plan.most_seconds / max(seconds_of(payload), 1e-9)
        most = max(8, int(min(plan.most_bytes // size_of(payload), by_time)))
        return list(dict.fromkeys(min(size, most) for size in sizes))

    cases: list[Case] = []
    for payload in plan.payloads:
        item_bytes = size_of(payload)
        for size in fitting(payload, plan.sizes):
            cases += [
                _race(road, payload, size)
                for road in roads_for(item_bytes)
                if road != BUILDING or payload == READY
            ]
    first = plan.payloads[0]
    size = fitting(first, plan.sizes)[0]
    cases += _by_workers(plan, first, size, item_bytes=size_of(first))
    questions = fitting(first, (plan.questions,))[0]
    cases += [Case(shape=LATENCY, road=road, payload=first, count=questions) for road in BOTH_WAYS]
    return list(dict.fromkeys(cases))


def _race(road: str, payload: str, size: int) -> Case:
    if road == "Manager queue":
        size = max(1, min(MANAGER_MOST, size // MANAGER_PART))
    return Case(shape=RACE, road=road, payload=payload, count=size)


def _by_workers(plan: Plan, payload: str, size: int, *, item_bytes: int) -> list[Case]:
    """A road each, and one queue for all."""
    own = ["pipe", "mpdiag ring" if item_bytes >= LARGE else "mpdiag pipe, batches"]
    return [
        Case(
            shape=WORKERS,
            road=road,
            payload=payload,
            count=max(1, size // workers) * workers,
            workers=workers,
        )
        for workers in plan.workers
        for road in [*own, "Queue", "SimpleQueue"]
        if road in ROADS
    ]


def pool_cases(plan: Plan, pools: list[str]) -> list[Case]:
    """Return what `mpdiag bench pools` measures."""
    cases = []
    for payload in plan.payloads:
        for workers in plan.workers:
            cases += [
                _pooled(pool, payload, size, workers) for pool in pools for size in plan.sizes
            ]
        alone = min(plan.workers)
        cases += [
            _pooled(pool + ONE_BY_ONE, payload, max(8, min(plan.sizes) // 50), alone)
            for pool in pools
        ]
    return list(dict.fromkeys(cases))


def _pooled(road: str, payload: str, size: int, workers: int) -> Case:
    return Case(shape=POOL, road=road, payload=payload, count=size, workers=workers)
