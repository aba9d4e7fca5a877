"""Ask the processes of a run for their stacks, by a signal that would end any other process.

head of PID.stacks ─▶ still this process? its file open, signal caught? ─▶ pidfd_send_signal
│
text behind the head ◀── faulthandler in the process ◀───────────────────────────┘
"""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..evidence import Stack, signals_of, stacks_in, vitals

NOT_ARMED = "not armed"
# Seconds to wait for all dumps together.  Longer: the runner is deaf to signals meanwhile.
# Shorter: processes that wait for a processor are left out.
PATIENCE = 1.0
# Seconds between two looks at the files; a dump that has not grown from one to the next is whole.
LOOK = 0.01
_HEAD_BYTES = 200
_LONGEST = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """The stacks of one process, or why there are none."""

    threads: tuple[Stack, ...] = ()
    main: int = 0
    """Ident of the main thread."""
    why_not: str = ""


@dataclass(slots=True)
class _Asked:
    """A process that has been sent the signal."""

    file: int
    begin: int
    main: int
    last: int = -1
    text: str = ""
    whole: bool = False

    def look(self) -> bool:
        """Return whether the dump is complete: the main thread, which comes last, and no more."""
        size = os.fstat(self.file).st_size
        if size != self.last or size == self.begin:
            self.last = size
            return False
        raw = os.pread(self.file, min(size - self.begin, _LONGEST), self.begin)
        self.text = raw.decode("ascii", "replace")
        self.whole = f"thread 0x{self.main:016x}" in self.text.lower() or size >= _LONGEST
        return self.whole


def ask(folder: Path, pids: Iterable[int], *, patience: float = PATIENCE) -> dict[int, Dump]:
    """Return the stacks of *pids* at this moment, one dump for each."""
    found: dict[int, Dump] = {}
    asked: dict[int, _Asked] = {}
    try:
        for pid in pids:
            answer = _send(folder / f"{pid}.stacks", pid)
            if isinstance(answer, _Asked):
                asked[pid] = answer
            else:
                found[pid] = Dump(why_not=answer)
        _await(asked, time.monotonic() + patience)
        found |= {pid: _dump(one, patience) for pid, one in asked.items()}
    finally:
        for one in asked.values():
            os.close(one.file)
    return found


def _await(asked: dict[int, _Asked], deadline: float) -> None:
    waiting = list(asked.values())
    while waiting and time.monotonic() < deadline:
        time.sleep(LOOK)
        waiting = [one for one in waiting if not one.look()]


def _dump(one: _Asked, patience: float) -> Dump:
    threads = tuple(stacks_in(one.text))
    if not threads:
        return Dump(why_not=f"no answer within {patience:g} s")
    if one.whole:
        _shorten(one)
    return Dump(threads=threads, main=one.main)


def _shorten(one: _Asked) -> None:
    """Let the file not grow from dump to dump; the process appends wherever its end is."""
    try:
        os.ftruncate(one.file, one.begin)
    except OSError:
        pass


def _send(path: Path, pid: int) -> _Asked | str:
    """Ask *pid* for its stacks; return where they will be, or why it cannot be asked."""
    try:
        file = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return NOT_ARMED
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        head = os.pread(file, _HEAD_BYTES, 0).partition(b"\n")[0].decode("ascii", "replace")
        words = head.split()
        number, fd, ticks, main = (int(word) for word in words[1:5])
        with pinned(pid) as handle:
            why_not = _refusal(path, pid, number=number, fd=fd, ticks=ticks)
            if not why_not:
                begin = os.fstat(file).st_size
                signal.pidfd_send_signal(handle, number)
                return _Asked(os.dup(file), begin, main)
    except BlockingIOError:
        return "somebody else is asking"
    except (OSError, ValueError):
        return "gone"
    finally:
        os.close(file)
    return why_not


@contextmanager
def pinned(pid: int) -> Iterator[int]:
    """Hold *pid*, so that no other process is meant when it ends meanwhile."""
    handle = os.pidfd_open(pid)
    try:
        yield handle
    finally:
        os.close(handle)


def _refusal(path: Path, pid: int, *, number: int, fd: int, ticks: int) -> str:
    """Return why the signal must not be sent to *pid*; empty when it may."""
    now = vitals(pid)
    if now is None or now.state in "ZX":
        return "gone"
    if now.started_ticks != ticks:
        return NOT_ARMED
    if now.state in "Tt":
        return "stopped"
    try:
        # After an exec the number may be handled by somebody else; the descriptor is closed then.
        its, ours = os.stat(f"/proc/{pid}/fd/{fd}"), path.stat()  # noqa: PTH116
    except OSError:
        return NOT_ARMED
    caught, blocked = signals_of(pid)
    if (its.st_dev, its.st_ino) != (ours.st_dev, ours.st_ino) or number not in caught:
        return NOT_ARMED
    return "it blocks the signal" if number in blocked else ""
