"""A program that hits the workers of another process at random moments.

Its arguments are those of `main`, as JSON.  It ends after its last hit, or when its standard input
is closed, and prints how many workers it has hit and killed.  No other process is ever hit: a
worker is held by a descriptor before it is looked at.
"""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
from pathlib import Path

DEADLY = (signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM)


def children(parent: int) -> list[int]:
    """Return the processes that *parent* has started and that are there."""
    found: list[int] = []
    try:
        for thread in Path(f"/proc/{parent}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    except OSError:
        pass
    return sorted(found)


def parent_of(pid: int) -> int:
    """Return the parent of a process, 0 if it is gone."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return 0


def age_of(pid: int) -> float:
    """Return the seconds since a process was started, 0 if it is gone."""
    try:
        ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        now = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, IndexError, ValueError):
        return 0.0
    return max(0.0, now - ticks / os.sysconf("SC_CLK_TCK"))


def closed(seconds: float) -> bool:
    """Wait, and return whether nobody wants more hits."""
    return bool(select.select([sys.stdin], [], [], seconds)[0])


def strike(pid: int, chance: random.Random, parent: int, deadly: float) -> int:
    """Hit one worker; return 0 if it was none, 1 if it was stopped for a while, 2 if killed."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return 0
    try:
        if parent_of(pid) != parent:
            return 0
        if chance.random() < deadly:
            signal.pidfd_send_signal(handle, chance.choice(DEADLY))
            return 2
        signal.pidfd_send_signal(handle, signal.SIGSTOP)
        closed(chance.random() * 0.02)
        signal.pidfd_send_signal(handle, signal.SIGCONT)
    except ProcessLookupError:
        return 0
    else:
        return 1
    finally:
        os.close(handle)


def main(  # noqa: PLR0917 - as they come, by name
    parent: int, spared: list[int], seed: int, hits: int, pause: float, age: float, deadly: float
) -> None:
    """Hit children of *parent* but those *spared*, *hits* times, *pause* seconds apart at most.

    None is hit that is younger than *age* seconds.  A part of the hits, *deadly*, kill; the others
    stop a worker for a while.
    """
    chance, spared = random.Random(seed), [*spared, os.getpid()]
    hit = killed = 0
    while hit < hits and not closed(chance.random() * pause):
        pids = [pid for pid in children(parent) if pid not in spared and age_of(pid) >= age]
        done = strike(chance.choice(pids), chance, parent, deadly) if pids else 0
        hit, killed = hit + (done > 0), killed + (done == 2)
    print(json.dumps([hit, killed]))


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
