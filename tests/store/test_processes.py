"""Several processes write one store at once, and one that is killed breaks nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from mpdiag.store import Store

TESTS = Path(__file__).parent.parent
RUNS = 10

# Both say that they are ready and begin at the same word, so that they do meet.
SAVE = """
import sys
from pathlib import Path
from mpdiag.store import Store
from store.samples import START, simple_run

folder, first, runs = sys.argv[1:]
print("ready", flush=True)
sys.stdin.readline()
for index in range(int(runs)):
    name = f"{first}{index:03d}"
    Store.open(Path(folder), deadline=30).save(
        simple_run(name, started=START + index, payload=name.encode() * 20_000)
    )
print("done", flush=True)
"""

KILLED = """
import os, signal, sys
from pathlib import Path
from mpdiag.options import Limits
from mpdiag.store._database import writing
from mpdiag.store._save import write_run
from store.samples import simple_run

with writing(Path(sys.argv[1])) as connection:
    write_run(connection, simple_run("3d9c", payload=b"x" * 500_000), Limits())
    os.kill(os.getpid(), signal.SIGKILL)
"""

FORKED = """
import os, sys
from pathlib import Path
from mpdiag.store import Store
from store.samples import simple_run

store = Store.open(Path(sys.argv[1]))
store.save(simple_run("p111"))
child = os.fork()
store.save(simple_run("c222" if child == 0 else "p333"))
if child:
    assert os.waitpid(child, 0)[1] == 0
"""


@contextmanager
def program(code: str, *args: str) -> Iterator[subprocess.Popen[str]]:
    """Run *code* in a process of its own, and end it with the test."""
    command = [sys.executable, "-c", code, *args]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=TESTS) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.processes
def test_two_processes_save_at_once(folder: Path) -> None:
    """All runs of both are there, whole; none waited in vain or broke the other."""
    with ExitStack() as stack:
        both = [stack.enter_context(program(SAVE, str(folder), first, str(RUNS))) for first in "ab"]
        for process in both:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        for process in both:
            out, _ = process.communicate("go\n", timeout=50)
            assert (out, process.returncode) == ("done\n", 0)
    store = Store.open(folder)
    assert {run.id for run in store.runs()} == {
        f"{first}{index:03d}" for first in "ab" for index in range(RUNS)
    }
    for name in ("a009", "b009"):
        assert store.fault(name).fault.first.inputs.encoded == name.encode() * 20_000
    assert [path.name for path in folder.glob("*.sqlite3*")] == ["mpdiag.sqlite3"]


@pytest.mark.processes
def test_a_killed_writer_leaves_what_was_there(folder: Path) -> None:
    """A process killed in the middle of a save loses its own run and no other."""
    store = Store.open(folder)
    with program(SAVE, str(folder), "a", "1") as first:
        first.communicate("go\n", timeout=20)
    with program(KILLED, str(folder)) as second:
        assert second.wait(timeout=20) == -9
    assert [run.id for run in store.runs()] == ["a000"]
    with program(SAVE, str(folder), "b", "1") as third:
        assert third.communicate("go\n", timeout=20)[0] == "ready\ndone\n"
    assert {run.id for run in store.runs()} == {"a000", "b000"}


@pytest.mark.processes
def test_a_store_may_be_used_on_both_sides_of_a_fork(folder: Path) -> None:
    """No connection is carried through a fork."""
    with program(FORKED, str(folder)) as process:
        assert process.wait(timeout=20) == 0
    assert {run.id for run in Store.open(folder).runs()} == {"p111", "c222", "p333"}
