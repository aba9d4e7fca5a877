"""What is on its way in a queue: how many, how large, how old, and who put it.

One mapped file for each queue, with a row for each process that puts or gets.  A process writes its
own row alone, so that nothing is locked and a kill leaves all of it readable.  In a row: pid, items
and bytes put, items and bytes got, when each of the last items was put, and the number of the last
item that was got from each row.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import pickle
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing import util
from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from typing import Any

from ._handle import Shared

# Processes that are told apart.  More: a larger file.  Those after the last are one row.
ROWS = 64
# Puts of which the time is known.  More: a larger file.  Fewer: of a long queue only the least
# age of the oldest item is known.
TIMES = 256
PID, PUT, PUT_BYTES, GOT, GOT_BYTES, FIRST_TIME = range(6)
FIRST_SEEN = FIRST_TIME + TIMES
WIDTH = FIRST_SEEN + ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One process, and what it did with the queue."""

    pid: int
    alive: bool
    put: int
    got: int
    waiting: int
    """Items that it put and nobody got; with a process that died they may be lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A queue at one moment."""

    depth: int
    """Items that were put and not got: in the pipe, in a feeder thread, or lost with it."""
    bytes: int
    """Their size as pickles."""
    oldest: float | None
    """Seconds since the oldest of them was put; None when there is none."""
    exact: bool
    """Whether *oldest* is its age, and not only the least that it can be."""
    rows: tuple[Row, ...]

    def __str__(self) -> str:
        """Return it as lines for people."""
        lines = [f"{self.depth:,} items, {self.bytes:,} bytes"]
        if self.oldest is not None:
            more = "" if self.exact else "at least "
            lines[0] += f", the oldest put {more}{self.oldest:.1f} s ago"
        for row in self.rows:
            state = "" if row.alive else " (dead)"
            waits = f", {row.waiting:,} of them never got" if row.waiting else ""
            lines.append(f"  pid {row.pid}{state}: put {row.put:,}{waits}; got {row.got:,}")
        return "\n".join(lines)


class Accounts:
    """The file; each process opens it by its name."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._pid, self._lock = 0, threading.Lock()

    @classmethod
    def make(cls) -> Accounts:
        """Return those of a new queue; the file goes with this process."""
        number, path = tempfile.mkstemp(prefix="accounts-", dir=util.get_temp_dir())
        try:
            os.posix_fallocate(number, 0, ROWS * WIDTH * 8)
        finally:
            os.close(number)
        return cls(path)

    def _open(self) -> int:
        """Map the file in this process; return where its row begins."""
        if self._pid != os.getpid():
            self._pid, self._lock = os.getpid(), threading.Lock()
            with Path(self.path).open("r+b") as file:
                self._words = memoryview(mmap.mmap(file.fileno(), 0)).cast("q")
                fcntl.lockf(file, fcntl.LOCK_EX)  # until the file is closed, or we are killed
                self._row = self._claim()
        return self._row

    def _claim(self) -> int:
        for row in range(0, ROWS * WIDTH, WIDTH):
            if self._words[row + PID] in {0, self._pid}:
                self._words[row + PID] = self._pid
                return row
        return (ROWS - 1) * WIDTH

    def put(self, item: object) -> tuple[int, int, bytes]:
        """Return what goes into the queue for *item*; `stands` makes it count."""
        row = self._open()
        raw = bytes(ForkingPickler.dumps(item))
        with self._lock:
            number = self._words[row + PUT] + 1
            self._words[row + FIRST_TIME + number % TIMES] = time.time_ns()
            self._words[row + PUT_BYTES] += len(raw)
            self._words[row + PUT] = number
        return row, number, raw

    def withdrawn(self, size: int) -> None:
        """Take the last put back: the queue did not."""
        with self._lock:
            self._words[self._row + PUT] -= 1
            self._words[self._row + PUT_BYTES] -= size

    def got(self, message: tuple[int, int, bytes]) -> Any:
        """Return the item in *message*, and count it."""
        mine = self._open()
        row, number, raw = message
        with self._lock:
            seen = mine + FIRST_SEEN + row // WIDTH
            self._words[seen] = max(self._words[seen], number)
            self._words[mine + GOT] += 1
            self._words[mine + GOT_BYTES] += len(raw)
        return pickle.loads(raw)

    def account(self) -> Account:
        """Return the queue as it is now."""
        self._open()
        words = self._words
        begins = [row for row in range(0, ROWS * WIDTH, WIDTH) if words[row + PID]]
        rows, ages, exact = [], [], True
        for row in begins:
            put = words[row + PUT]
            seen = max(words[other + FIRST_SEEN + row // WIDTH] for other in begins)
            waiting = max(0, put - seen)
            if waiting:
                known = min(waiting, TIMES)
                exact = exact and known == waiting
                ages.append(words[row + FIRST_TIME + (put - known + 1) % TIMES])
            pid = words[row + PID]
            rows.append(
                Row(pid=pid, alive=_alive(pid), put=put, got=words[row + GOT], waiting=waiting)
            )
        return Account(
            depth=max(0, sum(words[row + PUT] - words[row + GOT] for row in begins)),
            bytes=max(0, sum(words[row + PUT_BYTES] - words[row + GOT_BYTES] for row in begins)),
            oldest=max(0.0, time.time() - min(ages) / 1e9) if ages else None,
            exact=exact,
            rows=tuple(rows),
        )


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    return True


class Accounted(Shared):
    """The handle of a queue of which accounts are kept; all processes use handles."""

    @classmethod
    def of(cls, key: str, kind: str, own: object, accounts: Accounts) -> Accounted:
        """Return the handle in the process that shares."""
        made = cls(key, kind, own, None)
        made.__dict__["_accounts"] = accounts
        return made

    def _extra(self) -> str:
        return self._books().path

    def _books(self) -> Accounts:
        if "_accounts" not in self.__dict__:
            self.__dict__["_accounts"] = Accounts(self.__dict__["_extra_"])
        accounts: Accounts = self.__dict__["_accounts"]
        return accounts

    def put(self, item: object, *args: object, **kwargs: object) -> None:
        """Put *item*, as the queue does."""
        message = self._books().put(item)
        try:
            self._call("put", message, *args, **kwargs)
        except BaseException:
            self._books().withdrawn(len(message[2]))
            raise

    def put_nowait(self, item: object) -> None:
        """Put *item*, or raise `queue.Full`."""
        self.put(item, False)

    def get(self, *args: object, **kwargs: object) -> Any:
        """Return the next item, as the queue does."""
        return self._books().got(self._call("get", *args, **kwargs))

    def get_nowait(self) -> Any:
        """Return the next item, or raise `queue.Empty`."""
        return self.get(False)

    def opened(self, message: tuple[int, int, bytes]) -> Any:
        """Return the item in *message*, for whoever reads the pipe itself."""
        return self._books().got(message)

    def account(self) -> Account:
        """Return how many items are on their way, and whose."""
        return self._books().account()
