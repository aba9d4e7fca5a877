"""A program is run as a user runs it, and never outlives its deadline."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from mpdiag.testing import Program, run_command

pytestmark = pytest.mark.programs

ENDLESS_CHILD = """
import subprocess, sys, threading
print("begun", flush=True)
subprocess.run([sys.executable, "-c", "import threading; threading.Event().wait()"])
"""


def test_output_and_exit_are_told_apart(tmp_path: Path) -> None:
    """Both streams and the exit code come back."""
    code = "import sys; print('out'); print('err', file=sys.stderr); sys.exit(5)"
    done = run_command([sys.executable, "-c", code], folder=tmp_path, deadline=30)
    assert (done.exit_code, done.stdout, done.stderr) == (5, "out\n", "err\n")


def test_at_the_deadline_all_processes_end(tmp_path: Path) -> None:
    """What was said is in the error; the leak check sees that the child is gone too."""
    with pytest.raises(TimeoutError, match="begun"):
        run_command([sys.executable, "-c", ENDLESS_CHILD], folder=tmp_path, deadline=1)


def test_a_program_without_store_has_no_faults(tmp_path: Path) -> None:
    """No command is run to find that out."""
    program = Program(folder=tmp_path, exit_code=0, stdout="", stderr="", python="/no/such/python")
    assert program.faults == []
    with pytest.raises(LookupError, match="0 faults"):
        _ = program.fault


def test_the_report_is_cut_out_of_the_log(tmp_path: Path) -> None:
    """It begins with the last line that names the run and ends with our last line."""
    said = (
        "log\nmpdiag: first seen: KeyError (run k7f2)\nlog\n"
        "mpdiag: 1 of 2 tasks failed (run k7f2, 1 s)\n\n1  KeyError\nmpdiag: kept in x\nlog\n"
    )
    program = Program(folder=tmp_path, exit_code=1, stdout="", stderr=said)
    assert program.report.splitlines() == said.splitlines()[3:7]
