"""Read the findings of workers that had no run around them, and take each in once.

```text
  worker: append ─▶ spool/PID-x.jsonl ─ from where we stopped ─▶ Store.save ─▶ remove
                                                                (with where we stop now)
```

A worker may still be alive and keep its file open.  So a file is read up to its last whole line,
how far is saved in one transaction with what was found, and the file is removed only when its
writer has gone.  A command that dies in between neither loses a line nor takes it in twice.
Only one process collects at a time.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TypeAlias

from ..model import Run
from ._place import SPOOL
from ._store import Saved, Store

Envelope: TypeAlias = "dict[str, object]"

# A longer line is no envelope of ours, which are bounded; it must not fill our memory.
_LINE_BYTES = 16 << 20
# Bytes of all spools that one command takes in; the next one goes on where it stopped.
# More: a command runs out of memory.  Fewer: what belongs together becomes two runs.
_MOST_BYTES = 64 << 20
_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What was found in a spool."""

    saved: Saved | None = None
    envelopes: int = 0
    garbled: int = 0
    """Lines that are no envelopes, or of a later version."""


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What has been read so far, and how far in each file."""

    envelopes: list[Envelope] = field(default_factory=list)
    ends: dict[str, int] = field(default_factory=dict)
    garbled: int = 0
    odd: set[str] = field(default_factory=set)
    """Files with garbled lines."""
    left_bytes: int = _MOST_BYTES


def collect_spool(store: Store, build: Callable[[Sequence[Envelope]], Run | None]) -> Collected:
    """Save what workers without a run have left; *build* makes a run of their envelopes.

    Raises:
        StoreError: it cannot be saved; everything stays where it is.
    """
    spool = store.folder / SPOOL
    if not any(_files(spool)):
        return Collected()
    with _alone(spool) as mine:
        return _collect(store, spool, build) if mine else Collected()


def _collect(
    store: Store, spool: Path, build: Callable[[Sequence[Envelope]], Run | None]
) -> Collected:
    known = store.spooled()
    reading = _read(spool, known)
    run = build(reading.envelopes) if reading.envelopes else None
    saved = store.save(run, spool=reading.ends) if run is not None else None
    for path in list(_files(spool)):
        _tidy(path, {**known, **reading.ends}, odd=path.name in reading.odd)
    gone = [name for name in known if not (spool / name).exists()]
    if gone:
        store.forget_spool(gone)
    return Collected(saved=saved, envelopes=len(reading.envelopes), garbled=reading.garbled)


def _read(spool: Path, known: dict[str, int]) -> _Reading:
    reading = _Reading()
    for path in sorted(_files(spool), key=_written):
        _read_file(path, known.get(path.name, 0), reading)
    return reading


def _read_file(path: Path, start: int, reading: _Reading) -> None:
    try:
        with path.open("rb") as file:
            file.seek(start)
            _read_lines(file, path.name, reading)
    except OSError:
        pass  # closed to us: it stays for a command that may


def _read_lines(file: BinaryIO, name: str, reading: _Reading) -> None:
    while reading.left_bytes > 0:
        line = file.readline(_LINE_BYTES)
        whole = line.endswith(b"\n") or _skip_rest(file, line)
        if not whole:
            return  # torn: its writer died, or is just at it
        reading.left_bytes -= len(line)
        reading.ends[name] = file.tell()
        envelope = _parsed(line)
        if envelope is None:
            reading.garbled += 1
            reading.odd.add(name)
        else:
            reading.envelopes.append(envelope)


def _skip_rest(file: BinaryIO, line: bytes) -> bool:
    """Return whether an endless *line* did end, having read over it."""
    if len(line) < _LINE_BYTES:
        return False
    while rest := file.readline(_LINE_BYTES):
        if rest.endswith(b"\n"):
            return True
    return False


def _parsed(line: bytes) -> Envelope | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or found.get("v") != _VERSION:
        return None
    return found if isinstance(found.get("type"), str) else None


def _tidy(path: Path, ends: dict[str, int], *, odd: bool) -> None:
    """Remove a file that has been read whole and whose writer has gone.

    One with lines that we could not read is put aside: a later mpdiag may know them.
    """
    try:
        if _has_writer(path) or not _is_read(path, ends.get(path.name, 0)):
            return
        if odd:
            path.rename(path.with_name(f"{path.name}.odd"))
        else:
            path.unlink()
    except OSError:
        pass  # its place in the file is remembered


def _is_read(path: Path, end: int) -> bool:
    """Return whether nothing but a torn line lies behind *end*."""
    with path.open("rb") as file:
        file.seek(end)
        return b"\n" not in file.read(_LINE_BYTES)


def _has_writer(path: Path) -> bool:
    """Return whether the worker that made *path* may still write: it lives, or holds a lock."""
    pid = path.name.partition("-")[0]
    try:
        if pid.isdigit() and int(pid) > 0:
            os.kill(int(pid), 0)
            return True
    except (ProcessLookupError, OverflowError):
        pass
    except OSError:
        return True
    return _is_locked(path)


def _is_locked(path: Path) -> bool:
    try:
        import fcntl
    except ImportError:
        return False
    with path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False  # a file system without locks
    return False


def _files(spool: Path) -> Iterator[Path]:
    """Yield the files of a spool.

    Not what a link leads to: it may come with a clone, and what is read here is removed.
    """
    try:
        found = [] if spool.is_symlink() else list(spool.glob("*.jsonl"))
    except OSError:
        return  # closed to us, as the store itself will say
    yield from filter(_is_file, found)


def _is_file(path: Path) -> bool:
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def _written(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


@contextmanager
def _alone(spool: Path) -> Iterator[bool]:
    """Say whether no other process collects; hold the place meanwhile."""
    try:
        import fcntl

        descriptor = os.open(spool, os.O_RDONLY)
    except (ImportError, OSError):
        yield True
        return
    try:
        yield _is_first(fcntl.flock, descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(descriptor)


def _is_first(lock: Callable[[int, int], object], descriptor: int, how: int) -> bool:
    try:
        lock(descriptor, how)
    except BlockingIOError:
        return False
    except OSError:
        return True  # a file system without locks
    return True
