"""Targets and inputs that cannot be pickled: the error at the caller names task and input."""

from __future__ import annotations

import pickle
from collections.abc import Callable

from ..model import Cause, Certainty, Verdict
from ..worker import Call, add_note, bind, capture, path_words, post
from ._inheritance import verdict_on

_PLAIN_DATA = "hand over plain data, and open files, locks and connections in the worker"
_BY_NAME = (
    "define the function with def at the top of its module: a worker imports it by its name, which"
    " a lambda or an inner function does not have"
)


def cannot_send(
    error: BaseException,
    target: Callable[..., object],
    inputs: list[tuple[tuple[object, ...], dict[str, object]]],
    *,
    label: str,
    start: int,
    call: int,
    place: tuple[str, int] | None = None,
) -> None:
    """Tell of a task, or chunk of tasks, that cannot be pickled; add a note to *error*."""
    offset = next((i for i, item in enumerate(inputs) if not _pickles(item)), None)
    args, kwargs = inputs[offset or 0]
    told = Call(target, args, kwargs, label, index=start + (offset or 0), call=call)
    tell(error, told, by_name=offset is None and not _pickles(target), place=place)
    post({"v": 1, "type": "unsent"})


def cannot_start(process: object, error: BaseException) -> None:
    """The same for the arguments of a bare process."""
    try:
        found = vars(process)
        target = found.get("_target") or type(process)
        args, kwargs = tuple(found.get("_args", ())), dict(found.get("_kwargs", {}))
        position = f"starting Process {found.get('_name', '')!r}"
        by_name = _pickles((args, kwargs)) and not _pickles(target)
        tell(error, Call(target, args, kwargs, "Process", position=position), by_name=by_name)
    except Exception:
        pass


def tell(
    error: BaseException, call: Call, *, by_name: bool, place: tuple[str, int] | None = None
) -> None:
    """Send what is known, and add the note; *by_name*: the target is at fault."""
    verdict = verdict_on(error, call.target, call.args, call.kwargs, place) or Verdict(
        cause=Cause.RAISED,
        certainty=Certainty.PROVEN,
        headline=f"{'the target' if by_name else 'an input'} cannot be sent to a worker",
        evidence=(f"pickling it raised {type(error).__name__}", *_path(call, by_name=by_name)),
        fix=_BY_NAME if by_name else _PLAIN_DATA,
    )
    note = capture(error, call, state=None, verdict=verdict)
    if note:
        add_note(error, note)


def _path(call: Call, *, by_name: bool) -> tuple[str, ...]:
    """Return the evidence of which part of the target, or of which input, it is."""
    name, _, inputs = bind(call.target, call.args, call.kwargs)
    return path_words({name.rpartition(".")[2]: call.target} if by_name else inputs)


def _pickles(item: object) -> bool:
    try:
        from multiprocessing.reduction import ForkingPickler

        ForkingPickler.dumps(item)
    except (pickle.PicklingError, Exception):
        return False
    return True
