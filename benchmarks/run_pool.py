"""What `mpdiag run` costs a task of a stock pool, and an item inside a chunk."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from interleaved import ROUNDS, extra, finish, ratio, row

# Each program measures itself, so that the start of Python does not count.  A first map warms the
# workers up.
PROGRAM = """
import multiprocessing, sys, time

def task(x):
    return x + 1

if __name__ == "__main__":
    tasks, chunk = map(int, sys.argv[1:])
    with multiprocessing.Pool(2) as pool:
        pool.map(task, range(100), chunksize=1)
        begun = time.perf_counter()
        pool.map(task, range(tasks), chunksize=chunk)
        print(time.perf_counter() - begun)
"""
SINGLE, CHUNKED = (20_000, 1), (1_000_000, 10_000)


def seconds_of(command: list[str], shape: tuple[int, int], folder: str) -> float:
    """Return what the program measured of itself."""
    done = subprocess.run(
        [*command, "program.py", *map(str, shape)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout))


def main() -> None:
    plain = [sys.executable]
    ours = [sys.executable, "-m", "mpdiag", "run", "-q"]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "program.py").write_text(PROGRAM, encoding="utf-8")
        for what, shape, bounds in (
            ("a task of `Pool(chunksize=1)`", SINGLE, (10, 3)),
            ("an item inside a chunk", CHUNKED, (1, 0.3)),
        ):
            seconds: dict[str, list[float]] = {"plain": [], "ours": []}
            for _ in range(ROUNDS):
                seconds["plain"].append(seconds_of(plain, shape, folder))
                seconds["ours"].append(seconds_of(ours, shape, folder))
            more = extra(seconds, "ours", "plain", each=shape[0] * 1e-6)
            peer = "plain Python"
            title = f"`mpdiag run`: {what}"
            rows.append(row(title, more, "us", gate=bounds[0], goal=bounds[1], peer=peer))
            rows.append(
                row(f"{title}, whole time over plain", ratio(seconds, "ours", "plain"), "x")
            )
    finish("run_pool", rows)


if __name__ == "__main__":
    main()
