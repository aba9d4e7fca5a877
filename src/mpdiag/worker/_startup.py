"""Errors of workers that never come to a first task: told once, and left for their owner.

    worker                                         owner
    ──────                                         ─────
    initializer, import of main, unpickling ─▶ <pid>.start ─▶ the error that its caller gets

A pool of the standard library replaces such workers for ever, and tells nobody but stderr.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from ._around import surroundings
from ._capture import Call, add_note, capture
from ._state import WorkerState
from ._trace import walk, without_ours

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    from ..model import Verdict

LABEL = "start of a worker"
IMPORT, UNPICKLE = "import of the main module", "reading its target and arguments"
# Stands for the target of a worker that never came to know it; a report names it without ours.
start_worker = type("start_worker", (), {"__module__": "__main__"})
NO_GUARD = 'no `if __name__ == "__main__"` in the main module'
# In the text of the error that multiprocessing raises below a main module without a guard.
_BOOTSTRAP = "bootstrapping phase"


def initializer_failed(
    error: BaseException,
    call: tuple[Callable[..., object], tuple[object, ...]],
    *,
    pool: str,
    state: WorkerState,
) -> bool:
    """Tell that the initializer of a *pool* raised; return whether another worker said the same.

    Runs in the worker, while *error* is live.
    """
    initializer, args = call
    position = f"initializer of {pool}"
    found = Call(initializer, args, {}, "initializer", position=position)
    note = capture(error, found, state=state)
    return _leave(error, position, note)


def start_failed(error: BaseException, *, name: str, importing: bool) -> bool:
    """The same for what raised before a spawned worker was a worker; *name* is its process's.

    *importing* says that it was the main module, not the target and its arguments.  A missing
    main guard is one line here: the traceback of it is long, and in the error of the caller.
    """
    phase = IMPORT if importing else UNPICKLE
    position = f"start of {name or 'a worker'}, {phase}"
    call = Call(start_worker, (), {}, LABEL, position=position)
    note = capture(error, call, state=None, verdict=_verdict(error, phase))
    again = _leave(error, position, note)
    if not is_without_guard(error) or not surroundings().folder:
        return again
    if not again and sys.stderr is not None:
        sys.stderr.write(
            f"mpdiag: {NO_GUARD}: {name} (pid {os.getpid()}) imports it,"
            f" and meets a start of processes{_place_in_main(error)}\n"
        )
    return True


def _place_in_main(error: BaseException) -> str:
    """Return the line of the main module that started processes while a worker imported it."""
    mains = [
        entry
        for entry in walk(error.__traceback__)
        if entry.tb_frame.f_globals.get("__name__") == "__mp_main__"
    ]
    return f" in {mains[0].tb_frame.f_code.co_filename}:{mains[0].tb_lineno}" if mains else ""


def tell_start(error: BaseException, verdict: Verdict, *, name: str, pid: int) -> None:
    """Tell of a worker that died at its start, and add the note; runs in its owner."""
    call = Call(start_worker, (), {}, LABEL, position=f"start of {name}", pid=pid)
    note = capture(error, call, state=None, verdict=verdict)
    if note:
        add_note(error, note)


def is_without_guard(error: BaseException) -> bool:
    """Whether *error* says that the main module starts processes while a child imports it."""
    return isinstance(error, RuntimeError) and _BOOTSTRAP in str(error)


def _verdict(error: BaseException, phase: str) -> Verdict:
    from ..model import Cause, Certainty, Verdict

    words = f"{type(error).__name__}: {error}".strip().partition("\n")[0]
    headline, evidence = words, f"raised by the {phase}, before the worker could take a task"
    fix = "start the workers by fork, or make the module importable where they start"
    if is_without_guard(error):
        headline = NO_GUARD
        evidence = "each worker imports the main module (spawn, forkserver), and met a start there"
        fix = 'put what starts workers below `if __name__ == "__main__":`'
    elif phase == UNPICKLE:
        fix = "define the target at the top of a module that the worker can import"
    elif not isinstance(error, ImportError):
        fix = 'keep what only the program needs below `if __name__ == "__main__":`'
    return Verdict(
        cause=Cause.RAISED,
        certainty=Certainty.PROVEN,
        headline=headline,
        evidence=(evidence,),
        fix=fix,
    )


def _leave(error: BaseException, position: str, note: str) -> bool:
    """Leave *error* where its owner looks for it; return whether it has been printed before."""
    folder = surroundings().folder
    if not folder:
        return False
    try:
        return _write(error, folder, position, note)
    except Exception:
        return False


def _write(error: BaseException, folder: str, position: str, note: str) -> bool:
    import pickle
    from zlib import crc32

    from ._transport import pack, remote_text

    error.__traceback__ = without_ours(error.__traceback__)
    text = remote_text(error)
    remote = _remote_traceback()
    raw = pickle.dumps((position, text, pack(error, remote, note)))
    path = f"{folder}/{os.getpid()}.start"
    with open(f"{path}~", "wb") as file:
        file.write(raw)
    os.replace(f"{path}~", path)
    places = [(x.tb_frame.f_code.co_filename, x.tb_lineno) for x in walk(error.__traceback__)]
    same = crc32(repr((type(error).__qualname__, places)).encode("utf-8", "replace"))
    return not _is_first(f"{folder}/{same:08x}.told")


def _remote_traceback() -> type[Exception]:
    from multiprocessing.pool import RemoteTraceback  # type: ignore[attr-defined]

    found: type[Exception] = RemoteTraceback
    return found


def _is_first(path: str) -> bool:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError:
        return False
    except OSError:
        pass
    return True


def read_start(pid: int) -> tuple[str, str, BaseException] | None:
    """Return where the start of worker *pid* failed, its traceback as text, and the error.

    Runs in the owner, as the loading of any answer does.
    """
    import pickle

    try:
        with open(f"{surroundings().folder}/{pid}.start", "rb") as file:
            position, text, error = pickle.load(file)
    except Exception:
        return None
    return (position, text, error) if isinstance(error, BaseException) else None
