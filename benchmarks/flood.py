"""Have very many tasks fail on large inputs: memory and disk stay within bounds.

    flood.py ──▶ mpdiag run program.py (the owner) ──▶ two workers
       └─ ten times a second: memory of runner and owner, bytes of run folder and store

Not part of `make bench`: two million tasks take long, and what counts is not time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PROGRAM = """
import multiprocessing, sys

class Bad(Exception):
    pass

def task(data):
    raise Bad(len(data))

def other(data):
    return task(data)

if __name__ == "__main__":
    tasks, size, ways = map(int, sys.argv[1:])
    targets, data = (task, other)[:ways], b"x" * size
    with multiprocessing.Pool(2) as pool:
        pool.map(len, [b""] * 100)
        print("ready", flush=True)
        sys.stdin.readline()
        for target in targets:
            inputs = (b"%d%b" % (number, data) for number in range(tasks // ways))
            results = pool.imap_unordered(target, inputs)
            for _ in range(tasks // ways):
                try:
                    next(results)
                except Bad:
                    pass
"""
MIB = 1 << 20


def rss(pid: int) -> int:
    """Return the resident bytes of a process; 0 when it is gone."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def child_of(pid: int) -> int:
    """Return the first child of a process."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])


def used(folder: Path) -> int:
    """Return what the files below *folder* take on their disk."""
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.stat().st_blocks * 512
        except OSError:
            pass
    return total


def main() -> None:
    """Run the flood, and print the largest figures that were seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=20_000)
    parser.add_argument("--bytes", type=int, default=100_000)
    parser.add_argument("--ways", type=int, choices=(1, 2), default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "program.py").write_text(PROGRAM, encoding="utf-8")
        (folder / "runs").mkdir()
        words = (given.tasks, given.bytes, given.ways)
        command = [sys.executable, "-m", "mpdiag", "run", "program.py", *map(str, words)]
        with subprocess.Popen(
            command,
            cwd=folder,
            env={**os.environ, "XDG_RUNTIME_DIR": str(folder / "runs")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as runner:
            watch(runner, folder, given.tasks)


def watch(runner: subprocess.Popen[bytes], folder: Path, tasks: int) -> None:
    """Look at a run until its end."""
    assert runner.stdout is not None
    assert runner.stdin is not None
    runner.stdout.readline()
    pids = {"runner": runner.pid, "owner": child_of(runner.pid)}
    start = {who: rss(pid) for who, pid in pids.items()}
    peak = dict.fromkeys([*pids, "run folder", "store"], 0)
    begun = time.monotonic()
    runner.stdin.close()
    while runner.poll() is None:
        seen = {who: rss(pid) - start[who] for who, pid in pids.items()}
        seen |= {"run folder": used(folder / "runs"), "store": used(folder / ".mpdiag")}
        peak = {what: max(peak[what], figure) for what, figure in seen.items()}
        time.sleep(0.1)
    peak["store"] = max(peak["store"], used(folder / ".mpdiag"))
    seconds = time.monotonic() - begun
    print(f"{tasks:,} failing tasks in {seconds:,.0f} s")
    for what, figure in peak.items():
        base = f" over {start[what] / MIB:.0f} MiB" if what in start else ""
        print(f"{what:12} {figure / MIB:8.1f} MiB{base}")


if __name__ == "__main__":
    main()
