"""``.ci/run`` ends with what failed, for whoever sees its last lines only."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.programs

RUN = Path(__file__).parent.parent / ".ci" / "run"
FAILING = """
import time

def test_good():
    pass

def test_bad():
    assert 1 == 2

def test_hangs():
    time.sleep(60)
"""


def told(log: Path) -> str:
    """Return what the script tells of the output *log* of a step."""
    lines = RUN.read_text("utf-8").splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith("TELLING="))
    end = lines.index("}", begin)
    script = "\n".join([*lines[begin : end + 1], 'tell "$1"'])
    done = subprocess.run(
        ["bash", "-c", script, "bash", str(log)], capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("name", ["test_bad", "test_hangs"])
def test_the_last_lines_name_the_test(tmp_path: Path, name: str) -> None:
    """A test that failed is named, and so is one that hung until the interpreter was ended."""
    folder = tmp_path / "tests"
    folder.mkdir()
    (folder / "test_it.py").write_text(FAILING, encoding="utf-8")
    timeout = ["-o", "faulthandler_timeout=2", "-o", "faulthandler_exit_on_timeout=true"]
    words = ["-m", "pytest", "-p", "no:cacheprovider", *timeout, "-k", f"good or {name}", "-ra"]
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    log = tmp_path / "log"
    log.write_bytes(done.stdout)
    assert name in told(log)
    assert "test_good" not in told(log)


def test_an_output_without_such_lines_ends_with_its_end(tmp_path: Path) -> None:
    """Whatever a step said last is better than nothing."""
    log = tmp_path / "log"
    log.write_text("".join(f"line {number}\n" for number in range(50)), encoding="utf-8")
    assert told(log).splitlines()[-1] == "line 49"
