"""A child that is forked in the middle of an import of ours does not wait for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpdiag.testing import run_program

pytestmark = pytest.mark.processes

# A thread of the pool imports a part of ours, slowed down until a fork has been asked for; the
# child then needs the same module for its own failure.
SCRIPT = """
    import importlib.abc, json, multiprocessing, sys, threading

    began, asked = threading.Event(), threading.Event()

    class Slow(importlib.abc.MetaPathFinder):
        def find_spec(self, name, path, target=None):
            mine = name == sys.argv[1] and multiprocessing.parent_process() is None
            if mine and not began.is_set():
                began.set()
                asked.wait(10)
                threading.Event().wait(0.2)  # by now the fork is under way, or done

    def fail(x):
        raise ValueError(x)

    def ask(thing):
        with multiprocessing.get_context("fork").Pool(1) as pool:
            try:
                pool.apply(fail, (thing,))
            except (TypeError, ValueError):
                pass

    if __name__ == "__main__":
        sys.meta_path.insert(0, Slow())
        thing = threading.Lock() if sys.argv[2] == "unsendable" else 1
        thread = threading.Thread(target=ask, args=(thing,))
        thread.start()
        began.wait(10)
        asked.set()
        process = multiprocessing.get_context("fork").Process(target=fail, args=(1,))
        process.start()
        process.join(20)
        print(json.dumps([began.is_set(), process.exitcode]))
        process.kill()
        thread.join()
"""


@pytest.mark.parametrize(
    ("module", "by"), [("mpdiag.codec._mask", "unsendable"), ("mpdiag.model._lookup", "answer")]
)
def test_a_fork_waits_for_an_import_of_ours(tmp_path: Path, module: str, by: str) -> None:
    """The child finds no module half imported by a thread that it does not have."""
    done = run_program(SCRIPT, module, by, folder=tmp_path, deadline=50)
    assert json.loads(done.stdout) == [True, 1], done.stderr
