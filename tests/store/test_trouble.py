"""Whatever is wrong with the file or its disk is one clear message, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from mpdiag.errors import (
    StoreError,
    StoreFull,
    StoreLocked,
    StoreReadOnly,
    StoreTooNew,
    StoreUnreadable,
)
from mpdiag.store import Store, collect_spool, new_run_id

from .conftest import remount_readonly
from .samples import START, failure, fault, run_of, simple_run

Mount = Callable[..., Path]


def saved(folder: Path) -> Store:
    """Return a store with one run."""
    store = Store.open(folder, deadline=0.1)
    store.save(simple_run("k7f2"))
    return store


@contextmanager
def raw(store: Store) -> Iterator[sqlite3.Connection]:
    """Give a connection that does what ours never would."""
    with closing(sqlite3.connect(store.path, isolation_level=None)) as connection:
        yield connection


def both_refuse(store: Store, error: type[StoreError], words: str) -> None:
    """Check that reading and saving raise *error* with *words*, and a remedy."""
    for act in (store.runs, lambda: store.save(simple_run("3d9c")), lambda: store.fault("1")):
        with pytest.raises(error, match=words) as caught:
            act()
        assert str(store.folder) in str(caught.value)
        assert "--store" in caught.value.remedy


def other_file(content: bytes) -> Callable[[Store], None]:
    """Return what puts *content* in place of a store."""

    def put(store: Store) -> None:
        store.path.write_bytes(content)

    return put


def fill(disk: Path) -> None:
    """Write to *disk* until it is full."""
    with (disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(b"\0" * 1024)
    assert shutil.disk_usage(disk).free == 0


def torn_in_the_middle(store: Store) -> None:
    """Overwrite every page but the first."""
    size = store.path.stat().st_size
    with store.path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))


def other_program(store: Store) -> None:
    """Put the database of another program in place of a store."""
    store.path.unlink()
    with raw(store) as connection:
        connection.execute("CREATE TABLE bookmark (address)")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        pytest.param(other_file(b"not a database\n" * 500), "damaged, or no store", id="text"),
        pytest.param(torn_in_the_middle, "is damaged", id="torn"),
        pytest.param(other_program, "a database of another program", id="other"),
    ],
)
def test_a_damaged_store_is_named_and_left_alone(
    folder: Path, damage: Callable[[Store], None], words: str
) -> None:
    """Neither reading nor saving touches a file that is not a whole store."""
    store = saved(folder)
    damage(store)
    before = store.path.read_bytes()
    both_refuse(store, StoreUnreadable, words)
    assert store.path.read_bytes() == before


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "null",
        "{",
        "{}",
        '{"kind": "failure"}',
        '{"kind": "crash", "task": []}',
        "[" * 9999,
    ],
)
def test_a_row_that_is_garbage_is_a_damaged_store(folder: Path, body: str) -> None:
    """A row that a bug or a stranger wrote ends in a message, and never in a traceback."""
    store = saved(folder)
    with raw(store) as connection:
        connection.execute("UPDATE occurrence SET body = ?", (body,))
    with pytest.raises(StoreUnreadable, match="is damaged"):
        store.fault("k7f2.1")
    with pytest.raises(StoreUnreadable, match="is damaged"):
        list(store.faults())


def test_a_fault_without_occurrences_is_a_damaged_store(folder: Path) -> None:
    """What the tables promise is checked where it is used."""
    store = saved(folder)
    with raw(store) as connection:
        connection.execute("DELETE FROM occurrence")
    with pytest.raises(StoreUnreadable, match=r"k7f2\.1 has no occurrence"):
        store.fault("1")


def test_a_newer_store_is_left_to_the_newer_mpdiag(folder: Path) -> None:
    """A store of a later version is neither read nor written."""
    store = saved(folder)
    with raw(store) as connection:
        connection.execute("PRAGMA user_version = 99")
    before = store.path.read_bytes()
    both_refuse(store, StoreTooNew, r"by a later mpdiag \(version 99; this one reads up to 2\)")
    assert store.path.read_bytes() == before


def test_a_locked_store_is_waited_for_until_the_deadline(folder: Path) -> None:
    """While another process writes, reading goes on and saving ends in a message."""
    store = saved(folder)
    with raw(store) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreLocked, match="held by another process"):
            store.save(simple_run("3d9c"))
        assert [run.id for run in store.runs()] == ["k7f2"]
        connection.execute("ROLLBACK")
    store.save(simple_run("3d9c"))
    assert len(store.runs()) == 2


def test_a_store_locked_as_a_whole_cannot_be_read_either(folder: Path) -> None:
    """An exclusive lock is told apart from damage."""
    store = saved(folder)
    with raw(store) as connection:
        connection.execute("PRAGMA journal_mode = delete")
        connection.execute("BEGIN EXCLUSIVE")
        both_refuse(store, StoreLocked, "held by another process")
        connection.execute("ROLLBACK")


def test_a_folder_that_is_closed_to_this_user(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new run gets its ID all the same; whoever asks for faults is told."""
    saved(folder)
    stock = Path.stat

    def stat(self: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if folder in self.parents:
            raise PermissionError(13, "Permission denied", str(self))
        return stock(self, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    assert new_run_id(folder)
    for act in (Store.runs, Store.prune):
        with pytest.raises(StoreUnreadable, match="Permission denied"):
            act(Store.open(folder))
    assert not collect_spool(Store.open(folder), lambda _: None).envelopes


def test_a_file_where_the_folder_should_be(folder: Path) -> None:
    """A file named .mpdiag is not overwritten."""
    folder.write_text("mine", "utf-8")
    with pytest.raises(StoreUnreadable, match="is a file"):
        Store.open(folder).save(simple_run("k7f2"))
    assert folder.read_text("utf-8") == "mine"
    with pytest.raises(StoreUnreadable):
        Store.open(folder).runs()


def test_a_read_only_disk_is_still_shown(mount: Mount) -> None:
    """All of a store on a read-only disk is read; a save says that it cannot write."""
    disk = mount("size=4m")
    store = saved(disk / ".mpdiag")
    remount_readonly(disk)
    assert store.run("k7f2") == simple_run("k7f2")
    assert not store.incomplete
    with pytest.raises(StoreReadOnly, match="cannot be written"):
        store.save(simple_run("3d9c"))
    with pytest.raises(StoreReadOnly, match="cannot be written"):
        store.prune()


def test_a_read_only_disk_without_a_store(mount: Mount) -> None:
    """Nothing to show is no error; a save says that it cannot write."""
    disk = mount("size=1m")
    remount_readonly(disk)
    store = Store.open(disk / ".mpdiag")
    assert store.runs() == ()
    with pytest.raises(StoreReadOnly, match="Read-only file system"):
        store.save(simple_run("3d9c"))


def test_a_log_that_cannot_be_read_is_told(mount: Mount) -> None:
    """What a killed writer left in its log is missing on a read-only disk, and that is known."""
    disk = mount("size=4m")
    store = saved(disk / ".mpdiag")
    with raw(store) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("DELETE FROM run")
        log = store.path.with_name(store.path.name + "-wal").read_bytes()
    store.path.with_name(store.path.name + "-wal").write_bytes(log)
    remount_readonly(disk)
    assert store.incomplete


def test_a_full_disk_loses_nothing_that_was_there(mount: Mount) -> None:
    """A run that does not fit is refused as a whole; the runs before it are still there."""
    disk = mount("size=1m")
    store = saved(disk / ".mpdiag")
    large = [failure(index, encoded=os.urandom(100_000)) for index in range(20)]
    with pytest.raises(StoreFull, match="no space left"):
        store.save(run_of("3d9c", fault("3d9c", 1, *large), started=START + 1))
    assert [run.id for run in store.runs()] == ["k7f2"]
    assert store.run("k7f2") == simple_run("k7f2")
    store.save(simple_run("9ab1"))
    assert len(store.runs()) == 2


def test_a_disk_that_was_full_before(mount: Mount) -> None:
    """Without room for even an empty store the message is the same, and nothing breaks."""
    disk = mount("size=64k")
    fill(disk)
    store = Store.open(disk / ".mpdiag")
    with pytest.raises(StoreFull, match="no space left"):
        store.save(simple_run("k7f2"))
    assert store.runs() == ()


def test_a_full_disk_can_be_read_and_pruned(mount: Mount) -> None:
    """A store whose disk has become full is shown, and prune makes room."""
    disk = mount("size=1m")
    store = saved(disk / ".mpdiag")
    store.save(simple_run("3d9c", payload=os.urandom(200_000)))
    fill(disk)
    assert len(store.runs()) == 2
    assert store.run("k7f2") == simple_run("k7f2")
    assert store.prune().freed_bytes > 100_000
    assert store.runs() == ()
    store.save(simple_run("9ab1"))
    assert [run.id for run in store.runs()] == ["9ab1"]
