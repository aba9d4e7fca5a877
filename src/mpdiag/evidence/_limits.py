"""What a process sees of a limit that it ran into: memory, descriptors, processes, disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import dataclass

from . import _files
from ._cgroup import find_cgroup, pids_limit
from ._memory import own_limits, read_memory, sample_memory
from ._places import look_at

# Functions in which a process or thread is made, at the end of a traceback.
_STARTERS = frozenset(
    {"_launch", "_execute_child", "_fork_exec", "spawnv_passfds", "start", "_bootstrap", "fork"}
)
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT})
_FILES = frozenset({errno.EMFILE, errno.ENFILE})
# What the kernel says of users outside of a container with users of its own.
_EVERY_USER = ["0", "0", "4294967295"]
# Share of the room of a disk below which it counts as full.
_FULL = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitFacts:
    """What a process that ran into a limit could see; None and empty mean that nobody could."""

    kind: str
    """``memory``, ``files``, ``processes``, ``disk`` or ``file size``."""
    error: str
    """Such as ``OSError (EMFILE)``."""
    limits: dict[str, int]
    """Resource limits that are set, by name."""
    space_bytes: int | None = None
    """Address space in use."""
    used_bytes: int | None = None
    bound_bytes: int | None = None
    """Use and limit of the container or machine."""
    bound: str = "machine"
    pids: tuple[int, int, int] | None = None
    """Processes of the cgroup, how many it may have, and how often it met that limit."""
    disks: tuple[tuple[str, str, int], ...] = ()
    """Full places: path, kind of file system, bytes free."""


def limit_facts(error: BaseException) -> LimitFacts | None:
    """Return what this process sees of the limit that *error* is about, or None without one.

    Runs in the worker, while *error* is live.
    """
    kind = limit_kind(error)
    if not kind:
        return None
    own = read_memory(os.getpid()) if kind == "memory" else None
    around = sample_memory(find_cgroup()) if kind == "memory" else None
    return LimitFacts(
        kind=kind,
        error=_title(error),
        limits=_binding_limits(),
        space_bytes=own.virtual_bytes if own is not None else None,
        used_bytes=around.used_bytes if around is not None else None,
        bound_bytes=around.limit_bytes if around is not None else None,
        bound=around.of if around is not None else "machine",
        pids=pids_limit() if kind == "processes" else None,
        disks=tuple(_full_disks(error)) if kind == "disk" else (),
    )


def _binding_limits() -> dict[str, int]:
    """Return the limits that are set on this process; root may have any number of processes."""
    whole = (_files.read("/proc/self/uid_map") or "").split() == _EVERY_USER
    unbound = {"RLIMIT_NPROC"} if whole and os.getuid() == 0 else set[str]()
    return {name: limit for name, limit in own_limits().items() if name not in unbound}


def _title(error: BaseException) -> str:
    """Return ``OSError (EMFILE)``: the message has a row of its own."""
    number = error.errno if isinstance(error, OSError) else None
    code = f" ({errno.errorcode.get(number, number)})" if number is not None else ""
    return f"{type(error).__name__}{code}"


def limit_kind(error: BaseException) -> str:
    """Return ``memory``, ``files``, ``processes``, ``disk``, ``file size`` or nothing."""
    if isinstance(error, MemoryError):
        return "memory"
    number = error.errno if isinstance(error, OSError) else None
    if number == errno.ENOMEM:
        return "memory"
    if number in _FILES:
        return "files"
    if number in _DISK:
        return "disk"
    if number == errno.EFBIG:
        return "file size"
    no_thread = isinstance(error, RuntimeError) and "can't start new thread" in str(error)
    if no_thread or (number == errno.EAGAIN and _was_starting(error)):
        return "processes"
    return ""


def _was_starting(error: BaseException) -> bool:
    """Whether *error* came from the start of a process; sockets say the same when not ready."""
    trace, names = error.__traceback__, set[str]()
    while trace is not None:
        names.add(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
    return bool(names & _STARTERS)


def _full_disks(error: BaseException) -> Iterator[tuple[str, str, int]]:
    """Yield the places without room that this process writes to."""
    named = [str(name) for name in (getattr(error, "filename", None),) if name]
    try:
        held = [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")]
    except OSError:
        held = []
    files = [path for path in held if path.startswith("/") and not path.startswith("/dev/null")]
    usual = [os.environ.get("TMPDIR") or "/tmp", "/dev/shm", "."]  # noqa: S108 - only looked at
    seen: set[str] = set()
    for path in (*named, *files, *usual):
        folder = path if os.path.isdir(path) else os.path.dirname(path) or "."
        if folder not in seen and len(seen) < 50:  # noqa: PLR2004 - bounds the time it takes
            seen.add(folder)
            place = look_at(folder)
            free, whole = place.free_bytes, place.all_bytes
            if free is not None and (path in named or free < _FULL * (whole or 0)):
                yield folder, place.kind, free
