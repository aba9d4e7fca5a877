"""From what is stuck to an occurrence that can be kept and told."""

from __future__ import annotations

from itertools import dropwhile

from ..evidence import is_plumbing
from ..model import (
    Frame,
    Hang,
    Inputs,
    Moment,
    ProcessMoment,
    Stuck,
    Worker,
    fingerprint,
    hang_parts,
)


def hang_of(stuck: Stuck, moment: Moment, *, quiet: float) -> Hang:
    """Return the hang that *stuck* is, of which *moment* has seen all processes."""
    by_pid = {one.pid: one for one in moment.processes}
    members = [by_pid[pid] for pid in (*stuck.pids, *stuck.waiting) if pid in by_pid]
    with_task = next((one for one in members if one.task is not None), None)
    first = members[0] if members else None
    task = with_task.task if with_task is not None else None
    parts = hang_parts(stuck.verdict.cause.value, task.target if task else "", stuck.place)
    return Hang(
        fingerprint=fingerprint(parts),
        task=task,
        worker=_worker(first, stuck),
        verdict=stuck.verdict,
        inputs=_inputs(with_task),
        at=moment.at,
        stuck_for=quiet,
        trace=_trace(first),
        pids=tuple(dict.fromkeys((*stuck.pids, *stuck.waiting))),
        rows=stuck.rows,
        moment=moment,
    )


def _worker(process: ProcessMoment | None, stuck: Stuck) -> Worker:
    if process is not None and process.worker is not None:
        return process.worker
    return Worker(pid=stuck.pids[0] if stuck.pids else 0)


def _inputs(process: ProcessMoment | None) -> Inputs:
    found = process.inputs if process is not None else None
    return found if found is not None else Inputs(encoding="none")


def _trace(process: ProcessMoment | None) -> tuple[Frame, ...]:
    """Return what its main thread does, from the target on."""
    threads = process.threads if process is not None else ()
    frames = next((thread.frames for thread in threads if thread.main), ())
    return tuple(dropwhile(is_plumbing, frames)) or frames
