"""Runs, faults and occurrences to store, made from a few words each."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from mpdiag.model import (
    Cause,
    Certainty,
    Crash,
    Error,
    ExitStatus,
    Failure,
    Fault,
    FaultId,
    Fingerprint,
    Frame,
    Inputs,
    Occurrence,
    Outcome,
    Output,
    Run,
    RunId,
    Snapshot,
    Task,
    Verdict,
    Worker,
)

START = 1_790_000_000.0
"""2026-09-21 14:13:20 UTC."""


def failure(
    index: int = 4711, *, encoded: bytes | None = None, message: str = "'that'", at: float = START
) -> Failure:
    """Return a KeyError of ``parse(record)``."""
    frame = Frame(
        file="/srv/job/parse.py",
        line=14,
        function="parse",
        source='return record["this"] * record["that"]',
        locals={"record": Snapshot(text="{'this': 7}", type="dict", size=1)},
    )
    return Failure(
        fingerprint=Fingerprint("0123456789abcdef"),
        task=Task(
            target="parse.parse",
            signature="parse(record)",
            label="Pool.map",
            index=index,
            call=1,
            file="/srv/job/parse.py",
            line=12,
        ),
        worker=Worker(pid=8123, number=2, name="ForkPoolWorker-2", owner=8100),
        error=Error(type="KeyError", message=message, notes=("seen in June",), trace=(frame,)),
        inputs=Inputs(
            values={"record": Snapshot(text="{'this': 7}", type="dict", size=1)},
            encoded=encoded,
            encoding="pickle" if encoded is not None else "text",
        ),
        at=at,
        output=Output(stdout="reading\n", stderr="slow disk\n"),
    )


def crash(*, at: float = START) -> Crash:
    """Return a worker killed by SIGKILL in ``resize(path)``."""
    return Crash(
        fingerprint=Fingerprint("fedcba9876543210"),
        task=Task(target="job.images.resize", signature="resize(path)", label="Pool.map", index=3),
        worker=Worker(pid=8124, number=1),
        status=ExitStatus(signal=9),
        verdict=Verdict(
            cause=Cause.SIGNAL,
            certainty=Certainty.PROVEN,
            headline="SIGKILL, sender unknown",
            evidence=("no sign of memory trouble",),
            not_readable=("kernel log",),
        ),
        inputs=Inputs(values={"path": Snapshot(text="'/data/0471.tif'", type="str", size=15)}),
        at=at,
    )


def fault(
    run: str, number: int, first: Occurrence | None = None, *others: Occurrence, count: int = 0
) -> Fault:
    """Return a fault of *run*; its kind and fingerprint are those of its *first* occurrence."""
    first = first or failure()
    kind: Literal["failure", "crash", "hang"] = first.kind
    return Fault(
        id=FaultId(f"{run}.{number}"),
        run=RunId(run),
        fingerprint=first.fingerprint,
        kind=kind,
        count=count or 1 + len(others),
        first=first,
        others=others,
        outcome=Outcome.ENDED,
        raised="Pool.map raised this KeyError",
    )


def run_of(name: str, *faults: Fault, started: float = START) -> Run:
    """Return a run that ended with exit code 1."""
    return Run(
        id=RunId(name),
        argv=("python", "parse.py"),
        cwd="/srv/job",
        started=started,
        seconds=2.1,
        status=ExitStatus(code=1),
        tasks=100_000,
        failed=37,
        workers=4,
        environment={"python": "3.13.0"},
        faults=faults,
    )


def simple_run(name: str, *, started: float = START, payload: bytes | None = None) -> Run:
    """Return a run with one failure."""
    return run_of(name, fault(name, 1, failure(encoded=payload)), started=started)


def renumbered(value: Failure, index: int) -> Failure:
    """Return *value* as another task of the same call."""
    return replace(value, task=replace(value.task, index=index))
