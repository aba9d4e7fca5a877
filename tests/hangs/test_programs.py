"""Programs that hang, told of while they stand; `scripts/hang_matrix.py` runs all of them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from hangs.table import BY_NAME, TABLE, Program
from mpdiag.testing import wait_until

pytestmark = [pytest.mark.programs, pytest.mark.wide]

AFTER = 2
# One of each kind of evidence: a full pipe, a recorded holder, a record of the fork, a count.
SLICE = ("join_before_drain", "orphaned_lock", "lock_at_fork", "open_tasks", "dead_worker")
CROSS = [
    (one, method)
    for one in TABLE
    if one.hangs and sys.version_info >= one.least
    for method in one.methods
]


def events_of(path: Path) -> list[dict[str, object]]:
    """Return the events that tell of a hang."""
    try:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    except (OSError, ValueError):
        return []
    return [line for line in lines if line["event"] == "hang"]


def causes(program: Program, method: str, folder: Path) -> list[object]:
    """Run *program* until its hang is told; return the causes."""
    command = [sys.executable, "-m", "mpdiag", "run", "--hang-after", str(AFTER)]
    command += ["--events", "events", *program.options, str(program.path), method]
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        try:
            found = wait_until(
                lambda: events_of(folder / "events") or process.poll() is not None, deadline=60
            )
            return [one["cause"] for one in found] if isinstance(found, list) else []
        finally:
            end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End the run; what is stopped or deaf is killed with its session."""
    members = session(process.pid)
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in members:
        try:
            if os.getsid(pid) == process.pid:
                os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def session(leader: int) -> list[int]:
    """Return the processes of the session that *leader* leads."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(folder.name)) == leader:
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.mark.parametrize("name", SLICE)
def test_a_hang_is_told_with_its_cause(name: str, tmp_path: Path) -> None:
    """The one trouble of a program is named while it stands, and no other."""
    assert causes(BY_NAME[name], "fork", tmp_path) == [BY_NAME[name].verdict]


@pytest.mark.slow
@pytest.mark.skipif("MPDIAG_SLOW" not in os.environ, reason="MPDIAG_SLOW is not set")
@pytest.mark.parametrize(
    ("program", "method"), CROSS, ids=[f"{one.name}-{method}" for one, method in CROSS]
)
def test_every_hang_is_told_under_every_start_method(
    program: Program, method: str, tmp_path: Path
) -> None:
    """The same for all of them."""
    assert causes(program, method, tmp_path) == [program.verdict]


def test_each_program_of_the_folder_is_in_the_table() -> None:
    """No program is left out, and none is missing."""
    assert {path.stem for path in BY_NAME["loop"].path.parent.glob("*.py")} == set(BY_NAME)
