"""The spools of a run, line by line, and removed as they are read: a run of days fills no disk.

worker ── appends ──▶ <pid>.spool ── read at each tick ──▶ inbox
│ large, and read to its end: its name is taken away
▼
a worker that finds its spool without a name goes on in a new one
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from ._folder import files_in

# Bytes read of a spool before it is removed.  More: more disk for each worker.  Fewer: what the
# report needs is written twice, lest it is lost with a killed runner.
RETIRE_BYTES = 8 << 20


class Spools:
    """What the processes of a run have told, each line once."""

    def __init__(self, folder: Path, keep: Callable[[], Iterator[bytes]]) -> None:
        """Read the spools in *folder*; *keep* yields what must outlive a spool that is removed."""
        self._folder, self._keep = folder, keep
        self._ends: dict[str, int] = {}
        self._retired: dict[str, list[BinaryIO]] = {}
        self._copies = 0

    def lines(self) -> Iterator[bytes]:
        """Yield the whole lines behind the last that was read; a torn one is read later."""
        for name in list(self._retired):
            yield from self._last_lines(name)
        for path in files_in(self._folder, ".spool"):
            try:
                with path.open("rb") as file:
                    file.seek(self._ends.get(path.name, 0))
                    yield from _whole_lines(file)
                    self._ends[path.name] = file.tell()
            except OSError:
                continue
            if self._ends[path.name] > RETIRE_BYTES:
                self._retire(path)

    def _retire(self, path: Path) -> None:
        """Take the name of a spool away; its writer may be just at its last line."""
        try:
            self._copy()
            file = path.open("rb")
            file.seek(self._ends.pop(path.name))
            path.unlink()
        except OSError:
            return
        self._retired.setdefault(path.name, []).append(file)

    def _copy(self) -> None:
        """Write what must not be lost with this process to a spool of its own."""
        lines = list(self._keep())
        if lines:
            self._copies += 1
            path = self._folder / f"kept-{self._copies}.spool"
            path.write_bytes(b"".join(lines))
            self._ends[path.name] = path.stat().st_size

    def _last_lines(self, name: str) -> Iterator[bytes]:
        """Yield what was appended meanwhile; once there is a new spool, nothing more will be."""
        done = (self._folder / name).exists()
        for file in self._retired[name]:
            yield from _whole_lines(file)
            if done:
                file.close()
        if done:
            del self._retired[name]

    def close(self) -> None:
        """Give the descriptors back."""
        for files in self._retired.values():
            for file in files:
                file.close()
        self._retired.clear()


def _whole_lines(file: BinaryIO) -> Iterator[bytes]:
    start = file.tell()
    while (line := file.readline()).endswith(b"\n"):
        start += len(line)
        yield line
    file.seek(start)
