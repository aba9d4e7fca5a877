"""Locks of ``threading`` that another thread holds while a process is forked.

    owner, before the fork    threads ─▶ their frames ─▶ locks in them that are taken
    child, after the fork     taken locks ─▶ ``<pid>.forked``, for whoever asks why it waits

The child has no thread but the one that forked: nobody in it can ever release them.  Runs at each
fork of a process with several threads, and costs it about as long as 50 lines of Python.
"""

from __future__ import annotations

import os
import sys

from ..worker import surroundings

TYPE_CHECKING = False  # as in typing, which would cost each process its import
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

# Innermost frames of a thread that are looked at, and names in each.  More: a fork takes longer.
# Fewer: a lock taken far above the place where the thread is now is not seen.
_FRAMES, _NAMES = 12, 40
# Locks of one fork that are told.
_MOST = 20

_LIBRARY = frozenset({"threading", "queue", "multiprocessing", "concurrent", "mpdiag", "selectors"})

_held: list[tuple[str, str, str, str]] = []


def before() -> None:
    """Look which locks the other threads hold; runs in the owner, in the thread that forks."""
    _held.clear()
    threading = sys.modules.get("threading")
    if threading is None or not surroundings().shared:
        return
    try:
        me = threading.get_ident()
        names = {thread.ident: thread.name for thread in threading.enumerate()}
        for ident, frame in sys._current_frames().items():
            if ident != me:
                _look(frame, names.get(ident, f"thread {ident}"), ident)
    except Exception:
        pass


def after_in_child() -> None:
    """Write down what was found; runs in the child."""
    if not _held:
        return
    try:
        text = "\n".join("\x1f".join(one) for one in _held[:_MOST])
        path = f"{surroundings().folder}/{os.getpid()}.forked"
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        os.write(handle, text.encode("utf-8", "replace"))
        os.close(handle)
    except Exception:
        pass
    _held.clear()


def after_in_parent() -> None:
    """Let go of what was found."""
    _held.clear()


def _look(frame: FrameType | None, thread: str, ident: int) -> None:
    place, seen = "", set[int]()
    for _ in range(_FRAMES):
        if frame is None:
            return
        module = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if module not in _LIBRARY:
            place = place or f"{frame.f_code.co_filename}:{frame.f_lineno}"
            for name, lock in _locks(frame):
                if id(lock) not in seen and _is_held(lock, ident):
                    seen.add(id(lock))
                    _held.append((name, thread, place, frame.f_code.co_filename))
        frame = frame.f_back


def _locks(frame: FrameType) -> Iterator[tuple[str, object]]:
    """Yield what looks like a lock among the names that *frame* uses, and in its object."""
    code, there, around = frame.f_code, frame.f_locals, frame.f_globals
    for name in (*code.co_varnames, *code.co_freevars, *code.co_cellvars)[:_NAMES]:
        value = there.get(name)
        yield name, value
        if name == "self":
            for attribute, inner in list(getattr(value, "__dict__", {}).items())[:_NAMES]:
                yield f"self.{attribute}", inner
    for name in code.co_names[:_NAMES]:
        value = around.get(name)
        if value is not None:
            yield name, value


def _is_held(lock: object, ident: int) -> bool:
    """Whether *lock* is a lock that is taken, by this thread where the lock can tell."""
    import _thread

    kind = type(lock)
    if kind is _thread.LockType:
        return bool(lock.locked())  # type: ignore[attr-defined]
    if kind is _thread.RLock:
        return f" owner={ident} " in repr(lock) and not repr(lock).startswith("<unlocked")
    if kind.__module__ == "threading" and kind.__name__ == "Condition":
        return _is_held(vars(lock).get("_lock"), ident)
    return False
