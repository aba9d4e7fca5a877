"""Who started whom, and when."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mpdiag.evidence import ancestors, children, descendants, is_asleep, parent, start_time

from .system import process, write


def test_a_name_with_brackets_and_blanks_is_no_obstacle(root: Path) -> None:
    """Parent and start time stand behind a name that anyone may choose."""
    process(root, 8123, parent=8100, start=4711)
    assert (parent(8123), start_time(8123)) == (8100, 4711)
    assert start_time(1) is None


def test_a_family_is_found_in_both_directions(root: Path) -> None:
    """Children, theirs, and everyone above."""
    for pid, above in ((1, 0), (10, 1), (20, 10), (21, 10), (30, 20), (99, 1)):
        process(root, pid, parent=above)
    assert children(10) == (20, 21)
    assert descendants(10) == (20, 21, 30)
    assert ancestors(30) == (20, 10, 1)


def test_a_circle_of_ids_used_again_ends(root: Path) -> None:
    """Processes that end meanwhile can make a circle; nothing waits in it for ever."""
    process(root, 10, parent=20)
    process(root, 20, parent=10)
    assert set(descendants(10)) <= {10, 20}
    assert len(ancestors(10)) <= 1000


def test_without_proc_there_is_no_family(root: Path) -> None:
    """Where /proc is missing nobody is known, and nothing raises."""
    assert not (root / "proc").exists()
    pid = os.getpid()
    assert (start_time(pid), parent(pid), children(pid), ancestors(pid)) == (None, None, (), ())


@pytest.mark.parametrize(("state", "asleep"), [("R", False), ("D", False), ("S", True)])
def test_who_runs_is_not_asleep(root: Path, state: str, asleep: bool) -> None:
    """The state stands behind the name; a process that is gone does nothing any more."""
    write(root, {"/proc/7/stat": f"7 (a (R) c) {state} 1 1 1 0"})
    assert is_asleep(7) is asleep
    assert is_asleep(8)
