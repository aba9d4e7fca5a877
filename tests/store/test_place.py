"""Where a store lies decides how SQLite may write it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from mpdiag.evidence import look_at
from mpdiag.store import Store

from .samples import simple_run

SOME_LOCAL = look_at("/")
PLACES = {False: replace(SOME_LOCAL, is_local=True), True: replace(SOME_LOCAL, is_local=False)}


@pytest.mark.parametrize(("remote", "journal"), [(False, "wal"), (True, "delete")])
def test_a_network_disk_goes_without_the_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch, remote: bool, journal: str
) -> None:
    """The write-ahead log is used on local disks only; what is saved comes back on both."""
    monkeypatch.setattr("mpdiag.store._database.look_at", lambda _: PLACES[remote])
    store = Store.open(folder)
    store.save(simple_run("k7f2", payload=b"x"))
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == (journal,)
    assert store.run("k7f2") == simple_run("k7f2", payload=b"x")


def test_a_store_that_was_moved_to_a_network_disk_loses_its_log(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next save turns the write-ahead log off, and the old runs are still there."""
    store = Store.open(folder)
    store.save(simple_run("k7f2"))
    monkeypatch.setattr("mpdiag.store._database.look_at", lambda _: PLACES[True])
    store.save(simple_run("3d9c"))
    with closing(sqlite3.connect(store.path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert {run.id for run in store.runs()} == {"k7f2", "3d9c"}
