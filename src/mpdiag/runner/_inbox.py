"""Read what the processes of a run have told, while it runs and at its end.

Memory is bounded: of each fault the first occurrences and a sample are kept, as the limits say.
"""

from __future__ import annotations

import json
import os
import random
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ..judge import read_failure
from ..model import Failure, Fingerprint, Unwatched, from_plain, to_plain
from ..options import Limits
from ._folder import RunFolder
from ._spools import Spools

# Largest message of the socket.
_DATAGRAM = 1 << 20
# Occurrences of a fault that keep what ran before them: another worker may have done more.
_HISTORIES = 3
_CREDENTIALS = struct.Struct("3i")


@dataclass(slots=True)
class Kept:
    """The occurrences of one fault that fit the limits."""

    first: list[Failure] = field(default_factory=list)
    sample: list[Failure] = field(default_factory=list)
    last: Failure | None = None
    seen: int = 0
    saved: int = 0
    """How many of *first* are in a spool that stays."""


class Inbox:
    """Everything that was told so far."""

    def __init__(self, folder: RunFolder, limits: Limits) -> None:
        self.folder, self.limits = folder, limits
        self.kept: dict[tuple[Fingerprint, str], Kept] = {}
        self.ended_notes: set[str] = set()
        self.tests = False
        """pytest runs in it, and tells which exceptions failed a test."""
        self.rescued: list[str] = []
        self.started: dict[int, Unwatched] = {}
        self.unwatched: list[Unwatched] = []
        self.unrecorded: set[int] = set()
        self.unsent = 0
        """Tasks, or chunks of tasks, that never reached a worker."""
        self.dropped = 0
        self.as_text = 0
        """Occurrences whose inputs are kept as text only, for they would take too much memory."""
        self._bytes = 0
        self._spools = Spools(folder.path, self._unsaved) if folder.path is not None else None

    def read(self) -> list[Failure]:
        """Take in what is new; return the first failure of each new fault."""
        fresh: list[Failure] = []
        for line in self._lines():
            found = self._take(line)
            if found is not None:
                fresh.append(found)
        return fresh

    def failures(self) -> Iterator[Failure]:
        """Yield the kept occurrences of every fault."""
        for kept in self.kept.values():
            yield from kept.first
            yield from kept.sample
            if kept.last is not None and kept.last is not (kept.sample or kept.first)[-1]:
                yield kept.last

    def _lines(self) -> Iterator[bytes]:
        if self._spools is not None:
            yield from self._spools.lines()
        yield from _datagrams(self.folder.socket)

    def _unsaved(self) -> Iterator[bytes]:
        """Yield the first occurrences of each fault as lines of a spool, each once."""
        for kept in self.kept.values():
            for failure in kept.first[kept.saved :]:
                envelope = {"v": 1, "type": "failure", **to_plain(failure)}
                yield json.dumps(envelope).encode() + b"\n"
            kept.saved = len(kept.first)

    def close(self) -> None:
        """Give the descriptors back; nothing more is read."""
        if self._spools is not None:
            self._spools.close()

    def _take(self, line: bytes) -> Failure | None:
        try:
            envelope = json.loads(line)
            match envelope["type"]:
                case "failure":
                    return self._failure(read_failure(envelope))
                case "outcome":
                    self.ended_notes |= set(envelope["notes"])
                case "tests":
                    self.tests = True
                case "rescued":
                    self.rescued.append(str(envelope["text"]))
                case "unrecorded":
                    self.unrecorded.add(int(envelope["pid"]))
                case "unsent":
                    self.unsent += 1
                case "unwatched":
                    self.unwatched.append(from_plain(Unwatched, envelope))
                case "started":
                    found = from_plain(Unwatched, envelope)
                    self.started[found.pid] = found
        except (ValueError, KeyError, TypeError, AttributeError):
            self.dropped += 1
        return None

    def _failure(self, failure: Failure) -> Failure | None:
        kept = self.kept.setdefault((failure.fingerprint, failure.worker.test), Kept())
        kept.seen += 1
        if kept.seen > _HISTORIES:
            failure = replace(failure, history=None)
        if len(kept.first) < self.limits.first:
            kept.first.append(self._within_limits(failure, always=not kept.first))
            return kept.first[-1] if kept.seen == 1 else None
        kept.last = failure
        if len(kept.sample) < self.limits.reservoir:
            kept.sample.append(self._within_limits(failure))
        elif (place := random.randrange(kept.seen)) < self.limits.reservoir:  # noqa: S311
            self._bytes -= _size(kept.sample[place])
            kept.sample[place] = self._within_limits(failure)
        return None

    def _within_limits(self, failure: Failure, *, always: bool = False) -> Failure:
        """Return *failure*, without the bytes of its inputs when all that is kept has too many."""
        size = _size(failure)
        if always or self._bytes + size <= self.limits.reservoir_bytes:
            self._bytes += size
            return failure
        self.as_text += 1
        return replace(failure, inputs=replace(failure.inputs, encoded=None, encoding="text"))


def _size(failure: Failure) -> int:
    return len(failure.inputs.encoded or b"")


def _datagrams(end: socket.socket) -> Iterator[bytes]:
    """Yield what came by the socket, from processes of this user only."""
    while True:
        try:
            room = socket.CMSG_SPACE(_CREDENTIALS.size)
            raw, ancillary, _, _ = end.recvmsg(_DATAGRAM, room)
        except OSError:
            return
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                _, uid, _ = _CREDENTIALS.unpack(data[: _CREDENTIALS.size])
                if uid == os.getuid():
                    yield raw
