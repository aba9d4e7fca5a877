"""A system made of files, in place of the one that the tests run on."""

from __future__ import annotations

from pathlib import Path

STAT = "{pid} (a (b) c) S {parent} 1 1 0 -1 4194560 1 0 0 0 1 2 0 0 20 0 1 0 {start} 1 1 1\n"
STATUS = "Name:\tpython\nVmHWM:\t  {peak} kB\nVmRSS:\t  {now} kB\nCapEff:\t{caps:016x}\n"
MEMINFO = "MemTotal:  1048576 kB\nMemFree:  1 kB\nMemAvailable:  786432 kB\n"
V1_MOUNTS = (
    "24 1 0:22 / / rw - ext4 /dev/sda rw\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu\n"
    "35 31 0:32 {root} /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
)
V2_MOUNTS = (
    "24 1 0:22 / / rw - ext4 /dev/sda rw\n31 23 0:28 / /sys/fs/cgroup rw - cgroup2 cgroup rw\n"
)
NO_LIMIT = "9223372036854771712\n"


def write(root: Path, files: dict[str, str]) -> None:
    """Put *files*, named by their paths, below *root*."""
    for name, text in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


def process(root: Path, pid: int, *, parent: int = 1, start: int = 100, peak: int = 1) -> None:
    """Put one process there, which uses *peak* KiB."""
    status = STATUS.format(peak=peak, now=peak // 2, caps=0)
    stat = STAT.format(pid=pid, parent=parent, start=start)
    write(root, {f"/proc/{pid}/stat": stat, f"/proc/{pid}/status": status})


def cgroup_v1(root: Path, *, kills: int, limit: str = NO_LIMIT, mounted: str = "/") -> None:
    """Put this process into the memory cgroup ``/job/a`` of version 1."""
    inside = "/job/a".removeprefix(mounted) if mounted != "/" else "/job/a"
    folder = "/sys/fs/cgroup/memory" + inside
    write(
        root,
        {
            "/proc/self/cgroup": "4:cpuset:/\n3:memory:/job/a\n0::/\n",
            "/proc/self/mountinfo": V1_MOUNTS.format(root=mounted),
            f"{folder}/memory.oom_control": f"oom_kill_disable 0\nunder_oom 0\noom_kill {kills}\n",
            f"{folder}/memory.limit_in_bytes": limit,
            f"{folder}/memory.usage_in_bytes": "4096\n",
        },
    )


def cgroup_v2(root: Path, *, kills: int, limit: str = "max\n", above: str = "max\n") -> None:
    """Put this process into the cgroup ``/job/a`` of version 2, below ``/job``."""
    folder = "/sys/fs/cgroup/job"
    write(
        root,
        {
            "/proc/self/cgroup": "0::/job/a\n",
            "/proc/self/mountinfo": V2_MOUNTS,
            f"{folder}/a/memory.events": f"low 0\nhigh 0\nmax 3\noom 1\noom_kill {kills}\n",
            f"{folder}/a/memory.max": limit,
            f"{folder}/a/memory.current": "12288\n",
            f"{folder}/a/memory.stat": "anon 8192\ninactive_file 4096\nactive_file 1\n",
            f"{folder}/memory.max": above,
        },
    )
