"""A store that came with a clone: nothing in it runs, and nothing outside of it is touched."""

from __future__ import annotations

import os
import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mpdiag.cli import main
from mpdiag.store import Store

from .samples import START, crash, failure, fault, run_of, simple_run

COMMANDS = (["ls"], ["show", "k7f2.1"], ["ls", "--json"], ["prune", "--all", "--yes"])
ENDLESS = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"


AS_RUN = "SELECT x AS seq, 'k7f2' AS id, 1.0 AS started, '{}' AS head FROM c"


@pytest.fixture
def store(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a store with two runs, in the current folder."""
    monkeypatch.chdir(folder.parent)
    return a_store(folder)


def a_store(folder: Path) -> Store:
    """Return a store with two runs in *folder*."""
    store = Store.open(folder)
    store.save(run_of("k7f2", fault("k7f2", 1, failure(), failure(8)), fault("k7f2", 2, crash())))
    store.save(simple_run("3d9c", started=START + 60, payload=b"\x80\x04N."))
    return store


def change(store: Store, script: str) -> None:
    """Do to the file of *store* what ours never would."""
    with closing(sqlite3.connect(store.path, isolation_level=None)) as connection:
        connection.executescript(script)


def mpdiag(*words: str) -> Result:
    """Return what a command did; a traceback of ours fails the test."""
    result = CliRunner().invoke(main, words)
    assert "a fault of mpdiag itself" not in result.output, result.output
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


@pytest.mark.parametrize(
    ("script", "named"),
    [
        ("CREATE TRIGGER t AFTER DELETE ON run BEGIN DELETE FROM used_id; END", "trigger t"),
        ("CREATE TRIGGER t INSERT ON seal BEGIN SELECT load_extension('x'); END", "trigger t"),
        ("CREATE VIEW extra AS SELECT 1", "view extra"),
        (
            f"ALTER TABLE run RENAME TO old; CREATE VIEW run AS {ENDLESS} {AS_RUN}",
            "has not made",
        ),
        ("ALTER TABLE fault ADD COLUMN more TEXT AS (zeroblob(1000000000))", "table fault"),
        ("CREATE INDEX slow ON run (zeroblob(1000))", "index slow"),
        ("CREATE VIRTUAL TABLE files USING fts5(x)", "has not made"),
        ("DROP TABLE seal", "seal is missing"),
        ("DROP INDEX run_started", "run_started is missing"),
    ],
)
def test_tables_that_are_not_ours_are_not_read(store: Store, script: str, named: str) -> None:
    """A trigger, a view that never ends, a computed column: refused before a row is read."""
    try:
        change(store, script)
    except sqlite3.OperationalError as error:
        pytest.skip(f"this SQLite cannot: {error}")
    before = store.path.read_bytes()
    for words in COMMANDS:
        result = mpdiag(*words)
        assert result.exit_code == 1
        assert named in result.stderr
        assert "Move the file away" in result.stderr
    assert store.path.read_bytes() == before


def test_what_sqlite_adds_itself_is_no_trouble(store: Store) -> None:
    """Somebody who ran ANALYZE or VACUUM over a store can still read it."""
    change(store, "ANALYZE; VACUUM")
    assert mpdiag("show", "k7f2.1").exit_code == 0


@pytest.mark.parametrize(
    "script",
    [
        "UPDATE run SET id = char(27) || '[2J' WHERE id = 'k7f2'",
        "UPDATE run SET started = 'yesterday'",
        "UPDATE run SET started = x'00', head = x'ff00'",
        "UPDATE run SET head = '{\"id\": 5}'",
        "UPDATE run SET head = replace(head, '\"k7f2\"', '\"3d9c\"')",
        "UPDATE run SET head = replace(head, '2.1', '1e400')",
        f"UPDATE run SET head = replace(head, '2.1', '{'9' * 400}')",
        "UPDATE fault SET number = 'one' WHERE number = 1",
        "UPDATE fault SET number = -1 WHERE number = 1",
        "UPDATE fault SET head = replace(head, 'k7f2.1', '3d9c.1')",
        "UPDATE fault SET kind = 'hang'",
        "UPDATE fault SET target = x'ffff', at = 'x'",
        "UPDATE occurrence SET body = replace(body, '\"KeyError\"', '[5]')",
        "UPDATE occurrence SET body = replace(body, '4711', '\"4711\"')",
        "UPDATE occurrence SET body = CAST(x'fffe' AS TEXT)",
        "UPDATE occurrence SET body = zeroblob(5000000)",
        "UPDATE occurrence SET payload = 'x'; INSERT INTO payload VALUES ('x', 'a text')",
        "UPDATE payload SET bytes = 7",
        "PRAGMA user_version = -3",
        "PRAGMA user_version = 0",
        "DELETE FROM used_id; INSERT INTO used_id VALUES (x'00')",
    ],
)
def test_rows_of_the_wrong_kind_end_in_a_message(store: Store, script: str) -> None:
    """Text for a number, bytes for text, the ID of another: said in one line, or harmless."""
    change(store, f"PRAGMA foreign_keys = 0; {script}")
    for words in COMMANDS:
        result = mpdiag(*words)
        assert "\x1b" not in result.output
        if result.exit_code:
            assert result.stderr.startswith("mpdiag: ")


@pytest.mark.parametrize("part", ["", "-wal", "-shm", "-journal"])
def test_a_link_in_the_place_of_a_file_is_not_followed(store: Store, part: str) -> None:
    """SQLite would write into what the link leads to."""
    victim = store.folder.parent / "notes.txt"
    victim.write_text("mine", "utf-8")
    place = store.path.with_name(store.path.name + part)
    place.unlink(missing_ok=True)
    place.symlink_to(victim)
    for words in COMMANDS:
        assert "is a link to another place" in mpdiag(*words).stderr
    assert victim.read_text("utf-8") == "mine"


def test_a_journal_that_names_another_file_is_not_played_back(store: Store) -> None:
    """SQLite removes the file that a journal names as the one above it."""
    victim = store.folder.parent / "thesis.txt"
    victim.write_text("a year of work", "utf-8")
    change(store, "PRAGMA journal_mode = delete")
    journal = store.path.with_name(f"{store.path.name}-journal")
    journal.write_bytes(hot_journal(store.path, str(victim).encode()))
    for words in COMMANDS:
        assert "its journal names another file" in mpdiag(*words).stderr
    assert victim.exists()


def hot_journal(database: Path, above: bytes) -> bytes:
    """Return a journal that changes nothing, and names the file *above*."""
    magic = bytes.fromhex("d9d505f920a163d7")
    size = 4096
    head = magic + struct.pack(">IIIII", 0, 0, database.stat().st_size // size, 512, size)
    tail = struct.pack(">I", 0x40000000 // size + 1) + above
    tail += struct.pack(">II", len(above), sum(above)) + magic
    return head.ljust(512, b"\0") + tail


def test_such_a_journal_does_remove_a_file(store: Store) -> None:
    """What the test before guards against is what SQLite does."""
    victim = store.folder.parent / "thesis.txt"
    victim.write_text("a year of work", "utf-8")
    change(store, "PRAGMA journal_mode = delete")
    journal = store.path.with_name(f"{store.path.name}-journal")
    journal.write_bytes(hot_journal(store.path, str(victim).encode()))
    change(store, "SELECT * FROM run")
    assert not victim.exists()


@pytest.mark.parametrize("name", ["spool", "spool/1-a.jsonl"])
def test_a_spool_that_leads_elsewhere_is_not_taken_in(store: Store, name: str) -> None:
    """What is read from a spool is removed: not the logs of somebody else."""
    logs = store.folder.parent / "logs"
    logs.mkdir()
    (logs / "2-b.jsonl").write_text("{}\n", "utf-8")
    place = store.folder / name
    place.parent.mkdir(exist_ok=True)
    place.symlink_to(logs if name == "spool" else "/dev/zero")
    assert mpdiag("ls").exit_code == 0
    assert [path.name for path in logs.iterdir()] == ["2-b.jsonl"]
    assert (logs / "2-b.jsonl").read_text("utf-8") == "{}\n"


def mangled(folder: Path, flips: list[tuple[int, int]], end: int | None) -> None:
    """Check that no command breaks on a store with some bytes changed, and the rest cut off."""
    store = a_store(folder / ".mpdiag")
    whole = bytearray(store.path.read_bytes())
    for position, value in flips:
        whole[position % len(whole)] = value
    for words in COMMANDS:
        store.path.write_bytes(whole[:end])
        result = mpdiag(words[0], "--store", str(store.folder), *words[1:])
        assert result.exit_code in {0, 1, 2}
    for path in store.folder.iterdir():
        path.unlink()
    store.folder.rmdir()


BYTES = st.lists(st.tuples(st.integers(0, 2**20), st.integers(0, 255)), min_size=1, max_size=40)
HEADS = st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=10)
END = st.none() | st.integers(0, 70_000)
HEALTH = (HealthCheck.function_scoped_fixture, HealthCheck.too_slow)


@settings(max_examples=12, deadline=None, suppress_health_check=HEALTH)
@given(flips=BYTES, heads=HEADS, end=END)
def test_no_damage_breaks_a_command(
    tmp_path: Path, flips: list[tuple[int, int]], heads: list[tuple[int, int]], end: int | None
) -> None:
    """A store with any bytes changed is read as far as it goes, or refused."""
    mangled(tmp_path, flips + heads, end)


@pytest.mark.wide
@settings(max_examples=50, deadline=None, suppress_health_check=HEALTH)
@given(flips=BYTES, heads=HEADS, end=END)
def test_no_damage_breaks_a_command_at_length(
    tmp_path: Path, flips: list[tuple[int, int]], heads: list[tuple[int, int]], end: int | None
) -> None:
    """The same, many times."""
    mangled(tmp_path, flips + heads, end)


def test_nothing_of_it_is_trusted(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever has another key, or none, has recorded nothing of it."""
    assert store.fault("k7f2.1").own
    monkeypatch.setenv("XDG_STATE_HOME", os.devnull)
    assert not store.fault("k7f2.1").own
