"""Where everything stands in the mapped file of a flight recorder.

    word  0.. 7  who writes          set once, when the file is made
    word  8..12  what the owner adds: that it ended the worker, how it ended
    word 13..15  the last signal     whoever of the run sent one: which, who, when
    word 16..45  the mark            one writer: the worker
    word 46..48  of our own pools    its owner: where to stop; others get what it leaves; repeats
    word 49      the rest            of a chunk runs: 1, and the number of what ends a task of it
    byte  400    where it was sent   as length (2 bytes) and UTF-8, 110 bytes
    byte  512    target, 250 bytes   as length (2 bytes) and UTF-8
    byte  768    process name, test  the same, separated by the character 1F
    byte 1024    counters            64 fingerprints: hash, count, call, index, time
    byte 3584    passes              32 targets: hash of the name, tasks that went well
    byte 4096    ring                1,024 tasks: call, index, start
    byte 28672   tail of stdout, then of stderr, 4,096 bytes each
    byte 36864   payload             the message of the current task, or its first 64 KiB

All words are unsigned, 8 bytes, in the machine's byte order: reader and writer share a machine.
"""

from __future__ import annotations

MAGIC = int.from_bytes(b"mpdiag01", "big")

TEXT_BYTES = 250
TARGET_AT, NAME_AT = 512, 768
PLACE_AT, PLACE_BYTES = 400, 110
COUNTERS_AT, COUNTERS, COUNTER_WORDS = 1024, 64, 5
PASSES_AT, PASSES = 3584, 32
# Tasks remembered beside the current one.  More: longer histories to replay, 24 bytes each.
RING_AT, RING = 4096, 1024
STDOUT_AT, STDERR_AT, TAIL_BYTES = 28672, 32768, 4096
# A larger message goes to the spill file.  Larger: more memory for each worker.
PAYLOAD_AT, PAYLOAD_BYTES = 36864, 65536
FILE_BYTES = PAYLOAD_AT + PAYLOAD_BYTES

# Beside the file: why a worker was ended by its pool.
ENDING = ".ending"

EXIT_BIAS = 1 << 32
"""Added to an exit code, which is negative for a signal, to store it in an unsigned word."""


class Word:
    """Positions of the single words."""

    MAGIC, PID, START_TICKS, OWNER, NUMBER, KIND, CREATED, THREAD = range(8)
    TERMINATED, EXIT_SEEN, EXIT_STATUS, EXIT_AT, PEAK_KB = range(8, 13)
    SENT, SENDER, SENT_AT = range(13, 16)
    SEQ, STATE, CALL, METHOD, BASE, OFFSET, SIZE, STARTED = range(16, 24)
    PAYLOAD_LENGTH, PAYLOAD_KIND, PAYLOAD_HASH = range(24, 27)
    READ_LOCK, WRITE_LOCK, IN_MESSAGE = range(27, 30)
    DONE, FAILED, EXTRA, IGNORED, RING_POSITION = range(30, 35)
    JOB, PART, STDOUT_TOTAL, STDERR_TOTAL, ANSWERED, START_METHOD, RELAYING = range(35, 42)
    SKIPPED, NOT_DRAWN = 42, 43
    OF, REPLACEMENT = 44, 45
    HOLD, SHARES_OUT, REPEATED = 46, 47, 48
    REST = 49


class State:
    """What a worker does."""

    NEW, STARTING, WAITING, LOADING, RUNNING, SENDING, ENDED, INTERRUPTED = range(8)


class Kind:
    """What sort of worker it is."""

    POOL, EXECUTOR, PROCESS, GUARD = range(1, 5)


class Method:
    """Which method of which pool made the call; the code stands in the mark."""

    NAMES = (
        "",
        "Pool.apply_async",
        "Pool.map",
        "Pool.starmap",
        "Pool.imap",
        "Pool.imap_unordered",
        "ProcessPoolExecutor.submit",
        "ProcessPoolExecutor.map",
        "Process",
        "guard",
        "initializer",
    )
    (
        NONE,
        APPLY,
        MAP,
        STARMAP,
        IMAP,
        IMAP_UNORDERED,
        SUBMIT,
        EXECUTOR_MAP,
        PROCESS,
        GUARD,
        INITIALIZER,
    ) = range(11)


class Payload:
    """How the message of the current task was kept."""

    NONE, INLINE, SPILLED, CUT, TEXT = range(5)


def target_key(name: str) -> int:
    """Return what stands for a target in the table of passes: never 0, in all processes alike."""
    from zlib import crc32

    return 1 << 32 | crc32(name.encode("utf-8", "replace"))
