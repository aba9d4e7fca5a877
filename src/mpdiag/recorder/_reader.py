"""Read what a worker recorded, dead or alive."""

from __future__ import annotations

import os
from dataclasses import dataclass
from mmap import mmap
from pathlib import Path

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
    RING,
    RING_AT,
    STDERR_AT,
    STDOUT_AT,
    TAIL_BYTES,
    TARGET_AT,
    Method,
    Payload,
    State,
    Word,
)
from ._shrink import HEAD_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One task that the worker began, from the ring beside the mark."""

    call: int
    index: int
    started_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counter:
    """How often one fingerprint occurred in a worker, and where last."""

    fingerprint: int
    count: int
    last_call: int
    last_index: int
    last_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The content of one recorder file."""

    path: Path
    pid: int
    start_ticks: int
    owner: int
    number: int
    of: int
    """How many workers its pool has; 0 where it is in none."""
    replacement: bool
    """A worker before it had the same number."""
    shares_out: bool
    """Its pool gives the other tasks of its message to others when it dies."""
    kind: int
    created_ns: int
    terminated: int
    """Signal with which the owner ended the worker on purpose; 0 if it did not."""
    exitcode: int | None
    exit_ns: int
    peak_kb: int
    sent: int
    """The last signal that a process of the run sent it by ``os.kill``; 0 if none did."""
    sender: int
    """Process id of who did."""
    sent_place: str
    """``file:line`` of the call; the end of it, where it is long."""
    torn: bool
    """The worker died while it wrote its mark: fields may belong to two tasks."""
    state: int
    call: int
    method: int
    base: int
    offset: int
    size: int
    started_ns: int
    job: int
    part: int
    answered: bool
    """The failure of the current task is told already."""
    read_lock: bool
    write_lock: bool
    in_message: bool
    """The worker was in the middle of reading a message from its queue."""
    done: int
    failed: int
    extra: int
    ignored: int
    skipped: int
    """Tasks of its chunks that never ran, since one before them failed."""
    not_drawn: int
    """Messages too large for the sample of passing tasks."""
    repeated: int
    """Of the tasks that it ran, those that had begun before: its pool ran them again."""
    target: str
    """Qualified name, with parameters where they are known."""
    target_file: str
    target_line: int
    name: str
    test: str
    """Of pytest, in which the worker was started; empty without one."""
    start_method: int
    payload: bytes
    payload_bytes: int
    """Length of the message; more than ``len(payload)`` where it was cut."""
    payload_is_text: bool
    stdout: str
    stderr: str
    counters: tuple[Counter, ...]
    passed: dict[int, int]
    """Tasks that went well, by the key of their target."""
    ring_words: tuple[int, ...]
    """Call, index and start of each task that it began, newest last; see `ring`."""

    @property
    def ring(self) -> tuple[Entry, ...]:
        """Return the last tasks that it began, newest last."""
        calls, rest = self.ring_words[::3], (self.ring_words[1::3], self.ring_words[2::3])
        return tuple(
            Entry(call=call, index=index, started_ns=started)
            for call, index, started in zip(calls, *rest, strict=True)
        )

    @property
    def label(self) -> str:
        """The pool method that made the call."""
        return Method.NAMES[self.method] if self.method < len(Method.NAMES) else ""

    @property
    def index(self) -> int:
        """Position of the current input within its call, from 0."""
        return self.base + self.offset

    @property
    def busy(self) -> bool:
        """Whether a task is begun and not answered."""
        return self.state in {State.LOADING, State.RUNNING, State.SENDING}


def read(path: str | os.PathLike[str]) -> Reading | None:
    """Return what the file at *path* holds, or None when it is no recorder file."""
    try:
        raw = Path(path).read_bytes()
    except OSError:
        return None
    return _parsed(Path(path), raw)


def read_map(mapped: mmap) -> Reading | None:
    """Return what a worker without a file wrote into *mapped*."""
    return _parsed(Path(), mapped[:])


