"""Where a guarded function runs: in which task of which pool, as far as this process knows."""

from __future__ import annotations

from collections.abc import Callable

from ..recorder import Kind, Method, Word
from ._capture import Call, add_note, capture
from ._state import WorkerState, current
from ._trace import peel


def tell(
    error: BaseException,
    target: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    *,
    show: bool,
    replay: bool,
) -> None:
    """Send what is known of *error*, and put a note on it; runs while it is live."""
    error.__traceback__ = peel(error.__traceback__)
    state = current()
    call = _call_of(state, target, args, kwargs, show=show, replay=replay)
    note = capture(error, call, state=state)
    if note:
        add_note(error, note)


def _call_of(
    state: WorkerState | None,
    target: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    *,
    show: bool,
    replay: bool,
) -> Call:
    """Return the call that failed, with the position of the task around it if there is one."""
    label, index, call, started = Method.NAMES[Method.GUARD], None, None, 0
    if state is not None and state.words[Word.KIND] in {Kind.POOL, Kind.EXECUTOR}:
        words = state.words
        label, index = Method.NAMES[words[Word.METHOD]], words[Word.BASE] + words[Word.OFFSET]
        call, started = words[Word.CALL], words[Word.STARTED]
        words[Word.ANSWERED] = 1
    return Call(
        target,
        args,
        kwargs,
        label,
        index=index,
        call=call,
        started_ns=started,
        position="" if index is not None else "a guarded call",
        show=show,
        replay=replay,
    )
