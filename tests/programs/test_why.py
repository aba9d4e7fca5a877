"""``mpdiag explain`` after runs of pools: what separates failures, through real processes."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from mpdiag.testing import Program, run_command, run_program

pytestmark = pytest.mark.programs

SCRIPT = """
    import multiprocessing, os, random, sys, time
    from concurrent.futures import ProcessPoolExecutor

    chance = random.Random(7)
    state = {"raw": False, "ran": 0}

    def missing(record):
        return record["price"] * 2

    def negative(x, scale=1):
        return {"ok": scale}["bad" if x < 0 else "ok"]

    def order(kind, number):
        was, state["raw"] = state["raw"], kind == "raw"
        if was and kind != "raw":
            raise RuntimeError("the codec is dirty")

    def leak(number):
        state["ran"] += 1
        if state["ran"] > 60:
            raise OSError("no more handles")

    def device(number, gpu):
        time.sleep(0.002)
        if gpu and multiprocessing.current_process()._identity[0] == 2:
            raise RuntimeError("no such device")

    def race(key, number):
        handle = os.open(f"lock.{key}", os.O_CREAT | os.O_EXCL)
        time.sleep(0.03)  # a failure beside it is still to find it there
        os.close(handle)
        os.unlink(f"lock.{key}")

    def luck(record):
        if os.urandom(1)[0] < 8:
            raise ConnectionError("reset")

    def kinds():
        names = chance.choices(["raw", "json", "csv"], [4, 48, 48], k=1500)
        return list(zip(names, range(1500)))

    def both(client, version):
        if version > 2:
            raise ValueError("unsupported")
        return client

    rows = {n: {"parts": 0 if n % 61 == 7 else 3} for n in range(900)}

    def behind(key):
        row = rows[key]
        parts = row["parts"]
        return 12 / parts

    def each(results):
        for one in results:
            try:
                getattr(one, "get", None) and one.get() or getattr(one, "result", int)()
            except Exception as error:
                last = error
        raise last

    def main(name):
        context = multiprocessing.get_context(sys.argv[2])
        if name == "race":
            with ProcessPoolExecutor(3, mp_context=context) as pool:
                keys = [f"k{chance.randrange(9)}" for _ in range(240)]
                each([pool.submit(race, key, n) for n, key in enumerate(keys)])
        if name == "executor":
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                numbers = [chance.randrange(-5, 200) for _ in range(1000)]
                list(pool.map(negative, numbers, chunksize=50))
        with context.Pool(3) as pool:
            if name == "input":
                records = [{"id": n, "price": n % 9, "note": "a"} for n in range(1000)]
                for n in chance.sample(range(1000), 20):
                    del records[n]["price"]
                pool.map(missing, records)
            if name == "both":
                pool.starmap(both, [("new", 3) if n % 50 == 9 else ("old", 2) for n in range(900)])
            if name == "behind":
                pool.map(behind, range(900))
            if name == "starmap":
                pool.starmap(negative, [(chance.randrange(-5, 200), 2) for _ in range(1000)])
            if name == "order":
                pool.starmap(order, kinds(), chunksize=1)
            if name == "order in chunks":
                pool.starmap(order, kinds())
            if name == "leak":
                each([pool.apply_async(leak, (n,)) for n in range(260)])
            if name == "worker":
                each([pool.apply_async(device, (n, n % 4 == 0)) for n in range(600)])
            if name == "luck":
                records = [{"id": n, "kind": "abc"[n % 3]} for n in range(800)]
                each([pool.apply_async(luck, (record,)) for record in records])

    if __name__ == "__main__":
        main(sys.argv[1])
