"""How often the kernel has killed for memory so far; two readings tell whether it did between."""

from __future__ import annotations

import time

from . import _files
from ._cgroup import Cgroup, find_cgroup


class Counters:
    """The counters at one moment; None where one cannot be read."""

    __slots__ = ("cgroup", "host", "monotonic", "own")

    def __init__(self, cgroup: Cgroup | None) -> None:
        self.cgroup = cgroup
        self.own = cgroup.oom_kills() if cgroup is not None else None
        """Kills in the process's own cgroup."""
        self.host = _files.number(_files.field(_files.read("/proc/vmstat"), "oom_kill"))
        """Kills on the whole machine."""
        self.monotonic = time.monotonic()

    def again(self) -> Counters:
        """Return the same counters, read now."""
        return Counters(self.cgroup)


def read_counters(pid: int | None = None) -> Counters:
    """Return the counters of the cgroup of *pid* (None: of this process) and of the machine.

    Light enough for any process: no imports beyond `time`, four small files.
    """
    return Counters(find_cgroup(pid))
