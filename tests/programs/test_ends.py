"""How a run ends that has no fault: healthy, or by Ctrl-C; and that it leaves nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpdiag.testing import run_program

pytestmark = pytest.mark.programs

HEALTHY = """
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    def double(x):
        return 2 * x

    if __name__ == "__main__":
        both = multiprocessing.Barrier(2)  # else one may do it all before the other has begun
        with multiprocessing.Pool(2, both.wait) as pool:
            print(sum(pool.map(double, range(1000))))
        with ProcessPoolExecutor(2) as pool:
            print(sum(pool.map(double, range(100), chunksize=7)))
"""

INTERRUPTED = """
    import multiprocessing, os, signal, time

    def wait(path):
        with open(path, "w"):
            pass
        time.sleep(60)

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            asked = pool.apply_async(wait, ("begun",))
            while not os.path.exists("begun"):
                asked.wait(0.01)
            os.killpg(0, signal.SIGINT)
            asked.get(60)
"""


def test_a_healthy_run_is_one_line_and_leaves_no_file(tmp_path: Path) -> None:
    """Every task is counted once, and no store is made."""
    done = run_program(HEALTHY, folder=tmp_path)
    assert (done.exit_code, done.stdout) == (0, "999000\n9900\n")
    assert done.stderr.startswith("mpdiag: no faults in 1,100 tasks on 4 workers (")
    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]


def test_ctrl_c_tells_what_was_running(tmp_path: Path) -> None:
    """SIGINT to the group ends the program as always; the task and its input are named."""
    done = run_program(INTERRUPTED, folder=tmp_path)
    assert done.exit_code == -2
    told = done.stderr[done.stderr.index("mpdiag: the run was interrupted") :]
    assert "wait, task 0 (from 0) of Pool.apply_async" in told
    assert "'begun'" in told
    assert not (tmp_path / ".mpdiag").exists()


def test_events_tell_the_life_of_a_run(tmp_path: Path) -> None:
    """``--events FILE``: start, workers, first failure, fault and end, as JSON lines."""
    source = HEALTHY.replace("return 2 * x", "return {}[x] if x == 999 else 2 * x")
    done = run_program(source, folder=tmp_path, options=["--events", "events.jsonl"])
    assert done.exit_code == 1
    lines = (tmp_path / "events.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    names = [one["event"] for one in told]
    assert names[0] == "run started"
    assert names[-2:] == ["fault", "run ended"]
    assert names.count("worker started") == 2
    failing = next(one for one in told if one["event"] == "task began to fail")
    assert (failing["index"], failing["target"]) == (999, "double")
    assert len({one["run"] for one in told}) == 1
