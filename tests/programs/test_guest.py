"""A good guest: the program sees what it sees under plain Python, and so do other tools."""

from __future__ import annotations

import json
import sys
import textwrap
from pathlib import Path

import pytest

from mpdiag.testing import Program, run_command, run_program

pytestmark = pytest.mark.programs

LOOK = """
    import json, multiprocessing, os, sys, threading, warnings

    def task(x):
        return {}[x] if x == 3 else x

    if __name__ == "__main__":
        with multiprocessing.Pool(2) as pool:
            for one in [pool.apply_async(task, (i,)) for i in range(5)]:
                one.wait()
        pool.join()
        print(json.dumps({
            "argv": sys.argv, "path": sys.path, "name": __name__, "file": __file__,
            "threads": [type(one).__name__ for one in threading.enumerate()],
            "filters": len(warnings.filters),
            "descriptors": [fd for fd in range(256) if os.path.exists(f"/proc/self/fd/{fd}")],
            "main": sorted(vars(sys.modules["__main__"])),
            "hooks": [sys.excepthook is sys.__excepthook__, type(sys.stdout).__name__],
        }))
"""


FAILS = """
    import multiprocessing

    def f(x):
        return {}[x]

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            pool.map(f, [7])
"""


def plain(folder: Path, *words: str) -> Program:
    """Run plain Python in *folder*."""
    return run_command([sys.executable, *words], folder=folder, deadline=50)


def test_a_program_cannot_tell_the_difference(tmp_path: Path) -> None:
    """Arguments, path, threads, warning filters, descriptors and main module are the same.

    Of the descriptors but for one, high above all others: stacks are written to it on request.
    """
    ours = run_program(LOOK, "-x", "a b", folder=tmp_path)
    alone = plain(tmp_path, "script.py", "-x", "a b")
    assert json.loads(ours.stdout) == json.loads(alone.stdout)
    assert alone.stderr == ""
    assert ours.stderr.startswith("mpdiag: ")


def test_a_run_inside_a_run_tells_its_faults(tmp_path: Path) -> None:
    """The inner runner reports; the outer one is not disturbed."""
    (tmp_path / "inner.py").write_text(textwrap.dedent(FAILS), encoding="utf-8")
    source = """
        import subprocess, sys

        subprocess.run([sys.executable, "-m", "mpdiag", "run", "inner.py"])
    """
    done = run_program(source, folder=tmp_path)
    assert done.exit_code == 0
    assert "KeyError: 7" in done.stderr


def test_coverage_sees_the_program(tmp_path: Path) -> None:
    """``coverage run`` below ``mpdiag run`` works, and the fault is reported."""
    run_program(FAILS, folder=tmp_path)
    command = [sys.executable, "-m", "mpdiag", "run", "-m", "coverage", "run", "script.py"]
    done = run_command(command, folder=tmp_path, deadline=50)
    assert done.exit_code == 1
    assert "KeyError: 7" in done.report
    assert (tmp_path / ".coverage").exists()
