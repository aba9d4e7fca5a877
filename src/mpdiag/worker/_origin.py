"""What a second call of a task has to restore, left by the first worker of each owner.

Written before anything fails, since a worker that is killed tells nothing.
"""

from __future__ import annotations

import os
import sys


def origin() -> tuple[str, list[str], list[str], str, str]:
    """Return working directory, arguments, path, and file and name of the main module."""
    main = sys.modules.get("__main__")
    file = getattr(main, "__file__", None)
    spec = getattr(main, "__spec__", None)
    name = getattr(spec, "name", None)
    try:
        cwd = os.getcwd()
    except OSError:
        cwd = ""
    return (
        cwd,
        [word for word in getattr(sys, "argv", ()) if type(word) is str],
        [entry for entry in sys.path if type(entry) is str],
        _absolute(file) if type(file) is str else "",
        name if type(name) is str else "",
    )


def _absolute(file: str) -> str:
    """Return *file* as its frames name it: ``/job/../tool.py`` stays, for it is in fingerprints."""
    return file if os.path.isabs(file) else os.path.abspath(file)


def leave_origin(folder: str, owner: int) -> None:
    """Leave it in the *folder* of the run, whole, unless one of the same *owner* is there.

    A worker may be killed at any step: one that does not come to its end leaves it to the next.
    """
    path = f"{folder}/{owner}.origin"
    if not folder or os.path.exists(path):
        return
    try:
        draft = f"{path}.{os.getpid()}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, repr(origin()).encode("utf-8", "backslashreplace"))
        finally:
            os.close(handle)
        os.rename(draft, path)
    except Exception:
        pass  # there is no room for it
