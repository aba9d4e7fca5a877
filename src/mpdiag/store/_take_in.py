"""Put the fault of a bundle beside those of this store: once, under an ID of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..errors import BundleTooLarge
from ..model import Fault, FaultId, Run, RunId
from ..options import Limits
from ._fetch import Filters, Found, fetch_faults, fetch_passing
from ._ids import draw, fault_id, number_of
from ._prune import used_bytes
from ._save import add_to_run, renamed, write_run

if TYPE_CHECKING:
    import sqlite3


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenIn:
    """What became of a bundle."""

    id: FaultId
    """In this store; another than where it was recorded when that is taken here."""
    known: bool = False
    """It was here already, and nothing was written."""
    own: bool = False
    """What was here already was not imported, but recorded in this store."""
    limits: tuple[str, ...] = ()
    """A sentence for each limit that was reached."""


def take_in(connection: sqlite3.Connection, run: Run, limits: Limits) -> TakenIn:
    """Write the one fault of *run*, unless it is here.

    Raises:
        BundleTooLarge: there is no room for it.
    """
    (fault,) = run.faults
    there = list(fetch_faults(connection, Filters(run=run.id)))
    if any(_is_own(one, fault, run) for one in there):
        return TakenIn(id=fault.id, known=True, own=True)
    known = _imported_before(connection, fault)
    if known is not None:
        return TakenIn(id=known, known=True)
    joins = _can_join(there, fault, run)
    used = {row[0] for row in connection.execute("SELECT id FROM used_id")}
    if run.id in used and not joins:
        run = renamed(run, draw(used))
    if joins:
        beside = replace(run, passing=() if _has_passing(connection, run) else run.passing)
        sentences = add_to_run(connection, beside, limits)
    else:
        sentences = write_run(connection, run, limits)
    new = run.faults[0].id
    query = "SELECT count(*) FROM fault WHERE run = ? AND number = ?"
    (kept,) = connection.execute(query, (run.id, number_of(new))).fetchone()
    # Of a run of this user the oldest others would go; for what somebody else sent nothing does.
    if not kept or used_bytes(connection) > limits.store_bytes:
        raise BundleTooLarge(fault.id, "does not fit into what is left of this store")
    return TakenIn(id=new, limits=sentences)


def _is_own(found: Found, fault: Fault, run: Run) -> bool:
    """Return whether *found* is *fault*, and was recorded here: its bundle came back."""
    here = found.fault
    return (
        here.imported is None
        and (here.id, here.fingerprint, here.first.at, found.run.started)
        == (fault.id, fault.fingerprint, fault.first.at, run.started)
    )  # fmt: skip


def _imported_before(connection: sqlite3.Connection, fault: Fault) -> FaultId | None:
    digest = fault.imported.digest if fault.imported is not None else ""
    query = "SELECT run, number FROM fault WHERE instr(head, ?)"
    row = connection.execute(query, (f'"digest":"{digest}"',)).fetchone()
    return None if row is None else fault_id(RunId(row[0]), row[1])


def _can_join(there: list[Found], fault: Fault, run: Run) -> bool:
    """Return whether *there* are other faults of the same run, all of them from bundles.

    What was recorded here is never joined by what somebody else says of it.
    """
    head = replace(run, faults=(), passing=(), limits=())
    return bool(there) and all(
        one.fault.imported is not None
        and one.fault.id != fault.id
        and replace(one.run, limits=()) == head
        for one in there
    )


def _has_passing(connection: sqlite3.Connection, run: Run) -> bool:
    target = run.passing[0].task.target if run.passing else ""
    return next(fetch_passing(connection, run.id, target), None) is not None
