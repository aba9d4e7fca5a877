"""The recommendation follows from the figures, and changes with them."""

from __future__ import annotations

from mpdiag.bench import Case, Machine, Result, Row, Timing, recommendations

MACHINE = Machine(system="Linux", cpus=2, memcpy=10e9)


def row(
    road: str,
    seconds: float,
    *,
    payload: str = "int",
    size: int = 5,
    count: int = 10_000,
    workers: int = 1,
    shape: str = "race",
    python: str = "3.11.7",
) -> Row:
    """Return a row of five rounds, a hundredth apart."""
    case = Case(shape=shape, road=road, payload=payload, count=count, workers=workers)
    timings = tuple(
        Timing(build=0.0, sent=seconds, received=seconds * (1 + at / 100), item_bytes=size)
        for at in range(5)
    )
    return Row(python=python, case=case, timings=timings)


def advice(*rows: Row) -> list[str]:
    """Return the sentences."""
    return recommendations(Result(kind="channels", machine=MACHINE, rows=rows, rounds=5))


def test_it_names_the_road_its_reason_and_its_number() -> None:
    """As in the issue: the ring, against a pipe, against memcpy, and what a queue would be."""
    large = {"payload": "array", "size": 3_840_000, "count": 20, "workers": 8, "shape": "workers"}
    (said,) = advice(
        row("pipe", 0.31, **large),  # type: ignore[arg-type]
        row("mpdiag ring", 0.01, **large),  # type: ignore[arg-type]
        row("Queue", 0.41, **large),  # type: ignore[arg-type]
    )
    assert said == (
        "8 workers, arrays of 3.8 MB: use the ring (mpdiag.channels.ring): 31 x a pipe"
        " (Pipe(duplex=False)), 75% of memcpy; a queue would be 0.76 x"
    )


def test_it_changes_with_the_payload() -> None:
    """Small items go in batches, large ones through the ring; each payload has its sentence."""
    large = {"payload": "array", "size": 3_840_000, "count": 20}
    small, ring = advice(
        row("pipe", 1.0),
        row("mpdiag pipe, batches", 0.02),
        row("pipe", 1.0, **large),  # type: ignore[arg-type]
        row("mpdiag ring", 0.1, **large),  # type: ignore[arg-type]
    )
    assert "ints of 5 bytes: use mpdiag.channels.pipe with send_many: 50 x a pipe" in small
    assert "use the ring" in ring


def test_of_equals_the_simplest_is_named_and_the_tie_is_said() -> None:
    """A difference within the noise is no reason to leave the queue."""
    (said,) = advice(row("pipe", 1.0), row("Queue", 1.02), row("two-way pipe", 2.0))
    assert said.startswith("1 worker, ints of 5 bytes: use a Queue: ")
    assert "pipe cannot be told from it here" in said


def test_the_most_items_decide() -> None:
    """Of several sizes the largest stands for the payload."""
    (said,) = advice(
        row("pipe", 1.0, count=100),
        row("Queue", 0.1, count=100),
        row("pipe", 100.0, count=10_000),
        row("Queue", 300.0, count=10_000),
    )
    assert said.startswith("1 worker, ints of 5 bytes: use a pipe")
    assert "3 x a Queue" in said


def test_other_interpreters_and_a_race_by_another_name_add_no_sentence() -> None:
    """The first interpreter decides, and one worker is the race again."""
    rows = [row("pipe", 1.0), row("Queue", 2.0)]
    again = [row(r.case.road, 1.0, shape="workers") for r in rows]
    other = [row(r.case.road, 5.0 - at, python="3.13.0") for at, r in enumerate(rows)]
    assert len(advice(*rows, *again, *other)) == 1


def test_nothing_to_choose_from_is_no_advice() -> None:
    """One road, or none that worked, has no sentence."""
    case = Case(shape="race", road="pipe", payload="int", count=1)
    assert advice(Row(python="3.11.7", case=case, error="its process ended")) == []
    assert advice(row("pipe", 1.0)) == []


def test_pools_are_compared_with_the_stock_one() -> None:
    """Throughput and latency of a pool are two sentences."""
    many, one = advice(
        row("multiprocessing.Pool", 1.0, shape="pool", workers=2),
        row("loky", 2.0, shape="pool", workers=2),
        row("multiprocessing.Pool, one at a time", 1.0, shape="pool", workers=2),
        row("loky, one at a time", 0.5, shape="pool", workers=2),
    )
    assert "use multiprocessing.Pool: 2 x loky" in many
    assert "use loky, one at a time: 2 x multiprocessing.Pool, one at a time" in one