"""

# What makes the same programs run with our own pools.
OURS = {
    "from concurrent.futures import": "from mpdiag import Pool,",
    "context.Pool(": "Pool(context=context, processes=",
}
WIDE = pytest.mark.wide
BEFORE = "previous and previous.args[0] == 'raw'"
CASES = [
    pytest.param("input", "'price' not in record", id="input"),
    pytest.param("starmap", "x < 0", id="starmap", marks=WIDE),
    pytest.param("executor", "x < 0", id="executor", marks=WIDE),
    pytest.param("order", BEFORE, id="order"),
    pytest.param("order in chunks", BEFORE, id="order in chunks", marks=WIDE),
    pytest.param("leak", "nth >= 60", id="leak", marks=WIDE),
    pytest.param("worker", "worker == 2", id="worker", marks=WIDE),
    pytest.param("race", "any(x.args[0] == key for x in running)", id="race", marks=WIDE),
]


def run(name: str, folder: Path, method: str = "fork", *, ours: bool = False) -> Program:
    """Run one of the programs under ``mpdiag run``."""
    script = with_our_pools(SCRIPT) if ours else SCRIPT
    return run_program(
        script.replace("sys.argv[1]", repr(name)).replace("sys.argv[2]", repr(method)),
        folder=folder,
    )


def with_our_pools(script: str) -> str:
    """Return *script* with our pools in the place of those of the standard library."""
    for stock, own in OURS.items():
        assert stock in script
        script = script.replace(stock, own)
    return script


def explained(done: Program, *options: str) -> dict[str, Any]:
    """Return what ``mpdiag explain --json`` says of the only fault."""
    command = [sys.executable, "-m", "mpdiag", "explain", "--json", *options]
    said = run_command(command, folder=done.folder, deadline=50)
    assert said.exit_code == 0, said.stderr
    (fault,) = json.loads(said.stdout)["faults"]
    assert isinstance(fault, dict)
    return fault


def check_condition(fault: dict[str, Any], condition: str) -> tuple[int, int]:
    """Check the first that is named of *fault*; return for how many failures it held, of all."""
    assert fault["suspects"], fault
    assert condition in fault["suspects"][0]["condition"]
    held, failed = fault["suspects"][0]["failures"]
    false, passed = fault["suspects"][0]["passes"]
    assert held > 0.7 * failed
    assert false < 0.35 * passed
    return held, failed


@pytest.mark.parametrize(("name", "condition"), CASES)
def test_the_condition_is_found(name: str, condition: str, tmp_path: Path) -> None:
    """In the input, in the order, in the worker, in its age, in what runs beside it."""
    fault = explained(run(name, tmp_path))
    held, failed = check_condition(fault, condition)
    assert (fault["wording"] == "separates") <= (held >= 0.9 * failed)


@pytest.mark.parametrize(
    ("name", "condition"),
    [
        pytest.param("order in chunks", BEFORE, id="order in chunks"),
        pytest.param("leak", "nth >= 60", id="leak", marks=WIDE),
        pytest.param("starmap", "x < 0", id="starmap", marks=WIDE),
        pytest.param("order", BEFORE, id="order", marks=WIDE),
        pytest.param("worker", "worker == 2", id="worker", marks=WIDE),
        pytest.param("race", "any(x.args[0] == key for x in running)", id="race", marks=WIDE),
    ],
)
def test_the_condition_is_found_in_our_pools(name: str, condition: str, tmp_path: Path) -> None:
    """What ran before a task, and beside it, is known of tasks of our pools, too."""
    check_condition(explained(run(name, tmp_path, ours=True)), condition)


@WIDE
@pytest.mark.parametrize("ours", [False, True])
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_under_each_start_method(method: str, tmp_path: Path, *, ours: bool) -> None:
    """The record of what ran before does not depend on how workers are started."""
    fault = explained(run("order", tmp_path, method, ours=ours))
    assert "previous.args[0] == 'raw'" in fault["suspects"][0]["condition"]


@WIDE
def test_chance_is_not_explained(tmp_path: Path) -> None:
    """Failures that nothing in the run explains stay unexplained."""
    fault = explained(run("luck", tmp_path))
    assert (fault["wording"], fault["suspects"], fault["reruns"]) == ("unexplained", [], 0)


@pytest.mark.parametrize("ours", [False, True])
def test_the_report_says_why_by_itself(tmp_path: Path, *, ours: bool) -> None:
    """A clear condition stands in the end report of the run, and in `show`."""
    done = run("input", tmp_path, ours=ours)
    counts = "20 of 20 failed tasks, 0 of 980 others"
    assert f"\n   why       'price' not in record: {counts}\n" in done.report
    command = [sys.executable, "-m", "mpdiag", "show"]
    assert (
        "'price' not in record: 20 of 20"
        in run_command(command, folder=tmp_path, deadline=50).stdout
    )


@WIDE
def test_a_rerun_tells_a_cause_from_what_goes_along_with_it(tmp_path: Path) -> None:
    """The value that the outcome follows is confirmed; the one that always came with it is not."""
    done = run("both", tmp_path)
    fault = explained(done)
    assert (fault["wording"], fault["reruns"]) == ("separates", 0)
    (suspect,) = explained(done, "--rerun", "--yes")["suspects"]
    assert "version" in suspect["condition"]
    # what ran beside a task cannot be put in place of another, and may go along by chance
    assert [one for one in suspect["equals"] if "running" not in one] == [], suspect
    assert suspect["reruns"] >= 4, suspect  # one may be late on a loaded machine


@WIDE
def test_what_stands_behind_an_id(tmp_path: Path) -> None:
    """Where the inputs tell nothing, the variables at the failing line may."""
    done = run("behind", tmp_path)
    assert explained(done)["wording"] == "unexplained"
    fault = explained(done, "--deep", "--yes")
    assert (fault["wording"], fault["suspects"][0]["condition"]) == ("separates", "parts == 0")
    assert fault["place"].startswith("script.py:")
    assert fault["reruns"] > 300


@WIDE
def test_nothing_runs_without_consent(tmp_path: Path) -> None:
    """Where nobody can be asked, and ``--yes`` is not said, no task is called again."""
    run("both", tmp_path)
    command = [sys.executable, "-m", "mpdiag", "explain", "--rerun"]
    said = run_command(command, folder=tmp_path, deadline=50)
    assert said.exit_code != 0
    assert "up to 12 times, and there is no terminal to ask at" in said.stderr


EXACT = """
    import multiprocessing, sys
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial

    def check(scale, record):
        return scale / record["n"]

    class Loader:
        def check(self, record):
            return 1 / record["n"]

    def main(way):
        context = multiprocessing.get_context(sys.argv[2])
        records = [{"id": n, "n": max(0, n % 500 - 2)} for n in range(1000)]
        if way.startswith("executor"):
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                if way == "executor.map":
                    list(pool.map(partial(check, 2), records, chunksize=7))
                for future in [pool.submit(check, 2, record) for record in records]:
                    future.exception()
                sys.exit(1)
        with context.Pool(2) as pool:
            if way == "map":
                pool.map(partial(check, 2), records)
            if way == "starmap":
                pool.starmap(check, [(2, record) for record in records], chunksize=1)
            if way == "imap":
                results = pool.imap(Loader().check, iter(records))
                for record in records:
                    try:
                        next(results)
                    except ZeroDivisionError:
                        pass
                sys.exit(1)
            for result in [pool.apply_async(check, (2, record)) for record in records]:
                result.wait()
            sys.exit(1)

    if __name__ == "__main__":
        main(sys.argv[1])
