"""Put smaller inputs beside their fault, under the seals that it had."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ..model import Shrunk
from ._fetch import fetch_fault
from ._ids import Reference, number_of
from ._rows import pack_fault
from ._seal import is_sealed, seal_occurrence

if TYPE_CHECKING:
    import sqlite3


def write_shrunk(connection: sqlite3.Connection, wanted: Reference, shrunk: Shrunk | None) -> None:
    """Keep *shrunk* with a fault; its occurrences that were sealed are sealed again with it.

    One that was not is not: a pickle of a stranger must not gain trust by it.
    """
    fault = fetch_fault(connection, replace(wanted, occurrence=None)).fault
    names = [(fault.run, number_of(fault.id), i + 1) for i in range(1 + len(fault.others))]
    sealed = [name for name in names if is_sealed(connection, name)]
    connection.execute(
        "UPDATE fault SET head = ? WHERE run = ? AND number = ?",
        (pack_fault(replace(fault, shrunk=shrunk)), *names[0][:2]),
    )
    for name in sealed:
        seal_occurrence(connection, name)
