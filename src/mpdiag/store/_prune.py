"""Choose the runs that go, and remove them with everything only they used."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from ..model import RunId
from ._ids import is_run_id
from ._rows import RowDamaged

if TYPE_CHECKING:
    import sqlite3


def outdated(
    connection: sqlite3.Connection, keep: int | None, before: float | None
) -> tuple[RunId, ...]:
    """Return the runs, oldest first, beyond the newest *keep* or started *before*; or all."""
    query = "SELECT id, started FROM run ORDER BY started, seq"
    runs = connection.execute(query).fetchall()
    if not all(is_run_id(run) and type(started) is float for run, started in runs):
        raise RowDamaged("a run without an ID or a start")
    if keep is None and before is None:
        return tuple(RunId(run) for run, _ in runs)
    beyond = 0 if keep is None else max(0, len(runs) - keep)
    return tuple(
        RunId(run)
        for position, (run, started) in enumerate(runs)
        if position < beyond or (before is not None and started < before)
    )


def remove(connection: sqlite3.Connection, runs: Iterable[str]) -> None:
    """Remove *runs*; their IDs stay used."""
    connection.executemany("DELETE FROM run WHERE id = ?", ((run,) for run in runs))
    remove_unused_payloads(connection)


def remove_unused_payloads(connection: sqlite3.Connection) -> None:
    """Remove encoded inputs that belong to no task any more."""
    connection.execute(
        """
        DELETE FROM payload
        WHERE NOT EXISTS (SELECT 1 FROM occurrence WHERE payload = hash)
          AND NOT EXISTS (SELECT 1 FROM passing WHERE payload = hash)
        """
    )


def make_room(connection: sqlite3.Connection, most_bytes: int, spared: RunId) -> tuple[RunId, ...]:
    """Remove the oldest runs but *spared* until the rest takes *most_bytes*; return their IDs."""
    removed: list[RunId] = []
    query = "SELECT id FROM run WHERE id != ? ORDER BY started, seq LIMIT 1"
    while used_bytes(connection) > most_bytes:
        oldest = connection.execute(query, (spared,)).fetchone()
        if oldest is None:
            break
        remove(connection, oldest)
        removed.append(RunId(oldest[0]))
    return tuple(removed)


def used_bytes(connection: sqlite3.Connection) -> int:
    """Return what the file takes without its free pages."""
    pages, free, size = (
        connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * size)


def file_bytes(path: Path) -> int:
    """Return what a store takes on its disk."""
    return sum(each.stat().st_size for each in path.parent.glob(f"{path.name}*"))
