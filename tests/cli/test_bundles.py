"""``mpdiag export`` and ``mpdiag import``: one fault in one file, from one store to another."""

from __future__ import annotations

import gzip
import json
import os
import pickle
import stat
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from mpdiag.cli import main
from mpdiag.errors import BundleTooLarge
from mpdiag.model import Inputs, Passing, Run, Snapshot, Task
from mpdiag.options import Limits
from mpdiag.store import Store, read_bundle
from store.samples import START, crash, failure, fault, run_of, simple_run

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "faults-v1.json"
PLAIN = pickle.dumps(({"this": 7},))


def mpdiag(store: Path, *words: str, keys: bytes = b"") -> Result:
    """Return what a command over *store* did; a traceback of ours fails the test."""
    result = CliRunner().invoke(main, [words[0], "--store", str(store), *words[1:]], input=keys)
    assert "a fault of mpdiag itself" not in result.stderr, result.stderr
    assert isinstance(result.exception, SystemExit | None), result.exception
    return result


def exported(store: Path, *words: str) -> Path:
    """Return a file with the bundle that an export wrote."""
    file = store.parent / "fault.mpdiag"
    result = mpdiag(store, "export", *words, "--output", str(file))
    assert result.exit_code == 0, result.stderr
    return file


def recorded(place: Path, run: Run) -> Path:
    """Return the folder of a store that holds *run*."""
    folder = place / "here"
    Store.open(folder).save(run)
    return folder


def with_passing(run: Run, raw: bytes = PLAIN) -> Run:
    """Return *run* with two tasks that went well, one of another target."""
    inputs = Inputs(encoded=raw, encoding="pickle")
    targets = ("parse.parse", "other.target")
    passing = tuple(Passing(task=Task(target=name, index=1), inputs=inputs) for name in targets)
    return replace(run, passing=passing)


def rich_run() -> Run:
    """Return a run with two faults, one of them with three occurrences and pickles."""
    many = fault("k7f2", 1, *(failure(index, encoded=PLAIN) for index in (11, 22, 33)), count=1037)
    return with_passing(run_of("k7f2", many, fault("k7f2", 2, crash())))


def test_all_of_a_fault_arrives(tmp_path: Path) -> None:
    """Run, fault, occurrences with their bytes, passing tasks of its target: as they were."""
    here, there = recorded(tmp_path, rich_run()), tmp_path / "there"
    result = mpdiag(there, "import", str(exported(here, "k7f2.1")))
    assert result.stdout.startswith("mpdiag: imported k7f2.1: KeyError: 'that' in parse(record)")
    sent, got = Store.open(here).fault("k7f2.1"), Store.open(there).fault("k7f2.1")
    assert got.fault.imported is not None
    assert replace(got.fault, imported=None) == sent.fault
    assert got.run == sent.run
    passing = Store.open(there).run("k7f2").passing
    assert [one.task.target for one in passing] == ["parse.parse"]
    assert passing[0].inputs.encoded == PLAIN
    assert not got.own


def test_an_imported_fault_says_so(tmp_path: Path) -> None:
    """In ls, in show and in the JSON, which has its schema."""
    here, there = recorded(tmp_path, rich_run()), tmp_path / "there"
    file = exported(here, "k7f2.1")
    mpdiag(there, "import", str(file))
    assert "k7f2.1  1,037 x  KeyError: 'that'  in parse(record)  (imported)" in (
        mpdiag(there, "ls").stdout
    )
    assert "imported  20" in mpdiag(there, "show", "k7f2.1").stdout
    document = json.loads(mpdiag(there, "show", "--json").stdout)
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(document)
    assert document["faults"][0]["imported"]["id"] == "k7f2.1"
    assert json.loads(mpdiag(here, "ls", "--json").stdout)["faults"][0]["imported"] is None


def test_export_lists_what_it_holds(tmp_path: Path) -> None:
    """Parts with their sizes, on standard error; the bundle alone on standard output."""
    result = mpdiag(recorded(tmp_path, rich_run()), "export", "k7f2.1")
    assert gzip.decompress(result.stdout_bytes).startswith(b'{"part":"bundle","version":1,')
    for words in (
        "mpdiag: bundle of k7f2.1, KeyError: 'that'",
        "run       command, folder, environment card (",
        "fault     3 of 1,037 occurrences: ",
        "samples   1 passing task to compare with (",
        "inputs    1 pickle (",
        "written to standard output; read it with: mpdiag import FILE",
    ):
        assert words in result.stderr
    assert "left out" not in result.stderr


