"""Send envelopes out of this process without ever blocking or breaking it.

    channel of a supervisor ──▶ spool in the run's folder ──▶ socket of the runner
    (full or closed)            (full or read-only disk)      (full: lost, and counted)

Without a run: the spool in the store's folder, and one line on standard error.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache

from ._around import surroundings

# What one process may write into its spool before it is read.  More: a storm of failures fills the
# disk.  Fewer: the later occurrences of a fault are known by count alone.
SPOOL_BYTES = 32 * 1024 * 1024

_sender: Callable[[bytes], bool] | None = None
_handle = -1
_pid = 0
_written = 0


def use_channel(send: Callable[[bytes], bool] | None) -> None:
    """Send envelopes through *send* first; it returns False when it would block."""
    global _sender  # noqa: PLW0603 - one process, one outbox
    _sender = send


def has_channel() -> bool:
    """Whether somebody listens to this process without a run around it."""
    return _sender is not None


def post(envelope: dict[str, object]) -> bool:
    """Send one envelope by the first road that takes it; say whether one did."""
    import json

    line = json.dumps(envelope, separators=(",", ":")).encode() + b"\n"
    if _sender is not None and _sender(line):
        return True
    around = surroundings()
    if not around.watched:
        return _append(_lonely_spool(), line)
    if around.folder and _append(f"{around.folder}/{os.getpid()}.spool", line):
        return True
    return bool(around.socket) and _datagram(around.socket, line)


def tell_unwatched(reason: str) -> None:
    """Have the report name this process, of which something is not watched for *reason*."""
    post({"v": 1, "type": "unwatched", "pid": os.getpid(), "reason": reason, "place": ""})


def _append(path: str, line: bytes) -> bool:
    """Append to the spool of this process; a line is whole or not there."""
    global _handle, _pid, _written  # noqa: PLW0603 - a descriptor belongs to one process
    import fcntl

    try:
        if _pid != os.getpid() or _handle < 0:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            _handle, _pid, _written = os.open(path, flags, 0o600), os.getpid(), 0
            fcntl.flock(_handle, fcntl.LOCK_SH)  # whoever collects sees that we live
        elif not os.fstat(_handle).st_nlink:  # the runner has read it, and removed it
            os.close(_handle)
            _handle = -1
            return _append(path, line)
        if _written + len(line) > SPOOL_BYTES:
            return False
        _written += len(line)
        return os.write(_handle, line) == len(line)
    except OSError:
        return False


def _lonely_spool() -> str:
    """Return the spool of a process that no run is around; the next command collects it."""
    home = os.environ.get("MPDIAG_HOME") or ".mpdiag"
    folder = os.path.join(home, "spool")
    try:
        if not os.path.isdir(folder):
            os.makedirs(folder, 0o700, exist_ok=True)
            ignore = os.path.join(home, ".gitignore")
            if not os.path.exists(ignore):
                with open(ignore, "w", encoding="utf-8") as file:
                    file.write("*\n")
    except OSError:
        pass
    return os.path.join(folder, f"{_unique_name(os.getpid())}.jsonl")


@lru_cache(maxsize=1)
def _unique_name(pid: int) -> str:
    """Return a name that no other process and no other day has used."""
    from uuid import uuid4

    return f"{pid}-{uuid4().hex}"


def _datagram(name: str, line: bytes) -> bool:
    """Send to the runner's socket, which has no file and needs no disk."""
    import socket

    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as end:
            end.connect("\0" + name)
            end.send(line)
    except OSError:
        return False
    return True
