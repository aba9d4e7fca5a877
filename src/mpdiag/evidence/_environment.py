"""What is worth keeping of the surroundings of a run: versions, machine, limits, variables."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator, Mapping

from .._version import __version__
from ._memory import own_limits, sample_memory

# Variables whose values are kept: they change how Python or its number libraries run.
_SHOWN = ("PYTHON", "MPDIAG_", "LC_", "OMP_", "MKL_", "OPENBLAS_", "NUMEXPR_", "BLIS_", "KMP_")
_SHOWN_WHOLE = frozenset({"LANG", "LANGUAGE", "TZ", "MALLOC_ARENA_MAX", "VECLIB_MAXIMUM_THREADS"})
# But never of one that carries a secret by its name, whatever it begins with.
_SECRET = ("TOKEN", "SECRET", "PASS", "KEY", "CRED", "AUTH")
_LIMITS = {
    "RLIMIT_AS": "address space",
    "RLIMIT_CPU": "CPU seconds",
    "RLIMIT_DATA": "data",
    "RLIMIT_NOFILE": "open files",
    "RLIMIT_NPROC": "processes",
}
_MIB = 1 << 20


def environment_card(environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return versions, machine and limits, and the environment by an allow-list.

    Values are kept of variables that are known to be harmless; of all others, the names.
    """
    card = {
        "mpdiag": __version__,
        "python": platform.python_version(),
        "implementation": platform.python_implementation(),
        "executable": sys.executable,
        "platform": platform.platform(),
        "cpus": _cpus(),
        "default start method": _start_method(),
        **dict(_memory()),
    }
    limits = own_limits()
    card |= {
        f"limit of {name}": str(limits[rlimit])
        for rlimit, name in _LIMITS.items()
        if rlimit in limits
    }
    shown = {name: value for name, value in sorted(environ.items()) if _is_shown(name)}
    card |= {f"env {name}": value for name, value in shown.items()}
    card["other variables"] = ", ".join(sorted(set(environ) - set(shown)))
    return card


def _is_shown(name: str) -> bool:
    if any(word in name.upper() for word in _SECRET):
        return False
    return name in _SHOWN_WHOLE or name.startswith(_SHOWN)


def _cpus() -> str:
    count = os.cpu_count()
    try:
        usable = len(os.sched_getaffinity(0))
    except (AttributeError, OSError):  # Linux only
        return str(count)
    return str(count) if usable == count else f"{usable} usable of {count}"


def _start_method() -> str:
    import multiprocessing

    return multiprocessing.get_all_start_methods()[0]


def _memory() -> Iterator[tuple[str, str]]:
    around = sample_memory()
    if around.limit_bytes is not None:
        yield "memory", f"{around.limit_bytes // _MIB} MiB ({around.of})"
