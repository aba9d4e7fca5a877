"""What machine it is measured on, and what it did beside that."""

from __future__ import annotations

import os
import platform
from dataclasses import replace
from pathlib import Path

from ._values import Machine


def describe_machine() -> Machine:
    """Return what can be known before the first round."""
    kernel = platform.release().partition("-")[0]
    return Machine(
        system=f"{platform.system()} {kernel} {platform.machine()}",
        cpus=_processors(),
        hypervisor=_hypervisor(),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0,
    )


def ticks() -> tuple[int, int]:
    """Return the time that a hypervisor gave to others, and all time, in ticks."""
    try:
        words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
        return int(words[7]), sum(map(int, words))
    except (OSError, ValueError, IndexError):
        return 0, 0


def with_steal(machine: Machine, before: tuple[int, int]) -> Machine:
    """Return *machine* with the steal time since *before*, and the greater load."""
    steal, all_time = (now - then for now, then in zip(ticks(), before, strict=True))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return replace(
        machine, steal=steal / all_time if all_time else 0.0, load=max(machine.load, load)
    )


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _hypervisor() -> str:
    """Return its name; none is known, or there is none."""
    try:
        cpu = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
        if " hypervisor" not in cpu:
            return ""
        for path in ("/sys/hypervisor/type", "/sys/class/dmi/id/product_name"):
            try:
                return Path(path).read_text(encoding="utf-8").strip() or "unknown"
            except OSError:
                continue
    except OSError:
        return ""
    return "unknown"
