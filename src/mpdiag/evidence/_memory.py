"""Memory of a process, and what bounds it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from . import _files
from ._cgroup import Cgroup, find_cgroup

_KIB = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What a process uses in RAM; of a forked one, with pages it shares with its parent."""

    now_bytes: int
    peak_bytes: int
    virtual_bytes: int = 0
    """Its address space, which ``RLIMIT_AS`` bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySample:
    """The memory around a process at one moment."""

    used_bytes: int | None = None
    limit_bytes: int | None = None
    of: str = "machine"
    """Whose use and limit: ``container`` where a cgroup has one, else ``machine``."""


def read_memory(pid: int, known: Memory | None = None) -> Memory | None:
    """Return what *pid* uses now and has used at most; None when it is gone or closed to us.

    With an earlier look that is *known* it takes a third of the time: its peak is taken over.
    """
    if known is not None:
        return _read_again(pid, known)
    status = _files.read(f"/proc/{pid}/status")
    now, peak = _kib(status, "VmRSS"), _kib(status, "VmHWM")
    if now is None or peak is None:
        return None
    virtual = _kib(status, "VmSize") or 0
    return Memory(now_bytes=now, peak_bytes=max(now, peak), virtual_bytes=virtual)


def _read_again(pid: int, known: Memory) -> Memory | None:
    words = (_files.read(f"/proc/{pid}/statm") or "").split()
    if len(words) < 2 or words[1] == "0":  # noqa: PLR2004 - of its address space, and in RAM
        return None
    page = os.sysconf("SC_PAGE_SIZE")
    virtual, now = int(words[0]) * page, int(words[1]) * page
    return Memory(now_bytes=now, peak_bytes=max(now, known.peak_bytes), virtual_bytes=virtual)


def space_limit(pid: int) -> int | None:
    """Return the limit on the address space of *pid*, in bytes; None without one."""
    for line in (_files.read(f"/proc/{pid}/limits") or "").splitlines():
        if line.startswith("Max address space"):
            return _files.number(line.split()[3])
    return None


def sample_memory(cgroup: Cgroup | None = None) -> MemorySample:
    """Return use and limit of the container (None: this process's), or of the machine."""
    cgroup = cgroup or find_cgroup()
    limit = cgroup.limit_bytes() if cgroup is not None else None
    whole = _machine()
    if cgroup is None or limit is None or (whole.limit_bytes and limit >= whole.limit_bytes):
        return whole
    return MemorySample(used_bytes=cgroup.used_bytes(), limit_bytes=limit, of="container")


def own_limits() -> dict[str, int]:
    """Return the resource limits that are set on this process, by name; unlimited ones not."""
    try:
        import resource
    except ImportError:
        return {}
    found: dict[str, int] = {}
    for name in sorted(name for name in dir(resource) if name.startswith("RLIMIT_")):
        try:
            soft, _ = resource.getrlimit(getattr(resource, name))
        except (OSError, ValueError):
            continue
        if soft != resource.RLIM_INFINITY:
            found[name] = soft
    return found


def _machine() -> MemorySample:
    text = _files.read("/proc/meminfo")
    total, available = _kib(text, "MemTotal"), _kib(text, "MemAvailable")
    if total is None or available is None:
        return MemorySample()
    return MemorySample(used_bytes=total - available, limit_bytes=total)


def _kib(text: str | None, name: str) -> int | None:
    words = (_files.field(text, name) or "").split()
    value = _files.number(words[0]) if words else None
    return None if value is None else value * _KIB