def test_an_imported_fault_can_be_sent_on(tmp_path: Path) -> None:
    """An export of what was imported is the same bundle."""
    here, there = recorded(tmp_path, rich_run()), tmp_path / "there"
    mpdiag(there, "import", str(exported(here, "k7f2.1")))
    assert "is here already" in mpdiag(there, "import", str(exported(there, "k7f2.1"))).stdout


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    """The same bundle, and one that was made again, are said to be there."""
    here, there = recorded(tmp_path, rich_run()), tmp_path / "there"
    mpdiag(there, "import", str(exported(here, "k7f2.1")))
    for _ in range(2):
        result = mpdiag(there, "import", str(exported(here, "k7f2.1")))
        assert (result.exit_code, result.stdout.split(";")[0]) == (
            0,
            "mpdiag: k7f2.1 is here already: it was imported before",
        )
    assert len(list(Store.open(there).faults())) == 1


def test_a_fault_of_this_store_stays_what_it_is(tmp_path: Path) -> None:
    """What was recorded here is not replaced by its own bundle, and is still this user's."""
    here = recorded(tmp_path, rich_run())
    result = mpdiag(here, "import", str(exported(here, "k7f2.1")))
    assert "k7f2.1 is here already: it was recorded in this store" in result.stdout
    found = Store.open(here).fault("k7f2.1")
    assert found.own
    assert found.fault.imported is None


def test_two_faults_of_one_run_meet_again(tmp_path: Path) -> None:
    """The second keeps its ID, too, and stands in the same run."""
    here, there = recorded(tmp_path, rich_run()), tmp_path / "there"
    for name in ("k7f2.2", "k7f2.1"):
        assert f"imported {name}" in mpdiag(there, "import", str(exported(here, name))).stdout
    assert [one.fault.id for one in Store.open(there).faults()] == ["k7f2.1", "k7f2.2"]
    assert len(Store.open(there).runs()) == 1


def test_an_id_that_is_taken_is_changed(tmp_path: Path) -> None:
    """Another run has its ID: the imported one gets a new one, and both say which was which."""
    here, there = recorded(tmp_path, rich_run()), tmp_path / "there"
    Store.open(there).save(simple_run("k7f2", started=START + 5))
    result = mpdiag(there, "import", str(exported(here, "k7f2.1")))
    assert "it was k7f2.1 where it was recorded; that ID is taken here" in " ".join(
        result.stdout.split()
    )
    name = result.stdout.split()[2].rstrip(":")
    assert name.endswith(".1")
    assert name != "k7f2.1"
    assert "where it was k7f2.1" in mpdiag(there, "show", name).stdout
    assert Store.open(there).fault("k7f2.1").fault.imported is None


SECRET = pickle.dumps(({"user": "ab", "password": "hunter2"},))


def secret_run() -> Run:
    """Return a run that has a secret in a pickle, one in a name, one in each kind of text."""
    shown = Snapshot(text="{'this': 7}", type="dict", size=1)
    first = failure(1, encoded=SECRET, message="no db at postgres://me:hunter2@db/x")
    second = failure(2, encoded=PLAIN)
    named = failure(3, encoded=pickle.dumps("hunter2"))
    named = replace(named, inputs=replace(named.inputs, values={"record": shown, "api_key": shown}))
    run = run_of("k7f2", fault("k7f2", 1, first, second, named))
    run = replace(
        run, argv=("python", "--token", "hunter2"), environment={"env API_KEY": "hunter2"}
    )
    return with_passing(run, SECRET)


def test_a_bundle_is_masked(tmp_path: Path) -> None:
    """Text is masked, and a pickle in which a value would be stays behind, and is listed."""
    here, there = recorded(tmp_path, secret_run()), tmp_path / "there"
    result = mpdiag(here, "export", "1")
    text = gzip.decompress(result.stdout_bytes).decode()
    assert "hunter2" not in text
    assert "aHVudGVy" not in text
    said = " ".join(result.stderr.split())
    assert "left out the pickles of 3 tasks: one has a value that is masked" in said
    mpdiag(there, "import", "-", keys=result.stdout_bytes)
    got = Store.open(there).fault("1").fault
    kept = [one.inputs.encoded for one in (got.first, *got.others)]
    assert kept == [None, PLAIN, None]
    assert "left out of it: the pickles of 3 tasks" in mpdiag(there, "show").stdout
    assert mpdiag(there, "replay", "--trust").exit_code == 2


