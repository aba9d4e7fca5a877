"""The line in which the kernel says that it killed a process for memory.

Read from /dev/kmsg or, where that is missing, by klogctl; often closed to ordinary users.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator

from . import _files

# Longest time for the whole log.  A full ring is about 10,000 records, read in 20 ms.
_SECONDS = 0.5
_RECORD_BYTES = 8192
_READ_ALL = 3
_ALL_BYTES = 1 << 20
# The pid namespace of the machine itself always has this number (PROC_PID_INIT_INO).
_FIRST_NAMESPACE = "pid:[4026531836]"
_KILLED = re.compile(r"out of memory.*?kill(?:ed)? process (\d+)", re.IGNORECASE)
_TIMED = re.compile(r"<\d+>\[\s*(\d+\.\d+)\] (.*)")


def kernel_oom_line(pid: int, *, since: float = 0.0) -> tuple[str | None, str]:
    """Return the line that names *pid* as killed for memory, and why none could be read.

    Lines before *since*, in seconds of `time.monotonic`, are those of an older process.
    At most one of the two is there; neither when the log was read and does not name it.
    """
    if not _counts_as_the_kernel_does():
        return None, "kernel log (a container's process ids differ from the kernel's)"
    try:
        for at, text in _records():
            match = _KILLED.search(text)
            if match and int(match[1]) == pid and at >= since:
                return text.strip(), ""
    except (OSError, AttributeError, ImportError, ValueError) as error:
        reason = "not allowed" if isinstance(error, PermissionError) else "not there"
        return None, f"kernel log ({reason})"
    return None, ""


def _counts_as_the_kernel_does() -> bool:
    try:
        found = os.readlink(_files.ROOT + "/proc/self/ns/pid")  # noqa: PTH115 - pathlib is heavy
    except OSError:
        return False
    return found == _FIRST_NAMESPACE


def _records() -> Iterator[tuple[float, str]]:
    """Yield time and text of each record, oldest first."""
    try:
        handle = os.open(_files.ROOT + "/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        yield from _records_by_call()
        return
    deadline = time.monotonic() + _SECONDS
    try:
        while time.monotonic() < deadline:
            try:
                raw = os.read(handle, _RECORD_BYTES)
            except BlockingIOError:
                return
            except BrokenPipeError:
                continue  # the ring has overwritten what was next
            if not raw:
                return
            head, _, text = raw.decode("utf-8", "replace").partition(";")
            yield int(head.split(",")[2]) / 1e6, text.partition("\n")[0]
    finally:
        os.close(handle)


def _records_by_call() -> Iterator[tuple[float, str]]:
    import ctypes  # not in every build of Python

    buffer = ctypes.create_string_buffer(_ALL_BYTES)
    length = ctypes.CDLL(None, use_errno=True).klogctl(_READ_ALL, buffer, _ALL_BYTES)
    if length < 0:
        raise PermissionError(ctypes.get_errno(), "klogctl")
    for line in buffer.raw[:length].decode("utf-8", "replace").splitlines():
        match = _TIMED.match(line)
        if match:
            yield float(match[1]), match[2]
