"""Occurrences to faults: equal fingerprints are one fault, and each has an outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace
from itertools import count

from ..model import (
    Cause,
    ExitStatus,
    Failure,
    Fault,
    FaultId,
    Fingerprint,
    Occurrence,
    Outcome,
    RunId,
)

# Labels of what a worker does before its first task: no method of a pool.
_STARTS = frozenset({"initializer", "start of a worker"})
_ORDER = {Outcome.ENDED: 0, Outcome.UNKNOWN: 1, Outcome.CAUGHT: 2}


def group(
    run: RunId, occurrences: Iterable[Occurrence], counts: Mapping[tuple[Fingerprint, str], int]
) -> tuple[Fault, ...]:
    """Return the faults of a run, largest first; *counts* knows of more than was kept.

    The same in two tests is two faults, of which one may be expected; so *counts* is by
    fingerprint and test.
    """
    found: dict[tuple[Fingerprint, str], list[Occurrence]] = {}
    seen: set[tuple[object, ...]] = set()
    for occurrence in sorted(occurrences, key=_when):
        identity = _identity(occurrence)
        if identity not in seen:
            seen.add(identity)
            key = occurrence.fingerprint, occurrence.worker.test
            found.setdefault(key, []).append(occurrence)
    faults = [_fault(run, key[0], same, counts.get(key, 0)) for key, same in found.items()]
    return _numbered(faults)


def _fault(run: RunId, mark: Fingerprint, same: list[Occurrence], counted: int) -> Fault:
    # What ran only because of us is no fault's first occurrence if another can be.
    first = next((one for one in same if not getattr(one, "in_keep_going", False)), same[0])
    return Fault(
        id=FaultId(""),
        run=run,
        fingerprint=mark,
        kind=first.kind,
        count=max(counted, len(same)),
        first=first,
        others=tuple(one for one in same if one is not first),
    )


def _identity(occurrence: Occurrence) -> tuple[object, ...]:
    """Return what one occurrence alone has, also when it came by two roads.

    Without a position only the time tells two calls of a target apart; with one, two attempts.
    """
    task = occurrence.task
    placed = task is not None and task.index is not None
    position = (task.call, task.index, task.started) if task and placed else occurrence.at
    same = (occurrence.kind, occurrence.fingerprint, occurrence.worker.pid)
    return (*same, position, occurrence.note)


def _when(occurrence: Occurrence) -> float:
    return occurrence.at


def _numbered(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    ordered = sorted(
        faults, key=lambda fault: (_ORDER[fault.outcome], fault.kind != "crash", -fault.count)
    )
    return tuple(
        replace(fault, id=FaultId(f"{fault.run}.{number}"))
        for number, fault in enumerate(ordered, 1)
    )


def numbers_of(faults: Iterable[Fault]) -> dict[tuple[Fingerprint, str], int]:
    """Return the number in the ID of each of *faults*."""
    return {_key(fault): int(fault.id.rpartition(".")[2]) for fault in faults}


def keep_numbers(
    faults: Iterable[Fault], told: Mapping[tuple[Fingerprint, str], int]
) -> tuple[Fault, ...]:
    """Return *faults* in the order of their numbers, which those that were *told* keep."""
    free = (number for number in count(1) if number not in told.values())
    numbered = [(told.get(_key(fault)) or next(free), fault) for fault in faults]
    return tuple(
        replace(fault, id=FaultId(f"{fault.run}.{number}"))
        for number, fault in sorted(numbered, key=lambda pair: pair[0])
    )


def _key(fault: Fault) -> tuple[Fingerprint, str]:
    return fault.fingerprint, fault.first.worker.test


def settle_outcomes(
    faults: Iterable[Fault],
    status: ExitStatus,
    ended_notes: AbstractSet[str],
    *,
    tests: bool = False,
) -> tuple[Fault, ...]:
    """Return *faults* with what became of each, in the order in which they are told.

    *ended_notes* are the notes on the exception that ended the program, if one did; with *tests*
    also those on exceptions that failed a test.
    """
    return _numbered(_settled(fault, status, ended_notes, tests) for fault in faults)


def _settled(fault: Fault, status: ExitStatus, ended_notes: AbstractSet[str], tests: bool) -> Fault:
    same = (fault.first, *fault.others)
    label = fault.first.task.label if fault.first.task is not None else ""
    if any(one.note and one.note in ended_notes for one in same) or _named(fault, ended_notes):
        return replace(fault, outcome=Outcome.ENDED, raised=_raised(fault, label))
    passed = status.code == 0 or (tests and bool(fault.first.worker.test))
    if passed and label != "Process":  # nobody is told of a bare process
        return replace(fault, outcome=Outcome.CAUGHT)
    return fault


def _named(fault: Fault, ended_notes: AbstractSet[str]) -> bool:
    """Whether a note names the worker of a crash, which could not write one itself."""
    if isinstance(fault.first, Failure) or getattr(fault.first, "in_keep_going", False):
        return False
    pids = {one.worker.pid for one in (fault.first, *fault.others)}
    return any(f"(pid {pid})" in note for pid in pids for note in ended_notes)


def _ended_worker(failure: Failure, label: str) -> bool:
    """Whether the worker ended with its task: the pool answers for it."""
    verdict = failure.verdict
    return verdict is not None and verdict.cause is Cause.EXIT_CALL and label.startswith("Pool.")


def _raised(fault: Fault, label: str) -> str:
    """Return what the caller got."""
    if isinstance(fault.first, Failure) and not _ended_worker(fault.first, label):
        kind = fault.first.error.type.rpartition(".")[2]
        if label in _STARTS:
            return f"the pool raised this {kind}"
        return f"{label} raised this {kind}" if label else f"this {kind} was raised"
    return (
        f"{'the pool' if label in _STARTS else label} raised WorkerCrashed"
        if label
        else "WorkerCrashed was raised"
    )
