"""Write one run within the limits, and tell what they cost.

What matters most goes first: the first occurrence of every fault, then the others, then the
passing tasks; where the room ends inputs are kept as text, and then not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ..model import Fault, Occurrence, Passing, Run, RunId
from ..options import Limits, size_text
from ._ids import draw, fault_id, number_of
from ._prune import remove_unused_payloads
from ._rows import Row, as_text, column_text, pack, pack_fault, pack_run

if TYPE_CHECKING:
    import sqlite3

# SQLite's page; a row that does not fit in one takes whole pages.
_PAGE = 4096
# Beside its content a row costs its keys, its place in the indexes and its share of a page.
_ROW_BYTES = 200


@dataclass(slots=True, kw_only=True)
class Room:
    """What is left for a run, and what has been left out of it."""

    left_bytes: int
    value_bytes: int
    payloads: set[bytes]
    too_large: int = 0
    as_text: int = 0
    not_kept: int = 0
    passing_not_kept: int = 0

    def take(self, row: Row) -> bool:
        """Return whether *row* fits; if it does its room is gone."""
        digest = row.digest
        new = digest is not None and digest not in self.payloads
        cost = _cost(len(row.body)) + (_cost(len(row.payload or b"")) if new else 0)
        if cost > self.left_bytes:
            return False
        self.left_bytes -= cost
        if digest is not None:
            self.payloads.add(digest)
        return True

    def fit(self, value: Occurrence | Passing) -> Row | None:
        """Return *value* as a row with what there is room for; None if there is none."""
        # The message of a chunk is shared by all tasks that were drawn from it.
        shared = isinstance(value, Passing) and value.inputs.offset is not None
        row = pack(value, self.left_bytes if shared else self.value_bytes)
        if self.take(row):
            self.too_large += row.too_large
            return row
        bare = pack(as_text(value), self.value_bytes)
        if row.payload is not None and self.take(bare):
            self.as_text += 1
            return bare
        return None


def settle_id(connection: sqlite3.Connection, run: Run) -> Run:
    """Return *run* with an ID that is its own.

    A run that is saved again replaces itself; one that drew the ID of another gets a new one.
    """
    query = "SELECT EXISTS (SELECT 1 FROM used_id WHERE id = ?)"
    if not connection.execute(query, (run.id,)).fetchone()[0]:
        return run
    same = connection.execute(
        "DELETE FROM run WHERE id = ? AND started = ?", (run.id, run.started)
    ).rowcount
    if same:
        remove_unused_payloads(connection)
        return run
    return renamed(run, draw({row[0] for row in connection.execute("SELECT id FROM used_id")}))


def renamed(run: Run, name: RunId) -> Run:
    """Return *run* under another ID, with all its faults."""
    faults = tuple(
        replace(fault, run=name, id=fault_id(name, number_of(fault.id))) for fault in run.faults
    )
    return replace(run, id=name, faults=faults)


def write_run(connection: sqlite3.Connection, run: Run, limits: Limits) -> tuple[str, ...]:
    """Write *run* within *limits* and return a sentence for each that was reached."""
    connection.execute("INSERT OR IGNORE INTO used_id VALUES (?)", (run.id,))
    connection.execute(
        "INSERT INTO run (id, started, head) VALUES (?, ?, '')", (run.id, run.started)
    )
    sentences = add_to_run(connection, run, limits)
    head = pack_run(replace(run, limits=tuple(dict.fromkeys((*run.limits, *sentences)))))
    connection.execute("UPDATE run SET head = ? WHERE id = ?", (head, run.id))
    return sentences


def add_to_run(connection: sqlite3.Connection, run: Run, limits: Limits) -> tuple[str, ...]:
    """Write the faults and the passing tasks of *run* beside those that are there."""
    room = Room(
        left_bytes=min(limits.run_bytes, limits.store_bytes),
        value_bytes=limits.value_bytes,
        payloads=set(),
    )
    kept = [fault for fault in run.faults if _write_fault(connection, fault, room)]
    for fault in kept:
        for number, occurrence in enumerate(fault.others, 2):
            _write_occurrence(connection, fault, number, occurrence, room)
    query = "SELECT coalesce(max(number), 0) FROM passing WHERE run = ?"
    (last,) = connection.execute(query, (run.id,)).fetchone()
    for number, passing in enumerate(run.passing, last + 1):
        _write_passing(connection, run.id, number, passing, room)
    return tuple(_sentences(room, limits))


def _write_fault(connection: sqlite3.Connection, fault: Fault, room: Room) -> bool:
    row = room.fit(fault.first)
    if row is None:
        room.not_kept += 1 + len(fault.others)
        return False
    task = fault.first.task
    values = (
        fault.run,
        number_of(fault.id),
        fault.kind,
        column_text(task.target if task else ""),
        fault.first.at,
        pack_fault(fault),
    )
    connection.execute("INSERT INTO fault VALUES (?, ?, ?, ?, ?, ?)", values)
    _insert_occurrence(connection, fault, 1, row)
    return True


def _write_occurrence(
    connection: sqlite3.Connection, fault: Fault, number: int, value: Occurrence, room: Room
) -> None:
    row = room.fit(value)
    if row is None:
        room.not_kept += 1
    else:
        _insert_occurrence(connection, fault, number, row)


def _insert_occurrence(connection: sqlite3.Connection, fault: Fault, number: int, row: Row) -> None:
    values = (fault.run, number_of(fault.id), number, row.body, _keep(connection, row))
    connection.execute("INSERT INTO occurrence VALUES (?, ?, ?, ?, ?)", values)


def _write_passing(
    connection: sqlite3.Connection, run: RunId, number: int, value: Passing, room: Room
) -> None:
    row = room.fit(value)
    if row is None:
        room.passing_not_kept += 1
        return
    values = (run, number, column_text(value.task.target), row.body, _keep(connection, row))
    connection.execute("INSERT INTO passing VALUES (?, ?, ?, ?, ?)", values)


def _keep(connection: sqlite3.Connection, row: Row) -> bytes | None:
    """Return the hash under which the payload of *row* lies in the store."""
    digest = row.digest
    if digest is not None:
        connection.execute("INSERT OR IGNORE INTO payload VALUES (?, ?)", (digest, row.payload))
    return digest


def _cost(size: int) -> int:
    return _ROW_BYTES + (size if size < _PAGE // 4 else -(-size // _PAGE) * _PAGE)


def _sentences(room: Room, limits: Limits) -> Iterator[str]:
    if room.too_large:
        larger = _counted(room.too_large, "larger one", "larger ones")
        yield f"a value may take {size_text(limits.value_bytes)}: {larger} cut or kept as text only"
    left_out = (
        (room.as_text, "input kept as text only", "inputs kept as text only"),
        (room.not_kept, "occurrence not kept", "occurrences not kept"),
        (room.passing_not_kept, "passing task not kept", "passing tasks not kept"),
    )
    parts = [_counted(*each) for each in left_out if each[0]]
    if parts:
        most = size_text(min(limits.run_bytes, limits.store_bytes))
        yield f"a run may take {most}: {', '.join(parts)}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
