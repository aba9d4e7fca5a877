"""Each limit that a task ran into has a verdict with its value; sizes have a unit that fits."""

from __future__ import annotations

from typing import Any

import pytest

from mpdiag.evidence import LimitFacts
from mpdiag.judge import judge_limit, rate, size
from mpdiag.model import Cause, Certainty

MIB = 1 << 20
JUDGED = [
    pytest.param(
        "memory",
        {"limits": {"RLIMIT_AS": 600 * MIB}, "space_bytes": 598 * MIB},
        "limit of address space 600 MiB (RLIMIT_AS)",
        Certainty.VERY_LIKELY,
        id="address space",
    ),
    pytest.param(
        "memory",
        {"limits": {}, "used_bytes": 100 * MIB, "bound_bytes": 512 * MIB, "bound": "container"},
        "no limit is set on the worker; the container has 512 MiB",
        Certainty.LIKELY,
        id="container",
    ),
    pytest.param(
        "files",
        {"limits": {"RLIMIT_NOFILE": 64}},
        "limit of open files 64 (RLIMIT_NOFILE)",
        Certainty.PROVEN,
        id="files",
    ),
    pytest.param(
        "files",
        {"limits": {}},
        "limit of open files unknown (RLIMIT_NOFILE)",
        Certainty.LIKELY,
        id="files, unknown",
    ),
    pytest.param(
        "processes",
        {"limits": {"RLIMIT_NPROC": 4096}, "pids": (100, 100, 0)},
        "limit of processes 100 (pids.max)",
        Certainty.VERY_LIKELY,
        id="pids.max",
    ),
    pytest.param(
        "processes",
        {"limits": {"RLIMIT_NPROC": 4096}, "pids": (10, 100, 0)},
        "limit of processes 4,096 (RLIMIT_NPROC)",
        Certainty.LIKELY,
        id="user",
    ),
    pytest.param(
        "processes",
        {"limits": {}, "pids": (10, 100, 3)},
        "limit of processes 100 (pids.max)",
        Certainty.VERY_LIKELY,
        id="pids.max, met before",
    ),
    pytest.param(
        "processes",
        {"limits": {}},
        "the system has no more processes",
        Certainty.POSSIBLE,
        id="machine",
    ),
    pytest.param(
        "disk",
        {"limits": {}, "disks": (("/dev/shm", "tmpfs", 0),)},
        "no room in /dev/shm (tmpfs, 0 KiB free)",
        Certainty.VERY_LIKELY,
        id="shared memory",
    ),
    pytest.param(
        "disk", {"limits": {}}, "which disk is not known", Certainty.UNKNOWN, id="some disk"
    ),
    pytest.param(
        "file size",
        {"limits": {"RLIMIT_FSIZE": MIB}},
        "limit of file size 1 MiB (RLIMIT_FSIZE)",
        Certainty.VERY_LIKELY,
        id="file size",
    ),
]


@pytest.mark.parametrize(("kind", "facts", "words", "certainty"), JUDGED)
def test_each_limit_is_named_with_its_value(
    kind: str, facts: dict[str, Any], words: str, certainty: Certainty
) -> None:
    """The headline has the limit and its value, the verdict its evidence and certainty."""
    verdict = judge_limit(LimitFacts(kind=kind, error="OSError (EX)", **facts))
    assert verdict.headline == f"OSError (EX): {words}"
    assert verdict.certainty is certainty
    assert verdict.evidence
    assert (verdict.cause is Cause.OUT_OF_MEMORY) == (kind == "memory")


def test_a_full_shared_memory_has_its_own_remedy() -> None:
    """Docker gives 64 MB of it, by another switch than for disks."""
    disks = (("/dev/shm", "tmpfs", 0),)
    facts = LimitFacts(kind="disk", error="OSError", limits={}, disks=disks)
    assert "--shm-size" in judge_limit(facts).fix


@pytest.mark.parametrize(
    ("size_bytes", "words", "each"),
    [
        (96, "0 KiB", "96 bytes"),
        (23 * 1024, "23 KiB", "23 KiB"),
        (1.84 * MIB, "2 MiB", "1.8 MiB"),
        (448 * MIB, "448 MiB", "448 MiB"),
        (20_480 * MIB, "20.0 GiB", "20,480 MiB"),
    ],
)
def test_a_size_has_a_unit_that_fits(size_bytes: float, words: str, each: str) -> None:
    """Powers of 1,024 have their own names; what one task takes has a decimal where it counts."""
    assert (size(size_bytes), rate(size_bytes)) == (words, each)
