"""The tables of a store, and how one version of them becomes the next.

Versions (``PRAGMA user_version``):

1   2026-11-23   runs, faults, occurrences, payloads, passing inputs, used IDs, spool files
2   2026-11-23   seals: which occurrences this user recorded
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3

VERSION = 2
APPLICATION_ID = 0x6D706467
"""``mpdg``: tells a store from any other SQLite file."""

_VERSION_1 = """
-- One program under diagnosis.  `head` is its Run as JSON, without the faults.
CREATE TABLE run (
    seq      INTEGER PRIMARY KEY,
    id       TEXT NOT NULL UNIQUE,
    started  REAL NOT NULL,             -- seconds since the epoch
    head     TEXT NOT NULL
);
CREATE INDEX run_started ON run (started);

-- Every ID ever given, also of runs that are gone: an ID in an old log must never
-- lead to another run.
CREATE TABLE used_id (
    id       TEXT PRIMARY KEY
) WITHOUT ROWID;

-- One fault of a run.  `head` is its Fault as JSON, without the occurrences; the
-- columns beside it are for filters.
CREATE TABLE fault (
    run      TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,          -- as in the ID `run.number`
    kind     TEXT NOT NULL,
    target   TEXT NOT NULL,             -- empty where no task is known
    at       REAL NOT NULL,             -- of its first occurrence
    head     TEXT NOT NULL,
    PRIMARY KEY (run, number)
);

-- The occurrences that were kept; number 1 is the first that happened.  `body` is the
-- occurrence as JSON, without the bytes of its inputs.
CREATE TABLE occurrence (
    run      TEXT NOT NULL,
    fault    INTEGER NOT NULL,
    number   INTEGER NOT NULL,          -- as in the ID `run.fault#number`
    body     TEXT NOT NULL,
    payload  BLOB REFERENCES payload (hash),
    PRIMARY KEY (run, fault, number),
    FOREIGN KEY (run, fault) REFERENCES fault (run, number) ON DELETE CASCADE
);
CREATE INDEX occurrence_payload ON occurrence (payload);

-- Inputs of tasks that went well, to be compared with those that failed.
CREATE TABLE passing (
    run      TEXT NOT NULL REFERENCES run (id) ON DELETE CASCADE,
    number   INTEGER NOT NULL,
    target   TEXT NOT NULL,
    body     TEXT NOT NULL,             -- task and inputs as JSON, without the bytes
    payload  BLOB REFERENCES payload (hash),
    PRIMARY KEY (run, number)
);
CREATE INDEX passing_payload ON passing (payload);

-- Encoded inputs, each kept once.  Never loaded to show anything.
CREATE TABLE payload (
    hash     BLOB PRIMARY KEY,          -- BLAKE2b, 16 bytes
    bytes    BLOB NOT NULL
);

-- How far spool files have been read: no line of one is taken in twice.
CREATE TABLE spool (
    name     TEXT PRIMARY KEY,
    end_byte INTEGER NOT NULL
) WITHOUT ROWID;
"""

_VERSION_2 = """
-- HMACs over all that is stored of an occurrence, with the key of the user who recorded it.
CREATE TABLE seal (
    run      TEXT NOT NULL,
    fault    INTEGER NOT NULL,
    number   INTEGER NOT NULL,
    mac      BLOB NOT NULL,
    PRIMARY KEY (run, fault, number),
    FOREIGN KEY (run, fault, number)
        REFERENCES occurrence (run, fault, number) ON DELETE CASCADE
);
"""

_STEPS = {0: _VERSION_1, 1: _VERSION_2}
"""By the version that a step starts from."""


def version_of(connection: sqlite3.Connection) -> int:
    """Return the version of the tables; 0 for an empty file.

    Raises:
        ValueError: the file holds something else than a store.
    """
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application != APPLICATION_ID and (version or tables):
        raise ValueError("is a database of another program")
    if version < 0:
        raise ValueError("is damaged (its version is negative)")
    return int(version)


def upgrade(connection: sqlite3.Connection, target: int = VERSION) -> None:
    """Bring the tables to the version *target*, within the caller's transaction."""
    for version in range(version_of(connection), target):
        for statement in _STEPS[version].split(";\n"):
            connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {target}")
