"""The tasks of a run as records: read, never loaded, as far as they are there."""

from __future__ import annotations

import datetime as dt
import decimal
import pickle
from dataclasses import replace
from multiprocessing import pool

import pytest

from mpdiag.analysis import Record, explain, tasks_of
from mpdiag.codec import read_pickle
from mpdiag.model import (
    Error,
    ExitStatus,
    Failure,
    Fault,
    FaultId,
    Fingerprint,
    Inputs,
    Neighbour,
    Passing,
    Run,
    RunId,
    Snapshot,
    Task,
    Worker,
)

TASK = Task(target="job.parse", signature="parse(record, *, strict)", label="Pool.map", call=1)


def parse(record: object) -> None:
    """Stand in a message as a target."""


def failure(index: int, record: object, previous: Neighbour | None = None) -> Failure:
    """Return a failure with its inputs as a pickle."""
    return Failure(
        fingerprint=Fingerprint("0123456789abcdef"),
        task=replace(TASK, index=index, nth=index),
        worker=Worker(pid=8, number=2),
        error=Error(type="KeyError", message="'that'"),
        inputs=Inputs(encoded=pickle.dumps(((record,), {"strict": True})), encoding="pickle"),
        at=0.0,
        previous=previous,
    )


def run_of(failures: list[Failure], passing: list[Passing]) -> tuple[Run, Fault]:
    """Return a run with one fault."""
    fault = Fault(
        id=FaultId("k7f2.1"),
        run=RunId("k7f2"),
        fingerprint=Fingerprint("0123456789abcdef"),
        kind="failure",
        count=len(failures),
        first=failures[0],
        others=tuple(failures[1:]),
    )
    run = Run(
        id=RunId("k7f2"),
        argv=("job.py",),
        cwd="/",
        started=0.0,
        seconds=1.0,
        status=ExitStatus(code=1),
        passed={"job.parse": 9000},
        faults=(fault,),
        passing=tuple(passing),
    )
    return run, fault


def chunk(size: int, base: int = 0) -> bytes:
    """Return the message of a pool with *size* tasks."""
    items = tuple({"id": base + number, "that": 1} for number in range(size))
    star = pool.mapstar  # type: ignore[attr-defined]
    return pickle.dumps((1, 0, star, ((parse, items),), {}, 2, 1, base))


def drawn(raw: bytes, offset: int, base: int = 0) -> Passing:
    """Return the task at *offset* of a chunk."""
    task = replace(TASK, index=base + offset, nth=base + offset)
    inputs = Inputs(encoded=raw, encoding="task", offset=offset)
    return Passing(task=task, inputs=inputs, pid=9, worker=1)


def test_tasks_of_a_chunk_know_the_one_before() -> None:
    """The message is read once; the task before a drawn one need not be drawn itself."""
    raw = chunk(20)
    tasks = tasks_of(*run_of([failure(50, {"id": 50})], [drawn(raw, 4), drawn(raw, 9)]))
    assert tasks.names == ("record", "strict")
    assert [one.args for one in tasks.passed] == [[{"id": n, "that": 1}] for n in (4, 9)]
    assert [one.previous and one.previous.args for one in tasks.passed] == [
        [{"id": n, "that": 1}] for n in (3, 8)
    ]
    assert (tasks.failed[0].args, tasks.failed[0].kwargs) == (({"id": 50},), {"strict": True})
    assert (tasks.failed[0].worker, tasks.failed[0].nth, tasks.all_passed) == (2, 50, 9000)


def test_a_neighbour_is_found_where_its_message_is() -> None:
    """What was too large to be kept with a failure is looked up by its place."""
    raw = chunk(20)
    there = Neighbour(label="Pool.map", call=1, index=4, inputs=Inputs(encoding="none"))
    gone = replace(there, index=5)
    failed = [replace(failure(50, {}), running=(there, gone))]
    (one,) = tasks_of(*run_of(failed, [drawn(raw, 4)])).failed
    assert one.running is not None
    assert [other.args for other in one.running] == [[{"id": 4, "that": 1}]]


def test_a_large_chunk_is_read_as_far_as_there_is_time() -> None:
    """Where the time ends within a message, its first tasks are compared, and no half one."""
    raw = chunk(60_000)
    picks = [drawn(raw, offset) for offset in range(0, 60_000, 100)]
    tasks = tasks_of(*run_of([failure(50, {"id": 50})], picks), seconds=0.1)
    assert 0 < len(tasks.passed) < 600
    assert all(set(one.args[0]) == {"id", "that"} for one in tasks.passed)  # type: ignore[call-overload]


