"""Run CPython's own tests of multiprocessing with and without `mpdiag run`, and compare.

    cpython_tests.py ─▶ python [-m mpdiag run] cpython_child.py run test_multiprocessing_fork ...
                         └─ tells of each test in a file; ended when one takes too long, and
                            started again with the tests that are left

A test is lost if it passed in every plain round and in none of ours.  Results are kept in a file
after each test: the same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from threading import Lock
from typing import Any

MODULES = (
    "test_multiprocessing_fork",
    "test_multiprocessing_spawn",
    "test_multiprocessing_forkserver",
    "test_multiprocessing_main_handling",
    "test_concurrent_futures",
)
MODES = ("plain", "mpdiag")
CHILD = Path(__file__).with_name("cpython_child.py")
PAGE = """\
# CPython's own tests under mpdiag

The tests that CPython has of its pools and processes, run {rounds} times with plain Python and
{rounds} times under `mpdiag run`, in turns. A test is lost if it passed in every plain round and in
none of ours. `scripts/cpython_tests.py --page docs/cpython-tests.md` writes this page.

CPython {python}, {system}, {cores} cores, {day}. Of all that ran: {ended}.

```text
{table}
```
"""
# Seconds between two looks at what a child has told.
EVERY = 0.2


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one test in one round."""

    mode: str
    round: int
    module: str
    test: str
    outcome: str
    """pass, skip, fail, timeout, died (with its process) or missing (never begun)."""
    seconds: float = 0
    why: str = ""


