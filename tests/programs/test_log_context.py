"""``--log-context``: the program's own log records say who wrote them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.testing import run_program

pytestmark = pytest.mark.programs

SCRIPT = """
    import logging, multiprocessing, sys

    def log(x):
        form = "%(message)s by %(mpdiag_worker)d in %(mpdiag_run)s, task %(mpdiag_task)d"
        logging.basicConfig(format=form, stream=sys.stderr)
        logging.warning("hello")

    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(1) as pool:
            pool.map(log, range(3), chunksize=2)
"""


def test_log_records_name_run_worker_and_task(tmp_path: Path, start_method: str) -> None:
    """Under every start method each record carries the three fields."""
    done = run_program(SCRIPT, start_method, folder=tmp_path, options=["--log-context"])
    said = [line for line in done.stderr.splitlines() if line.startswith("hello")]
    assert [line.rpartition(", ")[2] for line in said] == ["task 0", "task 1", "task 2"]
    assert all(" by 1 in " in line for line in said)
