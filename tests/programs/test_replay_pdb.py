"""``mpdiag replay --pdb`` on a real terminal: whatever the call does, the prompt stays."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from mpdiag.testing import run_program, wait_until

pytestmark = [pytest.mark.programs, pytest.mark.wide]

pexpect = pytest.importorskip("pexpect")

PATIENCE = 20
PROGRAM = """
    import faulthandler, multiprocessing, sys, threading

    def spins(number):
        print("begun", flush=True)
        while number:
            number += 1

    def waits(number):
        lock = threading.Lock()
        lock.acquire()
        print("begun", flush=True)
        lock.acquire()

    def crashes(number):
        faulthandler._sigsegv()

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            try:
                pool.map(globals()[sys.argv[1]], [7])
            except Exception:
                pass
"""


def sleeps(process: psutil.Process) -> bool:
    """Whether it waits: a Ctrl-C between a prompt and that is kept by Python for the next key."""
    return bool(process.status() == psutil.STATUS_SLEEPING)


@pytest.mark.parametrize(("name", "line"), [("spins", "number += 1"), ("waits", "lock.acquire()")])
def test_ctrl_c_stops_a_hang_where_it_is(name: str, line: str, tmp_path: Path) -> None:
    """A call that does not end goes to the debugger by Ctrl-C, and counts as the same fault."""
    run_program(PROGRAM, name, folder=tmp_path, options=["--task-timeout", "1"])
    words = ["-m", "mpdiag", "replay", "--pdb"]
    screen = pexpect.spawn(
        sys.executable, words, cwd=tmp_path, timeout=PATIENCE, encoding="utf-8", echo=False
    )
    try:
        screen.expect("no deadline")
        screen.expect("begun")
        screen.sendintr()
        screen.expect(r"\(Pdb\) ")
        children = psutil.Process(screen.pid).children(recursive=True)
        assert wait_until(lambda: all(map(sleeps, children)), deadline=PATIENCE)
        screen.sendintr()
        screen.expect(r"\(Pdb\) ")
        screen.sendline("p number > 6")
        screen.expect("True")
        screen.sendline("ll")
        screen.expect_exact(line)
        screen.sendline("q")
        screen.expect("same fault: no end until Ctrl-C")
        screen.expect(pexpect.EOF)
    finally:
        screen.close(force=True)
    assert screen.exitstatus == 0


def test_a_crash_ends_the_child_alone(tmp_path: Path) -> None:
    """A signal that ends the call leaves nothing to debug, and the command says what came."""
    run_program(PROGRAM, "crashes", folder=tmp_path)
    said, code = pexpect.run(
        f"{sys.executable} -m mpdiag replay --pdb",
        cwd=tmp_path,
        withexitstatus=True,
        timeout=PATIENCE,
    )
    assert "same fault: the child ended with SIGSEGV" in said.decode()
    assert code == 0
