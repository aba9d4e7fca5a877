"""Open the file of a store for one transaction, and turn what SQLite says into our errors.

A connection lives for one transaction: none is carried through a fork, and the last to close
tidies the write-ahead log away, so that between commands a store is one file.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import StoreError, StoreFull, StoreLocked, StoreReadOnly, StoreTooNew, StoreUnreadable
from ..evidence import look_at
from ._foreign import be_wary, odd_file, odd_object
from ._place import FILE, make_file, make_folder
from ._rows import RowDamaged
from ._schema import VERSION, upgrade, version_of

if TYPE_CHECKING:
    import sqlite3

DEADLINE = 5.0
"""Seconds to wait for another writer.  Less: two large runs that end together clash.
More: a program that is done seems to hang."""

# What SQLite says, by its beginning (3.10 has no error codes), and what it means to us.
_MEANING: tuple[tuple[str, type[StoreError], str], ...] = (
    ("database is locked", StoreLocked, "is held by another process"),
    ("database table is locked", StoreLocked, "is held by another process"),
    ("locking protocol", StoreLocked, "is held by another process"),
    ("database or disk is full", StoreFull, "has no space left on its disk"),
    ("attempt to write a readonly database", StoreReadOnly, "cannot be written"),
    ("file is not a database", StoreUnreadable, "is damaged, or no store at all"),
    ("database disk image is malformed", StoreUnreadable, "is damaged"),
)
# Below this many free bytes an unexplained failure to write is taken for a full disk.
_NO_SPACE_BYTES = 64 * 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)


@contextmanager
def writing(
    folder: Path, *, deadline: float = DEADLINE, in_place: bool = False
) -> Iterator[sqlite3.Connection]:
    """Give a connection for one change, which is made whole or not at all.

    Makes the store if it is not there.  A change *in_place* needs no room beside the file, so
    that a full disk can be pruned; a process killed in the middle of one leaves a damaged store.

    Raises:
        StoreError: a leaf of it, by what prevents the change.
    """
    import sqlite3

    with _translated(folder, writes=True):
        make_folder(folder)
        _check_files(folder)
        path = make_file(folder)
        with closing(sqlite3.connect(path, timeout=deadline, isolation_level=None)) as connection:
            _prepare(connection, folder, in_place=in_place)
            with _transaction(connection):
                yield connection
            connection.executescript("PRAGMA incremental_vacuum")  # execute frees one page only


@contextmanager
def reading(folder: Path, *, deadline: float = DEADLINE) -> Iterator[sqlite3.Connection]:
    """Give a connection that sees one state of the store; an empty one if it is not there.

    Raises:
        StoreError: a leaf of it, by what prevents the look.
    """
    with _translated(folder, writes=False), closing(_open_to_read(folder, deadline)) as connection:
        connection.execute("PRAGMA query_only = 1")
        connection.execute("BEGIN")
        yield connection


def unseen_log(folder: Path) -> bool:
    """Return whether the newest runs lie in a log that cannot be read where it is."""
    log = folder / f"{FILE}-wal"
    try:
        return log.stat().st_size > 0 and not os.access(folder, os.W_OK)
    except OSError:
        return False


def _prepare(connection: sqlite3.Connection, folder: Path, *, in_place: bool) -> None:
    if in_place:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")  # no file that others share
    connection.execute("PRAGMA foreign_keys = 1")
    be_wary(connection)
    connection.execute("PRAGMA temp_store = MEMORY")  # no second disk that could be full
    version = _checked_version(connection, folder)
    if version == 0:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")  # only heard before the first table
    if version < VERSION:
        with _transaction(connection):
            upgrade(connection)
    shared = "wal" if look_at(str(folder)).is_local else "delete"
    _choose_journal(connection, "memory" if in_place else shared)


def _choose_journal(connection: sqlite3.Connection, mode: str) -> None:
    """Ask for a journal *mode*; while others use the store it stays as it is, which is safe."""
    import sqlite3

    (now,) = connection.execute("PRAGMA journal_mode").fetchone()
    if now != mode:
        try:
            connection.execute(f"PRAGMA journal_mode = {mode}").fetchall()
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem):
                raise
    connection.execute("PRAGMA journal_size_limit = 0")


def _checked_version(connection: sqlite3.Connection, folder: Path) -> int:
    try:
        version = version_of(connection)
    except ValueError as problem:
        raise StoreUnreadable(folder / FILE, str(problem)) from None
    if version > VERSION:
        why = f"was written by a later mpdiag (version {version}; this one reads up to {VERSION})"
        raise StoreTooNew(folder / FILE, why)
    odd = odd_object(connection, version)
    if odd:
        raise StoreUnreadable(folder / FILE, odd)
    return version


def _open_to_read(folder: Path, deadline: float) -> sqlite3.Connection:
    import sqlite3

    path = folder / FILE
    _check_files(folder)
    if not _holds_something(path):
        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(f"{folder} is a file")
        return _empty()
    try:
        return _connect(path, "mode=rw", deadline)
    except sqlite3.OperationalError as problem:
        if "locked" in str(problem):
            raise
    # In a folder that cannot be written the log of WAL mode cannot be made, not even to read.
    return _connect(path, "mode=ro&immutable=1", deadline)


def _check_files(folder: Path) -> None:
    odd = odd_file(folder / FILE)
    if odd:
        raise StoreUnreadable(folder / FILE, odd)


def _holds_something(path: Path) -> bool:
    """Return whether the file is there and not empty; raises where nobody may look."""
    try:
        return path.stat().st_size > 0
    except (FileNotFoundError, NotADirectoryError):
        return False


def _connect(path: Path, mode: str, deadline: float) -> sqlite3.Connection:
    import sqlite3

    address = f"{path.absolute().as_uri()}?{mode}"
    connection = sqlite3.connect(address, timeout=deadline, isolation_level=None, uri=True)
    try:
        be_wary(connection)
        if _checked_version(connection, path.parent) == 0:
            connection.close()
            return _empty()
    except BaseException:
        connection.close()
        raise
    return connection


def _empty() -> sqlite3.Connection:
    import sqlite3

    connection = sqlite3.connect(":memory:", isolation_level=None)
    upgrade(connection)
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite has ended it itself when the disk is full
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _translated(folder: Path, *, writes: bool) -> Iterator[None]:
    """Turn errors of SQLite and of the system into leaves of our tree."""
    import sqlite3

    try:
        yield
    except sqlite3.Error as problem:
        raise _from_sqlite(problem, folder / FILE, writes=writes) from problem
    except RowDamaged as problem:
        raise StoreUnreadable(folder / FILE, f"is damaged ({problem})") from problem
    except OSError as problem:
        raise _from_system(problem, folder, writes=writes) from problem


def _from_sqlite(problem: sqlite3.Error, path: Path, *, writes: bool) -> StoreError:
    text = str(problem)
    for words, kind, why in _MEANING:
        if text.startswith(words):
            return kind(path, why)
    if writes and not os.access(path.parent, os.W_OK):
        return StoreReadOnly(path, "cannot be written")
    if writes and _free_bytes(path.parent) < _NO_SPACE_BYTES:
        return StoreFull(path, "has no space left on its disk")
    if not os.access(path, os.R_OK):
        return StoreUnreadable(path, "is closed to this user")
    return StoreUnreadable(path, f"cannot be {'written' if writes else 'read'} ({text})")


def _from_system(problem: OSError, folder: Path, *, writes: bool) -> StoreError:
    if problem.errno in _FULL:
        return StoreFull(folder, "has no space left on its disk")
    if writes and problem.errno in _CLOSED:
        return StoreReadOnly(folder, f"cannot be written ({problem.strerror})")
    return StoreUnreadable(folder, f"cannot be used ({problem.strerror or problem})")


def _free_bytes(folder: Path) -> int:
    try:
        facts = os.statvfs(folder)
    except (OSError, AttributeError):
        return _NO_SPACE_BYTES
    return facts.f_bavail * facts.f_frsize
