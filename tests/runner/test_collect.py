"""What the runner makes of the recorder files of its workers."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mpdiag.evidence import Memory, MemorySample
from mpdiag.model import Crash, ExitStatus
from mpdiag.options import Options
from mpdiag.recorder import Kind, Method, PastMessages, Recorder, State, Word, stamp_exit
from mpdiag.runner import About, Collector, RunFolder, _collect, _memory, make_folder
from mpdiag.runner._ended import Ended, last_ended

MIB = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[RunFolder]:
    """The folder of a run."""
    made = make_folder("k7f2", {"XDG_RUNTIME_DIR": str(tmp_path)}, {})
    yield made
    made.remove()


def collector_of(folder: RunFolder) -> Collector:
    """Return a collector for *folder*."""
    about = About(id="k7f2", argv=("job.py",), cwd="/srv/job", started=time.time())  # type: ignore[arg-type]
    return Collector(folder, about, Options())


def running(folder: RunFolder) -> Recorder:
    """Return the recorder of a worker, which is this process, in the middle of a task."""
    recorder = Recorder(str(folder.path), kind=Kind.POOL, number=2)
    recorder.mark(job=0, part=0, method=Method.MAP, base=0, size=10, call=1)
    return recorder


def test_the_memory_before_a_death_is_evidence(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the last look at a living worker saw, of it and around it, is in the verdict."""
    full = MemorySample(used_bytes=509 * MIB, limit_bytes=512 * MIB, of="container")
    monkeypatch.setattr(_collect, "sample_memory", lambda _cgroup: full)
    recorder, collector = running(folder), collector_of(folder)
    assert collector.look() == []
    monkeypatch.setattr(_memory, "read_memory", lambda _pid, _known: None)  # as of a dead process
    stamp_exit(recorder.path, -signal.SIGKILL)
    (crash,) = collector.look()
    assert isinstance(crash, Crash)
    memory = collector.courses.looked[os.getpid()].memory
    shown = f"worker at {memory.now_bytes / MIB:,.0f} MiB, container at 509 of 512 MiB, "
    (line,) = [line for line in crash.verdict.evidence if line.startswith(shown)]
    assert line.endswith(" s before")
    assert crash.verdict.headline == "SIGKILL, likely out of memory"


def test_a_worker_near_the_limit_is_told_before_it_is_killed(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line with worker, task, size and limit, once, while the worker still lives."""
    full = MemorySample(used_bytes=470 * MIB, limit_bytes=512 * MIB, of="container")
    monkeypatch.setattr(_collect, "sample_memory", lambda _cgroup: full)
    recorder, collector = running(folder), collector_of(folder)
    assert collector.look() == []
    (line,) = collector.warnings
    assert line.startswith(f"worker 2 (pid {os.getpid()}): container at 470 MiB of 512 MiB; ")
    assert "task 0 (from 0) of Pool.map" in line
    collector.look()
    assert len(collector.warnings) == 1
    assert recorder.path


def test_a_worker_near_its_own_limit_is_told(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RLIMIT_AS bounds the address space of one worker, whatever the machine has."""
    roomy = MemorySample(used_bytes=MIB, limit_bytes=512_000 * MIB)
    seen = Memory(now_bytes=80 * MIB, peak_bytes=90 * MIB, virtual_bytes=950 * MIB)
    monkeypatch.setattr(_collect, "sample_memory", lambda _cgroup: roomy)
    monkeypatch.setattr(_memory, "read_memory", lambda _pid, _known: seen)
    monkeypatch.setattr(_memory, "space_limit", lambda _pid: 1000 * MIB)
    running(folder)
    collector = collector_of(folder)
    collector.look()
    (line,) = collector.warnings
    assert "worker's address space (RLIMIT_AS) at 950 MiB of 1,000 MiB" in line


def test_the_files_of_ended_workers_are_put_away(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks stay short however many workers came and went; what they counted stays."""
    assert folder.path is not None
    recorder, collector = running(folder), collector_of(folder)
    PastMessages(recorder.path, all_bytes=4000).keep(b"task", 1, False)
    recorder.words[Word.DONE], recorder.words[Word.STATE] = 7, State.ENDED
    stamp_exit(recorder.path, 0)
    for _ in range(2):
        collector.look()
        assert [path.name for path in folder.recorders()] == [Path(recorder.path).name]
    later = time.time() + 60
    with monkeypatch.context() as patched:
        patched.setattr(time, "time", lambda: later)
        collector.look()
    assert folder.recorders() == []
    (kept,) = (folder.path / "ended").glob("*.rec")
    assert kept.stat().st_size == 4096
    (known,) = last_ended(folder.path)  # a pool whose workers have all gone is told by them
    assert (known.pid, known.exitcode) == (os.getpid(), 0)
    assert [(pid, one.raw) for pid, one in collector.ran()] == [(os.getpid(), b"task")]
    run = collector.finish(ExitStatus(code=0))
    assert (run.tasks, run.workers) == (7, 1)


@pytest.mark.parametrize(("most", "is_kept"), [(40, False), (4000, True)])
def test_what_ended_workers_worked_through(folder: RunFolder, most: int, *, is_kept: bool) -> None:
    """All messages of a worker that ended stay to the end of the run, if there is room."""
    recorder, collector = running(folder), collector_of(folder)
    collector.ended = Ended(folder, most)
    past = PastMessages(recorder.path, all_bytes=4000)
    for number in range(3):
        past.keep(b"%d" % number, 1, False)
    stamp_exit(recorder.path, -signal.SIGTERM)
    collector.ended.settle(Path(recorder.path))
    assert not Path(recorder.path).with_suffix(".past").exists()
    found = [(pid, one.raw) for pid, one in collector.ran()]
    assert found == ([(os.getpid(), b"%d" % number) for number in range(3)] if is_kept else [])


@pytest.mark.parametrize("is_bare", [False, True])
def test_a_worker_that_was_ended_at_its_start_hides_no_count(
    folder: RunFolder, is_bare: bool
) -> None:
    """Before its pool's loop it is a process; only one with a target of its own has no count."""
    running(folder)
    there = Path(str(folder.path))
    (there / f"{os.getpid()}.rec").rename(there / "1.rec")
    other = Recorder(str(folder.path), kind=Kind.PROCESS, number=2)
    if is_bare:
        other.mark(job=0, part=0, method=Method.PROCESS, base=0, size=0, call=0)
    assert collector_of(folder).interim().tasks_known is not is_bare
