"""A result as text, page, document and comparison, from values alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from mpdiag.bench import (
    Case,
    Machine,
    Plan,
    Result,
    Row,
    Timing,
    _runner,
    comparison,
    page,
    read_document,
    run,
    text,
    to_document,
)
from mpdiag.bench._plan import FULL, channel_cases, pool_cases

from .test_recommend import row

BROKEN = Case(shape="race", road="SimpleQueue", payload="int", count=10_000)
RESULT = Result(
    kind="channels",
    machine=Machine(system="Linux 6", cpus=2, hypervisor="KVM", load=3.5, steal=0.2, memcpy=12.3e9),
    rows=(
        row("pipe", 1.0),
        row("Queue", 1.01),
        row("Manager queue", 2.0, count=1000),
        Row(python="3.11.7", case=BROKEN, error="its process <ended>"),
        row("pipe", 0.01, shape="latency", count=500),
    ),
    rounds=5,
    seconds=44.0,
)


def test_a_table_has_a_row_for_each_road() -> None:
    """Times with their unit, items a second, the ratio to the pipe or a tie, and what failed."""
    said = text(RESULT)
    assert "10,000 x int, Python 3.11.7\n" in said
    queue = next(line.split() for line in said.splitlines() if line.startswith("  Queue"))
    assert queue[-1] == "tie"
    assert queue[-2] == "9,707"
    assert "  Manager queue (1,000)" in said
    assert "its process <ended>" in said
    assert "there and back, 500 x int" in said


def test_what_makes_differences_doubtful_is_noted() -> None:
    """Hypervisor, steal, load and ties have a note each; the recommendation is the last line."""
    said = text(RESULT)
    assert "under a hypervisor (KVM), memcpy 12.3 GB/s" in said
    assert "note: it gave 20% of the time to others" in said
    assert "note: the load was 3.5 on 2 processors" in said
    assert ": a tie" in said
    assert said.rpartition("\nmpdiag: ")[2].startswith("1 worker, ints of 5 bytes: use a Queue")
    assert max(map(len, said.splitlines())) < 80
    quiet = replace(RESULT, machine=Machine(system="Linux", cpus=2), rows=())
    assert "note" not in text(quiet)


def test_a_page_is_one_file_with_charts() -> None:
    """It has a bar for each road that was measured, loads nothing, and shows text as text."""
    made = page(RESULT)
    assert made.count("<rect ") == 4
    assert "its process &lt;ended&gt;" in made
    assert "http" not in made
    assert "<script" not in made


def test_a_document_comes_back_as_it_was() -> None:
    """All rounds are kept."""
    assert read_document(to_document(RESULT)) == RESULT


@pytest.mark.parametrize("wrong", ["{}", "[]", '{"version": 99}', "no json", '{"version": 1}'])
def test_another_file_is_refused(wrong: str) -> None:
    """The error is a ValueError that the command can name."""
    with pytest.raises(ValueError, match=r"document|version|Expecting"):
        read_document(wrong)


def test_two_documents_are_compared_case_by_case() -> None:
    """Faster, slower and tie are told apart, and summed up in the last line."""
    rows = (row("pipe", 0.5), row("Queue", 1.02), row("Manager queue", 4.0, count=1000))
    said = comparison(RESULT, replace(RESULT, rows=rows)).splitlines()
    assert said[0].startswith("  A with Python 3.11.7, B with 3.11.7 ")
    assert [line.split("  ")[-1].strip() for line in said[1:-1]] == [
        "B 2 x faster",
        "tie",
        "B 2 x slower",
    ]
    assert said[-1] == "mpdiag: of 3 cases B is faster in 1, slower in 1, and 1 are ties"


def test_one_interpreter_each_is_a_comparison_of_interpreters() -> None:
    """The line names both; a different machine is said first."""
    other = replace(
        RESULT, machine=Machine(system="Darwin", cpus=8), rows=(row("pipe", 1.0, python="3.13.0"),)
    )
    said = comparison(RESULT, other)
    assert said.startswith("note: two different machines\n")
    assert "A with Python 3.11.7, B with 3.13.0" in said


def test_interpreters_of_one_measurement_are_compared() -> None:
    """A row for each case has the time of the first, and how the others compare; one has none."""
    rows = (*RESULT.rows, row("pipe", 0.5, python="3.13.0"), row("Queue", 1.0, python="3.13.0"))
    both = replace(RESULT, rows=rows)
    said = text(both)
    assert re.search(r"race  pipe  10,000 int +1.02 s +2 x\n", said)
    assert re.search(r"race  Queue  10,000 int +1.03 s +tie\n", said)
    assert "each interpreter" in page(both)
    assert "each interpreter" not in text(RESULT) + page(RESULT)


def test_large_items_are_fewer_and_take_other_roads() -> None:
    """An array goes by ring and thread and not in batches, and within the bytes of the plan."""
    cases = channel_cases(Plan(), lambda payload: 3_840_000 if payload == "array" else 50)
    arrays = {case.road: case.count for case in cases if case.payload == "array"}
    assert {"mpdiag ring", "mpdiag ring, views", "pipe, building", "pipe, thread"} < set(arrays)
    assert "mpdiag pipe, batches" not in arrays
    assert (arrays["pipe"], arrays["Manager queue"]) == (20, 2)
    workers = {case.workers for case in cases if case.shape == "workers"}
    assert workers == {1, 2, 4, 8}
    assert len(cases) == len(set(cases))


def test_items_that_take_long_to_make_are_fewer() -> None:
    """A second for each would fill an hour: there are as few as tell a road from another."""
    cases = channel_cases(Plan(payloads=("mine:make",)), lambda _: 50, lambda _: 1.0)
    assert {case.count for case in cases if case.road == "pipe" and case.workers == 1} == {8}


def test_the_full_plan_is_that_of_the_old_tables() -> None:
    """10^4, 10^5 and 10^6 numbers through each road."""
    cases = channel_cases(FULL, lambda _: 50)
    sizes = {case.count for case in cases if case.road == "Queue" and case.payload == "int"}
    assert {10_000, 100_000, 1_000_000} <= sizes


def test_pools_have_many_tasks_and_one_at_a_time() -> None:
    """Each pool has both."""
    plan = Plan(payloads=("int",), workers=(2,))
    assert [(case.road, case.count) for case in pool_cases(plan, ["loky"])] == [
        ("loky", 10_000),
        ("loky, one at a time", 200),
    ]
    assert Timing(build=1, sent=1, received=1).item_bytes == 0


def test_an_interrupted_run_shows_what_there_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C ends the measuring, not the report: whole rounds are counted, and a note says it."""
    asked = []

    class Measured:
        numpy = False
        path, version, memcpy, pools = "python", "3.11.7", (1e9,), ("loky",)

        def copy(self) -> None:
            """Not asked for here."""

        def ask(self, question: dict[str, object]) -> dict[str, object]:
            asked.append(question)
            if len(asked) == 4:
                raise KeyboardInterrupt
            return {"build": 0.0, "sent": 1.0, "received": 1.0, "item_bytes": 5}

        def kill(self) -> None:
            asked.append({"kill": True})

    @contextmanager
    def one(_pythons: list[str]) -> Iterator[list[Measured]]:
        yield [Measured()]

    monkeypatch.setattr(_runner, "_interpreters", one)
    result = run("pools", Plan(payloads=("int",), workers=(2,)))
    assert "numpy" not in text(result)
    assert (result.rounds, sorted(len(row.timings) for row in result.rows)) == (1, [1, 2])
    assert asked[-1] == {"kill": True}
    assert "note: it was interrupted" in text(result)
