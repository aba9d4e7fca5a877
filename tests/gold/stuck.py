"""Runs that hang, made from moments at which programs of tests/hangs were seen."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from mpdiag.judge import judge_moment
from mpdiag.model import (
    ExitStatus,
    Hang,
    Inputs,
    Moment,
    Origin,
    Outcome,
    Run,
    Running,
    Stuck,
    from_plain,
)
from mpdiag.runner import hang_of

from . import runs

MOMENTS = Path(__file__).parent.parent / "hangs" / "moments"
QUIET = 60.0


def both(stem: str) -> tuple[Moment, Moment]:
    """Return the two moments of a program, the earlier first."""
    first, second = json.loads((MOMENTS / f"{stem}.json").read_text("utf-8"))
    return from_plain(Moment, first), from_plain(Moment, second)


def seen(stem: str) -> tuple[Stuck, Moment]:
    """Return the first trouble of a program, and the moment at which it was seen."""
    before, now = both(stem)
    # Moments are told by the clock of whoever runs the test.
    moved = runs.AT - now.at
    processes = tuple(
        replace(one, task=replace(one.task, started=(one.task.started or 0) + moved - QUIET))
        if one.task is not None
        else one
        for one in now.processes
    )
    return judge_moment(now, before)[0], replace(now, at=runs.AT, processes=processes)


def hang(stem: str, **inputs: object) -> Hang:
    """Return the hang of a program, with *inputs* that its worker had."""
    stuck, moment = seen(stem)
    found = hang_of(stuck, moment, quiet=QUIET)
    values = {name: runs.snapshot(value) for name, value in inputs.items()}
    kept = Inputs(values=values, encoded=b"\x80\x04N.", encoding="task")
    return replace(found, inputs=kept if values else Inputs(encoding="none"))


def run(found: Hang, identity: str, **changes: object) -> Run:
    """Return the run that *found* is the only fault of."""
    told = replace(
        runs.run(runs.fault(found, identity, outcome=Outcome.ENDED)),
        seconds=75.0,
        origins={"1": Origin(cwd=runs.CWD, argv=(), path=())},
    )
    return replace(told, **changes)  # type: ignore[arg-type]


def join_before_drain() -> Run:
    """Return section 3 of the design."""
    return run(hang("join_before_drain-fork"), "9ab1.1", status=ExitStatus(signal=2))


def deadlock() -> Run:
    """Return two workers that hold what the other one waits for, ended by SIGTERM."""
    return run(hang("deadlock-fork"), "9ab2.1", status=ExitStatus(signal=15))


def endless_loop() -> Run:
    """Return a task that computed when the run was interrupted."""
    found = hang("loop-fork", number=3)
    at_work = Running(worker=found.worker, text="spin, task 0 (from 0): number = 3")
    return run(found, "9ab3.1", status=ExitStatus(signal=2), interrupted=(at_work,))
