"""The memory cgroup of a process: its limit, its use, and how many of it were killed.

Both versions; version 2 was not at hand with a memory controller when this was written, and is
read as its documentation says.
"""

from __future__ import annotations

from . import _files

# Version 1 says "no limit" with the largest multiple of a page.
_NO_LIMIT = 1 << 60


class Cgroup:
    """One memory cgroup, as folders of files: its own, then those above it."""

    __slots__ = ("folders", "version")

    def __init__(self, folders: tuple[str, ...], version: int) -> None:
        self.folders, self.version = folders, version

    @property
    def name(self) -> str:
        """Return what a report calls it."""
        return f"cgroup v{self.version}"

    def oom_kills(self) -> int | None:
        """Return how many of its processes the kernel killed for memory, of any limit."""
        file = "memory.events" if self.version == 2 else "memory.oom_control"  # noqa: PLR2004
        return _files.number(_files.field(_files.read(f"{self.folders[0]}/{file}"), "oom_kill"))

    def limit_bytes(self) -> int | None:
        """Return the narrowest limit on it, its own or from above; None without one."""
        file = "memory.max" if self.version == 2 else "memory.limit_in_bytes"  # noqa: PLR2004
        limits = [_files.number(_files.read(f"{folder}/{file}")) for folder in self.folders]
        return min((limit for limit in limits if limit and limit < _NO_LIMIT), default=None)

    def used_bytes(self) -> int | None:
        """Return what it uses now, without the page cache that the kernel drops before it kills."""
        version_2 = self.version == 2  # noqa: PLR2004
        file = "memory.current" if version_2 else "memory.usage_in_bytes"
        used = _files.number(_files.read(f"{self.folders[0]}/{file}"))
        stat = _files.read(f"{self.folders[0]}/memory.stat") if used is not None else None
        cache = _files.number(
            _files.field(stat, "inactive_file" if version_2 else "total_inactive_file")
        )
        return None if used is None else max(0, used - (cache or 0))


def pids_limit() -> tuple[int, int, int] | None:
    """Return how many processes and threads this process's cgroup has, and may have at most.

    The third is how often the limit was met: what started too many may have ended them since.
    """
    mounts = _mounts("pids")
    for line in (_files.read("/proc/self/cgroup") or "").splitlines():
        controllers, _, path = line.partition(":")[2].partition(":")
        kind = "cgroup" if "pids" in controllers.split(",") else "cgroup2"
        if kind not in mounts or (kind == "cgroup2" and controllers):
            continue
        for folder in _folders(*mounts[kind], path):
            there = _files.number(_files.read(f"{folder}/pids.current"))
            most = _files.number(_files.read(f"{folder}/pids.max"))
            if there is not None and most is not None:
                met = _files.number(_files.field(_files.read(f"{folder}/pids.events"), "max"))
                return there, most, met or 0
    return None


def cgroup_lines(pid: int | None = None) -> str:
    """Return the cgroups of *pid* (None: of this process) as the kernel names them."""
    return _files.read(f"/proc/{'self' if pid is None else pid}/cgroup") or ""


def find_cgroup(pid: int | None = None) -> Cgroup | None:
    """Return the memory cgroup of *pid* (None: of this process) that can be read here."""
    own = cgroup_lines(pid)
    mounts = _mounts()
    for line in own.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if "memory" in controllers.split(",") and "cgroup" in mounts:
            return Cgroup(_folders(*mounts["cgroup"], path), 1)
    for line in own.splitlines():
        if line.startswith("0::") and "cgroup2" in mounts:
            folders = _folders(*mounts["cgroup2"], line[3:])
            if _files.read(f"{folders[0]}/memory.events") is not None:
                return Cgroup(folders, 2)
    return None


def _mounts(controller: str = "memory") -> dict[str, tuple[str, str]]:
    """Return by kind of file system: which part of the tree is mounted, and where."""
    found: dict[str, tuple[str, str]] = {}
    for line in (_files.read("/proc/self/mountinfo") or "").splitlines():
        head, _, tail = line.partition(" - ")
        words, kind, options = head.split(), tail.partition(" ")[0], tail.rpartition(" ")[2]
        wanted = kind == "cgroup2" or (kind == "cgroup" and controller in options.split(","))
        if wanted and len(words) > 4 and kind not in found:  # noqa: PLR2004 - root, mount point
            found[kind] = words[3], words[4]
    return found


def _folders(root: str, mount: str, path: str) -> tuple[str, ...]:
    """Return the folder of *path* and those above it, down to the mount point.

    In a container the paths may be those of the host, of which only *root* is mounted.
    """
    inside = path[len(root) :] if root != "/" and path.startswith(root) else path
    parts = [part for part in inside.split("/") if part and part != ".."]
    return tuple("/".join((mount, *parts[:depth])) for depth in range(len(parts), -1, -1))
