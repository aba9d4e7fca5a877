"""A worker pays for as little as possible before its first failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# What each spawned child imports anyway, since it takes its target off a pipe.
FREE = "import multiprocessing.reduction"
# What a worker of ours adds to that before its first failure.  More: every spawned child is
# slower to start, failure or not; `dataclasses` alone costs 20 ms.
ADDED = {"__future__", "_struct", "mmap", "struct"}
# Costly, and easily imported without a thought.  `TYPE_CHECKING = False` in a module is
# understood by type checkers as well as the import.
NEVER = {"dataclasses", "inspect", "traceback", "typing"}
OURS = ("mpdiag", "mpdiag._lazy", "mpdiag._version", "mpdiag.worker", "mpdiag.recorder")
ARMED = ("mpdiag.patches",)


def imported_by(statement: str, *, run: Path | None = None) -> set[str]:
    """Return the modules that *statement* adds to those of a fresh interpreter."""
    code = (
        "import sys\nbefore = set(sys.modules)\n"
        f"{statement}\n"
        "added = sorted(set(sys.modules) - before)\nimport json\nprint(json.dumps(added))"
    )
    command = [sys.executable, "-c", code]
    env = {**os.environ, "MPDIAG_RUN": str(run)} if run else None
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=env)
    return set(json.loads(done.stdout))


def is_ours(module: str, *more: str) -> bool:
    """Tell whether *module* is a part of mpdiag that a worker, or one with *more*, may carry."""
    parts = (*OURS[1:], *more)
    return any(module == part or module.startswith(f"{part}.") for part in parts) or (
        module == OURS[0]
    )


def test_importing_the_package_costs_nothing() -> None:
    """``import mpdiag`` imports itself and what finds its names, not even ``typing``."""
    assert imported_by("import mpdiag") - {"__future__"} == {"mpdiag", "mpdiag._lazy"}


@pytest.mark.parametrize(
    "statement",
    [
        "from mpdiag.worker import pool_worker, run_process",
        "from mpdiag.worker import executor_worker",
        "from mpdiag import guard\n@guard\ndef f(x): return x\nf(1)",
    ],
)
def test_a_worker_is_on_diet(statement: str) -> None:
    """A worker imports a short list of the standard library, and no model, before it fails."""
    eaten = {module for module in imported_by(statement) if not is_ours(module)}
    assert eaten - imported_by(FREE) - ADDED == set()
    assert eaten & NEVER == set()


def test_a_python_that_starts_no_worker_pays_for_none(tmp_path: Path) -> None:
    """Each Python of a run is armed: it imports what waits for more, nothing that serves it."""
    armed = imported_by("from mpdiag.patches import arm_program\narm_program()", run=tmp_path)
    assert {module for module in armed if not is_ours(module, *ARMED)} == {
        "__future__",
        "atexit",
        "faulthandler",
    }
    served = {"_writer", "_layout", "_shared", "_state", "_pool_loop", "_process"}
    assert not {module for module in armed if module.rpartition(".")[2] in served}


def test_a_fat_import_is_found() -> None:
    """The check sees what an import drags along."""
    assert "inspect" in imported_by("import dataclasses")
