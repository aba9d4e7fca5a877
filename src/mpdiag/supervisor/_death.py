"""The end of a bare process as a finding."""

from __future__ import annotations

import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess

from ..codec import snapshot
from ..evidence import death_facts
from ..judge import judge_death
from ..model import Crash, Inputs, Task, Worker, crash_parts, exit_status, fingerprint
from ..worker import bind


def crash_of(
    process: BaseProcess,
    target: Callable[..., object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
    *,
    terminated: bool = False,
) -> Crash:
    """Return the crash of a process that has ended without a word."""
    pid = process.pid or 0
    status = exit_status(process.exitcode)
    verdict = judge_death(status, death_facts(pid, terminated_by_owner=terminated))
    name, signature, inputs = bind(target, args, kwargs)
    values = {key: snapshot(value) for key, value in inputs.items()}
    return Crash(
        fingerprint=fingerprint(crash_parts(verdict.headline, name)),
        task=Task(target=name, signature=signature, label="Process"),
        worker=Worker(pid=pid, name=process.name),
        status=status,
        verdict=verdict,
        inputs=Inputs(values=values),
        at=time.time(),
    )