class Ledger:
    """Results in a file of JSON lines; a torn last line is left out."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()
        self.results: list[Result] = []
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            try:
                self.results.append(Result(**json.loads(line)))
            except (ValueError, TypeError):
                continue

    def add(self, result: Result) -> None:
        """Keep *result*, on disk first."""
        with self._lock:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(result)) + "\n")
            self.results.append(result)

    def done(self, mode: str, number: int, module: str) -> set[str]:
        """Return the tests that need not run again."""
        return {
            result.test
            for result in self.results
            if (result.mode, result.round, result.module) == (mode, number, module)
        }


def main() -> int:
    """Run what is not in the ledger yet, print the table, return 1 if a test is lost."""
    options = parse()
    # A shell ignores it for what it starts in the background, and some of the tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    asked = [options.python, "-c", "import mpdiag, test.support"]
    if subprocess.run(asked, check=False, cwd=tempfile.gettempdir()).returncode:
        sys.exit(f"{options.python} needs mpdiag and its own test package")
    ledger = Ledger(options.ledger)
    modules = sorted({name.split(".")[0] for name in options.only} or MODULES, key=MODULES.index)
    tests = {module: wanted(options, module) for module in modules}
    print(f"{sum(map(len, tests.values()))} tests, {options.rounds} rounds each way", flush=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        work = product(range(1, options.rounds + 1), modules, MODES)
        running = [
            pool.submit(run_module, options, ledger, mode, number, module, tests[module])
            for number, module, mode in work
        ]
        for future in running:
            future.result()
    lines, lost = table(ledger, tests, options.rounds)
    print("\n".join(lines))
    if options.page:
        options.page.write_text(page(options, ledger, lines), encoding="utf-8")
    return 1 if lost else 0


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    add = parser.add_argument
    add("--python", default=sys.executable, help="with package test, and mpdiag installed")
    add("--rounds", type=int, default=3)
    add("--only", action="append", default=[], metavar="MODULE[.PART...]", help="may be repeated")
    add("--jobs", type=int, default=1, help="modules at a time")
    add("--timeout", type=float, default=120, help="seconds for one test (default 120)")
    add("--ledger", type=Path, default=Path("cpython_tests.jsonl"), help="results; gone on with")
    add("--page", type=Path, metavar="FILE", help="write the table here as well, as Markdown")
    return parser.parse_args()


def wanted(options: argparse.Namespace, module: str) -> list[str]:
    """Return the ids of the tests of *module* that were asked for."""
    command = [options.python, str(CHILD), "list", module]
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{options.python} has no test.{module}:\n{done.stderr}")
    parts = [f"test.{name}" for name in options.only if name.split(".")[0] == module]
    ids = [line for line in done.stdout.splitlines() if line.startswith("test.")]
    return [i for i in ids if not parts or any(i == p or i.startswith(f"{p}.") for p in parts)]


def run_module(  # noqa: PLR0917  one cell of the table
    options: argparse.Namespace,
    ledger: Ledger,
    mode: str,
    number: int,
    module: str,
    tests: list[str],
) -> None:
    """Run the tests of one module in one round, in as many processes as it takes."""
    begun = time.monotonic()
    while left := [test for test in tests if test not in ledger.done(mode, number, module)]:
        before = len(left)
        with tempfile.TemporaryDirectory() as folder:
            for found in run_process(options, mode, module, left, Path(folder)):
                ledger.add(Result(mode=mode, round=number, module=module, **found))
        after = ledger.done(mode, number, module)
        if len([test for test in tests if test not in after]) == before:
            for test in left:  # the process ends before it begins any of them
                ledger.add(
                    Result(mode=mode, round=number, module=module, test=test, outcome="missing")
                )
    seconds = time.monotonic() - begun
    print(f"round {number}  {mode:<7} {module:<36} {seconds:6.0f} s", flush=True)


def run_process(
    options: argparse.Namespace, mode: str, module: str, tests: list[str], folder: Path
) -> Iterator[dict[str, Any]]:
    """Run *tests* in one process and yield what became of those that began."""
    (folder / "ids").write_text("\n".join(tests), encoding="utf-8")
    told = folder / "told"
    told.touch()
    work = folder / "work"
    work.mkdir()
    ours = ["-m", "mpdiag", "run", "-q", "--store", str(folder / "store")]
    command = [options.python, *(ours if mode == "mpdiag" else []), str(CHILD), "run", module]
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(
            [*command, str(folder / "ids"), str(told)],
            cwd=work,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield from watch(process, told, options.timeout)
        finally:
            end_session(process)


def watch(process: subprocess.Popen[bytes], told: Path, timeout: float) -> Iterator[dict[str, Any]]:
    """Yield tests as they end; return when the process has ended or has to be ended."""
    current, since = "", time.monotonic()
    reasons: dict[str, str] = defaultdict(str)
    with told.open(encoding="utf-8") as file:
        while True:
            ended = process.poll() is not None
            for line in whole_lines(file):
                event = json.loads(line)
                test, since = event["test"], time.monotonic()
                if event["event"] == "begin":
                    current = test
                elif event["event"] == "why":
                    reasons[test] += event["text"]
                else:
                    current = ""
                    why = reasons.pop(test, "")
                    yield {key: event[key] for key in ("test", "outcome", "seconds")} | {"why": why}
            if ended or time.monotonic() - since > timeout:
                break
            time.sleep(EVERY)
    if current:
        outcome = f"died with {process.returncode}" if ended else "timeout"
        yield {
            "test": current,
            "outcome": outcome.split(maxsplit=1)[0],
            "seconds": round(time.monotonic() - since, 1),
            "why": outcome,
        }


def whole_lines(file: Any) -> Iterator[str]:
    """Yield the lines that are there in full; a half one is read again next time."""
    while True:
        position = file.tell()
        line = file.readline()
        if not line.endswith("\n"):
            file.seek(position)
            return
        yield line


def end_session(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and all that it started, in whatever group."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(folder.name)) == process.pid:
                os.kill(int(folder.name), signal.SIGKILL)
        except OSError:
            continue
    if process.poll() is None:
        process.kill()
    process.wait()


def table(ledger: Ledger, tests: dict[str, list[str]], rounds: int) -> tuple[list[str], list[str]]:
    """Return the comparison as lines, and the tests that are lost."""
    seen: dict[tuple[str, str], list[str]] = defaultdict(list)
    for result in ledger.results:
        if result.round <= rounds:
            seen[result.test, result.mode].append(result.outcome)
    head = ("module", "tests", "plain", "mpdiag", "only plain", "only mpdiag", "unsteady", "lost")
    form = "{:<36} {:>5} {:>6} {:>6} {:>10} {:>11} {:>8} {:>5}"
    lines = ["", form.format(*head)]
    all_lost = []
    for module, names in tests.items():
        good = {mode: {n for n in names if always(seen[n, mode], "pass")} for mode in MODES}
        bad = {mode: {n for n in names if never_passes(seen[n, mode])} for mode in MODES}
        unsteady = [n for n in names if any(unlike(seen[n, mode]) for mode in MODES)]
        lost = sorted(good["plain"] & bad["mpdiag"])
        all_lost += lost
        won = good["mpdiag"] & bad["plain"]
        figures = (len(names), len(good["plain"]), len(good["mpdiag"]))
        less = len(good["plain"] - good["mpdiag"])
        lines.append(form.format(module, *figures, less, len(won), len(unsteady), len(lost)))
    lines += ["", "plain, mpdiag: passed in all rounds; lost: passed in all plain, in none of ours"]
    for module, names in tests.items():
        for name in names:
            if unlike([*seen[name, "plain"], *seen[name, "mpdiag"]]):
                said = "  ".join(f"{mode}: {' '.join(seen[name, mode])}" for mode in MODES)
                lines.append(f"{name.removeprefix(f'test.{module}.')}\n    {said}")
    lines += [f"LOST {name}" for name in all_lost]
    return lines, all_lost


def page(options: argparse.Namespace, ledger: Ledger, lines: list[str]) -> str:
    """Return the comparison as a page of the documentation."""
    asked = "import platform; print(platform.python_version(), platform.platform(terse=True))"
    command = [options.python, "-c", asked]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    count = Counter(result.outcome for result in ledger.results)
    ended = ", ".join(f"{number:,} {outcome}" for outcome, number in count.most_common())
    return PAGE.format(
        rounds=options.rounds,
        python=told[0],
        system=told[1],
        cores=os.cpu_count(),
        day=time.strftime("%Y-%m-%d"),
        ended=ended,
        table="\n".join(lines).strip(),
    )


def always(outcomes: list[str], outcome: str) -> bool:
    """Tell whether each round ended so, and there was one."""
    return bool(outcomes) and set(outcomes) == {outcome}


def never_passes(outcomes: list[str]) -> bool:
    """Tell whether each round failed, in any way but being skipped."""
    return bool(outcomes) and not {"pass", "skip"} & set(outcomes)


def unlike(outcomes: list[str]) -> bool:
    """Tell whether rounds ended differently."""
    return len(set(outcomes)) > 1


if __name__ == "__main__":
    sys.exit(main())