def test_with_secrets_takes_the_pickles_along(tmp_path: Path) -> None:
    """The pickles come; text stays masked."""
    here, there = recorded(tmp_path, secret_run()), tmp_path / "there"
    file = exported(here, "1", "--with-secrets")
    assert b"hunter2" not in gzip.decompress(file.read_bytes())
    mpdiag(there, "import", str(file))
    assert Store.open(there).fault("1").fault.first.inputs.encoded == SECRET


def test_without_values_no_input_leaves(tmp_path: Path) -> None:
    """Names, types and sizes are all that is left of inputs and locals."""
    here, there = recorded(tmp_path, rich_run()), tmp_path / "there"
    file = exported(here, "k7f2.1", "--without-values")
    assert b"{'this': 7}" not in gzip.decompress(file.read_bytes())
    mpdiag(there, "import", str(file))
    got = Store.open(there).fault("k7f2.1").fault.first
    assert got.inputs.values["record"].text == "<dict of 1>"
    assert (got.inputs.encoded, got.inputs.encoding) == (None, "none")
    assert Store.open(there).run("k7f2").passing == ()
    assert "inputs are not kept" in mpdiag(there, "replay").stderr


def test_a_terminal_gets_no_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 2, and what to write instead."""
    here = recorded(tmp_path, rich_run())
    with monkeypatch.context() as patch:
        patch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda self: True, raising=False)
        result = mpdiag(here, "export", "1")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mpdiag export ID > fault.mpdiag" in result.stderr


def test_a_file_is_written_whole_and_closed_to_others(tmp_path: Path) -> None:
    """What was there before stays where it cannot be written; nothing is left beside it."""
    here = recorded(tmp_path, rich_run())
    file = exported(here, "k7f2.1")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fault.mpdiag", "here"]
    result = mpdiag(here, "export", "k7f2.1", "--output", str(tmp_path / "gone" / "x"))
    assert result.exit_code == 1
    assert "cannot be written (No such file or directory)" in result.stderr


def packed(*parts: dict[str, Any] | bytes) -> bytes:
    """Return gzip around one line for each part."""
    lines = (one if isinstance(one, bytes) else json.dumps(one).encode() for one in parts)
    return gzip.compress(b"".join(line + b"\n" for line in lines))


def taken_apart(file: Path) -> list[dict[str, Any]]:
    """Return the parts of a bundle."""
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


HEAD = {"part": "bundle", "version": 1}
BOMB = zlib.compressobj(9, wbits=31)
ZEROS = BOMB.compress(b"\0" * (40 << 20)) + BOMB.flush()
SPACES = packed(HEAD, *[b'{"part":"x"}' + b" " * 100_000] * 2_700)

REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is empty"),
    "text": (b"k7f2.1 KeyError", "is no bundle of mpdiag"),
    "zip": (b"PK\x03\x04" + b"\0" * 60, "is no bundle of mpdiag"),
    "a pickle": (pickle.dumps(os.getcwd), "is no bundle of mpdiag"),
    "other gzip": (gzip.compress(b"hello\n"), "is damaged: a part of it is no JSON"),
    "other json": (packed({"a": 1}), "is no bundle of mpdiag"),
    "a list": (packed(b"[1]"), "is no bundle of mpdiag"),
    "newer": (packed({**HEAD, "version": 2}), "made by a later mpdiag (version 2; this one"),
    "version": (packed({**HEAD, "version": "1"}), "is no bundle of mpdiag"),
    "head only": (packed(HEAD), "is cut off"),
    "half a header": (gzip.compress(b"x")[:5], "is cut off"),
    "half": (packed(HEAD)[:-9], "is cut off"),
    "bytes behind": (packed(HEAD, {"part": "end", "parts": 1}) + b"x", "follows after its end"),
    "twice": (packed(HEAD, {"part": "end", "parts": 1}) * 2, "follows after its end"),
    "behind its end": (packed(HEAD, {"part": "end", "parts": 1}, HEAD), "follows after its end"),
    "count": (packed(HEAD, {"part": "end", "parts": 7}), "some of its parts are missing"),
    "empty": (packed(HEAD, {"part": "end", "parts": 1}), "its run, its fault or its occurrences"),
    "not UTF-8": (packed(HEAD, b'{"part":"\xff\xfe"}'), "no JSON"),
    "UTF-16": (packed(json.dumps(HEAD).encode("utf-16")), "no JSON"),
    "not a number": (packed(HEAD, b'{"part":"x","value":NaN}'), "no JSON"),
    "infinite": (packed(HEAD, b'{"part":"x","value":1e999}'), "no JSON"),
    "digits": (packed(HEAD, b'{"part":"x","value":' + b"9" * 5000 + b"}"), "no JSON"),
    "deep": (packed(HEAD, b"[" * 200_000), "nested too deeply"),
    "deep object": (packed(HEAD, b'{"a":' * 100_000), "nested too deeply"),
    "many values": (
        packed(HEAD, b'{"part":"x","value":[' + b"[]," * 1_500_000 + b"[]]}"),
        "values",
    ),
    "a bomb": (ZEROS, "has a part of more than 16,777,216 bytes"),
    "a bomb of lines": (SPACES, "is larger than 268,435,456 bytes, unpacked"),
}


LONG = {"a bomb of lines"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.wide] * (name in LONG)) for name in REFUSED]
)
def test_what_is_no_bundle_is_refused(tmp_path: Path, name: str) -> None:
    """One message with a remedy, exit code 1, and no store is made for it."""
    content, words = REFUSED[name]
    file, store = tmp_path / "fault.mpdiag", tmp_path / "there"
    file.write_bytes(content)
    result = mpdiag(store, "import", str(file))
    assert result.exit_code == 1
    said = result.stderr.splitlines()
    assert said[0].startswith(f"mpdiag: {file} ")
    assert words in said[0]
    assert "nothing of it was taken in" in said[1].lower()
    assert len(said) == 2
    assert not store.exists()


def part(parts: list[dict[str, Any]], kind: str) -> dict[str, Any]:
    """Return the first part of this kind."""
    return next(one for one in parts if one["part"] == kind)


def put(kind: str, *path: object, value: object) -> Callable[[list[dict[str, Any]]], None]:
    """Return what puts *value* at *path* in the first part of this kind."""

    def act(parts: list[dict[str, Any]]) -> None:
        inside: Any = part(parts, kind)
        for key in path[:-1]:
            inside = inside[key]
        inside[path[-1]] = value

    return act


def again(kind: str) -> Callable[[list[dict[str, Any]]], None]:
    """Return what repeats a part."""
    return lambda parts: parts.insert(1, part(parts, kind))


def without(kind: str) -> Callable[[list[dict[str, Any]]], None]:
    """Return what removes a part."""
    return lambda parts: parts.remove(part(parts, kind))


LIES: dict[str, tuple[Callable[[list[dict[str, Any]]], None], str]] = {
    "two runs": (again("run"), "run comes twice"),
    "two faults": (again("fault"), "fault comes twice"),
    "no fault": (without("fault"), "missing"),
    "no occurrence": (lambda parts: parts.__setitem__(slice(1, -1), parts[1:3]), "missing"),
    "no payload": (without("payload"), "a payload is missing"),
    "payload": (put("payload", "bytes", value="no base64!"), "a payload"),
    "payload number": (put("occurrence", "payload", value="../../etc/passwd"), "without a number"),
    "run path": (put("run", "value", "id", value="../../../tmp/x"), "its IDs are none"),
    "run id": (put("run", "value", "id", value="\x1b[2Jk7"), "its IDs are none"),
    "fault id": (put("fault", "value", "id", value="k7f2.99999999999"), "its IDs are none"),
    "id sign": (put("fault", "value", "id", value="k7f2.-1"), "its IDs are none"),
    "id digits": (put("fault", "value", "id", value="k7f2.\u0661"), "its IDs are none"),
    "kind": (put("fault", "value", "kind", value="crash"), "not those of one fault"),
    "count": (put("fault", "value", "count", value=1), "not those of one fault"),
    "negative": (put("fault", "value", "count", value=-5), "not those of one fault"),
    "text for a number": (put("run", "value", "started", value="now"), "started: a str"),
    "a number for text": (put("run", "value", "argv", value=[5]), "argv: a int"),
    "null": (put("run", "value", "cwd", value=None), "cwd: a NoneType"),
    "large": (put("occurrence", "value", "worker", "pid", value=2**70), "too large"),
    "enum": (put("fault", "value", "outcome", value="won"), "is not a valid Outcome"),
    "literal": (put("occurrence", "value", "inputs", "encoding", value="x"), "encoding: a str"),
    "no value": (put("run", "value", value=None), "has no value"),
    "a list": (put("occurrence", "value", value=[1]), "has no value"),
    "target": (put("passing", "value", "task", "target", value="x.y"), "of another target"),
}


@pytest.mark.parametrize("name", LIES)
def test_parts_that_do_not_fit_are_refused(tmp_path: Path, name: str) -> None:
    """Whatever a part says that cannot be ends in one message, and in no store."""
    file, store = exported(recorded(tmp_path, rich_run()), "k7f2.1"), tmp_path / "there"
    parts = taken_apart(file)
    act, words = LIES[name]
    act(parts)
    parts[-1]["parts"] = len(parts) - 1
    file.write_bytes(packed(*parts))
    result = mpdiag(store, "import", str(file))
    assert (result.exit_code, result.stdout) == (1, "")
    assert words in result.stderr
    assert "\x1b" not in result.stderr
    assert not store.exists()


def test_a_later_part_is_left_out(tmp_path: Path) -> None:
    """A part that this mpdiag does not know is skipped, and said."""
    file, store = exported(recorded(tmp_path, rich_run()), "k7f2.1"), tmp_path / "there"
    parts = taken_apart(file)
    parts.insert(3, {"part": "hologram", "value": 1})
    parts[-1]["parts"] += 1
    file.write_bytes(packed(*parts))
    assert (
        "1 part of it, made by a later mpdiag, left out"
        in mpdiag(store, "import", str(file)).stdout
    )


def test_nothing_goes_for_what_somebody_sent(tmp_path: Path) -> None:
    """A store that is full stays as it is, and says how to make room."""
    many = fault("k7f2", 1, *(failure(index, encoded=os.urandom(50_000)) for index in range(20)))
    file = exported(recorded(tmp_path, run_of("k7f2", many)), "1", "--with-secrets")
    there = Store.open(tmp_path / "there", limits=Limits(store_bytes=400_000))
    there.save(simple_run("3d9c", payload=os.urandom(200_000)))
    with file.open("rb") as stream, pytest.raises(BundleTooLarge, match="does not fit") as caught:
        there.take_in(read_bundle(stream, "fault.mpdiag"))
    assert "mpdiag prune" in caught.value.remedy
    assert [one.fault.id for one in there.faults()] == ["3d9c.1"]


HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m\r\n\ud800\x00"


def test_no_text_of_a_bundle_reaches_the_terminal_raw(tmp_path: Path) -> None:
    """Escape sequences in every text of a bundle are escaped by all that shows it."""
    file, store = exported(recorded(tmp_path, rich_run()), "k7f2.1"), tmp_path / "there"
    keep = {"id", "run", "kind", "fingerprint", "part", "outcome", "encoding", "fidelity", "bytes"}

    def spoiled(plain: Any, key: str = "") -> Any:
        match plain:
            case str() if key not in keep:
                return f"{plain}{HOSTILE}"
            case list():
                return [spoiled(one, key) for one in plain]
            case dict() if key in {"values", "locals", "environment"}:
                return {f"{name}{HOSTILE}": spoiled(one) for name, one in plain.items()}
            case dict():
                return {name: spoiled(one, name) for name, one in plain.items()}
            case _:
                return plain

    file.write_bytes(packed(*[spoiled(one) for one in taken_apart(file)]))
    assert mpdiag(store, "import", str(file)).exit_code == 0
    for words in (
        ["ls"],
        ["show"],
        ["show", "--json"],
        ["replay"],
        ["export", "--output", "/dev/null"],
    ):
        result = mpdiag(store, *words)
        for char in filter(lambda one: not one.isprintable() and one != "\n", HOSTILE):
            assert char not in result.stdout + result.stderr, (words, char)


def test_a_source_that_is_not_here_is_shown_as_it_was(tmp_path: Path) -> None:
    """The lines of the trace come with the bundle."""
    file, store = exported(recorded(tmp_path, rich_run()), "k7f2.1"), tmp_path / "there"
    mpdiag(store, "import", str(file))
    shown = mpdiag(store, "show").stdout
    assert "parse.py:14" in shown
    assert 'return record["this"] * record["that"]' in shown
