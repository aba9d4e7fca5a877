"""Smaller inputs, searched for on a real terminal: it asks, shows its way, and obeys Ctrl-C."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from terminal import terminal

from mpdiag.store import Store
from mpdiag.testing import run_program

pytestmark = pytest.mark.programs

MPDIAG = (sys.executable, "-m", "mpdiag")

PROGRAM = """
    import multiprocessing, threading

    def total(record):
        if len(record["items"]) < 3:
            threading.Event().wait()
        raise ValueError(sum(record["items"]))

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            pool.map(total, [{"items": [3, 4, 5], "note": "text"}])
"""


def test_ctrl_c_ends_a_call_that_hangs_and_keeps_the_best(tmp_path: Path) -> None:
    """No is no; after yes a bar says how small it is, and Ctrl-C keeps that with the fault."""
    run_program(PROGRAM, folder=tmp_path)
    with terminal(*MPDIAG, "shrink", cwd=tmp_path) as screen:
        screen.expect("Go on? [y/N]: ")
        screen.type("n\n")
    with terminal(*MPDIAG, "shrink", cwd=tmp_path) as screen:
        screen.expect("total would run up to 201 times. Go on? [y/N]: ")
        screen.type("y\n")
        screen.expect("size 24 to 11")  # and the next call hangs
        screen.type("\x03")
        said = screen.expect("kept with the fault")
        assert "Ctrl-C: there may be smaller ones" in said
    shrunk = Store.open(tmp_path / ".mpdiag").fault().fault.shrunk
    assert shrunk is not None
    assert not shrunk.is_least
