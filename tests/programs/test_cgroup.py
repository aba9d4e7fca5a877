"""A worker that the kernel kills for memory, in a cgroup of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mpdiag.testing import run_program, wait_until

pytestmark = [pytest.mark.programs, pytest.mark.needs_cgroup]

# Where a memory controller may be, a file that is there if it is, and the file with its limit.
PLACES = {
    "v1": (Path("/sys/fs/cgroup/memory"), "memory.usage_in_bytes", "memory.limit_in_bytes"),
    "v2": (Path("/sys/fs/cgroup"), "cgroup.subtree_control", "memory.max"),
}
LIMIT = 96 << 20
SCRIPT = """
    import multiprocessing, sys, time

    def join():
        with open(sys.argv[1] + "/cgroup.procs", "w") as file:
            file.write("0")

    def used():
        for name in ("memory.usage_in_bytes", "memory.current"):
            try:
                with open(f"{sys.argv[1]}/{name}") as file:
                    return int(file.read()) / (96 << 20)
            except FileNotFoundError:
                pass

    def told():
        with open("events.jsonl") as file:
            return "memory near its limit" in file.read()

    def hungry(path):
        kept = []
        while used() < 0.93:
            kept.append(b"x" * (1 << 20))
        end = time.monotonic() + 60
        while not told() and time.monotonic() < end:
            time.sleep(0.02)
        while True:
            kept.append(b"x" * (1 << 20))

    if __name__ == "__main__":
        with multiprocessing.Pool(1, join) as pool:
            pool.map(hungry, ["/data/large.tif"])
"""


@pytest.fixture(name="cgroup", params=PLACES)
def cgroup_(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A memory cgroup with a limit, of either version."""
    above, sign, limit = PLACES[request.param]
    path = above / f"mpdiag-test-{os.getpid()}"
    if not (above / sign).exists():
        pytest.skip(f"no cgroup {request.param} at {above}")
    try:
        path.mkdir()
    except OSError as error:
        pytest.skip(f"cgroup {request.param} may not be written: {error}")
    try:
        (path / limit).write_text(str(LIMIT))
    except OSError as error:
        path.rmdir()
        pytest.skip(f"no memory controller in cgroup {request.param}: {error}")
    yield path
    wait_until(lambda: not (path / "cgroup.procs").read_text(), deadline=10)
    path.rmdir()


def test_a_worker_killed_for_memory_is_told_before_and_after(cgroup: Path, tmp_path: Path) -> None:
    """Before the kill: task, input, limit and stack.  After it: the counter of its own cgroup."""
    options = ("--events", "events.jsonl")
    done = run_program(SCRIPT, str(cgroup), folder=tmp_path, options=options, deadline=90)
    verdict = done.fault["verdict"]
    assert verdict["cause"] == "out of memory", done.stderr
    assert verdict["certainty"] in {"proven", "very likely"}
    assert any(
        "oom_kill of this container rose from 0 to 1" in line for line in verdict["evidence"]
    )
    (line,) = [line for line in done.stderr.splitlines() if ": container at " in line]
    assert line.endswith("hungry, task 0 (from 0) of Pool.map: path = '/data/large.tif'")
    assert "of 96 MiB; " in line
    assert any(frame["function"] == "hungry" for frame in done.fault["trace"])
