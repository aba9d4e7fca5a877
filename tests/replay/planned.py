"""Plans made by hand: the call of a function in a script, without a run that recorded it."""

from __future__ import annotations

import pickle
import sys
import textwrap
from pathlib import Path

from mpdiag.model import (
    Error,
    ExitStatus,
    Failure,
    Fault,
    FaultId,
    Fingerprint,
    Inputs,
    Origin,
    Run,
    RunId,
    Task,
    Worker,
)
from mpdiag.replay import Plan, make_plan


def planned(folder: Path, source: str, *args: object, target: str = "work") -> Plan:
    """Return the plan to call *target* of a script with *source* once more with *args*."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(source), "utf-8")
    origin = Origin(
        cwd=str(folder),
        argv=(str(script),),
        path=(str(folder), *sys.path[1:]),
        main_file=str(script),
        main_name="",
    )
    run = Run(
        id=RunId("aaaa"),
        argv=(str(script),),
        cwd=str(folder),
        started=0.0,
        seconds=1.0,
        status=ExitStatus(code=1),
        origins={"1": origin},
    )
    task, inputs = called(*args, target=target)
    failure = Failure(
        fingerprint=Fingerprint("0" * 16),
        task=task,
        worker=Worker(pid=2, owner=1),
        error=Error(type="ValueError", message=""),
        inputs=inputs,
        at=0.0,
    )
    fault = Fault(
        id=FaultId("aaaa.1"),
        run=run.id,
        fingerprint=failure.fingerprint,
        kind="failure",
        count=1,
        first=failure,
    )
    return make_plan(fault, run)


def called(*args: object, target: str = "work") -> tuple[Task, Inputs]:
    """Return a call of *target* as it is kept."""
    inputs = Inputs(encoded=pickle.dumps((args, {})), encoding="pickle")
    return Task(target=target, label="Pool.map"), inputs