"""


@pytest.mark.parametrize(
    ("way", "method", "ours"),
    [
        ("map", "fork", False),
        ("executor.submit", "fork", False),
        ("map", "fork", True),
        pytest.param("starmap", "fork", False, marks=WIDE),
        pytest.param("imap", "fork", False, marks=WIDE),
        pytest.param("apply_async", "spawn", False, marks=WIDE),
        pytest.param("executor.map", "forkserver", False, marks=WIDE),
        pytest.param("executor.submit", "fork", True, marks=WIDE),
        pytest.param("starmap", "forkserver", True, marks=WIDE),
        pytest.param("imap", "fork", True, marks=WIDE),
        pytest.param("apply_async", "spawn", True, marks=WIDE),
    ],
)
def test_all_tasks_are_counted(way: str, method: str, tmp_path: Path, *, ours: bool) -> None:
    """However tasks reach a worker, the counts are of all of them; later, too, from the store."""
    limits = "[tool.mpdiag.limits]\npassing = 20\n"
    (tmp_path / "pyproject.toml").write_text(limits, "utf-8")
    done = run_program(with_our_pools(EXACT) if ours else EXACT, way, method, folder=tmp_path)
    pattern = r"why       record\['n'\] == 0: (\d+) of \1 failed tasks, 0 of ([\d,]+)\s+others\n"
    said = re.search(pattern, done.report)
    assert said, done.stderr
    failed, passed = (int(text.replace(",", "")) for text in said.groups())
    if way != "executor.map":  # it cancels the rest at the first failure
        assert (failed, passed) == (6, 994)
    fault = explained(done)
    assert (fault["wording"], fault["passed"]) == ("separates", passed)
    (suspect,) = fault["suspects"]
    assert (suspect["failures"], suspect["passes"]) == ([failed, failed], [0, passed])
    assert suspect["exact"]
