"""Growth of a worker's memory, judged from looks alone."""

from __future__ import annotations

import random

import pytest

from mpdiag.judge import Growth, Look, judge_growth

MIB = 1 << 20


def course(*used_mib: float, every: int = 4) -> list[Look]:
    """Return looks with *every* tasks between two of them."""
    return [Look(tasks=every * i, used_bytes=int(u * MIB)) for i, u in enumerate(used_mib)]


def test_a_leak_is_named_with_its_rate() -> None:
    """The rate is bytes per task behind the warm-up, and the tasks are those it was seen over."""
    found = judge_growth(course(*(50 + 1.8 * 4 * i for i in range(100))))
    assert isinstance(found, Growth)
    assert found.per_task_bytes == pytest.approx(1.8 * MIB, rel=0.01)
    assert found.tasks == 264
    assert found.to_bytes > found.from_bytes


@pytest.mark.parametrize("seed", range(20))
def test_a_leak_below_noise_is_still_seen(seed: int) -> None:
    """Tasks that use much for a while do not hide a growth that stays."""
    chance = random.Random(seed)
    noisy = [50 + 0.5 * 4 * i + chance.choice([0, 0, 0, 20]) for i in range(120)]
    found = judge_growth(course(*noisy))
    assert found is not None
    assert found.per_task_bytes == pytest.approx(0.5 * MIB, rel=0.3)


HARMLESS: dict[str, list[float]] = {
    "flat": [100.0] * 100,
    "warm-up": [50 + min(i, 25) * 4 for i in range(100)],
    "saturating cache": [50 + 200 * (1 - 0.93**i) for i in range(100)],
    "saw": [50 + 40 * (i % 10) for i in range(100)],
    "falling": [500 - i for i in range(100)],
    "one step": [50.0] * 60 + [150.0] * 40,
    "a few bytes": [50 + 0.01 * i for i in range(100)],
    "few looks": [50 + 30 * i for i in range(8)],
}


@pytest.mark.parametrize("name", HARMLESS)
def test_warm_up_and_noise_are_no_leak(name: str) -> None:
    """Nothing is claimed of memory that fills up, comes and goes, or hardly moves."""
    assert judge_growth(course(*HARMLESS[name])) is None


@pytest.mark.parametrize("seed", range(50))
def test_a_random_walk_without_drift_is_rarely_taken_for_a_leak(seed: int) -> None:
    """Noise around a level is never a leak."""
    chance = random.Random(seed)
    assert judge_growth(course(*(200 + chance.gauss(0, 15) for _ in range(128)))) is None


def test_memory_that_grows_without_tasks_is_no_growth_per_task() -> None:
    """One long task that reads a large file is not a leak of many tasks."""
    assert judge_growth([Look(tasks=1, used_bytes=i * 10 * MIB) for i in range(100)]) is None
