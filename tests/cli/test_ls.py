"""``mpdiag ls`` lists what was found, for people and for programs."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from mpdiag.cli import main
from mpdiag.model import to_plain
from mpdiag.store import Store
from store.conftest import mount, remount_readonly
from store.samples import START, crash, failure, fault, run_of, simple_run

__all__ = ("mount",)

SCHEMA = json.loads(
    (Path(__file__).parents[2] / "docs" / "schema" / "faults-v1.json").read_text("utf-8")
)
KEYS = {
    *("id", "kind", "count", "error", "verdict", "target", "inputs", "task", "worker", "exit"),
    *("trace", "output", "outcome", "run", "at", "passed", "environment", "hang"),
    *("shrunk", "imported"),
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder of the store: one in the current folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / ".mpdiag"


def two_runs(folder: Path) -> Store:
    """Return a store with three faults in two runs."""
    store = Store.open(folder)
    store.save(run_of("k7f2", fault("k7f2", 1, failure(), count=1037), fault("k7f2", 2, crash())))
    store.save(simple_run("3d9c", started=START + 60))
    return store


def ls(*args: str, **environ: str) -> Result:
    """Return what ``mpdiag ls`` did."""
    return CliRunner().invoke(main, ["ls", *args], env=environ)


def faults(*args: str) -> list[dict[str, Any]]:
    """Return the faults that ``mpdiag ls --json`` prints, checked against the schema."""
    result = ls("--json", *args)
    assert result.exit_code == 0
    document = json.loads(result.stdout)
    Draft202012Validator(SCHEMA).validate(document)
    assert document["version"] == 1
    found: list[dict[str, Any]] = document["faults"]
    return found


def test_the_newest_run_comes_first(folder: Path) -> None:
    """A line for each run, and below it one for each of its faults."""
    two_runs(folder)
    at = [time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(START + x)) for x in (60, 0)]
    result = ls()
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        f"run 3d9c  {at[0]}  python parse.py",
        "  3d9c.1  1 x  KeyError: 'that'  in parse(record)",
        f"run k7f2  {at[1]}  python parse.py",
        "  k7f2.1  1,037 x  KeyError: 'that'  in parse(record)",
        "  k7f2.2      1 x  SIGKILL, sender unknown  in resize(path)",
    ]


@pytest.mark.parametrize(
    ("args", "ids"),
    [
        ((), ["3d9c.1", "k7f2.1", "k7f2.2"]),
        (("--kind", "crash"), ["k7f2.2"]),
        (("--run", "K7F2"), ["k7f2.1", "k7f2.2"]),
        (("--target", "resize"), ["k7f2.2"]),
        (("--limit", "1"), ["3d9c.1"]),
        (("--since", "2000-01-01"), ["3d9c.1", "k7f2.1", "k7f2.2"]),
        (("--since", "2999-01-01T00:00:00Z"), []),
    ],
)
def test_filters_hold_for_both_forms(folder: Path, args: tuple[str, ...], ids: list[str]) -> None:
    """The text and the JSON list the same faults."""
    two_runs(folder)
    lines = ls(*args).stdout.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ")] == ids
    assert [one["id"] for one in faults(*args)] == ids


def test_an_age_is_a_time_before_now(folder: Path) -> None:
    """``--since 2h`` lists what began in the last two hours."""
    store = Store.open(folder)
    store.save(simple_run("a1aa", started=time.time() - 3600))
    store.save(simple_run("b2bb", started=time.time() - 3 * 3600))
    assert [one["run"] for one in faults("--since", "2h")] == ["a1aa"]
    assert [one["run"] for one in faults("--since", "1w")] == ["a1aa", "b2bb"]


def test_the_json_has_the_documented_keys(folder: Path) -> None:
    """Each fault has exactly the keys of docs/json.md, with the values of the store."""
    two_runs(folder)
    first, second, third = faults()
    assert set(first) == set(second) == set(third) == KEYS
    assert set(SCHEMA["$defs"]["fault"]["required"]) == KEYS
    assert second["count"] == 1037
    assert second["error"] == {
        "type": "KeyError",
        "message": "'that'",
        "notes": ["seen in June"],
        "detail": [],
    }
    assert second["task"] == {"index": 4711, "call": 1}
    assert second["inputs"] == {"record": "{'this': 7}"}
    assert (third["kind"], third["error"]) == ("crash", None)
    assert third["verdict"]["cause"] == "signal"
    assert third["at"] == "2026-09-21T14:13:20.000+00:00"
    assert third["exit"] == {"code": None, "signal": 9}


def test_the_example_in_the_docs_is_true(folder: Path) -> None:
    """The document in docs/json.md has the form that it describes."""
    text = (Path(__file__).parents[2] / "docs" / "json.md").read_text("utf-8")
    document = json.loads(text.partition("```json\n")[2].partition("```")[0])
    Draft202012Validator(SCHEMA).validate(document)
    assert set(document["faults"][0]) == KEYS


def test_the_json_is_ascii_whatever_it_holds(folder: Path) -> None:
    """Lone surrogates and other alphabets stay JSON on any terminal."""
    odd = "\udc80 \x00 \x1b[31m Größe"
    Store.open(folder).save(run_of("k7f2", fault("k7f2", 1, failure(message=odd))))
    assert ls("--json").stdout.isascii()
    assert faults()[0]["error"]["message"] == odd


def test_a_message_cannot_control_the_terminal(folder: Path) -> None:
    """Escape sequences and line ends of a message are shown, not sent."""
    odd = "\x1b[2J\nmpdiag: no faults"
    Store.open(folder).save(run_of("k7f2", fault("k7f2", 1, failure(message=odd))))
    assert "KeyError: \\x1b[2J\\nmpdiag: no faults" in ls().stdout
    assert len(ls().stdout.splitlines()) == 2


def test_an_empty_store_is_no_error(folder: Path) -> None:
    """Without a store there is one friendly line, exit code 0, and no new file."""
    result = ls()
    assert result.exit_code == 0
    assert result.stdout == f"no faults in {folder}; begin with: mpdiag run script.py\n"
    assert faults() == []
    assert not folder.exists()


def test_a_filter_that_nothing_passes_says_so(folder: Path) -> None:
    """Nothing found is told apart from nothing there."""
    two_runs(folder)
    result = ls("--kind", "hang")
    assert result.exit_code == 0
    assert result.stdout == f"no fault in {folder} is like that; see all of them: mpdiag ls\n"


@pytest.mark.parametrize(
    "args", [("--since", "yesterday"), ("--kind", "error"), ("--limit", "0"), ("more",)]
)
def test_a_wrong_option_is_a_usage_error(args: tuple[str, ...]) -> None:
    """Exit code 2 and one message, no traceback."""
    result = ls(*args)
    assert result.exit_code == 2
    assert result.stderr.startswith("mpdiag: ")
    assert "Traceback" not in result.output


def test_the_store_can_be_elsewhere(tmp_path: Path) -> None:
    """``--store`` names it, MPDIAG_HOME does without, and the first of both counts."""
    Store.open(tmp_path / "one").save(simple_run("a1aa"))
    Store.open(tmp_path / "two").save(simple_run("b2bb"))
    assert "a1aa.1" in ls("--store", "one").stdout
    assert "b2bb.1" in ls(MPDIAG_HOME=str(tmp_path / "two")).stdout
    assert "a1aa.1" in ls("--store", "one", MPDIAG_HOME=str(tmp_path / "two")).stdout


def test_a_damaged_store_is_one_message(folder: Path) -> None:
    """What is wrong and what to do, exit code 1, no traceback of ours."""
    folder.mkdir()
    (folder / "mpdiag.sqlite3").write_bytes(b"not a store" * 1000)
    result = ls()
    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"mpdiag: the store {folder}/mpdiag.sqlite3 is damaged, or no store at all",
        "        Move the file away, or name another folder with --store.",
    ]


def test_a_read_only_store_is_listed(mount: Callable[..., Path]) -> None:
    """What cannot be collected there is named, and stays where it is."""
    disk = mount("size=4m")
    two_runs(disk / ".mpdiag")
    spooled = disk / ".mpdiag" / "spool" / "0-a.jsonl"
    spooled.parent.mkdir()
    spooled.write_text(json.dumps({"v": 1, "type": "failure", **to_plain(failure())}) + "\n")
    remount_readonly(disk)
    result = ls("--store", str(disk / ".mpdiag"))
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 5
    (line,) = result.stderr.splitlines()
    assert line.startswith("mpdiag: what was left behind stays where it is: the store ")
    assert spooled.exists()
