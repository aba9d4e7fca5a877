"""What a Python start costs more under `mpdiag run`, and what a spawned child imports more."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from interleaved import ROUNDS, extra, finish, measure, row

# Starts many Pythons and measures itself, so that the start of mpdiag run does not count.
STARTS = 20
STARTER = f"""
import subprocess, sys, time
begun = time.perf_counter()
for _ in range({STARTS}):
    subprocess.run([sys.executable, "-c", "pass"])
print(time.perf_counter() - begun)
"""
CHILDREN = 10
IMPORTS = 10
# The middle of these spawns is what a child costs, imports and all.
SPAWNER = f"""
import multiprocessing, time

def task():
    pass

if __name__ == "__main__":
    multiprocessing.set_start_method("spawn")
    begun = time.perf_counter()
    for _ in range({CHILDREN}):
        child = multiprocessing.Process(target=task)
        child.start()
        child.join()
    print(time.perf_counter() - begun)
"""
PLAIN = [sys.executable]
OURS = [sys.executable, "-m", "mpdiag", "run", "-q"]


def told(command: list[str], source: str, folder: str) -> float:
    """Return what the program measured of itself."""
    path = Path(folder, "program.py")
    path.write_text(source, encoding="utf-8")
    done = subprocess.run(
        [*command, str(path)], cwd=folder, capture_output=True, text=True, check=True
    )
    return float(done.stdout.splitlines()[-1])


def both(source: str, folder: str) -> dict[str, list[float]]:
    """Return the rounds of *source* with and without mpdiag."""
    seconds: dict[str, list[float]] = {"plain": [], "ours": []}
    for _ in range(ROUNDS):
        seconds["plain"].append(told(PLAIN, source, folder))
        seconds["ours"].append(told(OURS, source, folder))
    return seconds


def importer(statement: str) -> Callable[[], None]:
    """Return what starts a Python for *statement*, ten times."""

    def run() -> None:
        for _ in range(IMPORTS):
            subprocess.run([sys.executable, "-c", statement], check=True)

    return run


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        starts = extra(both(STARTER, folder), "ours", "plain", each=STARTS * 1e-3)
        spawns = extra(both(SPAWNER, folder), "ours", "plain", each=CHILDREN * 1e-3)
    spawn = "import multiprocessing.spawn, multiprocessing.reduction"
    worker = "from mpdiag.worker import pool_worker, run_process"
    seconds = measure({"spawn": importer(spawn), "worker": importer(f"{spawn}; {worker}")})
    imports = extra(seconds, "worker", "spawn", each=IMPORTS * 1e-3)
    plain = "plain Python"
    finish(
        "start",
        [
            row("`mpdiag run`: a Python start", starts, "ms", gate=40, goal=25, peer=plain),
            row(
                "imports of a worker over `multiprocessing.spawn`'s",
                imports,
                "ms",
                gate=30,
                goal=15,
            ),
            row("`mpdiag run`: a spawned child, from start to end", spawns, "ms", peer=plain),
        ],
    )


if __name__ == "__main__":
    main()