def _parsed(path: Path, raw: bytes) -> Reading | None:
    if len(raw) == HEAD_BYTES:
        raw = raw.ljust(FILE_BYTES, b"\0")
    if len(raw) != FILE_BYTES:
        return None
    words = memoryview(raw).cast("Q")
    if words[Word.MAGIC] != MAGIC:
        return None
    payload, payload_bytes = _payload(path, raw, words)
    name, _, test = _text(raw, NAME_AT).partition("\x1f")
    target, file, line = (*_text(raw, TARGET_AT).split("\x1f"), "", "")[:3]
    return Reading(
        path=path,
        pid=words[Word.PID],
        start_ticks=words[Word.START_TICKS],
        owner=words[Word.OWNER],
        number=words[Word.NUMBER],
        of=words[Word.OF],
        replacement=bool(words[Word.REPLACEMENT]),
        shares_out=bool(words[Word.SHARES_OUT]),
        kind=words[Word.KIND],
        created_ns=words[Word.CREATED],
        terminated=words[Word.TERMINATED],
        exitcode=words[Word.EXIT_STATUS] - EXIT_BIAS if words[Word.EXIT_SEEN] else None,
        exit_ns=words[Word.EXIT_AT],
        peak_kb=words[Word.PEAK_KB],
        sent=words[Word.SENT],
        sender=words[Word.SENDER],
        sent_place=_text(raw, PLACE_AT),
        torn=bool(words[Word.SEQ] % 2),
        state=words[Word.STATE],
        call=words[Word.CALL],
        method=words[Word.METHOD],
        base=words[Word.BASE],
        offset=words[Word.OFFSET],
        size=words[Word.SIZE],
        started_ns=words[Word.STARTED],
        job=words[Word.JOB],
        part=words[Word.PART],
        answered=bool(words[Word.ANSWERED]),
        read_lock=bool(words[Word.READ_LOCK]),
        write_lock=bool(words[Word.WRITE_LOCK]),
        in_message=bool(words[Word.IN_MESSAGE]),
        done=words[Word.DONE],
        failed=words[Word.FAILED],
        extra=words[Word.EXTRA],
        ignored=words[Word.IGNORED],
        skipped=words[Word.SKIPPED],
        not_drawn=words[Word.NOT_DRAWN],
        repeated=words[Word.REPEATED],
        target=target,
        target_file=file,
        target_line=int(line) if line.isdigit() else 0,
        name=name,
        test=test,
        start_method=words[Word.START_METHOD],
        payload=payload,
        payload_bytes=payload_bytes,
        payload_is_text=words[Word.PAYLOAD_KIND] == Payload.TEXT,
        stdout=_tail(raw, STDOUT_AT, words[Word.STDOUT_TOTAL]),
        stderr=_tail(raw, STDERR_AT, words[Word.STDERR_TOTAL]),
        counters=tuple(_counters(words)),
        passed=_passed(words),
        ring_words=_ring(words),
    )


def _text(raw: bytes, at: int) -> str:
    length = int.from_bytes(raw[at : at + 2], "little")
    return raw[at + 2 : at + 2 + length].decode("utf-8", "replace")


def _tail(raw: bytes, at: int, total: int) -> str:
    ring = raw[at : at + TAIL_BYTES]
    begin = total % TAIL_BYTES
    kept = ring[:total] if total <= TAIL_BYTES else ring[begin:] + ring[:begin]
    return kept.decode("utf-8", "replace")


def _payload(path: Path, raw: bytes, words: memoryview) -> tuple[bytes, int]:
    length, kind = words[Word.PAYLOAD_LENGTH], words[Word.PAYLOAD_KIND]
    if kind == Payload.SPILLED:
        from zlib import crc32

        try:
            spilled = path.with_suffix(".spill").read_bytes()
        except OSError:
            spilled = b""
        if len(spilled) == length and crc32(spilled) == words[Word.PAYLOAD_HASH]:
            return spilled, length
    if kind == Payload.NONE:
        return b"", 0
    return raw[PAYLOAD_AT : PAYLOAD_AT + min(length, PAYLOAD_BYTES)], length


def _counters(words: memoryview) -> list[Counter]:
    found = []
    for slot in range(COUNTERS):
        at = COUNTERS_AT // 8 + slot * COUNTER_WORDS
        fingerprint, count, call, index, last = words[at : at + COUNTER_WORDS]
        if count:
            found.append(
                Counter(
                    fingerprint=fingerprint,
                    count=count,
                    last_call=call,
                    last_index=index,
                    last_ns=last,
                )
            )
    return found


def _passed(words: memoryview) -> dict[int, int]:
    first = PASSES_AT // 8
    return {words[at]: words[at + 1] for at in range(first, first + PASSES * 2, 2) if words[at]}


def _ring(words: memoryview) -> tuple[int, ...]:
    position, first = words[Word.RING_POSITION], RING_AT // 8
    ring = words[first : first + RING * 3].tolist()
    cut = position % RING * 3
    return tuple(ring[:cut] if position < RING else ring[cut:] + ring[:cut])
