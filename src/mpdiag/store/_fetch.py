"""Read runs and faults out of the tables, and find the one that a user named."""

from __future__ import annotations

import difflib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..errors import AmbiguousFault, NoSuchFault
from ..model import Fault, Occurrence, Passing, Run, RunId
from ._ids import Reference, fault_id, is_run_id
from ._rows import (
    RowDamaged,
    column_text,
    unpack_fault,
    unpack_occurrence,
    unpack_passing,
    unpack_run,
)
from ._seal import is_sealed

if TYPE_CHECKING:
    import sqlite3

# IDs that a message lists.  Fewer: the right one may be missing; more: nobody reads it.
_LISTED = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which faults are asked for; what is None lets all pass."""

    kind: str | None = None
    """``failure``, ``crash`` or ``hang``."""
    run: str | None = None
    since: float | None = None
    """Runs started at this time or later; seconds since the epoch."""
    target: str | None = None
    """A part of the target's name."""
    limit: int | None = None
    """So many faults, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A fault, and the run around it."""

    run: Run
    """Without its faults and passing tasks."""
    fault: Fault
    occurrence: int | None = None
    """The number after ``#``; that occurrence is the first of *fault* then."""
    kept: int = 1
    """Occurrences of this fault in the store."""
    own: bool = False
    """The first occurrence is, to the byte, what this user recorded; see `Store.fault`."""


def fetch_runs(connection: sqlite3.Connection) -> Iterator[Run]:
    """Yield all runs without their faults, the newest first."""
    query = "SELECT id, head FROM run ORDER BY started DESC, seq DESC"
    for name, head in connection.execute(query):
        yield _run_named(name, head)


def fetch_run(connection: sqlite3.Connection, run: str) -> Run:
    """Return a run with all that is known about it.

    Raises:
        NoSuchFault: no such run.
    """
    head = _head(connection, run)
    faults = tuple(_fault(connection, run, number) for number in _numbers(connection, run))
    return replace(head, faults=faults, passing=tuple(fetch_passing(connection, run)))


def fetch_faults(connection: sqlite3.Connection, filters: Filters) -> Generator[Found, None, None]:
    """Yield faults with their first occurrence only: newest run first, in order within a run."""
    query = """
        SELECT fault.run, fault.number, fault.head, run.head
        FROM fault JOIN run ON run.id = fault.run
        WHERE (:kind IS NULL OR fault.kind = :kind)
          AND (:run IS NULL OR fault.run = :run)
          AND (:since IS NULL OR run.started >= :since)
          AND (:target IS NULL OR instr(lower(fault.target), lower(:target)))
        ORDER BY run.started DESC, run.seq DESC, fault.number
        LIMIT coalesce(:limit, -1)
    """
    values = {name: getattr(filters, name) for name in Filters.__slots__}
    values |= {"run": filters.run and column_text(filters.run)}
    values |= {"target": filters.target and column_text(filters.target)}
    for run, number, head, run_head in connection.execute(query, values):
        first = next(_occurrences(connection, run, number, only=1), None)
        if first is None:
            raise RowDamaged(f"{run}.{number} has no occurrence")
        yield Found(
            run=_run_named(run, run_head),
            fault=_fault_named(run, number, unpack_fault(head, first)),
            kept=_kept(connection, run, number),
        )


def fetch_fault(connection: sqlite3.Connection, wanted: Reference) -> Found:
    """Return the fault that is meant by *wanted*, with all its occurrences.

    Raises:
        NoSuchFault: it does not exist.
        AmbiguousFault: the run has several faults, and none was named.
    """
    run = wanted.run or _newest(connection)
    head = _head(connection, run)
    number = _only(connection, run) if wanted.number is None else wanted.number
    known = _numbers(connection, run)
    if number not in known:
        listed = _listed([fault_id(run, each) for each in known])
        raise NoSuchFault(f"run {run} has no fault {number}; it has {listed}")
    fault = _fault(connection, run, number)
    kept = 1 + len(fault.others)
    if wanted.occurrence is not None:
        fault = _turned_to(fault, wanted.occurrence)
    own = is_sealed(connection, (run, number, wanted.occurrence or 1))
    return Found(run=head, fault=fault, occurrence=wanted.occurrence, kept=kept, own=own)


def _turned_to(fault: Fault, number: int) -> Fault:
    """Return *fault* with the occurrence of this number in place of its first."""
    kept = (fault.first, *fault.others)
    if not 1 <= number <= len(kept):
        words = f"{len(kept)} of its {fault.count:,}" if len(kept) < fault.count else str(len(kept))
        held = f"#1 to #{len(kept)}" if len(kept) > 1 else "#1"
        raise NoSuchFault(f"{fault.id} has no occurrence #{number}: {words} kept, {held}")
    others = kept[: number - 1] + kept[number:]
    return replace(fault, first=kept[number - 1], others=others)


