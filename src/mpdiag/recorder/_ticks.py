"""When this process began; every Python of a run asks for that at its start."""

from __future__ import annotations


def start_ticks() -> int:
    """Return when this process began, so that a process id used twice is recognised."""
    try:
        with open("/proc/self/stat", "rb") as file:
            return int(file.read().rpartition(b")")[2].split()[19])
    except (OSError, ValueError, IndexError):
        return 0
