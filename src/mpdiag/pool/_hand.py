"""One worker, as its owner knows it."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import time
from collections import deque
from contextlib import suppress
from mmap import mmap
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING

from ..model import Ending, to_plain
from ..recorder import ENDING, HEAD_BYTES, Reading, Word, read, read_map, stamp_sent
from ..worker import surroundings
from ._blocks import Blocks, Passing
from ._ends import shut
from ._limits import Over
from ._slot import Slot
from ._stats import Account
from ._wire import Inbox
from ._work import Frame

if TYPE_CHECKING:
    from ..evidence import Memory

# Seconds from the end of a worker's socket to its own; after that it is killed.
GOING = 1.0
# Seconds that whoever has reaped a worker has to note how it ended; after that nobody knows.
REAPED = 0.2


class Hand:
    """A process that runs tasks, its socket, and the frames it has."""

    def __init__(
        self, process: BaseProcess, end: socket.socket, slot: Slot, number: int, blocks: Blocks
    ) -> None:
        self.process, self.end, self.slot, self.number = process, end, slot, number
        self.pid = process.pid or 0
        self.inbox = Inbox(end)
        self.flying: list[Frame] = []
        self.blocks = blocks
        self.known: set[int] = set()
        self.came: deque[tuple[int, bytes | bytearray]] = deque()
        """What was read from it, and is to be taken in."""
        self.innocent = False
        """It is ended for what its owner did: no task of it is to blame."""
        self.sent = 0
        """Tasks that it was handed, of those it may run before it is replaced."""
        self.ready = self.leaving = self.gone = False
        self.held = False
        """It was told to stop, and has still to answer what it has."""
        self.garbled = False
        self.account = Account()
        self.misfit = ""
        """Why it can run no task at all."""
        self.armed: bytes | None = None
        """How it is asked for its stack; None until it was told to get ready for that."""
        self.over: Over | None = None
        self.memory: Memory | None = None
        self.heavy_at: tuple[int, int] | None = None
        """The task with which it was seen over the limit of memory."""
        self.failed_start: bytes | None = None
        self._folder = surroundings().folder
        self._words: memoryview | None = None
        self._out: deque[memoryview | Passing] = deque()
        self.watch, self._own_watch = _watched(process)

    @property
    def has_room(self) -> bool:
        """Whether it may be handed a frame now."""
        flying = self.flying
        if self.held:
            return False
        return not flying or (len(flying) == 1 and flying[0].function.pace.quick)

    @property
    def blocked(self) -> bool:
        """Whether part of a frame has still to be written."""
        return bool(self._out)

    def send(self, pieces: list[bytes]) -> None:
        """Write a frame, or as much of it as there is room for."""
        self._out.extend(map(memoryview, pieces))
        self.account.sent += sum(map(len, pieces))
        self.write_on()

    def take_back(self, seq: int, wanted: int) -> None:
        """Take the block of a frame that is done, and offer a better one if there is need."""
        passing = self.blocks.back(seq, wanted)
        if passing is not None:
            self._out.append(passing)
            self.write_on()

    def write_on(self) -> None:
        """Go on writing; what a dead worker does not read is forgotten with it."""
        out = self._out
        try:
            while out:
                piece = out[0]
                if isinstance(piece, Passing):
                    piece.send(self.end)
                    out.popleft()
                    continue
                sent = self.end.send(piece)
                if sent < len(piece):
                    out[0] = piece[sent:]
                else:
                    out.popleft()
        except BlockingIOError:
            pass
        except OSError:
            out.clear()

    def reading(self) -> Reading | None:
        """Return its flight recorder."""
        if self._folder:
            found = read(f"{self._folder}/{self.pid}.rec")
            if found is not None:
                return found
        return read_map(self.slot.map)

    @property
    def words(self) -> memoryview | None:
        """Its recorder, to be read and written; None as long as it writes to none."""
        if self._words is None:
            self._words = self._find_words()
        return self._words

    def repeated(self, tasks: int) -> None:
        """Note that so many tasks that it ran had begun before: a report counts them once."""
        words = self.words
        if words is not None:
            words[Word.REPEATED] += tasks

    def _find_words(self) -> memoryview | None:
        mapped: mmap | None = self.slot.map
        if self._folder:
            mapped = _head_of(f"{self._folder}/{self.pid}.rec")
        if mapped is None:
            return None
        words = memoryview(mapped).cast("Q")
        return words if words[Word.PID] == self.pid else None

    def ended(self, patience: float = GOING) -> int | None:
        """Return its exit code; one that does not end in time is killed."""
        if not self._has_gone(patience):
            self.process.kill()
            self._has_gone(5 * GOING)
        self._watch_no_more()
        return self.process.exitcode

    def kill(self, why: str, ending: Ending | None = None) -> None:
        """End it now, for *why*; a run around the program is told so."""
        if self._folder:
            with suppress(Exception):
                self._tell(why, ending)
        with suppress(OSError, AttributeError):  # gone, or a Python without the call
            if self._own_watch:
                signal.pidfd_send_signal(self.watch, signal.SIGKILL)
                return
        self.process.kill()

    def _tell(self, why: str, ending: Ending | None) -> None:
        import json

        path = f"{self._folder}/{self.pid}"
        if ending is not None:
            with Path(f"{path}{ENDING}").open("w", encoding="utf-8") as file:
                json.dump(to_plain(ending), file)
        stamp_sent(f"{path}.rec", signal.SIGKILL, why)

    def _has_gone(self, patience: float) -> bool:
        """Wait until it has ended, by the kernel's word if that can be had; return whether it has.

        Another thread that starts a process reaps ours, and tells how it ended a moment later.
        """
        if not self._own_watch:
            self.process.join(patience)
            return self.process.exitcode is not None
        poll = select.poll()
        poll.register(self.watch, select.POLLIN)
        if not poll.poll(patience * 1000):
            return False
        if self.process.exitcode is None:
            self.process.join(GOING)  # a forkserver tells it
        deadline = time.monotonic() + REAPED
        while self.process.exitcode is None and time.monotonic() < deadline:
            time.sleep(0.001)
        self.process.join(0)
        return True

    @property
    def has_ended(self) -> bool:
        """Whether its end is known; nothing is left open then."""
        if self.process.exitcode is None:
            return False
        self.process.join(0)  # else multiprocessing keeps it, and its pipes, until its next start
        self._watch_no_more()
        return True

    def close(self) -> None:
        """Let go of its socket; a worker that waits for a frame ends by it."""
        shut(self.end)
        if self.over is not None:
            self.over.asked.close()
        self._out.clear()
        self.blocks.close()
        self.slot.let_go()

    def _watch_no_more(self) -> None:
        if self._own_watch:
            self._own_watch = False
            with suppress(OSError):
                os.close(self.watch)


def _head_of(path: str) -> mmap | None:
    """Map the part of a recorder's file that stays when it is shrunk."""
    try:
        with Path(path).open("r+b") as file:
            return mmap(file.fileno(), HEAD_BYTES)
    except (OSError, ValueError):
        return None


def _watched(process: BaseProcess) -> tuple[int, bool]:
    """Return a descriptor that becomes readable when *process* ends, and whether it is ours.

    The sentinel of multiprocessing is a pipe, which children of the worker keep open.
    """
    if sys.platform == "linux" and hasattr(os, "pidfd_open"):
        try:
            return os.pidfd_open(process.pid or 0), True
        except OSError:
            pass  # an old kernel, or it is gone already
    return process.sentinel, False
