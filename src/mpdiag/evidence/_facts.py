"""Everything that is known about one death, gathered for the judge."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ._counters import Counters
from ._kernel_log import kernel_oom_line
from ._memory import MemorySample, read_memory, sample_memory


@dataclass(frozen=True, slots=True, kw_only=True)
class DeathFacts:
    """What is known about a death; None and empty mean that nobody could tell."""

    kernel_line: str | None = None
    """The line of the kernel's log that names the worker as killed for memory."""
    kernel_silent: bool = False
    """The kernel's log was read, and does not name the worker."""
    own_kills: tuple[int, int] | None = None
    """Kills for memory in the worker's cgroup, before and after."""
    cgroup: str = ""
    """``cgroup v1`` or ``cgroup v2``: where *own_kills* were counted."""
    host_kills: tuple[int, int] | None = None
    """Kills for memory on the whole machine, before and after."""
    peak_bytes: int | None = None
    """Most memory that the worker used, as far as it was seen."""
    worker_bytes: int | None = None
    """Memory of the worker when it was last looked at."""
    around: MemorySample | None = None
    """Use and limit of the container or machine, looked at together with *worker_bytes*."""
    seconds_before: float | None = None
    """How long before the death that was."""
    terminated_by_owner: bool | None = None
    """Whether its pool, or a method of its process, sent the signal; None: nobody looked."""
    sender: str = ""
    """Who of the run sent the signal, such as ``worker 2 (pid 812)``; empty where nobody did."""
    sent_by_itself: bool = False
    sent_place: str = ""
    """``file:line`` of the call that sent it."""
    exit_place: str = ""
    """``file:line`` of the call that ended the worker, such as ``sys.exit``."""
    raised: str = ""
    """Type of an exception that nothing in the worker caught, such as ``KeyboardInterrupt``."""
    not_readable: tuple[str, ...] = ()


def death_facts(
    pid: int,
    baseline: Counters | None = None,
    *,
    peak_bytes: int | None = None,
    worker_bytes: int | None = None,
    around: MemorySample | None = None,
    seconds_before: float | None = None,
    terminated_by_owner: bool | None = None,
) -> DeathFacts:
    """Return what the system knows about the death of *pid*.

    *baseline* are the counters from before; the rest is what the caller saw.  Without a sample
    from before the death the surroundings of now are taken, which is after: a limit stays true.
    """
    left = read_memory(pid)  # a dead process that nobody has reaped has none
    before = baseline or Counters(None)
    after = before.again()
    line, closed = kernel_oom_line(pid, since=baseline.monotonic if baseline else 0.0)
    own = _pair(before.own, after.own)
    host = _pair(before.host, after.host) if baseline else None
    cgroup = before.cgroup
    return DeathFacts(
        kernel_line=line,
        kernel_silent=line is None and not closed,
        own_kills=own,
        cgroup=cgroup.name if cgroup is not None else "",
        host_kills=host,
        peak_bytes=max(peak_bytes or 0, left.peak_bytes if left else 0) or None,
        worker_bytes=worker_bytes,
        around=around or replace(sample_memory(cgroup), used_bytes=None),
        seconds_before=seconds_before,
        terminated_by_owner=terminated_by_owner,
        not_readable=tuple(
            name
            for name, missing in (
                (closed, bool(closed)),
                ("oom_kill of its cgroup", own is None),
                ("oom_kill of the machine", own is None and host is None),
            )
            if missing
        ),
    )


def _pair(before: int | None, after: int | None) -> tuple[int, int] | None:
    return None if before is None or after is None else (before, after)
