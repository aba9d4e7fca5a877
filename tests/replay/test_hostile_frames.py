"""Frames that somebody else wrote down: no memory is filled, and no terminal is controlled."""

from __future__ import annotations

import io
import linecache
import pdb  # noqa: T100 - what is tested
import traceback
from dataclasses import replace

import pytest

from mpdiag.model import Failure, Fault, Frame, Snapshot
from mpdiag.replay import frames_of, traceback_of
from store.samples import failure, fault

ESCAPES = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m\x00\ud800"
FRAME = Frame(file="/no/such/file.py", line=3, function="f", first_line=1, source="x = 1")


def fault_of(frame: Frame) -> Fault:
    """Return a fault that ended in *frame*."""
    first = failure()
    assert isinstance(first, Failure)
    return fault("k7f2", 1, replace(first, error=replace(first.error, trace=(frame,))))


@pytest.mark.parametrize(
    "frame",
    [
        replace(FRAME, line=2**62),
        replace(FRAME, line=-5, first_line=-(2**62)),
        replace(FRAME, column=2**62, end_column=-(2**62)),
        replace(FRAME, first_line=2**62),
        replace(FRAME, file="", function=""),
        replace(FRAME, file=f"/tmp/{ESCAPES}", function=ESCAPES, source=f"{ESCAPES}\n"),
        replace(FRAME, source="    return parse("),
        replace(FRAME, source='    text = """abc'),
        replace(FRAME, source="    ) + 1"),
        replace(FRAME, locals={"__mpdiag_raised__": Snapshot(text="1", type="int")}),
        replace(FRAME, locals={"x": Snapshot(text=f"{ESCAPES}", type="str")}),
        replace(FRAME, locals={"x": Snapshot(text="(" * 100_000, type="str")}),
        replace(FRAME, locals={"x": Snapshot(text="-" * 50_000 + "1", type="int")}),
    ],
)
def test_any_frame_can_be_looked_at(frame: Frame) -> None:
    """In pdb: where, both lists, and each local; what it prints is printable.

    Also half of a statement, which is all that is known where the file is not here.
    """
    said = io.StringIO()
    keys = io.StringIO("w\nl\nll\nargs\np locals()\nq\n")
    trace = traceback_of(frames_of(fault_of(frame)))
    debugger = pdb.Pdb(stdin=keys, stdout=said, nosigint=True, readrc=False)
    debugger.reset()
    debugger.interaction(None, trace)
    said.writelines(traceback.format_tb(trace))
    text = said.getvalue()
    linecache.clearcache()
    assert all(char.isprintable() or char in "\n\t" for char in text), text
    assert "(Pdb)" in text