def test_inputs_that_were_kept_as_text() -> None:
    """With ``--values text`` what reads as a literal is compared; the rest is left out."""

    def kept(record: str) -> Inputs:
        values = {"record": Snapshot(text=record), "strict": Snapshot(text="<object>")}
        return Inputs(values=values)

    failures = [replace(failure(n, 0), inputs=kept(f"{{'id': {n}}}")) for n in range(9)]
    passing = [Passing(task=TASK, inputs=kept(f"{{'id': {n}, 'that': 3}}")) for n in range(-50, 50)]
    tasks = tasks_of(*run_of(failures, passing))
    found = explain(tasks.failed, tasks.passed, names=tasks.names, clue=tasks.clue)
    assert found.suspects[0].condition == "'that' not in record"


@pytest.mark.parametrize(
    ("bad", "good", "condition"),
    [
        (dt.date(2024, 2, 29), dt.date(2024, 2, 27), "x.day > 28"),
        (
            dt.datetime(2024, 5, 5, 3),  # noqa: DTZ001 - without a zone on purpose
            dt.datetime(2024, 5, 5, 3, tzinfo=dt.timezone.utc),
            "x.tzinfo is None",
        ),
        (decimal.Decimal("nan"), decimal.Decimal("1.5"), "x.is_nan() is True"),
    ],
)
@pytest.mark.parametrize("read", [False, True])
def test_dates_and_decimals(bad: object, good: object, condition: str, read: bool) -> None:
    """Their parts are compared, live or read from a pickle."""
    values = [read_pickle(pickle.dumps(one)) if read else one for one in (bad, good)]
    failed = [Record((values[0],)) for _ in range(12)]
    passed = [Record((values[1],)) for _ in range(300)]
    found = explain(failed, passed, names=("x",))
    texts = [one for each in found.suspects for one in (each.condition, *each.equals)]
    part = condition.split(maxsplit=1)[0]
    assert any(text.startswith(part) for text in texts), texts
    assert eval(found.suspects[0].condition, {"x": bad})
    assert not eval(found.suspects[0].condition, {"x": good})


def test_arrays_by_shape_and_kind() -> None:
    """Of an array that was pickled the shape and the kind of its numbers are compared."""
    numpy = pytest.importorskip("numpy")
    arrays = [numpy.zeros((3, 4 if n % 20 else 5), "f4") for n in range(400)]
    rows = [Record((read_pickle(pickle.dumps(array)),)) for array in arrays]
    found = explain(rows[::20], [r for n, r in enumerate(rows) if n % 20], names=("x",))
    assert eval(found.suspects[0].condition, {"x": arrays[0]})
    assert not eval(found.suspects[0].condition, {"x": arrays[1]})
    assert "shape" in found.suspects[0].condition


@pytest.mark.parametrize("protocol", [4, 5])
@pytest.mark.parametrize("kind", ["f4", "f8", ">f8"])
def test_arrays_by_nan(kind: str, protocol: int) -> None:
    """A number that is none is seen in the bytes of an array, if they are in our order."""
    numpy = pytest.importorskip("numpy")
    arrays = [numpy.ones((3, 4), kind) for _ in range(400)]
    for bad in arrays[::20]:
        bad[1, 2] = numpy.nan
    tasks = [{"m": array} for array in arrays]
    rows = [Record((read_pickle(pickle.dumps(one, protocol)),)) for one in tasks]
    found = explain(rows[::20], [r for n, r in enumerate(rows) if n % 20], names=("x",))
    if kind == ">f8":
        assert found.wording == "unexplained"
        return
    condition = found.suspects[0].condition
    assert condition == "bool(numpy.isnan(x['m']).any()) is True"
    holds = [eval(condition, {"numpy": numpy, "x": one}) for one in tasks]
    assert [at for at, it in enumerate(holds) if it] == list(range(0, 400, 20))


def test_a_character_of_one_text_among_many() -> None:
    """One line of twenty has the letter that every failure has, and no other task."""
    rows = [
        Record(
            (
                [
                    f"{n * line % 97};{'K' if line == 7 and n % 20 == 0 else 'C'}"
                    for line in range(20)
                ],
            )
        )
        for n in range(1000)
    ]
    found = explain(rows[::20], [r for n, r in enumerate(rows) if n % 20], names=("lines",))
    assert found.suspects[0].condition == "any('K' in x for x in lines)"
    assert (found.suspects[0].failures, found.suspects[0].passes) == ((50, 50), (0, 950))
