"""Write the mark of one worker into its mapped file.

Runs in the child, before each task: no import beyond what a worker has anyway, nothing raised.
Before each mark the sequence number becomes odd, after it even: a torn mark is recognised.
"""

from __future__ import annotations

import os
import time
from mmap import mmap
from struct import Struct

from ._layout import (
    COUNTER_WORDS,
    COUNTERS,
    COUNTERS_AT,
    EXIT_BIAS,
    FILE_BYTES,
    MAGIC,
    NAME_AT,
    PASSES,
    PASSES_AT,
    PAYLOAD_AT,
    PAYLOAD_BYTES,
    PLACE_AT,
    PLACE_BYTES,
    RING,
    RING_AT,
    STDERR_AT,
    STDOUT_AT,
    TAIL_BYTES,
    TARGET_AT,
    TEXT_BYTES,
    Payload,
    State,
    Word,
    target_key,
)
from ._ticks import start_ticks

# The words from STATE to STARTED, written at once; and an entry of the ring.
_MARK, _MARK_AT, _ENTRY = Struct("7Q"), Word.STATE * 8, Struct("3Q")


class Recorder:
    """The writing end; one for each thread of a worker that runs tasks."""

    def __init__(
        self,
        folder: str,
        *,
        kind: int,
        number: int = 0,
        name: str = "",
        mapped: mmap | None = None,
    ) -> None:
        """Open a file in *folder*; without one the marks go to *mapped*, or to memory alone.

        A fork server may have the folder of a run that is over.
        """
        self.pid = os.getpid()
        self.path = ""
        self.map = self._open(folder) or mapped or mmap(-1, FILE_BYTES)
        self.words = memoryview(self.map).cast("Q")
        self.ring = self.words[RING_AT // 8 : RING_AT // 8 + RING * 3]
        self._spill = -1
        self._counters: dict[int, int] = {}
        words = self.words
        words[Word.PID], words[Word.OWNER] = self.pid, os.getppid()
        words[Word.NUMBER], words[Word.KIND] = number, kind
        words[Word.CREATED], words[Word.START_TICKS] = time.time_ns(), start_ticks()
        self.text(NAME_AT, name)
        words[Word.MAGIC] = MAGIC

    def _open(self, folder: str) -> mmap | None:
        for attempt in range(100 if folder else 0):
            path = f"{folder}/{self.pid}{f'-{attempt}' if attempt else ''}.rec"
            try:
                handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            except FileExistsError:  # the system used this process id before
                continue
            except OSError:
                break
            try:
                # A sparse file on a full disk would end the worker with SIGBUS at its first mark.
                os.posix_fallocate(handle, 0, FILE_BYTES)
                mapped = mmap(handle, FILE_BYTES)
            except OSError:
                os.unlink(path)
                break
            finally:
                os.close(handle)
            self.path = path
            return mapped
        return None

    def text(self, at: int, text: str) -> None:
        """Write *text*, cut to what fits, at the byte *at*."""
        raw = text.encode("utf-8", "replace")[:TEXT_BYTES]
        self.map[at : at + 2 + len(raw)] = len(raw).to_bytes(2, "little") + raw

    def target(self, name: str) -> None:
        """Name the callable that runs."""
        self.text(TARGET_AT, name)

    def mark(self, *, job: int, part: int, method: int, base: int, size: int, call: int) -> None:
        """Say which task, or chunk of *size* tasks from *base* on, is about to run."""
        words, now = self.words, time.time_ns()
        words[Word.SEQ] += 1
        words[Word.JOB], words[Word.PART], words[Word.ANSWERED] = job, part, 0
        _MARK.pack_into(self.map, _MARK_AT, State.RUNNING, call, method, base, 0, size, now)
        position = words[Word.RING_POSITION]
        _ENTRY.pack_into(self.map, RING_AT + position % RING * _ENTRY.size, call, base, now)
        words[Word.RING_POSITION] = position + 1
        words[Word.SEQ] += 1

    def payload(self, raw: bytes | memoryview, *, text: bool = False) -> None:
        """Keep the message that the current task came in, or the first part of a large one."""
        words, length = self.words, len(raw)
        words[Word.SEQ] += 1
        words[Word.PAYLOAD_LENGTH] = length
        if length <= PAYLOAD_BYTES:
            self.map[PAYLOAD_AT : PAYLOAD_AT + length] = bytes(raw)
            words[Word.PAYLOAD_KIND] = Payload.TEXT if text else Payload.INLINE
        else:
            self.map[PAYLOAD_AT:FILE_BYTES] = bytes(raw[:PAYLOAD_BYTES])
            words[Word.PAYLOAD_KIND] = Payload.CUT
        words[Word.SEQ] += 1

    def spill(self, raw: bytes | memoryview) -> None:
        """Keep the whole of a message that `payload` had to cut."""
        if len(raw) > PAYLOAD_BYTES and self._spilled(raw):
            self.words[Word.PAYLOAD_KIND] = Payload.SPILLED

    def _spilled(self, raw: bytes | memoryview) -> bool:
        """Write a large message to the file that holds the current task only."""
        if not self.path:
            return False
        from zlib import crc32

        self.words[Word.PAYLOAD_HASH] = crc32(raw)
        try:
            if self._spill < 0:
                flags = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC
                self._spill = os.open(self.path[:-4] + ".spill", flags, 0o600)
            os.ftruncate(self._spill, 0)
            written = 0
            while written < len(raw):
                written += os.pwrite(self._spill, raw[written:], written)
        except OSError:
            return False
        return True

    def tail(self, *, stderr: bool, text: str) -> None:
        """Append to the last lines that the worker wrote."""
        raw = text[-TAIL_BYTES:].encode("utf-8", "replace")
        append_tail(self.map, self.words, stderr=stderr, raw=raw)

    def count(self, fingerprint: int, *, call: int, index: int) -> int:
        """Count one failure with this fingerprint; return how many there were before."""
        slot = self._counters.setdefault(fingerprint, len(self._counters))
        if slot >= COUNTERS:
            slot = COUNTERS - 1  # the last counter holds all that have no room
            fingerprint = 0
        at = COUNTERS_AT // 8 + slot * COUNTER_WORDS
        words = self.words
        before = words[at + 1]
        words[at], words[at + 1], words[at + 2] = fingerprint, before + 1, call
        words[at + 3], words[at + 4] = index, time.time_ns()
        return before

    def passes(self, name: str) -> int:
        """Return the word that counts the tasks of the target *name* that went well."""
        words, key = self.words, target_key(name)
        for at in range(PASSES_AT // 8, PASSES_AT // 8 + PASSES * 2 - 2, 2):
            if words[at] in {0, key}:
                words[at] = key
                return at + 1
        return PASSES_AT // 8 + PASSES * 2 - 1  # the last counts all that have no room

    def close(self) -> None:
        """Let go of the spill file; the mapping lives as long as the process."""
        if self._spill >= 0:
            os.close(self._spill)
            self._spill = -1


def append_tail(mapped: mmap, words: memoryview, *, stderr: bool, raw: bytes) -> None:
    """Append *raw* to the last bytes that are kept of a stream."""
    raw = raw[-TAIL_BYTES:]
    word, at = (Word.STDERR_TOTAL, STDERR_AT) if stderr else (Word.STDOUT_TOTAL, STDOUT_AT)
    total = words[word]
    begin = total % TAIL_BYTES
    head = raw[: TAIL_BYTES - begin]
    mapped[at + begin : at + begin + len(head)] = head
    rest = raw[len(head) :]
    mapped[at : at + len(rest)] = rest
    words[word] = total + len(raw)


def stamp_exit(path: str, exitcode: int, *, peak_kb: int = 0) -> None:
    """Write into a dead worker's file how it ended; runs in its owner, which alone can know."""

    def write(words: memoryview) -> None:
        words[Word.EXIT_STATUS], words[Word.PEAK_KB] = exitcode + EXIT_BIAS, peak_kb
        words[Word.EXIT_AT], words[Word.EXIT_SEEN] = time.time_ns(), 1

    _stamp(path, write)


def stamp_terminated(path: str, signal: int) -> None:
    """Write into a living worker's file that its owner is about to end it on purpose."""

    def write(words: memoryview) -> None:
        words[Word.TERMINATED] = signal

    _stamp(path, write)


def stamp_sent(path: str, signal: int, place: str) -> None:
    """Write into a living worker's file that this process is about to send it *signal*."""
    raw = place.encode("utf-8", "replace")[-PLACE_BYTES:]

    def write(words: memoryview) -> None:
        with words.cast("B") as view:
            view[PLACE_AT : PLACE_AT + 2 + len(raw)] = len(raw).to_bytes(2, "little") + raw
        words[Word.SENDER], words[Word.SENT_AT] = os.getpid(), time.time_ns()
        words[Word.SENT] = signal

    _stamp(path, write)


def stamp_taken(
    path: str,
    *,
    job: int,
    part: int,
    method: int,
    base: int,
    size: int,
    call: int,
    target: str,
    payload: bytes,
) -> None:
    """Write into a dead worker's file which task it had taken off the queue, but not begun."""
    name = target.encode("utf-8", "replace")[:TEXT_BYTES]
    kept = payload[:PAYLOAD_BYTES]
    kind = Payload.INLINE if len(kept) == len(payload) else Payload.CUT

    def write(words: memoryview) -> None:
        with words.cast("B") as view:
            view[TARGET_AT : TARGET_AT + 2 + len(name)] = len(name).to_bytes(2, "little") + name
            view[PAYLOAD_AT : PAYLOAD_AT + len(kept)] = kept
            _MARK.pack_into(view, _MARK_AT, State.LOADING, call, method, base, 0, size, 0)
        words[Word.PAYLOAD_LENGTH], words[Word.PAYLOAD_KIND] = len(payload), kind
        words[Word.JOB], words[Word.PART], words[Word.ANSWERED] = job, part, 0
        words[Word.READ_LOCK] = 0
        words[Word.SEQ] += words[Word.SEQ] % 2

    _stamp(path, write)


def _stamp(path: str, write: object) -> None:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return
    try:
        with mmap(handle, 0) as mapped, memoryview(mapped) as view, view.cast("Q") as words:
            write(words)  # type: ignore[operator]
    except (OSError, ValueError):
        pass
    finally:
        os.close(handle)
