"""Pass on what one worker writes to its descriptors, and keep its last lines in its recorder.

    worker                 ┊  relay, a process of its own      ┊  terminal, pipe or file
    fd 1, fd 2 ─── pipe ───┊─▶ copy ─┬─────────────────────────┊─▶ what fd 1 and fd 2 were
                           ┊         └─▶ tail in the recorder  ┊

It outlives worker, owner and runner until the last writer has gone, so nothing that was written is
lost.  A reader that waits makes the worker wait, and one that goes away closes the worker's end:
both as without a relay.  Runs as a program, with every signal blocked that can be.
"""

from __future__ import annotations

import os
import select
from mmap import mmap

from ._layout import Word
from ._writer import append_tail

# Bytes taken at once: what a pipe holds.
_PIECE = 65536


def relay(path: str, lock: str, *roads: str) -> None:
    """Serve *roads*, each ``reader:writer``, for the recorder file at *path*, to their end.

    The writer is 1 or 2.  The descriptor *lock* is kept: the lock on it says that this one lives.
    """
    pairs = [(int(reader), int(writer)) for reader, _, writer in (r.partition(":") for r in roads)]
    _close_all_but({0, 1, 2, int(lock), *(reader for reader, _ in pairs)})
    mapped = _map(path)
    words = memoryview(mapped).cast("Q")
    if os.fork():
        os._exit(0)  # the relay is nobody's child: no wait of the worker's may meet it
    writers = dict(pairs)
    poll = select.poll()
    for reader in writers:
        poll.register(reader, select.POLLIN)
    while writers:
        for reader, _ in poll.poll():
            words[Word.RELAYING] = 1  # before the read: a worker that settles asks in this order
            if not _pass_on(reader, writers[reader], mapped, words):
                poll.unregister(reader)
                os.close(reader)
                del writers[reader]
            words[Word.RELAYING] = 0


def _close_all_but(kept: set[int]) -> None:
    """Close what was inherited: the end of a pipe that is held here looks like a living worker."""
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - its start is waited for
        if int(name) not in kept:
            try:
                os.close(int(name))
            except OSError:
                pass  # it was the one that listed them


def _map(path: str) -> mmap:
    handle = os.open(path, os.O_RDWR)
    try:
        return mmap(handle, 0)
    finally:
        os.close(handle)


def _pass_on(reader: int, writer: int, mapped: mmap, words: memoryview) -> bool:
    """Copy one piece; return False at its end, or when nobody takes it any more."""
    try:
        piece = os.read(reader, _PIECE)
        append_tail(mapped, words, stderr=writer != 1, raw=piece)
        left = memoryview(piece)
        while left:
            left = left[_write(writer, left) :]
    except OSError:
        return False
    return bool(piece)


def _write(writer: int, piece: memoryview) -> int:
    try:
        return os.write(writer, piece)
    except BlockingIOError:
        select.select([], [writer], [])
        return 0
