"""Make the folder and the file of a store, closed to others."""

from __future__ import annotations

import os
from pathlib import Path

FILE = "mpdiag.sqlite3"
SPOOL = "spool"


def make_folder(folder: Path) -> None:
    """Make the folder of a store, closed to others and invisible to git.

    A folder that is there keeps its mode: it may hold other things of the user.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        if not folder.is_dir():
            raise NotADirectoryError(f"{folder} is a file") from None
        if folder.name != ".mpdiag":
            return
    ignore = folder / ".gitignore"
    if not ignore.exists():
        _write_new(ignore, b"*\n")


def make_file(folder: Path) -> Path:
    """Return the file of the store in *folder*, made empty and closed to others if missing."""
    path = folder / FILE
    if not path.exists():
        _write_new(path, b"")
    return path


def _write_new(path: Path, content: bytes) -> None:
    """Write *content* to a new file; one that another process made meanwhile stays."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    try:
        os.write(descriptor, content)
    finally:
        os.close(descriptor)
