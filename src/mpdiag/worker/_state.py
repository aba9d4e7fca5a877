"""What a worker knows of itself, and the recorder it writes to.

State belongs to a process: it is remembered with its pid, and a forked child begins afresh.
"""

from __future__ import annotations

import os
import time

from ..recorder import Kind, Method, Recorder, State, Word
from ._around import current_test, surroundings
from ._origin import leave_origin
from ._reserve import Reserve

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from collections.abc import Callable
    from mmap import mmap

# Kept of the arguments of an initializer.
_INITARGS_TEXT = 4000
PLACE = "_mpdiag_place"
"""Attribute of a process object: its place in a pool, of how many, and whether a second time."""
_START_METHODS = ("", "fork", "spawn", "forkserver")


class WorkerState:
    """The recorder of this process and what it needs at hand."""

    def __init__(
        self,
        *,
        kind: int,
        name: str = "",
        number: int = 0,
        start_method: str = "",
        mapped: mmap | None = None,
    ) -> None:
        self.pid = os.getpid()
        self.around = surroundings()
        self.test = current_test(os.environ)
        about = f"{name}\x1f{self.test}"
        self.recorder = Recorder(
            self.around.folder, kind=kind, number=number, name=about, mapped=mapped
        )
        self.words = self.recorder.words
        self.name, self.number, self.start_method = name, number, start_method
        self.last_message: bytes | None = None
        self.random: object = None
        """Of the generators before the current task, where that is asked for."""
        self.before: bytes | None = None
        self.taken: bytes | None = None
        """The message of the pool that is worked at, or was last; and the one before it."""
        self.initializer: tuple[Callable[..., object], tuple[object, ...]] | None = None
        self.histories = 0
        """Faults that were told with what ran before them."""
        self.reserve = Reserve()
        self.fault_file: object = None
        """Kept open, for faulthandler writes to its descriptor."""
        self.settle: Callable[[], None] | None = None
        """Waits until a relay has passed on what was written; without one, None."""
        if self.around.watched and not self.recorder.path:
            from ._outbox import post

            post({"v": 1, "type": "unrecorded", "pid": self.pid})
        if start_method in _START_METHODS:
            self.words[Word.START_METHOD] = _START_METHODS.index(start_method)


_current: WorkerState | None = None


def current() -> WorkerState | None:
    """Return the state of this process, or None when it is no worker."""
    state = _current
    if state is None or state.pid != os.getpid() or state.around is not surroundings():
        return None
    return state


def begin(kind: int, mapped: mmap | None = None) -> WorkerState:
    """Return the state of this worker, opened on first use; runs in the child.

    Without a run around, the marks go to *mapped*.
    """
    global _current  # noqa: PLW0603 - one process, one state
    state = current()
    if state is None:
        state = _current = _open(kind, mapped)
    elif kind != Kind.PROCESS:
        state.words[Word.KIND] = kind
    return state


def _open(kind: int, mapped: mmap | None) -> WorkerState:
    import sys

    process = sys.modules.get("multiprocessing.process")
    if process is None:
        return WorkerState(kind=kind, mapped=mapped)
    me = process.current_process()
    identity = getattr(me, "_identity", ())  # checked on 3.10 to 3.13
    number = identity[-1] if identity else 0
    number, of, again = getattr(me, PLACE, (number, 0, False))
    method = getattr(type(me), "_start_method", None) or ""
    state = WorkerState(kind=kind, name=me.name, number=number, start_method=method, mapped=mapped)
    leave_origin(state.around.folder, os.getppid())
    state.words[Word.OF], state.words[Word.REPLACEMENT] = of, int(again)
    return state


def settle() -> None:
    """Wait until the output of this worker is passed on, if there is a relay."""
    state = current()
    if state is not None and state.settle is not None:
        state.settle()


def starting(
    state: WorkerState, initializer: Callable[..., object], initargs: tuple[object, ...]
) -> None:
    """Say that the user's initializer is about to run; runs in the child."""
    state.initializer = initializer, initargs
    try:
        from ._bind import described_target

        state.recorder.target(described_target(initializer))
        state.words[Word.METHOD], state.words[Word.STARTED] = Method.INITIALIZER, time.time_ns()
        if initargs and state.around.values != "none":
            from .. import codec
            from ._bind import bind

            _, _, inputs = bind(initializer, initargs, {})
            shown = codec.describe(inputs, codec.Budget(total=_INITARGS_TEXT))
            state.recorder.payload(shown.encode("utf-8", "replace"), text=True)
    except Exception:
        pass
    state.words[Word.STATE] = State.STARTING


def end() -> None:
    """Say that this worker is about to leave of its own accord."""
    state = current()
    if state is not None:
        state.words[Word.STATE] = State.ENDED
        state.recorder.close()
