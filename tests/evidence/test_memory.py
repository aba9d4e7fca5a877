"""Counters, limits and use of memory, on systems made of files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from mpdiag.evidence import (
    Memory,
    MemorySample,
    death_facts,
    find_cgroup,
    own_limits,
    read_counters,
    read_memory,
    sample_memory,
)

from .system import MEMINFO, NO_LIMIT, cgroup_v1, cgroup_v2, process, write

MIB = 1 << 20


@pytest.mark.parametrize(("name", "cgroup"), [("cgroup v1", cgroup_v1), ("cgroup v2", cgroup_v2)])
def test_a_kill_is_counted_in_the_own_cgroup(
    root: Path, name: str, cgroup: Callable[..., None]
) -> None:
    """The counter of the process's own cgroup rises by the kills in it, in both versions."""
    cgroup(root, kills=2)
    write(root, {"/proc/vmstat": "pgfault 1\noom_kill 7\n"})
    before = read_counters()
    cgroup(root, kills=3)
    write(root, {"/proc/vmstat": "pgfault 1\noom_kill 9\n"})
    facts = death_facts(8123, before)
    assert facts.own_kills == (2, 3)
    assert facts.host_kills == (7, 9)
    assert facts.cgroup == name


def test_paths_of_the_host_are_found_in_a_container(root: Path) -> None:
    """A container mounts a part of the tree, and names its cgroup by the whole path."""
    cgroup_v1(root, kills=5, mounted="/job")
    assert read_counters().own == 5


def test_a_container_that_sees_only_itself(root: Path) -> None:
    """A cgroup namespace that is mounted at its own root is read there."""
    cgroup_v1(root, kills=4, mounted="/job/a")
    assert read_counters().own == 4


def test_without_any_source_nothing_is_known_and_nothing_raises(root: Path) -> None:
    """On a system without /proc every source is unknown, and is named as closed."""
    assert list(root.iterdir()) == []
    before = read_counters()
    assert (before.cgroup, before.own, before.host) == (None, None, None)
    facts = death_facts(os.getpid(), before)
    assert (facts.own_kills, facts.host_kills, facts.peak_bytes) == (None, None, None)
    assert facts.around == MemorySample()
    assert len(facts.not_readable) == 3
    assert death_facts(os.getpid()).own_kills is None


def test_a_baseline_is_needed_to_say_that_a_counter_rose(root: Path) -> None:
    """A counter that was not read before tells nothing, however high it is."""
    cgroup_v1(root, kills=3)
    write(root, {"/proc/vmstat": "oom_kill 9\n"})
    facts = death_facts(8123)
    assert (facts.own_kills, facts.host_kills) == (None, None)


def test_the_narrowest_limit_counts(root: Path) -> None:
    """A limit may be set on a cgroup above; cache that would be dropped counts for nothing."""
    write(root, {"/proc/meminfo": MEMINFO})
    cgroup_v2(root, kills=0, limit=f"{512 * MIB}\n", above=f"{256 * MIB}\n")
    assert sample_memory() == MemorySample(used_bytes=8192, limit_bytes=256 * MIB, of="container")


@pytest.mark.parametrize("limit", [NO_LIMIT, f"{2048 * MIB}\n"])
def test_a_limit_beyond_the_machine_is_none(root: Path, limit: str) -> None:
    """Without a limit, or with one above what is there, the machine is what can run full."""
    write(root, {"/proc/meminfo": MEMINFO})
    cgroup_v1(root, kills=0, limit=limit)
    assert sample_memory() == MemorySample(used_bytes=256 * MIB, limit_bytes=1024 * MIB)


def test_memory_of_a_process(root: Path) -> None:
    """Use and peak of a process are read, of one that is gone nothing."""
    process(root, 8123, peak=2048)
    memory = read_memory(8123)
    assert memory is not None
    assert (memory.peak_bytes, memory.now_bytes) == (2 * MIB, MIB)
    assert read_memory(8124) is None
    assert death_facts(8123, peak_bytes=1).peak_bytes == 2 * MIB


def test_a_second_look_takes_the_peak_over(root: Path) -> None:
    """It reads three numbers: the peak is the one that was known, or what is used now."""
    pages = MIB // os.sysconf("SC_PAGE_SIZE")
    write(root, {"/proc/8123/statm": f"{9 * pages} {3 * pages} 1 1 0 1 0\n"})
    for known, peak in ((4, 4), (2, 3)):
        memory = read_memory(8123, Memory(now_bytes=MIB, peak_bytes=known * MIB))
        assert memory == Memory(now_bytes=3 * MIB, peak_bytes=peak * MIB, virtual_bytes=9 * MIB)


def test_a_process_that_is_dead_has_no_memory(root: Path) -> None:
    """A zombie has a status without sizes, and no pages."""
    write(root, {"/proc/8123/status": "Name:\tpython\nState:\tZ (zombie)\n"})
    write(root, {"/proc/8123/statm": "0 0 0 0 0 0 0\n"})
    assert read_memory(8123) is None
    assert read_memory(8123, Memory(now_bytes=1, peak_bytes=1)) is None


def test_garbage_is_nothing(root: Path) -> None:
    """Files that say something else than expected are as good as none."""
    write(
        root,
        {
            "/proc/self/cgroup": "no colons\n\n1:memory\n",
            "/proc/self/mountinfo": "short - cgroup\n - \n",
            "/proc/vmstat": "oom_kill many\n",
            "/proc/meminfo": "MemTotal:\nMemAvailable: x kB\n",
        },
    )
    assert read_counters().host is None
    assert find_cgroup() is None
    assert sample_memory() == MemorySample()


def test_this_machine_can_be_read_whatever_it_is() -> None:
    """On the system of the tests nothing raises, and what is known is plausible."""
    counters = read_counters()
    assert counters.own is None or counters.own >= 0
    assert all(isinstance(limit, int) for limit in own_limits().values())
    facts = death_facts(os.getpid(), counters)
    assert facts.kernel_line is None
