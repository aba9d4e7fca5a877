"""The folder of one run: where its workers record, and what tells a living run from a dead one."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from ..evidence import look_at
from ._locks import is_locked

# Bytes that must be free in a place.  Less: the program's own semaphores, which live in one of
# them, may find no room because of us.
_LEFT_FREE = 4 << 20


def places(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders that a recorder may live in, best first."""
    for name, default in (("XDG_RUNTIME_DIR", ""), ("TMPDIR", "/tmp")):  # noqa: S108
        if found := environ.get(name) or default:
            yield Path(found)
    yield Path("/dev/shm")  # noqa: S108 - the last of three, made with 0700 below it


@dataclass(slots=True)
class RunFolder:
    """The folder, locked as long as its runner lives; without one, *path* is None."""

    path: Path | None
    socket: socket.socket
    address: str
    """Abstract name of *socket*, for processes that can write no file."""
    lock: int = -1

    def environment(self) -> dict[str, str]:
        """Return what a process of the run must know."""
        return {"MPDIAG_RUN": str(self.path or ""), "MPDIAG_SOCKET": self.address}

    def recorders(self) -> list[Path]:
        """Return the recorder files that are there, oldest process id first."""
        return files_in(self.path) if self.path is not None else []

    def leave(self) -> None:
        """Let go, and leave what was recorded to the next command."""
        self.socket.close()
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1

    def remove(self) -> None:
        """Let go of everything."""
        self.socket.close()
        if self.path is not None:
            discard(self.path)
        if self.lock >= 0:
            os.close(self.lock)
            self.lock = -1


def files_in(folder: Path, suffix: str = ".rec") -> list[Path]:
    """Return the files in *folder* that end with *suffix*, by name; for every tick, so quick."""
    try:
        names = [name for name in os.listdir(folder) if name.endswith(suffix)]  # noqa: PTH208
    except OSError:
        return []
    return [folder / name for name in sorted(names)]


def make(run: str, environ: Mapping[str, str], facts: Mapping[str, object]) -> RunFolder:
    """Return the folder of a new run, in the first place that takes it."""
    end, address = _listen()
    for place in places(environ):
        path = place / f"mpdiag-{os.getuid()}" / run
        lock = _make(path, facts) if _takes(place) else -1
        if lock >= 0:
            return RunFolder(path, end, address, lock)
    return RunFolder(None, end, address)


def _takes(place: Path) -> bool:
    """Whether a recorder may live there, and leaves the program room for its own."""
    seen = look_at(str(place))
    return seen.is_local and (seen.free_bytes is None or seen.free_bytes > _LEFT_FREE)


def _make(path: Path, facts: Mapping[str, object]) -> int:
    """Make and lock the folder; return the descriptor of the lock, or -1."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if path.parent.stat().st_uid != os.getuid():
            return -1  # somebody else made it, in a folder that is open to all
        _clear(path)
        path.mkdir(mode=0o700)
        lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        (path / "run.json").write_text(json.dumps(facts), encoding="utf-8")
    except OSError:
        shutil.rmtree(path, ignore_errors=True)
        return -1
    return lock


def _clear(path: Path) -> None:
    """Remove what a run of the same name left behind, if nobody holds it any more."""
    if _is_abandoned(path):
        shutil.rmtree(path, ignore_errors=True)


def _listen() -> tuple[socket.socket, str]:
    """Open a socket that has no file: the last road out of a process that can write nowhere."""
    end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    address = f"mpdiag-{os.getpid()}-{os.urandom(8).hex()}"
    end.bind("\0" + address)
    end.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    return end, address


def abandoned(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders of runs whose runner was killed."""
    for place in places(environ):
        for path in sorted((place / f"mpdiag-{os.getuid()}").glob("*")):
            if _is_abandoned(path):
                yield path


def discard(path: Path) -> None:
    """Remove the folder of a run, and the one around it if no other run is in it."""
    shutil.rmtree(path, ignore_errors=True)
    try:
        path.parent.rmdir()
    except OSError:
        pass  # another run is in it


def living(environ: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders of runs that go on."""
    for place in places(environ):
        for path in sorted((place / f"mpdiag-{os.getuid()}").glob("*")):
            if (path / "run.json").exists() and not _is_abandoned(path):
                yield path


def _is_abandoned(path: Path) -> bool:
    return is_locked(path / "lock") is False
