"""A recorded fault comes back: from another folder, with an empty environment."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from .recorded import command, record, replayed, stuck_until_told, two_folders

pytestmark = pytest.mark.programs

KINDS = {
    "keyerror": "same fault: KeyError: 'that', script.py:13",
    "killed": "same fault: the child ended with SIGKILL",
    "segfault": "same fault: the child ended with SIGSEGV",
    "unpicklable": "same fault: Refused: no",
    "unsendable": "same fault: the result cannot be sent to the caller",
    "scaled": "same fault: ValueError: 3 scaled recorded",
    "leaves": "same fault: SystemExit: 3",
}


@pytest.mark.parametrize("kind", ["pool", pytest.param("executor", marks=pytest.mark.wide)])
@pytest.mark.parametrize("name", KINDS)
@pytest.mark.slow
def test_each_fault_comes_back(start_method: str, kind: str, name: str, tmp_path: Path) -> None:
    """Recorded in any pool under any start method, the same fault comes back elsewhere."""
    folder, elsewhere = two_folders(tmp_path)
    said = record(folder, start_method, kind, name).report
    assert "again     mpdiag replay" in said
    assert ("(in a child of its own)" in said) == (name in {"killed", "segfault"})
    done = replayed(folder, elsewhere)
    assert KINDS[name] in done.stderr
    assert done.exit_code == 0
    assert ("what the program had in memory when it forked" in done.stderr) == (
        start_method == "fork"
    )


HANGS = """
    import multiprocessing, threading, sys

    def waits(item):
        threading.Event().wait()

    def loops(item):
        while item:
            item = abs(item)

    if __name__ == "__main__":
        method, name = sys.argv[1:]
        with multiprocessing.get_context(method).Pool(1) as pool:
            pool.map(globals()[name], [7])
"""


SLOW = [pytest.mark.slow, pytest.mark.skipif("MPDIAG_SLOW" not in os.environ, reason="slow")]


@pytest.mark.wide
@pytest.mark.parametrize("name", ["loops", pytest.param("waits", marks=SLOW)])
def test_a_hang_comes_back(name: str, tmp_path: Path) -> None:
    """What made no progress makes none again: the child is ended, and says where it was."""
    folder, elsewhere = two_folders(tmp_path)
    said = stuck_until_told(folder, HANGS, "fork", name)
    assert "again     mpdiag replay" in said
    assert "input     item = 7" in said
    done = replayed(folder, elsewhere)
    said = "same fault: no end within its deadline, script.py:"
    lines = (5,) if name == "waits" else (8, 9)  # a loop may be seen at either of its lines
    assert any(f"{said}{line} " in done.stderr for line in lines)
    assert done.exit_code == 0


@pytest.fixture(scope="module")
def keyerror(tmp_path_factory: pytest.TempPathFactory, runtime_dir: Path) -> Path:
    """Where a KeyError was recorded, under fork."""
    folder = tmp_path_factory.mktemp("keyerror") / "recorded"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime_dir))
        patch.setenv("XDG_STATE_HOME", str(runtime_dir / "state"))
        record(folder, "fork", "pool", "keyerror")
    return folder


def test_it_says_what_it_will_do(keyerror: Path, tmp_path: Path) -> None:
    """Before user code runs: target, how often, input, folder, what is missing."""
    done = replayed(keyerror, tmp_path)
    for words in (
        "calls     keyerror(record) once, in a child of its own",
        "input     record = {'id': 7, 'this': 7}",
        "imports   script.py, as a spawned worker does",
        f"in        {keyerror}"[:60],
        "without   what the program had in memory when it forked",
    ):
        assert words in done.stderr
    assert done.stdout == ""


def test_times_gives_a_rate_with_its_bounds(keyerror: Path, tmp_path: Path) -> None:
    """Several calls in fresh children end in a count and the rates that it excludes."""
    done = replayed(keyerror, tmp_path, "--times", "3", "--yes")
    assert "same fault in 3 of 3 calls; so many exclude only rates outside" in done.stderr
    assert "44 % to 100 %" in done.stderr


def test_times_asks_first(keyerror: Path, tmp_path: Path) -> None:
    """Without a terminal several calls need --yes, and none is made."""
    done = replayed(keyerror, tmp_path, "--times", "3")
    assert done.exit_code == 2
    assert "keyerror would run up to 3 times, and there is no terminal to ask at" in done.stderr
    assert "same fault" not in done.stderr


def test_nothing_is_loaded_that_this_user_did_not_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With another key the fault is a stranger's; --trust is said once, and remembered."""
    folder, elsewhere = two_folders(tmp_path)
    record(folder, "fork", "pool", "keyerror")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    refused = replayed(folder, elsewhere)
    assert refused.exit_code == 2
    assert "was not recorded by this user" in refused.stderr
    assert "same fault" in replayed(folder, elsewhere, "--trust").stderr
    assert "same fault" in replayed(folder, elsewhere).stderr
    assert (tmp_path / "other/mpdiag/key").stat().st_mode & 0o777 == 0o600


