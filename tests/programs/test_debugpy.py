"""A debugger around ``mpdiag run``, and one inside it: the program runs, the fault is reported."""

from __future__ import annotations

import socket
import sys
import textwrap
from pathlib import Path

import pytest

from mpdiag.testing import run_command

pytestmark = pytest.mark.programs

SCRIPT = """
    import multiprocessing

    def work(x):
        return {}[x]

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            print(pool.map(str, range(3)), flush=True)
            pool.map(work, [7])
"""
OURS = ["-m", "mpdiag", "run"]


@pytest.mark.parametrize("inside", [False, True], ids=["around", "inside"])
def test_a_debugger_gets_along(tmp_path: Path, inside: bool) -> None:
    """``debugpy --listen`` without a client: output, exit code and report are as without it."""
    pytest.importorskip("debugpy", reason="debugpy is not installed")
    (tmp_path / "script.py").write_text(textwrap.dedent(SCRIPT), encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = str(probe.getsockname()[1])
    debugger = ["-m", "debugpy", "--listen", port]
    words = [*OURS, *debugger] if inside else [*debugger, *OURS]
    # debugpy warns on 3.11 and later when it is started with frozen modules
    command = [sys.executable, "-Xfrozen_modules=off", *words, "script.py"]
    done = run_command(command, folder=tmp_path, deadline=55)
    assert done.stdout == "['0', '1', '2']\n"
    assert done.exit_code == 1
    assert "KeyError: 7" in done.report
    assert "nothing caught it (exit code 1)" in done.report
