"""The one line of why, in the report of a run by itself: when it is clear, and soon.

The inputs of all tasks are there until the folder of the run goes, so this is the time to count.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from ..codec import Mask
from ..model import Failure, Fault, Outcome, Reason, Reasons, Run
from ..recorder import PastMessage

if TYPE_CHECKING:
    from ..analysis import Explanation

# Of the processor, for all faults together, reading and comparing: what is found does not depend
# on what else the machine does.  More: the report comes later, and so does the prompt.  Less: the
# reason is found by `mpdiag explain` alone.
_SECONDS = 0.9
# Of what is left: for a sample, then for all tasks.  More of these: less to compare them.
_READING, _READING_ALL = 0.3, 0.7
# Seconds of a processor to compare a task: what does not fit into the rest stays a sample.
_COMPARING = 2e-6
_Ran: TypeAlias = Callable[[], Iterable[tuple[int, PastMessage]]]


def with_reasons(run: Run, mask: Mask, ran: _Ran) -> Run:
    """Return *run* with what separates each fault from the tasks that went well, if that is clear.

    *ran* gives all messages that its workers worked through.  Never raises: a report without a
    reason is a report.
    """
    if not run.passing:
        return run
    from .. import analysis, reports  # noqa: F401 - before the clock runs

    end = time.process_time() + _SECONDS
    with _no_collection():
        faults = tuple(_with_reason(fault, run, mask, ran, end) for fault in run.faults)
    return replace(run, faults=faults)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Look for no garbage: nothing of all that is read is any, and the look takes most of the time.

    A second is short enough for what little there may be.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _with_reason(fault: Fault, run: Run, mask: Mask, ran: _Ran, end: float) -> Fault:
    left = end - time.process_time()
    caught = fault.outcome is Outcome.CAUGHT
    if caught or left < _SECONDS / 4 or not isinstance(fault.first, Failure):
        return fault
    try:
        return _explained(fault, run, mask, ran, end)
    except Exception:
        return fault


def _explained(fault: Fault, run: Run, mask: Mask, ran: _Ran, end: float) -> Fault:
    from ..analysis import compare, every_pass, looked_up, tasks_of
    from ..reports import why_text

    def left() -> float:
        return end - time.process_time()

    tasks = tasks_of(run, fault, seconds=left() * _READING, own=True)
    every = every_pass(run, fault, ran(), seconds=left() * _READING_ALL) or ()
    if len(every) * _COMPARING > left():
        every = ()
    found = compare(tasks, fault=fault.id, hides=mask.hides, seconds=left(), every=every)
    counted = bool(found.suspects) and all(one.exact for one in found.suspects)
    settled = found.wording == "separates" or left() > 0  # else `mpdiag explain` may find a better
    kept = replace(fault, reasons=_reasons(found, mask) if counted and settled else None)
    suspect = found.suspects[0] if found.suspects else None
    if found.wording != "separates" or len(found.suspects) != 1:
        # Of few failures the search has too little; what the exception names is no search.
        suspect = looked_up(fault, replace(tasks, passed=every or tasks.passed), seconds=left())
    if suspect is None:
        return kept
    return replace(kept, why=mask.text(why_text(suspect, fault, tasks.all_passed)))


def _reasons(found: Explanation, mask: Mask) -> Reasons:
    """Return what is kept of an explanation: with the inputs of all tasks its counts go."""

    def texts(lines: Sequence[str]) -> tuple[str, ...]:
        return tuple(map(mask.text, lines))

    return Reasons(
        wording=found.wording,
        found=tuple(
            Reason(
                condition=mask.text(one.condition),
                paths=texts(one.paths),
                failures=one.failures,
                passes=one.passes,
                equals=texts(one.equals),
            )
            for one in found.suspects
        ),
    )
