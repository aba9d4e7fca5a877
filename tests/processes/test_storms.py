"""Workers that never come to a first task: the pool stops, and the caller gets the first error."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpdiag.testing import Program, run_program

pytestmark = pytest.mark.processes

# One program for each way to fail at the start: by an error, a signal, an exit.
POOL = """
    import json, multiprocessing, os, signal, sys, threading

    def same(x):
        return x

    def init(deed, log):
        with open(log, "a") as file:
            file.write("started\\n")
        if deed == "raise":
            raise ValueError("no database")
        if deed == "signal":
            os.kill(os.getpid(), signal.SIGSEGV)
        if deed == "exit":
            os._exit(7)
        raise SystemExit(3)

    def outcome(get):
        try:
            return ["ok", get()]
        except BaseException as error:
            notes = getattr(error, "__notes__", [])
            return [type(error).__name__, str(error), type(error.__cause__).__name__, *notes]

    if __name__ == "__main__":
        found = {}
        context = multiprocessing.get_context(sys.argv[1])
        for deed in ("raise", "signal", "exit", "sys.exit"):
            log = f"{deed}.log"
            with context.Pool(2, init, (deed, log)) as pool:
                waiting = pool.map_async(same, range(10), chunksize=1)
                first = outcome(lambda: waiting.get(60))
                later = outcome(lambda: pool.apply_async(same, (1,)).get(60))
                lazy = outcome(lambda: list(pool.imap(same, range(3))))
                pool.close()
                pool.join()
            found[deed] = [first, later, lazy, open(log).read().count("started")]
        found["left"] = [len(multiprocessing.active_children()), threading.active_count()]
        print(json.dumps(found))
"""


@pytest.fixture(name="done", scope="module", params=["fork", "spawn", "forkserver"])
def done_(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """The program under one start method."""
    return run_program(POOL, request.param, folder=tmp_path_factory.mktemp("storm"), deadline=120)


def test_a_failing_initializer_stops_the_pool(done: Program) -> None:
    """After a few starts no more workers come; each caller gets the first error, and no hang."""
    first, later, lazy, starts = json.loads(done.stdout)["raise"]
    assert first[:3] == ["ValueError", "no database", "RemoteTraceback"], done.stderr
    assert first[3].startswith("mpdiag: initializer of Pool, worker ")
    assert later[:2] == lazy[:2] == first[:2]
    assert 3 <= starts <= 6


@pytest.mark.parametrize(
    ("deed", "words"), [("signal", "SIGSEGV"), ("exit", "exit code 7"), ("sys.exit", "exit code 3")]
)
def test_a_death_in_the_initializer_stops_the_pool(done: Program, deed: str, words: str) -> None:
    """A worker that dies before its first task is named with its phase and its end."""
    first, later, lazy, starts = json.loads(done.stdout)[deed]
    if deed == "sys.exit":
        words = "sys.exit(3) in the initializer of Pool ended the worker"
        assert first[:2] == ["WorkerCrashed", words]  # SystemExit would end the program
    else:
        assert first[0] == "WorkerCrashed", done.stderr
        assert first[1].endswith(f"died in the initializer init: {words}")
    assert later[:2] == lazy[:2] == first[:2]
    assert 3 <= starts <= 6


def test_nothing_is_left_of_a_stopped_pool(done: Program) -> None:
    """No worker and no thread of the pools is there after `close` and `join`."""
    assert json.loads(done.stdout)["left"] == [0, 1]


def test_each_way_is_a_fault_with_its_initializer(done: Program) -> None:
    """The report names the initializer, not a task, and says that plain Python goes on for ever."""
    assert {fault["target"] for fault in done.faults} == {"init"}
    assert done.report.count(", initializer, ") == len(done.faults) == 4
    assert "plain Python would start new ones for ever" in done.report
    assert done.stderr.count("ValueError: no database\nmpdiag:") == 1  # printed by one worker


STARTS = {
    "guard": (
        """
    import multiprocessing, sys
    def same(x):
        return x
    multiprocessing.set_start_method(sys.argv[1], force=True)
    with multiprocessing.Pool(2) as pool:
        pool.map(same, range(10))
""",
        'no `if __name__ == "__main__"` in the main module',
        "RuntimeError",
    ),
    "import": (
        """
    import multiprocessing, sys
    def same(x):
        return x
    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            pool.map(same, range(10))
    else:
        import no_such_module
""",
        "ModuleNotFoundError: No module named 'no_such_module' ",
        "ModuleNotFoundError",
    ),
    "exit": (
        """
    import multiprocessing, os, sys
    def same(x):
        return x
    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            pool.map(same, range(10))
    else:
        os._exit(9)
""",
        "exit code 9 before its start was over",
        "WorkerCrashed",
    ),
}


@pytest.mark.parametrize("way", STARTS)
@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_worker_that_cannot_import_main_is_explained_once(
    tmp_path: Path, method: str, way: str
) -> None:
    """No storm: one error in the program, one fault in the report, little on stderr."""
    script, headline, error = STARTS[way]
    done = run_program(script, method, folder=tmp_path, deadline=60)
    assert done.exit_code == 1
    assert f"{error}: " in done.stderr
    assert f"1  {headline}" in done.report
    assert done.fault["target"] == "start_worker"
    assert 3 <= done.fault["count"] <= 6
    assert len(done.stderr) < 20_000
    assert done.stderr.count(f"\n{error}: ") <= 3  # one child, and at the caller with its cause


def test_one_failed_start_stops_no_pool(tmp_path: Path) -> None:
    """A start that fails now and then is tried again, as the standard library does."""
    script = """
    import multiprocessing, os

    def init():
        try:
            os.mkdir("first")
        except FileExistsError:
            return
        raise ValueError("once")

    def same(x):
        return x

    if __name__ == "__main__":
        with multiprocessing.Pool(1, init) as pool:
            print(pool.map_async(same, range(3)).get(30))
"""
    done = run_program(script, folder=tmp_path)
    assert done.stdout == "[0, 1, 2]\n", done.stderr
    assert "stopped" not in done.report


def test_a_broken_executor_says_why(tmp_path: Path, start_method: str) -> None:
    """The standard library's own error carries the first error, also for a later `submit`."""
    script = """
    import json, multiprocessing, sys
    from concurrent.futures import ProcessPoolExecutor

    def init():
        raise ValueError("no database")

    def outcome(call):
        try:
            call()
        except BaseException as error:
            return [type(error).__name__, str(error), str(error.__cause__)]

    if __name__ == "__main__":
        with ProcessPoolExecutor(2, multiprocessing.get_context(sys.argv[1]), init) as pool:
            first = outcome(lambda: pool.submit(abs, 1).result(60))
            print(json.dumps([first, outcome(lambda: pool.submit(abs, 1))]))
"""
    done = run_program(script, start_method, folder=tmp_path)
    first, later = json.loads(done.stdout)
    words = "initializer of ProcessPoolExecutor raised ValueError: no database"
    assert first[0] == later[0] == "BrokenProcessPool", done.stderr
    assert "ValueError: no database" in first[2]
    assert later[1].endswith(words)
