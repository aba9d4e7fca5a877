"""Tell what this user recorded from what came with a clone or a bundle.

A seal is an HMAC over all that is stored of an occurrence and of its run, with a key that never
leaves the user's state folder.  A hash would prove nothing: whoever changes the bytes changes it.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from ._schema import version_of

if TYPE_CHECKING:
    import sqlite3

_BYTES = 32
# Of the tables: a store that is only read stays as it is.
_FIRST_VERSION = 2
_TAG = b"mpdiag occurrence 1"


def key_path() -> Path:
    """Return where the key lies: in the user's own state folder, never in a store."""
    state = os.environ.get("XDG_STATE_HOME") or ""
    base = Path(state) if Path(state).is_absolute() else Path("~/.local/state").expanduser()
    return base / "mpdiag" / "key"


def read_key() -> bytes | None:
    """Return the user's key; None if there is none, or if others could have read or set it."""
    try:
        handle = os.open(key_path(), os.O_RDONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0))
    except (OSError, RuntimeError):
        return None
    try:
        facts = os.fstat(handle)
        mine = facts.st_uid == os.getuid() if hasattr(os, "getuid") else True
        if not mine or not stat.S_ISREG(facts.st_mode) or facts.st_mode & 0o077:
            return None
        found = os.read(handle, _BYTES + 1)
    except OSError:
        return None
    finally:
        os.close(handle)
    return found if len(found) == _BYTES else None


def make_key() -> bytes | None:
    """Return the user's key, made if there is none; None where it cannot be."""
    found = read_key()
    if found is not None:
        return found
    try:
        path = key_path()
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Linked into its place whole: two commands that begin at once end with one key.
        draft = path.with_name(f"key-{secrets.token_hex(8)}")
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            os.write(handle, secrets.token_bytes(_BYTES))
        finally:
            os.close(handle)
        try:
            os.link(draft, path)
        finally:
            draft.unlink()
    except (OSError, RuntimeError):
        pass
    return read_key()


def seal_run(connection: sqlite3.Connection, run: str) -> None:
    """Seal all occurrences of *run*; without a key, none."""
    key = make_key()
    rows = connection.execute("SELECT fault, number FROM occurrence WHERE run = ?", (run,))
    for fault, number in rows.fetchall() if key is not None else ():
        seal_occurrence(connection, (run, fault, number))


def seal_occurrence(connection: sqlite3.Connection, name: tuple[str, int, int]) -> bool:
    """Seal one occurrence, named by run, fault and number; False if there is no key."""
    key, content = make_key(), _content(connection, name)
    if key is None or content is None:
        return False
    connection.execute(
        "INSERT OR REPLACE INTO seal VALUES (?, ?, ?, ?)", (*name, _mac(key, content))
    )
    return True


def is_sealed(connection: sqlite3.Connection, name: tuple[str, int, int]) -> bool:
    """Return whether an occurrence is, to the byte, what this user recorded or trusted."""
    if version_of(connection) < _FIRST_VERSION:
        return False
    query = "SELECT mac FROM seal WHERE run = ? AND fault = ? AND number = ?"
    row = connection.execute(query, name).fetchone()
    key, content = read_key(), _content(connection, name)
    if row is None or key is None or content is None or type(row[0]) is not bytes:
        return False
    return hmac.compare_digest(row[0], _mac(key, content))


def _content(connection: sqlite3.Connection, name: tuple[str, int, int]) -> list[bytes] | None:
    """Return all that is stored of an occurrence, its fault and its run."""
    query = """
        SELECT run.head, fault.head, body, bytes
        FROM occurrence LEFT JOIN payload ON hash = payload
        JOIN fault ON fault.run = occurrence.run AND fault.number = occurrence.fault
        JOIN run ON run.id = occurrence.run
        WHERE occurrence.run = ? AND occurrence.fault = ? AND occurrence.number = ?
    """
    row = connection.execute(query, name).fetchone()
    if row is None:
        return None
    return [str(part).encode() for part in name] + [
        part if type(part) is bytes else str(part).encode("utf-8", "backslashreplace")
        for part in row
    ]


def _mac(key: bytes, content: list[bytes]) -> bytes:
    seal = hmac.new(key, _TAG, hashlib.sha256)
    for part in content:
        seal.update(len(part).to_bytes(8, "big") + part)
    return seal.digest()
