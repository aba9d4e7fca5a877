"""Let several children make their calls at the same moment.

parent                             children
──────                             ────────
lock the file
count the names beside it  ◀────── each leaves one when it is ready
unlock, when all are there ──────▶ each waits for the lock, and goes on
"""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

# Seconds between two looks at who has come.
_LOOK = 0.01
# Seconds to wait for those that do not come: their import ended them, say.
PATIENCE = 30.0


class Gate:
    """Closed until `open`, which waits for those who are to pass at once."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "gate"
        self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._handle, fcntl.LOCK_EX)

    def __enter__(self) -> Gate:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._handle)

    def open(self, count: int, *, patience: float = PATIENCE) -> None:
        """Let them pass when *count* have come, or after *patience* seconds."""
        until = time.monotonic() + patience
        while time.monotonic() < until and len(list(self._come())) < count:
            time.sleep(_LOOK)
        fcntl.flock(self._handle, fcntl.LOCK_UN)

    def _come(self) -> list[Path]:
        return list(self.path.parent.glob(f"{self.path.name}-*"))


def wait_at_gate(path: str) -> None:
    """Say that this process has come, and wait until the gate opens or its keeper is gone."""
    try:
        Path(f"{path}-{os.getpid()}").touch()
        handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
    finally:
        os.close(handle)
