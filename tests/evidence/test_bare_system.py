"""On a system without fcntl, resource, real-time signals and /proc, everything still runs."""

from __future__ import annotations

import json
import subprocess
import sys

HIDE = """
import sys, signal
for name in ("fcntl", "resource", "ctypes", "_ctypes"):
    sys.modules[name] = None
for name in ("SIGRTMIN", "SIGRTMAX", "SIGKILL", "SIGBUS"):
    if hasattr(signal, name):
        delattr(signal, name)
from mpdiag.evidence import _files
_files.ROOT = "/not/there"
"""
USE = """
import json, os
from mpdiag import evidence, judge
from mpdiag.model import ExitStatus
for name in evidence.__all__:
    getattr(evidence, name)
before = evidence.read_counters()
facts = evidence.death_facts(os.getpid(), before)
verdict = judge.judge_death(ExitStatus(signal=9), facts)
print(json.dumps({
    "headline": verdict.headline,
    "closed": len(verdict.not_readable),
    "start": evidence.start_time(os.getpid()),
    "limits": evidence.own_limits(),
    "card": sorted(evidence.environment_card())[:3],
    "checks": len(evidence.doctor()),
    "place": evidence.look_at("/").kind,
}))
"""
LIGHT = """
import sys
before = set(sys.modules)
from mpdiag.evidence import read_counters, start_time
read_counters(), start_time(1)
heavy = {"dataclasses", "inspect", "typing", "psutil", "ctypes", "subprocess", "pathlib", "re"}
print(sorted(heavy & (set(sys.modules) - before)))
"""


def run(code: str) -> str:
    """Return what *code* prints in a fresh interpreter without site packages' start-up files."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    return done.stdout


def test_everything_runs_with_less_evidence() -> None:
    """Each source says that it has nothing, and SIGKILL stays SIGKILL of an unknown sender."""
    said = json.loads(run(HIDE + USE))
    assert said["headline"].endswith("sender unknown")
    assert said["closed"] == 3
    assert (said["start"], said["limits"], said["place"]) == (None, {}, "")
    assert said["checks"] > 8


def test_what_the_owner_of_a_pool_takes_is_light() -> None:
    """Counters and start time import nothing that a program would feel."""
    assert run(LIGHT).strip() == "[]"
