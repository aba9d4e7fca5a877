"""What workers without a run have left is taken in once, whatever happens in between."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mpdiag.errors import StoreError
from mpdiag.model import Failure, Run, from_plain, to_plain
from mpdiag.store import Envelope, Store, collect_spool

from .samples import failure, fault, run_of


class Builder:
    """Makes a run of the envelopes it is given, with a new ID each time."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, envelopes: Sequence[Envelope]) -> Run:
        """Return a run with one fault."""
        self.calls += 1
        name = f"r00{self.calls}"
        return run_of(name, fault(name, 1, *(from_plain(Failure, one) for one in envelopes)))


@pytest.fixture
def spool(folder: Path) -> Path:
    """The folder that guards write to."""
    (folder / "spool").mkdir(parents=True)
    return folder / "spool"


@pytest.fixture
def gone() -> int:
    """The process id of a worker that has ended."""
    return _pid_of_ended()


def _pid_of_ended() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait(timeout=20)
    return process.pid


def line(index: int, version: int = 1) -> str:
    """Return the envelope of a failed task."""
    envelope = {"v": version, "type": "failure", **to_plain(failure(index))}
    return json.dumps(envelope) + "\n"


def indexes(store: Store) -> list[int | None]:
    """Return the positions of all tasks in the store."""
    runs = [store.run(run.id) for run in store.runs()]
    found: list[int | None] = []
    for each in (one for run in runs for one in run.faults):
        tasks = (occurrence.task for occurrence in (each.first, *each.others))
        found += [task.index for task in tasks if task is not None]
    return sorted(found, key=str)


def test_without_a_spool_nothing_is_made(folder: Path) -> None:
    """A command that finds nothing to collect leaves no file."""
    build = Builder()
    assert collect_spool(Store.open(folder), build).saved is None
    assert (build.calls, folder.exists()) == (0, False)


def test_the_files_of_ended_workers_are_saved_and_removed(
    folder: Path, spool: Path, gone: int
) -> None:
    """All their envelopes become one run."""
    (spool / f"{gone}-a.jsonl").write_text(line(1) + line(2))
    (spool / f"{gone}-b.jsonl").write_text(line(3))
    store = Store.open(folder)
    collected = collect_spool(store, Builder())
    assert collected.saved is not None
    assert (collected.saved.id, collected.envelopes, collected.garbled) == ("r001", 3, 0)
    assert indexes(store) == [1, 2, 3]
    assert list(spool.iterdir()) == []
    assert collect_spool(store, Builder()).saved is None


def test_a_worker_that_lives_may_write_on(folder: Path, spool: Path) -> None:
    """Its file stays, and the next command takes only what has come since."""
    path = spool / f"{os.getpid()}-a.jsonl"
    store, build = Store.open(folder), Builder()
    with path.open("a", encoding="utf-8", buffering=1) as file:
        file.write(line(1))
        collect_spool(store, build)
        assert indexes(store) == [1]
        collect_spool(store, build)
        assert build.calls == 1
        file.write(line(2))
        collect_spool(store, build)
    assert indexes(store) == [1, 2]
    assert path.exists()


def test_a_locked_file_has_a_writer_in_another_container(
    folder: Path, spool: Path, gone: int
) -> None:
    """A process we cannot see keeps its file by its lock."""
    fcntl = pytest.importorskip("fcntl")
    path = spool / f"{gone}-a.jsonl"
    path.write_text(line(1))
    store = Store.open(folder)
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        collect_spool(store, Builder())
        assert path.exists()
    collect_spool(store, Builder())
    assert (indexes(store), path.exists()) == ([1], False)


def test_a_torn_last_line_is_left_out(folder: Path, spool: Path, gone: int) -> None:
    """A worker killed while it wrote costs its last line, and no other."""
    (spool / f"{gone}-a.jsonl").write_text(line(1) + line(2)[:50])
    store = Store.open(folder)
    collected = collect_spool(store, Builder())
    assert (indexes(store), collected.garbled) == ([1], 0)
    assert list(spool.iterdir()) == []


def test_a_torn_line_of_a_living_worker_is_read_when_it_is_whole(folder: Path, spool: Path) -> None:
    """A line that is just being written is not lost."""
    path = spool / f"{os.getpid()}-a.jsonl"
    store, build = Store.open(folder), Builder()
    path.write_text(line(1) + line(2)[:50])
    collect_spool(store, build)
    path.write_text(line(1) + line(2))
    collect_spool(store, build)
    assert indexes(store) == [1, 2]


@pytest.mark.parametrize(
    "garbage",
    [
        "\n",
        "[]\n",
        "null\n",
        "not JSON\n",
        '{"v": 1}\n',
        '{"v": 1, "type": 7}\n',
        "[" * 100_000 + "\n",
        "\x00\xff\n",
        line(9, version=2),
        "x" * (17 << 20) + "\n",
    ],
    ids=["empty", "list", "null", "words", "bare", "type", "deep", "binary", "later", "long"],
)
def test_garbled_lines_are_skipped_counted_and_put_aside(
    folder: Path, spool: Path, gone: int, garbage: str
) -> None:
    """What we cannot read costs nothing else, and stays on the disk for whoever can."""
    path = spool / f"{gone}-a.jsonl"
    path.write_text(line(1) + garbage + line(2), encoding="latin-1")
    store = Store.open(folder)
    collected = collect_spool(store, Builder())
    assert (indexes(store), collected.garbled) == ([1, 2], 1)
    assert [each.name for each in spool.iterdir()] == [f"{path.name}.odd"]


def test_a_save_that_fails_leaves_everything_in_place(folder: Path, spool: Path, gone: int) -> None:
    """A damaged store does not cost what is in the spool."""
    path = spool / f"{gone}-a.jsonl"
    path.write_text(line(1))
    (folder / "mpdiag.sqlite3").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreError):
        collect_spool(Store.open(folder), Builder())
    assert path.read_text() == line(1)


def test_a_command_that_died_after_its_save_has_not_saved_twice(
    folder: Path, spool: Path, gone: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that could not be removed are known by how far they were read."""
    path = spool / f"{gone}-a.jsonl"
    path.write_text(line(1))
    store, build = Store.open(folder), Builder()
    with monkeypatch.context() as patch:
        patch.setattr("mpdiag.store._spool._tidy", _die)
        with pytest.raises(KeyboardInterrupt):
            collect_spool(store, build)
    assert path.exists()
    collect_spool(store, build)
    assert (indexes(store), build.calls) == ([1], 1)
    assert not path.exists()
    collect_spool(store, build)
    assert store.spooled() == {}


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_one_process_collects_at_a_time(folder: Path, spool: Path, gone: int) -> None:
    """A second command leaves the spool to the first, and does not wait."""
    fcntl = pytest.importorskip("fcntl")
    (spool / f"{gone}-a.jsonl").write_text(line(1))
    store, build = Store.open(folder), Builder()
    for descriptor in _opened(spool):
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        assert collect_spool(store, build).envelopes == 0
    assert collect_spool(store, build).envelopes == 1


def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
