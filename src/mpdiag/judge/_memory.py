"""Whether memory ran out, from counters, peaks and limits."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..evidence import DeathFacts
from ..model import Certainty

# Share of a limit from which memory counts as near it.  Lower: a busy machine makes every
# SIGKILL look like memory.  Higher: the last look was before the last allocation.
NEAR = 0.9
_MIB = 1 << 20
_IN_RAM = re.compile(r"anon-rss:(\d+)kB")
_MANY_MIB = 10 * 1024 * _MIB


def memory_certainty(facts: DeathFacts) -> Certainty | None:
    """Return how sure it is that a SIGKILL was for memory; None without any sign of it."""
    if facts.kernel_line:
        return Certainty.PROVEN
    if _rose(facts.own_kills):
        return Certainty.VERY_LIKELY
    if _is_near(facts):
        return Certainty.LIKELY
    if _rose(facts.host_kills):
        # Somebody on the machine was killed; that the own container counts none speaks
        # against this worker, unless it sat in a container of its own.
        return Certainty.LIKELY if facts.own_kills is None else Certainty.POSSIBLE
    return None


def memory_evidence(facts: DeathFacts) -> tuple[str, ...]:
    """Return what is known about memory, the strongest first."""
    return tuple(_signs(facts)) if memory_certainty(facts) is not None else _no_sign(facts)


def memory_fix(facts: DeathFacts, target: str) -> str:
    """Return what would prevent that memory runs out."""
    less = f"less memory in {target.rpartition('.')[2]}" if target else "less memory in each task"
    around = facts.around
    if around is None or around.limit_bytes is None or around.of != "container":
        return f"{less}, or fewer workers"
    return f"{less}, fewer workers, or a limit above {size(around.limit_bytes)}"


def _rose(kills: tuple[int, int] | None) -> bool:
    return kills is not None and kills[1] > kills[0]


def _is_near(facts: DeathFacts) -> bool:
    around = facts.around
    if around is None or not around.limit_bytes:
        return False
    most = max(facts.peak_bytes or 0, facts.worker_bytes or 0, around.used_bytes or 0)
    return most >= NEAR * around.limit_bytes


def _signs(facts: DeathFacts) -> Iterator[str]:
    if facts.kernel_line:
        yield f"kernel log: {_shortened(facts.kernel_line)}"
    if facts.own_kills is not None and _rose(facts.own_kills):
        before, after = facts.own_kills
        where = f" ({facts.cgroup})" if facts.cgroup else ""
        yield f"oom_kill of this container rose from {before} to {after}{where}"
    elif facts.host_kills is not None and _rose(facts.host_kills):
        before, after = facts.host_kills
        yield f"oom_kill of the whole machine rose from {before} to {after}"
    seen = ", ".join(part for part in (_of_worker(facts), _of_surroundings(facts)) if part)
    when = "" if facts.seconds_before is None else f", {facts.seconds_before:.1f} s before"
    if seen:
        yield seen + when
    if facts.own_kills is not None and not _rose(facts.own_kills):
        yield "but oom_kill of this container is unchanged"


def _shortened(line: str) -> str:
    """Return the kernel's line without its table of sizes, of which one says enough."""
    words, _, sizes = line.partition(" total-vm:")
    used = _IN_RAM.search(sizes)
    return f"{words}, {size(int(used[1]) * 1024)} in RAM" if used else words


def _of_worker(facts: DeathFacts) -> str:
    if facts.worker_bytes is not None:
        return f"worker at {size(facts.worker_bytes)}"
    return f"worker's peak {size(facts.peak_bytes)}" if facts.peak_bytes is not None else ""


def _of_surroundings(facts: DeathFacts) -> str:
    around = facts.around
    if around is None or around.limit_bytes is None:
        return ""
    if around.used_bytes is None:
        return f"limit of the {around.of} {size(around.limit_bytes)}"
    used, limit = size(around.used_bytes), size(around.limit_bytes)
    same_unit = used.split()[1] == limit.split()[1]
    return f"{around.of} at {used.split()[0] if same_unit else used} of {limit}"


def _no_sign(facts: DeathFacts) -> tuple[str, ...]:
    peak = [f"peak {size(facts.peak_bytes)}"] if facts.peak_bytes is not None else []
    if facts.own_kills is not None or facts.host_kills is not None:
        silent = ["kernel log silent"] if facts.kernel_silent else []
        seen = ", ".join([*peak, "oom_kill unchanged", *silent])
        return (f"no sign of memory trouble: {seen}",)
    if peak and facts.around is not None and facts.around.limit_bytes:
        limit = f"limit of the {facts.around.of} {size(facts.around.limit_bytes)}"
        return (f"no sign of memory trouble: {peak[0]}, {limit}",)
    return (f"whether memory ran out is not known{': ' if peak else ''}{''.join(peak)}",)


def size(size_bytes: float) -> str:
    """Return a size as a person compares it: in MiB; below 1 MiB in KiB, from 10 GiB on in GiB."""
    if size_bytes < _MIB:
        return f"{size_bytes / 1024:,.0f} KiB"
    if size_bytes < _MANY_MIB:
        return f"{size_bytes / _MIB:,.0f} MiB"
    return f"{size_bytes / _MIB / 1024:,.1f} GiB"


def rate(size_bytes: float) -> str:
    """Return a size for each task, with a decimal where it says something: ``1.8 MiB``."""
    for unit, name in ((_MIB, "MiB"), (1024, "KiB")):
        if size_bytes >= unit:
            shown = size_bytes / unit
            return f"{shown:,.1f} {name}" if shown < 10 else f"{shown:,.0f} {name}"  # noqa: PLR2004
    return f"{size_bytes:,.0f} bytes"
