"""What a worker is called: by its place in its pool."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.store import Store
from mpdiag.testing import run_program

pytestmark = pytest.mark.processes

SCRIPT = """
    import multiprocessing, os, sys
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    def quit(x):
        os._exit(3)

    def in_pool(context):
        with context.Pool(2) as pool:
            pool.map(int, range(8))
            for _ in range(3):
                try:
                    pool.apply(quit, (1,))
                except Exception:
                    pass

    def in_executor(context):
        for _ in range(2):
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                try:
                    pool.submit(quit, 1).result()
                except BrokenProcessPool:
                    pass

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        globals()["in_" + sys.argv[2]](context)
"""


@pytest.mark.parametrize("kind", ["pool", "executor"])
def test_the_number_is_the_place_in_the_pool(kind: str, tmp_path: Path, start_method: str) -> None:
    """Two places, however many workers had them; who took the place of another says so."""
    done = run_program(SCRIPT, start_method, kind, folder=tmp_path)
    worker = done.fault["worker"]
    assert worker["number"] in {1, 2}, done.stderr
    assert f"worker    {worker['number']} of 2 (pid {worker['pid']}" in done.stderr
    fault = Store.open(tmp_path / ".mpdiag").fault().fault
    workers = [one.worker for one in (fault.first, *fault.others)]
    assert {(one.number in {1, 2}, one.of) for one in workers} == {(True, 2)}
    assert any(one.replacement for one in workers) is (kind == "pool")


@pytest.mark.parametrize(
    ("kind", "deed", "code"),
    [
        ("pool", "sys.exit(7)", 7),
        ("pool", "sys.exit('no')", 1),
        ("pool", "1 / 0", None),
        ("process", "1 / 0", 1),
        ("process", "sys.exit(300)", 44),
        ("executor", "sys.exit(7)", None),
    ],
)
def test_the_exit_code_is_told_where_the_worker_ended(
    kind: str, deed: str, code: int | None, tmp_path: Path
) -> None:
    """A worker that ends by what its task raised has an exit code; one that goes on has none."""
    script = f"""
    import multiprocessing, sys
    from concurrent.futures import ProcessPoolExecutor

    def task(x):
        {deed}

    def in_pool():
        with multiprocessing.Pool(2) as pool:
            pool.apply(task, (1,))

    def in_executor():
        with ProcessPoolExecutor(2) as pool:
            pool.submit(task, 1).result()

    def in_process():
        process = multiprocessing.Process(target=task, args=(1,))
        process.start()
        process.join()
        assert process.exitcode == {code}

    if __name__ == "__main__":
        try:
            in_{kind}()
        except BaseException as error:
            assert not isinstance(error, AssertionError), error
"""
    done = run_program(script, folder=tmp_path)
    assert done.exit_code == 0, done.stderr
    assert done.fault["exit"] == {"code": code, "signal": None}
