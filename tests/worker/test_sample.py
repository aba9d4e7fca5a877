"""The sample of passing tasks that one worker draws, without a pool around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from mpdiag.recorder import Kind, Word, drawn, read, standing, target_key
from mpdiag.worker import forget
from mpdiag.worker._sample import Sample
from mpdiag.worker._state import WorkerState, begin


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WorkerState]:
    """Give a recorder in a run whose sample takes ten tasks in 4 x 4,000 bytes."""
    monkeypatch.setenv("MPDIAG_RUN", str(tmp_path))
    monkeypatch.setenv("MPDIAG_FLAGS", "values=full,passing=10,passing_bytes=16000")
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    forget()
    state = begin(Kind.POOL)
    yield state
    forget()
    for view in (state.recorder.ring, state.recorder.words):
        view.release()
    state.recorder.map.close()


def sample_of(state: WorkerState) -> dict[str, dict[int, int]]:
    """Return index by place, for each target."""
    path = Path(state.recorder.path).with_suffix(".pass")
    return {
        name: {place: record.base + offset for place, (record, offset) in sample.items()}
        for name, sample in standing(drawn(path)).items()
    }


def run(state: WorkerState, sample: Sample, tasks: int, *, size: int = 0, bytes_: int = 50) -> None:
    """Let *tasks* messages of *size* tasks pass."""
    for number in range(tasks):
        state.words[Word.BASE], state.words[Word.SIZE] = number * max(1, size), size
        sample.passed(b"x" * bytes_, max(1, size))


def test_the_first_tasks_are_all_drawn(state: WorkerState) -> None:
    """As long as there are fewer tasks than places, each has its own."""
    sample = Sample(state)
    sample.turn("parse(record)\x1fa.py\x1f3")
    run(state, sample, 7)
    assert sample_of(state) == {"parse": {place: place for place in range(7)}}


@pytest.mark.parametrize("size", [0, 50])
def test_every_task_has_the_same_chance(
    state: WorkerState, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is drawn of many tasks lies evenly among them, alone or in chunks."""
    from random import Random

    numbers = Random(7)
    monkeypatch.setattr("random.Random", lambda: numbers)
    indexes: list[int] = []
    for round_ in range(60):
        sample = Sample(state)
        sample.turn(f"target{round_ % 20}()")
        state.words[sample._draw.word] = 0
        Path(state.recorder.path).with_suffix(".pass").unlink(missing_ok=True)
        run(state, sample, 1000 // max(1, size), size=size, bytes_=20)
        (drawn_,) = sample_of(state).values()
        assert len(drawn_) == 10
        indexes += drawn_.values()
    quarters = [sum(i // 250 == quarter for i in indexes) for quarter in range(4)]
    assert min(quarters) > 110, quarters  # 150 each, with a deviation of 11


def test_counts_are_exact_and_failures_are_not_drawn(state: WorkerState) -> None:
    """All passes of a chunk count, the tasks that failed do not, and they are never drawn."""
    sample = Sample(state)
    sample.turn("parse(record)\x1fa.py\x1f3")
    state.words[Word.SIZE] = 9
    sample.passed(b"chunk", 7, [5, 0, 6])
    assert sorted(sample_of(state)["parse"].values()) == [1, 2, 3, 4]
    reading = read(state.recorder.path)
    assert reading is not None
    assert reading.passed == {target_key("parse"): 4}


def test_targets_do_not_mix(state: WorkerState) -> None:
    """Each target has its own sample and its own count."""
    sample = Sample(state)
    for name in ("one", "two", "one"):
        sample.turn(f"{name}()")
        run(state, sample, 3)
    reading = read(state.recorder.path)
    assert reading is not None
    assert reading.passed == {target_key("one"): 6, target_key("two"): 3}
    assert {name: len(found) for name, found in sample_of(state).items()} == {"one": 6, "two": 3}


def test_more_targets_than_there_are_counters(state: WorkerState) -> None:
    """The last counter takes what has no room, and no count of another is touched."""
    sample = Sample(state)
    for number in range(50):
        sample.turn(f"target{number}()")
        run(state, sample, number + 1)
    reading = read(state.recorder.path)
    assert reading is not None
    known = {target_key(f"target{n}"): n + 1 for n in range(31)}
    assert {key: n for key, n in reading.passed.items() if n} == known


def test_the_file_keeps_within_its_bytes(state: WorkerState) -> None:
    """Where messages are large fewer are kept, and the file never outgrows its share."""
    sample = Sample(state)
    sample.turn("large(x)")
    path = Path(state.recorder.path).with_suffix(".pass")
    sizes = []
    for _ in range(20):
        run(state, sample, 20, bytes_=900)
        sizes.append(path.stat().st_size)
    assert max(sizes) <= 4000
    assert 1 <= len(sample_of(state)["large"]) <= 4
    assert not path.with_suffix(".pass.new").exists()


def test_a_message_above_its_share_is_counted_and_left_out(state: WorkerState) -> None:
    """One message must not push all others out."""
    sample = Sample(state)
    sample.turn("huge(x)")
    run(state, sample, 3, bytes_=3000)
    assert sample_of(state) == {}
    reading = read(state.recorder.path)
    assert reading is not None
    assert (reading.not_drawn, reading.passed) == (3, {target_key("huge"): 3})


def test_a_disk_that_is_full_ends_the_sample_alone(
    state: WorkerState, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tasks go on and are counted; what was written stays whole."""
    sample = Sample(state)
    sample.turn("parse(x)")
    run(state, sample, 2)

    def full(*_: object) -> int:
        raise OSError(28, "no space left")

    monkeypatch.setattr("os.writev", full)
    run(state, sample, 5)
    assert len(sample_of(state)["parse"]) == 2
    reading = read(state.recorder.path)
    assert reading is not None
    assert reading.passed == {target_key("parse"): 7}


def test_a_torn_record_is_left_out(state: WorkerState) -> None:
    """A worker that is killed while it writes takes one record along."""
    sample = Sample(state)
    sample.turn("parse(x)")
    run(state, sample, 5)
    path = Path(state.recorder.path).with_suffix(".pass")
    path.write_bytes(path.read_bytes()[:-1])
    assert sorted(sample_of(state)["parse"]) == [0, 1, 2, 3]


def test_random_numbers_of_the_program_are_its_own(state: WorkerState) -> None:
    """A program that seeds its generator draws the same with us as without."""
    import random

    random.seed(3)
    alone = random.random()
    random.seed(3)
    sample = Sample(state)
    sample.turn("parse(x)")
    run(state, sample, 500)
    assert random.random() == alone
