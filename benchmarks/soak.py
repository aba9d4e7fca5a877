"""Run a healthy program for minutes under ``mpdiag run``, and write docs/soak.md: nothing may grow.

soak.py ─▶ mpdiag run program.py ─▶ a pool after another, 16 workers or few, all start methods
   └── once a second: threads, descriptors, memory of runner and program, files of the run
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs" / "soak.md"
TICKS = os.sysconf("SC_CLK_TCK")
# Growth between the first and the last third of the run, behind the first pools, that is noise.
NOISE = {"threads": 0, "descriptors": 2, "memory": 4.0, "files": 40}

PROGRAM = """
import itertools, multiprocessing, sys, time
from concurrent.futures import ProcessPoolExecutor

def task(x):
    return sum(range(x % 100))

def main():
    end = time.monotonic() + float(sys.argv[1])
    for number in itertools.count():
        if time.monotonic() > end:
            break
        context = multiprocessing.get_context(("fork", "spawn", "fork", "forkserver")[number % 4])
        with context.Pool(16 if number % 4 == 0 else 2, maxtasksperchild=200) as pool:
            pool.map(task, range(20_000))
            for _ in pool.imap_unordered(task, range(500), chunksize=5):
                pass
            time.sleep(1)
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            list(pool.map(task, range(2_000), chunksize=50))
    print(number)

if __name__ == "__main__":
    main()
"""
HEAD = """\
# Soak

A healthy program under `mpdiag run --hang-after 5` for {seconds:.0f} seconds, measured by
`benchmarks/soak.py`: {pools} rounds of pools, up to 16 workers at a time, recycled after 200 tasks,
under fork, spawn and forkserver in turn. A figure is the least of its part of the run, for pools
come and go. CPython {python}, {cores} cores, load average {load}.

"""


@dataclass(frozen=True)
class Sight:
    """Runner and program at one moment."""

    at: float
    cpu: float
    runner: dict[str, float]
    program: dict[str, float]
    files: int


def of(pid: int) -> dict[str, float]:
    """Return threads, descriptors and memory (MiB) of one process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    found = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return {
        "threads": float(found["Threads"]),
        "descriptors": float(sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir())),
        "memory": float(found["VmRSS"].split()[0]) / 1024,
    }


def cpu(pid: int) -> float:
    """Return the CPU seconds of one process, without its children."""
    words = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(words[11]) + int(words[12])) / TICKS


def child(pid: int) -> int:
    """Return the only child of the runner."""
    return int(Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()[0])


def sights(runner: subprocess.Popen[str], place: Path) -> list[Sight]:
    """Look once a second until the program ends."""
    found = []
    while runner.poll() is None:
        try:
            program = child(runner.pid)
            files = sum(1 for path in place.rglob("*") if path.is_file() and not ended(path))
            found.append(
                Sight(time.monotonic(), cpu(runner.pid), of(runner.pid), of(program), files)
            )
        except (OSError, IndexError, KeyError, ValueError):
            pass  # it has just ended
        time.sleep(1)
    return found


def ended(path: Path) -> bool:
    """Tell whether a file holds what is left of an ended worker: 4 KiB, as long as the run."""
    return path.parent.name == "ended"


def rows(found: list[Sight]) -> list[tuple[str, float, float, float]]:
    """Return what was looked at, early and late, and what its growth may be."""
    third = len(found) // 3
    early, late = found[third : 2 * third], found[2 * third :]
    made = []
    for who in ("runner", "program"):
        for what, noise in NOISE.items():
            if what != "files":
                before = min(getattr(one, who)[what] for one in early)
                after = min(getattr(one, who)[what] for one in late)
                made.append((f"{what} of the {who}", before, after, noise))
    before, after = (min(one.files for one in part) for part in (early, late))
    made.append(("files in the run's folder", before, after, NOISE["files"]))
    return made


def main() -> int:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 180.0
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "program.py").write_text(PROGRAM, encoding="utf-8")
        place = Path(folder, "runs")
        place.mkdir()
        command = [sys.executable, "-m", "mpdiag", "run", "--hang-after", "5", "program.py"]
        with subprocess.Popen(
            [*command, str(seconds)],
            cwd=folder,
            env={**os.environ, "XDG_RUNTIME_DIR": str(place)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as runner:
            found = sights(runner, place)
            stdout, stderr = runner.communicate()
        left = [path for path in place.rglob("*") if path.is_file()]
    share = (found[-1].cpu - found[0].cpu) / (found[-1].at - found[0].at)
    made = rows(found)
    head = HEAD.format(
        seconds=found[-1].at - found[0].at,
        pools=stdout.strip(),
        python=sys.version.split()[0],
        cores=os.cpu_count(),
        load=f"{os.getloadavg()[0]:.1f}",
    )
    lines = ["| what | second third | last third | grows by at most |", "|---|--:|--:|--:|"]
    lines += [f"| {name} | {a:.1f} | {b:.1f} | {most:g} |" for name, a, b, most in made]
    lines += ["", f"The runner took {100 * share:.1f} % of one core. It said at the end:", ""]
    lines += ["```text", stderr.strip().splitlines()[-1] if stderr.strip() else "", "```"]
    DOCS.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print(DOCS.read_text(encoding="utf-8"), stderr)
    grown = [name for name, a, b, most in made if b - a > most]
    print("grown:", grown, "left:", left)
    return 1 if grown or left or runner.returncode else 0


if __name__ == "__main__":
    sys.exit(main())
