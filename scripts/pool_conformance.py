"""Run the standard library's own tests of its process pools against ours.

    pool_conformance.py [--only TEXT] [--table FILE]     run what there is, keep the result
    pool_conformance.py --table FILE --page FILE         show what was kept on a page
    pool_conformance.py child run MODULE IDS TOLD        (for itself) in a process of its own

The tests are those of the interpreter that runs this, from its package ``test``.  A test that
asserts that a dead worker breaks the pool is run with ``strict=True``; one that cannot apply is
named with its reason.  Returns 1 if any other does not pass.
"""

from __future__ import annotations

import argparse
import json
import platform
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cpython_child
from cpython_tests import end_session, watch

# Module, and a text in the names of those of its tests that are about process pools.
POOL = ("WithProcessesTestPool", "TestPoolNotLeakOnFailure")
MODULES = {
    "test_concurrent_futures": ("ProcessPool", "FailingInitializerResources"),
    "test_multiprocessing_fork": POOL,
    "test_multiprocessing_spawn": POOL,
    "test_multiprocessing_forkserver": POOL,
}

# Tests that assert that the whole pool breaks.
STRICT = ("test_killed_child",)

UNSENDABLE = (
    "counts workers that are started for tasks which cannot be pickled: ours are started for tasks"
    " that can be sent"
)
# Part of a test's name, and why it cannot apply.
CANNOT_APPLY = {
    "test_python_finalization_error": "fails the start of a queue's feeder thread: we have none",
    "test_release_unused_processes": "its processes are stand-ins, without a pid to watch",
    "SpawnProcessPoolExecutorTest.test_saturation": UNSENDABLE,
    "ForkserverProcessPoolExecutorTest.test_saturation": UNSENDABLE,
    "SpawnProcessPoolShutdownTest.test_processes_terminate": UNSENDABLE,
    "ForkserverProcessPoolShutdownTest.test_processes_terminate": UNSENDABLE,
    "test_unpickleable_result": "returns a lambda and wants it refused: here it arrives",
}

# In front of programs that tests run in an interpreter of their own.
PRELUDE = """
import concurrent.futures, mpdiag, multiprocessing
multiprocessing.Pool = mpdiag.Pool
concurrent.futures.ProcessPoolExecutor = mpdiag.ProcessPoolExecutor
"""


def main() -> int:
    """Run the tests, print what became of them, return 1 if one that applies does not pass."""
    options = parse()
    if options.page:
        show(options.table, options.page)
        return 0
    signal.signal(signal.SIGINT, signal.default_int_handler)
    results: list[dict[str, Any]] = []
    for module, texts in MODULES.items():
        names = [
            name
            for name in listed(module)
            if any(text in name for text in texts) and options.only in name
        ]
        results += [
            {"test": name, "outcome": "n/a", "why": reason(name)} for name in names if reason(name)
        ]
        results += run(module, [name for name in names if not reason(name)], options.timeout)
    counts = Counter(result["outcome"] for result in results)
    version = platform.python_version()
    print(f"\nPython {version}: " + ", ".join(f"{n} {o}" for o, n in counts.most_common()))
    bad = [one for one in results if one["outcome"] not in {"pass", "skip", "n/a"}]
    for one in bad:
        print(f"{one['outcome']}: {one['test']}\n{one['why']}")
    if options.table:
        keep(options.table, version, results)
    return 1 if bad else 0


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--only", default="", help="a text that the names of tests have")
    parser.add_argument("--timeout", type=float, default=120, help="seconds for one test")
    parser.add_argument("--table", type=Path, metavar="FILE", help="keep the result in this JSON")
    add = parser.add_argument
    add("--page", type=Path, metavar="FILE", help="run nothing: write the table into this page")
    return parser.parse_args()


def reason(name: str) -> str:
    """Return why a test cannot apply, or nothing."""
    return next((why for part, why in CANNOT_APPLY.items() if part in name), "")


def listed(module: str) -> list[str]:
    """Return the names of the tests of *module*."""
    command = [sys.executable, __file__, "child", "list", module]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    return [line for line in done.stdout.splitlines() if line.startswith("test.")]