def _newest(connection: sqlite3.Connection) -> RunId:
    # A run that kept no fault is not what a bare number means.
    query = """
        SELECT id FROM run WHERE EXISTS (SELECT 1 FROM fault WHERE run = run.id)
        ORDER BY started DESC, seq DESC LIMIT 1
    """
    row = connection.execute(query).fetchone()
    if row is None:
        raise NoSuchFault("no fault has been kept here yet")
    return RunId(_checked_id(row[0]))


def _head(connection: sqlite3.Connection, run: str) -> Run:
    row = connection.execute("SELECT head FROM run WHERE id = ?", (run,)).fetchone()
    if row is not None:
        return _run_named(run, row[0])
    gone = connection.execute("SELECT 1 FROM used_id WHERE id = ?", (run,)).fetchone()
    if gone:
        raise NoSuchFault(f"run {run} is no longer in the store")
    query = "SELECT id FROM run ORDER BY started DESC"
    names = [_checked_id(name) for (name,) in connection.execute(query)]
    raise NoSuchFault(f"there is no run {run}{_suggestion(run, names)}")


def _suggestion(wanted: str, names: list[str]) -> str:
    near = difflib.get_close_matches(wanted, names, n=1, cutoff=0.7)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; the newest are {_listed(names)}" if names else "; the store is empty"


def _only(connection: sqlite3.Connection, run: RunId) -> int:
    numbers = _numbers(connection, run)
    if not numbers:
        raise NoSuchFault(f"run {run} has no fault")
    if len(numbers) > 1:
        listed = _listed([fault_id(run, number) for number in numbers])
        raise AmbiguousFault(f"run {run} has {len(numbers)} faults: {listed}")
    return numbers[0]


def _numbers(connection: sqlite3.Connection, run: str) -> list[int]:
    query = "SELECT number FROM fault WHERE run = ? ORDER BY number"
    found = [number for (number,) in connection.execute(query, (run,))]
    if not all(type(number) is int for number in found):
        raise RowDamaged(f"a fault of {run} has no number")
    return found


def _checked_id(name: object) -> str:
    if not is_run_id(name):
        raise RowDamaged("a run without an ID")
    return str(name)


def _run_named(name: object, head: str) -> Run:
    run = unpack_run(head)
    if run.id != _checked_id(name):
        raise RowDamaged(f"run {name} has the ID of another")
    return run


def _fault_named(run: str, number: int, fault: Fault) -> Fault:
    """Return *fault* if it is the one that its row says: what is trusted is what was shown."""
    if (fault.id, fault.run, fault.kind) != (fault_id(RunId(run), number), run, fault.first.kind):
        raise RowDamaged(f"fault {number} of {run} has the ID or the kind of another")
    return fault


def _fault(connection: sqlite3.Connection, run: str, number: int) -> Fault:
    query = "SELECT head FROM fault WHERE run = ? AND number = ?"
    (head,) = connection.execute(query, (run, number)).fetchone()
    kept = tuple(_occurrences(connection, run, number))
    if not kept:
        raise RowDamaged(f"{run}.{number} has no occurrence")
    return _fault_named(run, number, unpack_fault(head, kept[0], kept[1:]))


def _occurrences(
    connection: sqlite3.Connection, run: str, fault: int, *, only: int | None = None
) -> Iterator[Occurrence]:
    query = """
        SELECT body, bytes FROM occurrence LEFT JOIN payload ON hash = payload
        WHERE run = ? AND fault = ? AND (? IS NULL OR number = ?) ORDER BY number
    """
    for body, payload in connection.execute(query, (run, fault, only, only)):
        yield unpack_occurrence(body, payload)


def _kept(connection: sqlite3.Connection, run: str, fault: int) -> int:
    query = "SELECT count(*) FROM occurrence WHERE run = ? AND fault = ?"
    return int(connection.execute(query, (run, fault)).fetchone()[0])


def fetch_passing(
    connection: sqlite3.Connection, run: str, target: str | None = None
) -> Iterator[Passing]:
    """Yield the tasks of a run that went well; those of one *target*, if it is given."""
    query = """
        SELECT body, payload FROM passing
        WHERE run = :run AND (:target IS NULL OR target = :target) ORDER BY number
    """
    wanted = {"run": run, "target": None if target is None else column_text(target)}
    one = "SELECT bytes FROM payload WHERE hash = ?"
    # A chunk is shared by all tasks that were drawn from it, and may have a megabyte.
    messages: dict[bytes | None, bytes | None] = {None: None}
    for body, digest in connection.execute(query, wanted).fetchall():
        if digest not in messages:
            messages[digest] = (connection.execute(one, (digest,)).fetchone() or (None,))[0]
        yield unpack_passing(body, messages[digest])


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _LISTED
    return ", ".join(names[:_LISTED]) + (f" and {rest} more" if rest > 0 else "")
