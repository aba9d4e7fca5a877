"""No limit is passed, what matters most is kept, and what was left out is named."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from mpdiag.model import Inputs, Passing, Snapshot, Task
from mpdiag.options import Limits
from mpdiag.store import Store

from .samples import START, failure, fault, run_of, simple_run

MIB = 1 << 20


def noise(seed: int, size: int) -> bytes:
    """Return bytes that no other seed gives."""
    return random.Random(seed).randbytes(size)


def test_a_value_above_its_limit_is_kept_as_text(folder: Path) -> None:
    """The bytes of one large input are left out, its text stays, and a sentence says so."""
    store = Store.open(folder, limits=Limits(value_bytes=1000))
    saved = store.save(simple_run("k7f2", payload=b"x" * 1001))
    inputs = store.fault("k7f2").fault.first.inputs
    assert (inputs.encoded, inputs.encoding) == (None, "text")
    assert inputs.values == {"record": Snapshot(text="{'this': 7}", type="dict", size=1)}
    assert saved.limits == ("a value may take 1000 bytes: 1 larger one cut or kept as text only",)


def test_a_long_text_is_cut(folder: Path) -> None:
    """A message of megabytes ends at the limit of a value."""
    run = run_of("k7f2", fault("k7f2", 1, failure(message="m" * 10_000)))
    store = Store.open(folder, limits=Limits(value_bytes=2000))
    saved = store.save(run)
    first = store.fault("k7f2").fault.first
    assert first.kind == "failure"
    assert first.error.message == "m" * 2000 + "... (cut)"
    assert len(saved.limits) == 1


def test_a_run_stays_below_its_limit(folder: Path) -> None:
    """Every fault keeps its first occurrence; the others become text, then go."""
    faults = [
        fault(
            "k7f2",
            number,
            *(failure(index, encoded=noise(number * 1000 + index, 50_000)) for index in range(40)),
        )
        for number in (1, 2, 3)
    ]
    limits = Limits(run_bytes=2 * MIB)
    store = Store.open(folder, limits=limits)
    saved = store.save(run_of("k7f2", *faults))
    assert store.path.stat().st_size < 2 * MIB + 200_000
    kept = store.run("k7f2")
    assert [one.first.inputs.encoded is not None for one in kept.faults] == [True, True, True]
    assert [len(one.others) for one in kept.faults] != [39, 39, 39]
    (sentence,) = saved.limits
    assert sentence.startswith("a run may take 2 MiB: ")
    assert "inputs kept as text only" in sentence
    assert "occurrences not kept" in sentence
    assert kept.limits == saved.limits


def test_passing_tasks_are_the_first_to_go(folder: Path) -> None:
    """Where the room is short the faults are kept and the passing tasks are not."""
    inputs = Inputs(encoded=noise(1, 900_000), encoding="pickle")
    passing = Passing(task=Task(target="parse.parse"), inputs=inputs)
    crowded = Passing(task=Task(target="p" * 200_000), inputs=Inputs())
    run = replace(simple_run("k7f2", payload=b"kept" * 100), passing=(passing, crowded))
    store = Store.open(folder, limits=Limits(run_bytes=100_000))
    saved = store.save(run)
    assert store.fault("k7f2").fault.first.inputs.encoded == b"kept" * 100
    assert store.run("k7f2").passing[0].inputs.encoded is None
    assert saved.limits == (
        "a run may take 97.66 KiB: 1 input kept as text only, 1 passing task not kept",
    )


def test_the_oldest_runs_make_room(folder: Path) -> None:
    """The store stays below its limit; the oldest runs go first, and the new run says so."""
    store = Store.open(folder, limits=Limits(store_bytes=2 * MIB))
    for index, name in enumerate(("a1aa", "b2bb", "c3cc")):
        saved = store.save(simple_run(name, started=START + index, payload=noise(index, 900_000)))
    assert [run.id for run in store.runs()] == ["c3cc", "b2bb"]
    assert saved.limits == ("the store may take 2 MiB: its oldest run went (a1aa)",)
    assert store.path.stat().st_size <= 2 * MIB


def test_a_run_larger_than_the_store_is_kept_as_far_as_it_goes(folder: Path) -> None:
    """The limit of the store binds one run, too."""
    others = [failure(index, encoded=noise(index, 90_000)) for index in range(30)]
    store = Store.open(folder, limits=Limits(store_bytes=MIB))
    saved = store.save(run_of("k7f2", fault("k7f2", 1, failure(), *others)))
    assert store.path.stat().st_size < MIB + 200_000
    assert "a run may take 1 MiB" in saved.limits[0]
