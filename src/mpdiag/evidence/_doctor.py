"""What this machine can tell about a dead or stuck worker, one check for each source."""

from __future__ import annotations

import multiprocessing
import os
import platform
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec

from . import _files
from ._counters import read_counters
from ._kernel_log import kernel_oom_line
from ._memory import sample_memory
from ._places import look_at

_MIB = 1 << 20
# The files of 100 workers, about.
_ENOUGH_BYTES = 32 * _MIB
_OTHER_PYTHONS = tuple(f"python3.{minor}" for minor in range(10, 15))


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One source of evidence or place to keep it, and whether it is there."""

    name: str
    ok: bool
    text: str
    """What was found; if not *ok*, why not, and what that costs."""


def doctor(environ: Mapping[str, str] = os.environ) -> list[Check]:
    """Return every check, in the order in which a report would need them."""
    return [
        *_python(),
        *_recorder(environ),
        _processes(),
        _memory(),
        _counters(),
        _kernel_log(),
        _stacks(),
        _cores(),
    ]


def _python() -> Iterator[Check]:
    version = f"{platform.python_version()}, {sys.executable}"
    yield Check(name="this Python", ok=sys.version_info >= (3, 10), text=version)
    methods = multiprocessing.get_all_start_methods()
    # The default is named without fixing it for this process.
    default = multiprocessing.get_start_method(allow_none=True) or methods[0]
    ways = ", ".join(f"{way} (default)" if way == default else way for way in methods)
    yield Check(name="start methods", ok=True, text=ways)
    others = [name for name in _OTHER_PYTHONS if shutil.which(name)]
    found = ", ".join(others) or "none found in PATH"
    note = "; a program in one is diagnosed if mpdiag is installed there"
    yield Check(name="other Pythons", ok=True, text=found + (note if others else ""))
    importable = find_spec(__name__.partition(".")[0]) is not None
    why = "yes" if importable else "no: workers that start afresh will not be watched"
    yield Check(name="mpdiag importable", ok=importable, text=why)


def _recorder(environ: Mapping[str, str]) -> Iterator[Check]:
    """Check the places in which the recorder may write, in the order in which it takes them."""
    places = (
        ("XDG_RUNTIME_DIR", environ.get("XDG_RUNTIME_DIR", "")),
        ("TMPDIR", environ.get("TMPDIR") or "/tmp"),  # noqa: S108 - as below
        ("/dev/shm", "/dev/shm"),  # noqa: S108 - looked at, nothing is written
    )
    for variable, path in places:
        name = f"recorder: {variable}"
        if not path or not os.path.isdir(path):  # noqa: PTH112
            yield Check(name=name, ok=False, text="not set" if not path else f"no folder {path}")
            continue
        place = look_at(path)
        wrong = [
            word
            for word, is_so in (
                ("not writable", not place.is_writable),
                ("shared with other machines, so it is not used", not place.is_local),
                ("nearly full", (place.free_bytes or _ENOUGH_BYTES) < _ENOUGH_BYTES),
            )
            if is_so
        ]
        text = f"{path} ({place.kind or 'kind unknown'}, {_free(place.free_bytes)})"
        yield Check(name=name, ok=not wrong, text="; ".join((text, *wrong)))


def _free(free_bytes: int | None) -> str:
    return "free space unknown" if free_bytes is None else f"{free_bytes // _MIB:,} MiB free"


def _processes() -> Check:
    if _files.read("/proc/self/stat") is None:
        text = "no: no memory of workers, and no stacks of stuck ones"
        return Check(name="/proc", ok=False, text=text)
    return Check(name="/proc", ok=True, text="memory and start time of every worker")


def _memory() -> Check:
    around = sample_memory()
    if around.limit_bytes is None:
        return Check(name="memory limit", ok=False, text="unknown: a peak cannot be compared")
    used = "" if around.used_bytes is None else f", {around.used_bytes // _MIB:,} MiB in use"
    text = f"{around.limit_bytes // _MIB:,} MiB ({around.of}){used}"
    return Check(name="memory limit", ok=True, text=text)


def _counters() -> Check:
    counters = read_counters()
    own = counters.cgroup.name if counters.cgroup is not None and counters.own is not None else ""
    if own:
        text = f"{own}: a kill for memory in this container is seen"
    elif counters.host is not None:
        text = "no memory cgroup, but /proc/vmstat: a kill for memory on this machine is seen"
    else:
        text = "none can be read: SIGKILL for memory looks like any other SIGKILL"
    return Check(name="oom_kill counter", ok=bool(own) or counters.host is not None, text=text)


def _kernel_log() -> Check:
    _, closed = kernel_oom_line(0)
    if closed:
        why = closed.partition("(")[2].rstrip(")")
        text = f"no ({why}): killed for memory can be very likely, but not proven"
        return Check(name="kernel log", ok=False, text=text)
    return Check(name="kernel log", ok=True, text="killed for memory can be proven")


def _stacks() -> Check:
    scope = _files.number(_files.read("/proc/sys/kernel/yama/ptrace_scope")) or 0
    effective = _files.field(_files.read("/proc/self/status"), "CapEff") or "0"
    # Bit 19 is CAP_SYS_PTRACE.
    if bool(int(effective, 16) >> 19 & 1) or scope == 0:
        return Check(name="ptrace", ok=True, text="a debugger may attach to a stuck worker")
    text = f"no (kernel.yama.ptrace_scope = {scope}): stacks come from the worker itself only"
    return Check(name="ptrace", ok=False, text=text)


def _cores() -> Check:
    pattern = (_files.read("/proc/sys/kernel/core_pattern") or "").strip()
    try:
        import resource

        soft, _ = resource.getrlimit(resource.RLIMIT_CORE)
    except (ImportError, OSError, ValueError):
        return Check(name="core files", ok=False, text="unknown on this system")
    if soft == 0:
        text = "off (ulimit -c is 0): no C stack of a worker that crashed"
        return Check(name="core files", ok=False, text=text)
    if pattern.startswith("|"):
        text = f"handed to {pattern[1:].split()[0]}; ask that program for the C stack"
        return Check(name="core files", ok=True, text=text)
    return Check(name="core files", ok=True, text=f"written as {pattern or 'core'}")