def run(module: str, names: list[str], timeout: float) -> Iterator[dict[str, Any]]:
    """Yield what became of each test; a process that hangs or dies costs one."""
    left = list(names)
    while left:
        before = len(left)
        with tempfile.TemporaryDirectory() as folder:
            for found in run_process(module, left, Path(folder), timeout):
                if found["test"] in left:
                    left.remove(found["test"])
                    print(
                        f"{found['outcome']:<8} {found['seconds']:6.1f} s  {found['test']}",
                        flush=True,
                    )
                    yield found
        if len(left) == before:
            name = left.pop(0)
            yield {"test": name, "outcome": "missing", "why": "its process ends before it begins"}


def run_process(
    module: str, names: list[str], folder: Path, timeout: float
) -> Iterator[dict[str, Any]]:
    """Run tests in one process and yield what became of those that began."""
    (folder / "ids").write_text("\n".join(names), encoding="utf-8")
    told = folder / "told"
    told.touch()
    (folder / "work").mkdir()
    command = [sys.executable, __file__, "child", "run", module, str(folder / "ids"), str(told)]
    process = subprocess.Popen(
        command,
        cwd=folder / "work",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield from watch(process, told, timeout)
    finally:
        end_session(process)


def keep(path: Path, version: str, results: list[dict[str, Any]]) -> None:
    """Keep what became of the tests on this version beside those of others."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    kept[version] = {
        "day": time.strftime("%Y-%m-%d"),
        "outcomes": dict(Counter(one["outcome"] for one in results).most_common()),
        "cannot_apply": {one["test"]: one["why"] for one in results if one["outcome"] == "n/a"},
        "fails": {
            one["test"]: one["outcome"]
            for one in results
            if one["outcome"] not in {"pass", "skip", "n/a"}
        },
    }
    path.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def show(table: Path, page: Path) -> None:
    """Write what was kept between the marks of *page*."""
    kept = json.loads(table.read_text(encoding="utf-8"))
    lines = [
        "| Python | passed | skipped by themselves | cannot apply | failed |",
        "|---|--:|--:|--:|--:|",
    ]
    reasons: dict[str, set[str]] = {}
    for version, result in sorted(kept.items(), key=lambda one: one[0]):
        count = result["outcomes"]
        numbers = [count.get(name, 0) for name in ("pass", "skip", "n/a")]
        numbers.append(sum(count.values()) - sum(numbers))
        lines.append(f"| {version} | " + " | ".join(map(str, numbers)) + " |")
        for test, why in {**result["cannot_apply"], **result["fails"]}.items():
            reasons.setdefault(why, set()).add(".".join(test.split(".")[-2:]))
    for why, tests in sorted(reasons.items()):
        lines += ["", f"{why}:", "", *(f"- `{test}`" for test in sorted(tests))]
    before, begin, rest = page.read_text(encoding="utf-8").partition("<!-- tests -->\n")
    _, end, after = rest.partition("<!-- end of tests -->")
    text = "\n".join(("", *lines, "", ""))
    page.write_text(before + begin + text + end + after, encoding="utf-8")


def be_child() -> None:
    """Put our pools in the place of the library's and run some tests."""
    del sys.argv[1]
    import concurrent.futures
    import concurrent.futures.process

    executor = our_executor()
    concurrent.futures.ProcessPoolExecutor = executor  # type: ignore[misc]
    concurrent.futures.process.ProcessPoolExecutor = executor  # type: ignore[misc]
    import multiprocessing.pool

    import mpdiag

    multiprocessing.Pool = mpdiag.Pool
    multiprocessing.pool.Pool = mpdiag.Pool
    from test.support import script_helper

    before = script_helper.assert_python_ok

    def assert_python_ok(*args: str, **options: Any) -> Any:
        place = args.index("-c") + 1
        code = PRELUDE + args[place].replace("if 1:", "if True:", 1)
        return before(*args[:place], code, *args[place + 1 :], **options)

    script_helper.assert_python_ok = assert_python_ok
    cpython_child.main()


def our_executor() -> Any:
    """Return our executor, with what tests look for in the library's own."""
    import mpdiag

    class Queue:
        def join_thread(self) -> None:
            """There is no thread to join."""

    class ProcessPoolExecutor(mpdiag.ProcessPoolExecutor):
        _call_queue = Queue()

        def __init__(self, *args: Any, **options: Any) -> None:
            strict = any(part in cpython_child.current for part in STRICT)
            super().__init__(*args, **options, strict=strict)

    return ProcessPoolExecutor


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        be_child()
    else:
        sys.exit(main())
