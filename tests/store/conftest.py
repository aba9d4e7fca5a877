"""For the tests of the store: a folder, and small or read-only disks where they are allowed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a store that is not there yet."""
    return tmp_path / ".mpdiag"


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """A function that mounts a file system of its own, or skips the test where it may not."""
    mounted: list[Path] = []

    def act(*options: str) -> Path:
        place = tmp_path / f"disk{len(mounted)}"
        place.mkdir()
        _call("mount", "-t", "tmpfs", "-o", ",".join(options), "mpdiag-test", str(place))
        mounted.append(place)
        return place

    yield act
    for place in mounted:
        subprocess.run(["umount", str(place)], check=True, timeout=10)


def remount_readonly(place: Path) -> None:
    """Make a mounted disk one that nobody can write, not even root."""
    _call("mount", "-o", "remount,ro", str(place))


def _call(*command: str) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here")
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=10)
    if done.returncode:
        pytest.skip(f"{command[0]} is not allowed here: {done.stderr.strip()}")
