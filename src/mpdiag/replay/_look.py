"""The frames of a dead worker with the inputs of its task as live values: loaded, not called."""

from __future__ import annotations

import inspect
import os
from collections.abc import Sequence
from typing import Any

from ..errors import NotReplayable
from ..model import Frame, from_plain, to_plain
from ._calls import environment_of, request_of
from ._plan import Plan
from ._post_mortem import debug_frames, traceback_of
from .trial._made import live_call, prepare
from .trial._process import run_child


def debug_loaded(plan: Plan, frames: Sequence[Frame]) -> None:
    """Stop in *frames* in a child that imported the program, with live values of the inputs.

    Raises:
        NotReplayable: the program cannot be imported, or the inputs not be loaded.
    """
    inputs, function = plan.occurrence.inputs.values, plan.task.target.rpartition(".")[2]
    places = [frame for frame in frames if frame.function == function]
    # A name that was given another value since is not an input any more.
    names = [name for name in inputs if all(f.locals.get(name) == inputs[name] for f in places)]
    look = {"frames": to_plain(list(frames)), "function": function, "names": names}
    request = {**request_of(plan), "pdb": True, "look": look}
    answer = run_child(request, environment_of(plan, os.environ)).answer
    if answer["step"] != "looked":
        raise NotReplayable(plan.fault.id, answer.get("why") or "its process ended before")


def look_around(request: dict[str, Any]) -> None:
    """Do what `debug_loaded` asked for; runs in the child."""
    prepare(request)
    live = live_call(request)
    look = request["look"]
    try:
        bound = dict(inspect.signature(live.target).bind(*live.args, **live.kwargs).arguments)
    except (TypeError, ValueError):
        bound = {}
    values = {name: value for name, value in bound.items() if name in look["names"]}
    frames = [from_plain(Frame, frame) for frame in look["frames"]]
    trace = traceback_of(frames, {look["function"]: values})
    debug_frames(trace, os.environ.get("PYTHONBREAKPOINT", ""))
