"""The child that calls a target again, once.

The answer names the step before it is taken, so that a death is known to be the call's.
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from ...worker import use_channel
from .._look import look_around
from .._post_mortem import debug_frames
from ..case._child import case_of
from ._made import make_calls, prepare
from ._process import ANSWER, REQUEST, STACKS
from ._rebuild import CannotRebuild


@dataclass
class _Answer:
    """What the parent reads, written anew at each step."""

    folder: Path
    said: list[str] = field(default_factory=list)

    def write(self, step: str, **more: object) -> None:
        """Put the answer in its place whole."""
        draft = self.folder / f"{ANSWER}~"
        draft.write_text(json.dumps({"step": step, "said": self.said, **more}), "utf-8")
        draft.replace(self.folder / ANSWER)


def main(folder: str) -> None:
    """Do what the request in *folder* says."""
    answer = _Answer(Path(folder))
    request = json.loads((answer.folder / REQUEST).read_text("utf-8"))
    use_channel(lambda _: True)  # a guard further down has nothing to tell anybody
    with (answer.folder / STACKS).open("w", encoding="utf-8") as stacks:
        faulthandler.enable(stacks)
        if not request["pdb"]:
            faulthandler.dump_traceback_later(request["deadline"], file=stacks)
        try:
            _run(request, answer)
        except CannotRebuild as error:
            answer.write("refused", why=str(error))
        finally:
            faulthandler.cancel_dump_traceback_later()
            faulthandler.disable()


def _run(request: dict[str, Any], answer: _Answer) -> None:
    answer.write("import")
    if "raises" in request:
        answer.write("case", case=case_of(request))
        return
    if "look" in request:
        look_around(request)
        answer.write("looked")
        return
    answer.said += prepare(request)
    error = make_calls(request, answer.write)
    if request["pdb"] and error is not None:
        _debug(error)


def _debug(error: BaseException) -> None:
    """Stop where *error* was raised, in the debugger that PYTHONBREAKPOINT names, or pdb."""
    trace = _from_target(error.__traceback__)
    name = os.environ.get("PYTHONBREAKPOINT", "")
    if name == "0" or trace is None:
        return
    faulthandler.cancel_dump_traceback_later()
    sys.stderr.flush()
    debug_frames(trace, name)


def _from_target(trace: TracebackType | None) -> TracebackType | None:
    """Return *trace* without this frame."""
    return trace.tb_next or trace if trace is not None else None
