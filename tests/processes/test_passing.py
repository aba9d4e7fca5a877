"""What a run keeps of the tasks that went well, once some failed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from mpdiag import codec
from mpdiag.model import Run
from mpdiag.store import Store
from mpdiag.testing import Program, run_program

pytestmark = pytest.mark.processes

SCRIPT = """
    import multiprocessing, sys
    from concurrent.futures import ProcessPoolExecutor

    def parse(record, factor=1):
        return record["that"] * factor

    def other(x):
        return x

    def end_worker(x):
        sys.exit(3)

    def outcome(run):
        try:
            return list(run())
        except KeyError:
            pass

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        records = [{"id": i, "that": i, "password": "hunter2"} for i in range(3000)]
        for i in (5, 2999):
            del records[i]["that"]
        with context.Pool(2) as pool:
            pool.map(other, range(100))
            outcome(lambda: pool.map(parse, records, chunksize=100))
            outcome(lambda: pool.starmap(parse, [(r, 2) for r in records[:40]], chunksize=10))
            outcome(lambda: [pool.apply(parse, (records[7],), {"factor": 3})])
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            outcome(lambda: pool.map(parse, records[6:26], chunksize=5))
            outcome(lambda: [pool.submit(parse, records[8]).result()])
"""


def the_run(done: Program) -> Run:
    """Return the only run in the store."""
    store = Store.open(done.folder / ".mpdiag")
    (head,) = store.runs()
    return store.run(head.id)


def inputs(run: Run) -> list[dict[str, Any]]:
    """Return the inputs of each passing task as plain data."""
    return [
        codec.message_inputs(
            codec.read_pickle(one.inputs.encoded or b""),
            target=one.task.signature,
            offset=one.inputs.offset,
        )
        for one in run.passing
    ]


def test_passing_tasks_of_the_target_are_sampled(tmp_path: Path, start_method: str) -> None:
    """Exact counts, 2,000 inputs at most, each readable by name, none of another target."""
    options = ["--no-keep-going"]
    run = the_run(run_program(SCRIPT, start_method, folder=tmp_path, options=options))
    # the first chunk ends at its sixth task, the last of the map and the first of starmap fail
    map_, starmap = 5 + 28 * 100 + 99, 5 + 30
    assert run.passed == {run.faults[0].first.task.target: map_ + starmap + 1 + 20 + 1}  # type: ignore[union-attr]
    assert len(run.passing) == 2000
    found = inputs(run)
    for one, values in zip(run.passing, found, strict=True):
        assert values["record"]["that"] == values["record"]["id"], values
        if one.task.label == "Pool.map":
            assert one.task.index == values["record"]["id"]
    assert {one.task.label for one in run.passing} >= {"Pool.map"}
    assert len({values["record"]["id"] for values in found}) > 1500


@pytest.mark.parametrize("values", ["text", "none"])
def test_values_settle_what_is_kept(tmp_path: Path, values: str) -> None:
    """With ``text`` no pickle is kept and secrets are masked; with ``none`` the count alone."""
    done = run_program(SCRIPT, "fork", folder=tmp_path, options=["--values", values])
    run = the_run(done)
    assert all(one.inputs.encoded is None for one in run.passing)
    assert b"hunter2" not in (tmp_path / ".mpdiag" / "mpdiag.sqlite3").read_bytes()
    assert sum(run.passed.values()) > 2900
    assert bool(run.passing) == (values == "text")
    assert all("'that'" in one.inputs.values["record"].text for one in run.passing)
    assert done.faults[0]["passed"] == sum(run.passed.values())


def test_a_killed_worker_leaves_its_sample(tmp_path: Path) -> None:
    """What was drawn before a death is there after it."""
    source = """
        import multiprocessing, os, signal

        def task(x):
            if x == 150: os.kill(os.getpid(), signal.SIGKILL)
            return x

        if __name__ == "__main__":
            with multiprocessing.Pool(1) as pool:
                try: pool.map(task, range(200), chunksize=1)
                except BaseException: pass
    """
    run = the_run(run_program(source, folder=tmp_path))
    assert run.faults[0].kind == "crash"
    assert {one.task.index for one in run.passing} >= set(range(150))
    assert run.passed == {"task": 199}


def test_a_healthy_run_keeps_nothing(tmp_path: Path) -> None:
    """Without a fault there is no store, and no sample in it."""
    source = """
        import multiprocessing
        if __name__ == "__main__":
            with multiprocessing.Pool(2) as pool: pool.map(abs, range(5000))
    """
    assert run_program(source, folder=tmp_path).exit_code == 0
    assert not (tmp_path / ".mpdiag").exists()


def test_limits_of_the_sample_are_settings(tmp_path: Path) -> None:
    """``limits.passing`` says how many are kept."""
    (tmp_path / "pyproject.toml").write_text("[tool.mpdiag.limits]\npassing = 7\n")
    run = the_run(run_program(SCRIPT, "fork", folder=tmp_path))
    assert len(run.passing) == 7
    assert sum(run.passed.values()) > 2900


def test_a_limit_that_was_reached_is_named(tmp_path: Path) -> None:
    """More failures than are kept: the report says so, and the count is exact."""
    source = """
        import multiprocessing
        def task(x): raise ValueError(x)
        if __name__ == "__main__":
            with multiprocessing.Pool(2) as pool:
                for one in [pool.apply_async(task, (i,)) for i in range(300)]: one.wait()
    """
    (tmp_path / "pyproject.toml").write_text("[tool.mpdiag.limits]\nfirst = 5\nreservoir = 10\n")
    done = run_program(source, folder=tmp_path)
    # five first, ten by chance, and the last, which may be one of the ten
    assert re.search("1[56] of 300 occurrences are kept", done.report)
    assert done.fault["count"] == 300
