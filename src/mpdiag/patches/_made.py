"""Where the program made its queues, locks and pipes, kept for whoever asks why nothing moves.

Runs in the process that makes them; never raises, and tells nobody.
"""

from __future__ import annotations

import os
import sys

from ..recorder import PIPE, SEMAPHORE, NamedThings, SharedThings
from ..worker import surroundings

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from types import FrameType

ME = [os.getpid()]
"""Process id, kept up to date over forks: the call that asks for it costs more than the mark."""
_LIBRARY = ("multiprocessing.", "concurrent.futures.", "mpdiag.")
# Steps from a lock up to the user's line.  A pool that makes its queues takes six.
_STEPS = 12
_WITH_PIPE = frozenset({"Queue", "JoinableQueue", "SimpleQueue", "Pool", "ProcessPoolExecutor"})


class _Makers:
    """The tables of this process; a forked child begins anew."""

    pid = 0
    things: SharedThings | None = None
    named: NamedThings | None = None
    group = 0
    last: tuple[object, ...] = ()


def _begin_child() -> None:
    ME[0] = os.getpid()


os.register_at_fork(after_in_child=_begin_child)


def made_semaphore(lock: object, address: int, name: str | None) -> tuple[memoryview, int] | None:
    """Record that *lock* was made; return where to write who takes it."""
    kind, part, place, call = _origin(type(lock).__name__)
    text = "\x1f".join((kind, part, name or "", place))
    # Condition and Event begin with a lock, a queue with its pipe.
    opens = "Lock" in part and kind not in _WITH_PIPE
    return _add(lock, SEMAPHORE, text, group=(call, kind, place, opens), numbers=(address, 0, 0))


def made_pipe(ends: tuple[object, object]) -> None:
    """Record that a pipe was made."""
    kind, part, place, call = _origin("Pipe")
    text = f"{kind}\x1f{part}\x1f\x1f{place}"
    first, second = (os.fstat(end.fileno()).st_ino for end in ends)  # type: ignore[attr-defined]
    _add(ends[0], PIPE, text, group=(call, kind, place, True), numbers=(0, first, second))


def found_semaphore(name: str) -> tuple[memoryview, int] | None:
    """Return where to write who takes the lock called *name*, which another process made."""
    folder = surroundings().folder
    if not folder:
        return None
    if _Makers.named is None:
        _Makers.named = NamedThings(folder)
    return _Makers.named.find(name)


def _add(
    owner: object,
    what: int,
    text: str,
    *,
    group: tuple[object, ...],
    numbers: tuple[int, int, int],
) -> tuple[memoryview, int] | None:
    things = _things()
    if things is None:
        return None
    if group[-1] or group[:-1] != _Makers.last:
        _Makers.group += 1
    _Makers.last = group[:-1]
    at = things.add(owner, what, text, group=_Makers.group, numbers=numbers)
    return (things.words, at) if at >= 0 else None


def _things() -> SharedThings | None:
    if _Makers.pid != ME[0]:
        _Makers.pid, _Makers.things, _Makers.named = ME[0], None, None
        folder = surroundings().folder
        if folder and surroundings().shared:
            try:
                _Makers.things = SharedThings(folder)
            except OSError:
                pass
    return _Makers.things


def _origin(made: str) -> tuple[str, str, str, int]:
    """Return what the user made, of which *made* is a part, where, and which call made it."""
    part, inner, frame = made, None, sys._getframe(2)
    for _ in range(_STEPS):
        if not f"{frame.f_globals.get('__name__', '')}.".startswith(_LIBRARY):
            break
        inner = frame
        owner = _made_by(frame)
        if part == made and owner not in {"", made, "SemLock"}:
            part = f"{owner}.{made}"
        if frame.f_back is None:
            return made, part, "", 0
        frame = frame.f_back
    kind = _kind(inner) if inner is not None else ""
    return kind or made, part, f"{frame.f_code.co_filename}:{frame.f_lineno}", id(inner)


def _kind(frame: FrameType) -> str:
    name = frame.f_code.co_name
    return _made_by(frame) or ("" if name.startswith("_") else name)


def _made_by(frame: FrameType) -> str:
    """Return the class whose object *frame* is making, or nothing."""
    if frame.f_code.co_name != "__init__":
        return ""
    return type(frame.f_locals.get("self")).__name__