def test_a_changed_byte_breaks_the_seal(tmp_path: Path) -> None:
    """A pickle, or a path to import from, that was put in later is not loaded."""
    folder, elsewhere = two_folders(tmp_path)
    record(folder, "fork", "pool", "keyerror")
    with closing(sqlite3.connect(folder / ".mpdiag/mpdiag.sqlite3")) as connection, connection:
        connection.execute("UPDATE payload SET bytes = ?", (b"cos\nsystem\n(S'touch hit'\ntR.",))
    done = replayed(folder, elsewhere)
    assert "was not recorded by this user" in done.stderr
    assert not (folder / "hit").exists()
    assert not (elsewhere / "hit").exists()


def test_a_key_that_others_can_read_counts_for_nothing(
    keyerror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key must be a file of this user, closed to others."""
    key = Path(os.environ["XDG_STATE_HOME"], "mpdiag", "key")
    (tmp_path / "mpdiag").mkdir()
    (tmp_path / "mpdiag/key").write_bytes(key.read_bytes())
    (tmp_path / "mpdiag/key").chmod(0o644)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert "was not recorded by this user" in replayed(keyerror, tmp_path).stderr


def test_changed_code_is_pointed_out(tmp_path: Path) -> None:
    """A file that is not as it was is named, and its line numbers are no evidence any more."""
    folder, elsewhere = two_folders(tmp_path)
    record(folder, "fork", "pool", "keyerror")
    script = folder / "script.py"
    script.write_text("\n\n" + script.read_text("utf-8"), "utf-8")
    done = replayed(folder, elsewhere)
    assert "changed   script.py was changed since" in done.stderr
    assert "same fault, on another line: KeyError: 'that', script.py:15" in done.stderr


def test_a_mended_function_is_told(tmp_path: Path) -> None:
    """Where the call returns the fault is gone, and the exit code says so."""
    folder, elsewhere = two_folders(tmp_path)
    record(folder, "fork", "pool", "keyerror")
    script = folder / "script.py"
    script.write_text(script.read_text("utf-8").replace('"that"]', '"this"]'), "utf-8")
    done = replayed(folder, elsewhere)
    assert "different: this time the call returned" in done.stderr
    assert done.exit_code == 1


GUARDED = """
    import multiprocessing, mpdiag

    @mpdiag.guard(replay=False)
    def pay(amount):
        raise ValueError(amount)

    if __name__ == "__main__":
        with multiprocessing.get_context("fork").Pool(1) as pool:
            pool.map(pay, [1])
"""


def test_a_guard_can_forbid_it(tmp_path: Path) -> None:
    """A function guarded with ``replay=False`` is not called, and no row offers it."""
    folder, elsewhere = two_folders(tmp_path)
    said = record(folder, source=GUARDED).report
    assert "mpdiag replay" not in said
    done = replayed(folder, elsewhere)
    assert done.exit_code == 2
    assert "pay is guarded with replay=False" in done.stderr


UNGUARDED = """
    import multiprocessing
    print("begins")

    def bad(number):
        raise ValueError(number)

    with multiprocessing.get_context("fork").Pool(1) as pool:
        pool.map(bad, [1])
"""


def test_a_program_without_a_guard_is_imported_as_far_as_it_goes(tmp_path: Path) -> None:
    """No pool is started by the import: it ends at the line that tries, and says so."""
    folder, elsewhere = two_folders(tmp_path)
    record(folder, source=UNGUARDED)
    done = replayed(folder, elsewhere)
    assert "its import ended at script.py:8, where it starts processes" in done.stderr
    assert "same fault: ValueError: 1" in done.stderr
    assert done.stdout == "begins\n"


def test_pdb_stops_at_the_fault(keyerror: Path, tmp_path: Path) -> None:
    """With --pdb the prompt is in the frame that raised, with its live values."""
    done = command(
        "replay", "--pdb", store=keyerror, folder=tmp_path, keys="p record['id'] * 6\nq\n"
    )
    assert "(Pdb) 42" in done.stdout
    assert "same fault: KeyError: 'that'" in done.stderr
