"""Workers that ended without a fault: their files shrink and move aside; looks stay short."""

from __future__ import annotations

import os
import time
from pathlib import Path

from ..evidence import start_time
from ..recorder import Glance, Reading, Word, read, settle_past, shrink
from ._folder import RunFolder

# Seconds after an end for which its owner may still read the file.
SETTLED = 5.0
# Ended workers that a look at a run that stands still takes into account.  More: a pool whose
# workers are often replaced makes each look slow.  Fewer: whose workers have all gone is not seen.
_LAST = 200
# What only matters while a process lives, or when it failed.
_LEFTOVERS = (".fault", ".stacks", ".spill", ".past", ".ending", ".answer")
# What of its tasks stays to be compared with failures: a sample, and all where there is room.
_COMPARED = (".pass", ".ran")


class Ended:
    """The folder of the ended below the folder of a run."""

    def __init__(self, folder: RunFolder, ran_bytes: int) -> None:
        self.path = (folder.path or Path(os.devnull)) / "ended"
        self.here: set[int] = set()
        """Processes that had checked in, and whose file is gone."""
        self.waiting: dict[str, float] = {}
        """Files of workers that ended without a fault, and when their owners have read them."""
        self._number = 0
        self._left_bytes = ran_bytes

    def wait(self, path: Path, seen: Glance) -> None:
        """Leave the file of an ended worker to its owner for a while."""
        self.waiting[path.name] = seen.words[Word.EXIT_AT] / 1e9 + SETTLED

    def is_waiting(self, path: Path) -> bool:
        """Whether there is nothing to see in a file for now."""
        return time.time() < self.waiting.get(path.name, 0.0)

    def take(self, path: Path, seen: Glance) -> bool:
        """Move the file of an ended worker away; return whether that could be done."""
        if not seen.has_ended:
            return False
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
            if not seen.words[Word.FAILED]:  # the tasks before a failure are its history
                shrink(path)
            self._move(path)
        except OSError:
            return False
        self.waiting.pop(path.name, None)
        return True

    def settle(self, path: Path) -> None:
        """Bring together what an ended worker has worked through, if there is room for it."""
        ran = path.with_suffix(".ran")
        if self._left_bytes >= 0:
            settle_past(path)
            self._left_bytes -= ran.stat().st_size if ran.exists() else 0
        if self._left_bytes < 0:
            for one in (ran, path.with_suffix(".past")):
                one.unlink(missing_ok=True)

    def _move(self, path: Path) -> None:
        self._number += 1
        self.settle(path)
        for compared in map(path.with_suffix, _COMPARED):
            if compared.exists():
                compared.rename(self.path / f"{self._number}-{compared.name}")
        path.rename(self.path / f"{self._number}-{path.name}")
        for suffix in _LEFTOVERS:
            path.with_suffix(suffix).unlink(missing_ok=True)
        checked_in = path.with_suffix(".here")
        if path.stem.isdigit() and checked_in.exists():
            self.here.add(int(path.stem))
            checked_in.unlink(missing_ok=True)


def last_ended(folder: Path) -> list[Reading]:
    """Return the workers that ended last of those whose files stand aside, the newest last."""
    newest = sorted((folder / "ended").glob("[0-9]*-*.rec"), key=_number)
    return [one for path in newest[-_LAST:] if (one := read(path)) is not None]


def _number(path: Path) -> int:
    return int(path.name.partition("-")[0])


def is_gone(reading: Reading) -> bool:
    """Whether no process is left that could still answer."""
    ticks = start_time(reading.pid)
    if ticks is None or ticks == reading.start_ticks:
        try:
            os.kill(reading.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            return False
        return ticks is None
    return True
