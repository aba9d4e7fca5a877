"""One diagnosed run, wired from its start to its report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy import on_first_use

if TYPE_CHECKING:
    from ._check import check_program
    from ._collect import collect
    from ._flaky import Diagnosed, diagnose, flaky
    from ._live import LiveRun, find_run, live_runs, look_at, look_inside
    from ._replay import Faults, Replayed, faults, replay
    from ._run import run_program
    from ._shown import check_callable
    from ._shrink import Smaller, shrink
    from ._watch import Watch, watch

# What calls tasks again stays out of the process that waits for a program: it stays small.
_HOME = {
    "Diagnosed": "_flaky",
    "Faults": "_replay",
    "LiveRun": "_live",
    "Replayed": "_replay",
    "Smaller": "_shrink",
    "Watch": "_watch",
    "check_callable": "_shown",
    "check_program": "_check",
    "collect": "_collect",
    "diagnose": "_flaky",
    "faults": "_replay",
    "find_run": "_live",
    "flaky": "_flaky",
    "live_runs": "_live",
    "look_at": "_live",
    "look_inside": "_live",
    "replay": "_replay",
    "run_program": "_run",
    "shrink": "_shrink",
    "watch": "_watch",
}

__all__ = (
    "Diagnosed",
    "Faults",
    "LiveRun",
    "Replayed",
    "Smaller",
    "Watch",
    "check_callable",
    "check_program",
    "collect",
    "diagnose",
    "faults",
    "find_run",
    "flaky",
    "live_runs",
    "look_at",
    "look_inside",
    "replay",
    "run_program",
    "shrink",
    "watch",
)

__getattr__ = on_first_use(__name__, _HOME)
