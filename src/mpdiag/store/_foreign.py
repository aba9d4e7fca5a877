"""Refuse a file that is no store of ours, or not only: it may come with a stranger's clone.

SQL inside a database runs when it is read: a view in the place of a table never ends, a trigger
changes what nobody asked for.  And beside it lie files that SQLite opens by their names: a link
would have it write somewhere else, and a journal may name a file that is removed in the end.
"""

from __future__ import annotations

import re
import stat
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ._schema import upgrade

if TYPE_CHECKING:
    import sqlite3

# The files that SQLite takes for parts of a database.
_PARTS = ("", "-wal", "-shm", "-journal")
# Ends a rollback journal that names another file; SQLite removes that file with it.
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")
# Made by SQLite itself, for its planner.
_INTERNAL = re.compile(r"sqlite_(stat[134]|autoindex_\w+)")
_COMMENT = re.compile(r"--[^\n]*")
# Bytes of one text or blob: SQLite's own limit is a billion.
_VALUE_BYTES = 512 << 20
_LIMIT_LENGTH = 0  # sqlite3.SQLITE_LIMIT_LENGTH, from Python 3.11 on


def odd_file(path: Path) -> str:
    """Return what is wrong with the files of the database *path*; empty when nothing is."""
    for ending in _PARTS:
        part = path.with_name(path.name + ending)
        try:
            mode = part.lstat().st_mode
        except OSError:
            continue  # not there, or closed to us: opening it will tell
        if not stat.S_ISREG(mode):
            kind = "a link to another place" if stat.S_ISLNK(mode) else "no ordinary file"
            return f"is not read: its {part.name} is {kind}"
    if _names_another(path.with_name(f"{path.name}-journal")):
        return "is not read: its journal names another file, which would be removed"
    return ""


def _names_another(journal: Path) -> bool:
    try:
        with journal.open("rb") as file:
            file.seek(-len(_JOURNAL_MAGIC), 2)
            return file.read() == _JOURNAL_MAGIC
    except OSError:
        return False


def odd_object(connection: sqlite3.Connection, version: int) -> str:
    """Return what the tables of a store of this *version* are not; empty when they are they."""
    own = _own_objects(version)
    found = set()
    query = "SELECT type, name, tbl_name, sql FROM sqlite_master"
    for kind, name, table, text in connection.execute(query):
        if type(name) is str and _INTERNAL.fullmatch(name) and kind in {"table", "index"}:
            continue
        found.add((kind, name, table, _bare(text)))
    strange = [f"the {one[0]} {one[1]}" for one in found - own]
    if strange:
        return f"is not read: mpdiag has not made {min(strange)[:80]} in it"
    return f"is damaged: {min(one[1] for one in own - found)} is missing" if own - found else ""


@cache
def _own_objects(version: int) -> frozenset[tuple[str, str, str, str]]:
    """Return what a store of this version holds, as this SQLite writes it down."""
    import sqlite3

    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        upgrade(connection, version)
        rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master")
        return frozenset(
            (kind, name, table, _bare(text))
            for kind, name, table, text in rows
            if not _INTERNAL.fullmatch(name)
        )


def _bare(text: object) -> str:
    """Return SQL without comments and line ends; our own has no quotes that could hide one."""
    return " ".join(_COMMENT.sub("", text).split()) if isinstance(text, str) else ""


def be_wary(connection: sqlite3.Connection) -> None:
    """Have SQLite trust nothing that the file says of itself."""
    connection.execute("PRAGMA trusted_schema = 0")
    connection.execute("PRAGMA cell_size_check = 1")
    connection.execute("PRAGMA mmap_size = 0")
    if hasattr(connection, "setlimit"):
        connection.setlimit(_LIMIT_LENGTH, _VALUE_BYTES)
