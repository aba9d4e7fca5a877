"""The first line of a report: how much failed, in how many ways, in which run."""

from __future__ import annotations

import signal
from collections.abc import Sequence

from ..layout import GLUE, duration, number, plural
from ..model import Certainty, Crash, ExitStatus, Fault, Run
from ._rows import hits_workers, passed_over, status_text

_KILLERS = {signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT}


def headline(run: Run) -> str:
    """Return the sentence that opens the report of a run with faults."""
    said = " and ".join(filter(None, [subject(run), _interruption(run)]))
    return f"{said} (run{GLUE}{run.id}, {duration(run.seconds).replace(' ', GLUE)})"


def caught_headline(run: Run) -> str:
    """Return the sentence for a run whose faults the program caught, every one."""
    said, one = subject(run, ways=False, total=False), sum(f.count for f in run.faults) == 1
    return f"{said}, {'caught' if one else 'all caught'} by the program ({status_text(run.status)})"


def all_caught(run: Run) -> bool:
    """Tell whether there are faults, and the program caught them all."""
    return bool(run.faults) and all(map(passed_over, run.faults))


def subject(run: Run, *, ways: bool = True, total: bool = True) -> str:
    """Return what failed, died and hung: ``37 of 100,000 tasks failed, in 2 ways``."""
    kinds = {
        kind: [f for f in run.faults if f.kind == kind] for kind in ("failure", "crash", "hang")
    }
    parts = []
    if kinds["failure"]:
        several = any(kinds[kind] for kind in ("crash", "hang"))
        parts.append(_failed(kinds["failure"], run, ways=ways, total=total, several=several))
    if kinds["crash"]:
        parts.append(_died(kinds["crash"], run, total=total and not parts))
    if kinds["hang"]:
        parts.append(_hung(kinds["hang"]))
    return ", and ".join(parts)


def _failed(faults: Sequence[Fault], run: Run, *, ways: bool, total: bool, several: bool) -> str:
    count = sum(fault.count for fault in faults)
    if all(map(hits_workers, faults)):
        what = "a worker" if count == 1 else f"{number(count)} workers"
    else:
        what = _of(count, run) if total else plural(count, "task")
    said = f"{what} failed"
    if not ways or count == 1:
        return said
    # the same in two tests is two faults, and one way
    kinds = len({f.fingerprint if f.first.worker.test else f.id for f in faults})
    if kinds > 1:
        return f"{said}, in {number(kinds)} ways"
    return said if several else f"{said}, all in the same way"


def _of(count: int, run: Run) -> str:
    """Return ``37 of 100,000 tasks``, without the total where it is not known."""
    if not run.tasks_known or run.tasks < count:
        return plural(count, "task")
    if run.tasks == 1:
        return "the only task"
    return f"{number(count)} of {plural(run.tasks, 'task')}"


def _died(faults: Sequence[Fault], run: Run, *, total: bool) -> str:
    count = sum(fault.count for fault in faults)
    verb = "killed" if all(_was_killed(fault) for fault in faults) else "died"
    who = "a worker" if count == 1 else f"{number(count)} workers"
    did = verb if verb == "died" else ("was killed" if count == 1 else "were killed")
    if any(map(hits_workers, faults)) or not total or not run.tasks_known or run.tasks < count:
        return f"{who} {did}"
    return f"{who} {did} in {_of(count, run)}"


def _hung(faults: Sequence[Fault]) -> str:
    count = sum(fault.count for fault in faults)
    who = "a worker" if count == 1 else f"{number(count)} workers"
    first = [fault.first.verdict for fault in faults if fault.first.verdict is not None]
    if all(verdict.certainty is Certainty.POSSIBLE for verdict in first):
        return f"{who} may hang"
    return f"{who} {'hangs' if count == 1 else 'hang'}"


def _was_killed(fault: Fault) -> bool:
    return isinstance(fault.first, Crash) and fault.first.status.signal in _KILLERS


def _interruption(run: Run) -> str:
    return f"the run {interrupted_by(run.status)}" if run.interrupted else ""


def interrupted_by(status: ExitStatus) -> str:
    """Return what cut a run short: ``was interrupted (Ctrl-C)``, ``was ended by SIGTERM``."""
    if status.signal == signal.SIGINT or status.code == 128 + signal.SIGINT:
        return "was interrupted (Ctrl-C)"
    if status.signal is not None:
        return f"was ended by {status_text(status)}"
    return "ended"


def nothing(run: Run) -> str:
    """Return the sentence for a run without faults."""
    lasted = f"({duration(run.seconds).replace(' ', GLUE)})"
    if run.interrupted:
        running = plural(len(run.interrupted), "worker")
        return f"the run {interrupted_by(run.status)} after {lasted[1:-1]}; at work: {running}"
    ended = ended_badly(run.status)
    if not run.workers and not run.tasks and not run.unwatched:
        return f"nothing to diagnose: the program started no worker process {lasted}{ended}"
    where = _watched(run)
    if run.unwatched:
        return f"no faults seen{where} {lasted}{ended}{';' if ended else ', but'} not watched:"
    return f"no faults{where} {lasted}{ended}"


def _watched(run: Run) -> str:
    tasks = f" in {plural(run.tasks, 'task')}" if run.tasks else ""
    return f"{tasks} on {plural(run.workers, 'worker')}" if run.workers else tasks


def ended_badly(status: ExitStatus) -> str:
    """Return that the program itself failed, which silence about its workers must not hide."""
    if status.signal is None and status.code in {0, None}:
        return ""
    return f"; the program ended with {status_text(status)}"
