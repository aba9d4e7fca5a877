"""``mpdiag debug``: a debugger in the frames of a dead worker."""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterator
from pathlib import Path

import click

from ..model import Frame
from ..replay import (
    debug_frames,
    debug_loaded,
    frames_of,
    make_plan,
    traceback_of,
)
from ..store import Found
from ._consent import check_consent, trust_option
from ._opened import open_store, store_option
from ._printable import printable


@click.command(short_help="Look around in the frames of a dead worker, in pdb.")
@click.argument("text", metavar="[ID]", required=False)
@click.option(
    "--load", is_flag=True, help="Import the program, and have its inputs as live values."
)
@trust_option
@store_option
def debug(*, text: str | None, load: bool, trust: bool, store: str | None) -> None:
    """Open pdb where a worker failed, died or hung, with the values that were kept.

    Nothing of the program runs and nothing is loaded: values of built-in types are there again,
    others are placeholders that say why.  With --load the program is imported, as a spawned worker
    does, and the inputs of the task are there as well; its target is not called.
    PYTHONBREAKPOINT names another debugger.  To look at live values everywhere:
    `mpdiag replay ID --pdb`.  ID is as for `mpdiag show`.
    """
    opened = open_store(store)
    found = opened.fault(text)
    frames = frames_of(found.fault)
    for line in _about(found, frames):
        click.echo(f"mpdiag: {printable(line)}", err=True)
    if not load:
        debug_frames(traceback_of(frames), os.environ.get("PYTHONBREAKPOINT", ""))
        return
    check_consent(opened, found, trust=trust, act="load its inputs")
    plan = make_plan(found.fault, found.run)
    click.echo(f"mpdiag: imports {printable(plan.origin.main_file)} and loads inputs", err=True)
    debug_loaded(plan, frames)


def _about(found: Found, frames: tuple[Frame, ...]) -> Iterator[str]:
    """Yield what one should know of the frames before looking into them."""
    first = found.fault.first
    if first.kind == "failure":
        what = f"{first.error.type}: {first.error.message}".rstrip(": ")
        yield f"{found.fault.id}, {what[:300]}"
    else:
        yield f"{found.fault.id}, {first.verdict.headline}"
        if not first.trace:
            yield "no stack was left: this is the beginning of the target, with its inputs"
        elif not any(frame.locals for frame in frames):
            yield "a stack without locals was left"
    for file in sorted({frame.file for frame in frames if _is_changed(frame)}):
        yield f"{file} was changed since: its lines are not those that ran"
    gone = sorted({frame.file for frame in frames if not Path(frame.file).is_file()})
    for file in gone:
        yield f"{file} is not here: of its text only the recorded lines are shown"


def _is_changed(frame: Frame) -> bool:
    """Whether another line stands where *frame* was than when it was recorded."""
    known = frame.source and Path(frame.file).is_file()
    return bool(known and linecache.getline(frame.file, frame.line).strip() != frame.source.strip())
