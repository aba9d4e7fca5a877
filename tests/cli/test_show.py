"""``mpdiag show`` tells all about one fault, and loads no pickle for it."""

from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from mpdiag.cli import main
from mpdiag.model import to_plain
from mpdiag.store import Store
from store.samples import START, crash, failure, fault, run_of, simple_run

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "faults-v1.json"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the store: one in the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".mpdiag"


@pytest.fixture
def store(folder: Path) -> Store:
    """Return a store with three faults in two runs."""
    store = Store.open(folder)
    first = fault("k7f2", 1, failure(11), failure(22), failure(33), count=1037)
    store.save(run_of("k7f2", first, fault("k7f2", 2, crash())))
    store.save(simple_run("3d9c", started=START + 60))
    return store


def show(*args: str) -> Result:
    """Return what ``mpdiag show`` did."""
    return CliRunner().invoke(main, ["show", *args])


def test_a_failure_is_told_whole(store: Store) -> None:
    """Target, input, worker, source line, locals, notes, output, command and environment."""
    result = show("k7f2.1")
    assert (result.exit_code, result.stderr) == (0, "")
    for words in (
        "k7f2.1",
        "KeyError: 'that'",
        "1,037",
        "parse(record)",
        "record = {'this': 7}",
        "pid 8123",
        "ForkPoolWorker-2",
        "parse.py:14",
        'return record["this"] * record["that"]',
        "seen in June",
        "reading",
        "slow disk",
        "python parse.py",
        "3.13.0",
        "#3",
    ):
        assert words in result.stdout, words


def test_a_crash_is_told_whole(store: Store) -> None:
    """Verdict with its evidence, signal and input."""
    result = show("k7f2.2")
    assert result.exit_code == 0
    for words in ("SIGKILL, sender unknown", "no sign of memory trouble", "kernel log", "0471.tif"):
        assert words in result.stdout, words


@pytest.mark.parametrize("args", [("1",), ("3d9c",), ("3d9c.1",), ()])
def test_each_way_to_name_a_fault(store: Store, args: tuple[str, ...]) -> None:
    """A bare number, a run, an ID, and nothing at all, which is the newest."""
    result = show(*args)
    assert result.exit_code == 0
    assert result.stdout.startswith("3d9c.1 ")


def test_one_occurrence_is_told_alone(store: Store) -> None:
    """``#2`` shows the second that was kept, and says where the others are."""
    result = show("k7f2.1#2")
    assert result.stdout.startswith("k7f2.1#2 ")
    assert "task 22" in result.stdout
    assert "task 11" not in result.stdout
    assert result.stdout.endswith("\none of 1,037 occurrences: mpdiag show k7f2.1\n")


@pytest.mark.parametrize(("text", "index"), [("k7f2.1", 11), ("k7f2.1#3", 33)])
def test_the_json_is_a_list_of_one(store: Store, text: str, index: int) -> None:
    """``--json`` prints the documented form, with the occurrence that was named."""
    document = json.loads(show(text, "--json").stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
    (only,) = document["faults"]
    assert (only["id"], only["count"]) == ("k7f2.1", 1037)
    assert only["task"] == {"index": index, "call": 1}


@pytest.mark.parametrize(
    ("args", "lines"),
    [
        (
            ("k7f2",),
            ["mpdiag: run k7f2 has 2 faults: k7f2.1, k7f2.2", "Name one of them: mpdiag show ID."],
        ),
        (
            ("k7f3.1",),
            ["mpdiag: there is no run k7f3; did you mean k7f2?", "See what there is: mpdiag ls."],
        ),
        (
            ("9",),
            ["mpdiag: run 3d9c has no fault 9; it has 3d9c.1", "See what there is: mpdiag ls."],
        ),
    ],
)
def test_a_wrong_id_is_a_usage_error(store: Store, args: tuple[str, ...], lines: list[str]) -> None:
    """Exit code 2, what is wrong, and the next command."""
    result = show(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    assert [line.strip() for line in result.stderr.splitlines()] == lines


def test_an_empty_store_has_nothing_to_show(folder: Path) -> None:
    """One message, exit code 2, and no new file."""
    result = show("1")
    assert result.exit_code == 2
    assert result.stderr.startswith("mpdiag: no fault has been kept here yet\n")
    assert not folder.exists()


class Bomb:
    """Leaves a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize(
    "args", [("show", "1"), ("show", "1", "--json"), ("ls",), ("ls", "--json")]
)
def test_nothing_that_shows_loads_a_pickle(
    folder: Path, tmp_path: Path, args: tuple[str, ...]
) -> None:
    """A hostile pickle in the store is shown as text and never run."""
    trap = tmp_path / "trap"
    Store.open(folder).save(simple_run("k7f2", payload=pickle.dumps(Bomb(trap))))
    result = CliRunner().invoke(main, list(args))
    assert result.exit_code == 0
    assert not trap.exists()


def test_what_a_guard_left_is_collected_first(folder: Path) -> None:
    """A failure in the spool is in the store when a command looks."""
    (folder / "spool").mkdir(parents=True)
    envelope = {"v": 1, "type": "failure", **to_plain(failure(77))}
    path = folder / "spool" / "0-a.jsonl"
    path.write_text(json.dumps(envelope) + "\n", "utf-8")
    result = show("1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "task 77" in result.stdout
    assert not path.exists()


def test_a_hostile_envelope_breaks_nothing(folder: Path) -> None:
    """An envelope with wrong values inside is left out; the others are there."""
    (folder / "spool").mkdir(parents=True)
    good = {"v": 1, "type": "failure", **to_plain(failure(77))}
    bad = {**good, "error": {"text": 1}, "task": {}}
    path = folder / "spool" / "0-a.jsonl"
    path.write_text(f"{json.dumps(bad)}\n{json.dumps(good)}\n", "utf-8")
    result = show("1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "task 77" in result.stdout


def test_a_damaged_store_does_not_hide_behind_its_spool(folder: Path) -> None:
    """Both are told: what could not be collected, and why nothing can be shown."""
    (folder / "spool").mkdir(parents=True)
    (folder / "spool" / "0-a.jsonl").write_text('{"v": 1, "type": "failure"}\n', "utf-8")
    (folder / "mpdiag.sqlite3").write_bytes(b"not a store" * 1000)
    result = show("1")
    assert result.exit_code == 1
    assert "what was left behind stays where it is" in result.stderr
    assert "Move the file away" in result.stderr
    assert (folder / "spool" / "0-a.jsonl").exists()
