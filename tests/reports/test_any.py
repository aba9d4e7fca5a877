"""Whatever the values, a report fits its columns, moves no terminal and does not raise."""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gold import runs
from mpdiag.layout import cells
from mpdiag.model import (
    Crash,
    Failure,
    Fault,
    Hang,
    Occurrence,
    ProcessMoment,
    Run,
    from_plain,
    to_plain,
)
from mpdiag.reports import fault_json, json_lines, live_line, render, render_fault

SCHEMA = Path(__file__).parents[2] / "docs" / "schema" / "faults-v1.json"

TEXTS = st.one_of(
    st.text(max_size=20),
    st.text("ab {}[]':\"\\\n\t\x1b\u202e\u4e2d\u0301\ud800\x85", max_size=100),
    st.sampled_from(["", "KeyError", "'that'", "{'a': 1, 'b': 2}", "x" * 5000, "f(x) + y[z]"]),
)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXTS,
    int: st.one_of(st.integers(-5, 10**12), st.sampled_from([0, 1, 2, 9, 999_999])),
    float: st.floats(),
    bool: st.booleans(),
    bytes: st.binary(max_size=5),
    type(None): st.none(),
}


@cache
def values(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the annotation *hint* of a field of the model."""
    hint = getattr(hint, "__supertype__", hint)
    if hint in PLAIN:
        return PLAIN[hint]
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return st.one_of([values(one) for one in reversed(inner)])
    if origin is typing.Literal:
        return st.sampled_from(inner)
    if origin is tuple:
        # A moment is a tree of many small values: one of each kind is enough, and soon made.
        most = 1 if inner[0].__module__ == ProcessMoment.__module__ else 3
        return st.lists(values(inner[0]), max_size=most).map(tuple)
    if origin is dict:
        return st.dictionaries(TEXTS, values(inner[1]), max_size=3)
    if issubclass(hint, Enum):
        return st.sampled_from(list(hint))
    return st.deferred(lambda: instances(hint))


def instances(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for the dataclass *kind*."""
    hints = typing.get_type_hints(kind)
    fields = {field.name: values(hints[field.name]) for field in dataclasses.fields(kind)}
    if kind is Fault:
        # A fault is of the kind of its first occurrence.
        return st.builds(kind, **fields).map(lambda f: dataclasses.replace(f, kind=f.first.kind))
    return st.builds(kind, **fields)


class Boxed:
    """A value whose repr would be too long to build for each example."""

    def __init__(self, value: Any) -> None:
        self.value = value


OCCURRENCES = st.one_of(*map(instances, (Failure, Crash, Hang))).map(Boxed)
RUNS = instances(Run).map(Boxed)
# No shrinking: a run has a hundred fields, and to make a bad one smaller takes minutes.
ANY = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def check(lines: list[str], width: int = 79) -> None:
    """Fail on a line that is too wide or that holds more than printable characters."""
    assert [line for line in lines if cells(line) > width] == []
    assert [line for line in lines if not line.isprintable()] == []
    assert [line for line in lines if line != line.rstrip()] == []


@ANY
@given(RUNS, st.booleans(), st.sampled_from([None, Path("/srv/\x1b[0m" + "long/" * 30)]))
def test_an_end_report_fits_and_can_be_cut_out(box: Boxed, quiet: bool, store: Path | None) -> None:
    """No line is over 79 columns; the first begins with ``mpdiag:``, with faults the last too."""
    run: Run = box.value
    lines = list(render(run, store=store, quiet=quiet))
    check(lines)
    assert "not told here" not in "".join(lines)
    assert not lines or lines[0].startswith("mpdiag: ")
    if lines and run.faults:
        assert [line for line in lines if line.startswith("mpdiag: ")] == [lines[0], last(lines)]


def last(lines: list[str]) -> str:
    """Return the last line that is not the rest of the one before."""
    return [line for line in lines if not line.startswith("        ")][-1]


@pytest.mark.wide
@ANY
@given(RUNS, OCCURRENCES)
def test_one_fault_in_full_fits(box: Boxed, other: Boxed) -> None:
    """``mpdiag show`` keeps to its columns, too."""
    run: Run = box.value
    first: Occurrence = other.value
    for fault in run.faults:
        check(list(render_fault(fault, run)))
    check(live_line(first, run=run.id, cwd=run.cwd).split("\n"))


@ANY
@given(RUNS)
def test_json_is_json(box: Boxed) -> None:
    """Each line is one JSON object in ASCII, the last one the run."""
    run: Run = box.value
    lines = list(json_lines(run))
    objects = [json.loads(line) for line in lines]
    assert all(line.isascii() and "\n" not in line for line in lines)
    assert [one["type"] for one in objects] == ["fault"] * len(run.faults) + ["run"]


@pytest.mark.parametrize("width", [40, 60, 100])
def test_a_report_takes_other_widths(width: int) -> None:
    """A narrower terminal gets narrower lines, down to 40 columns."""
    for run in (runs.tasks_failed(), runs.several_ways(), runs.not_watched(), runs.interrupted()):
        check(list(render(run, store=Path("/srv"), width=width)), width)


def test_the_json_of_a_fault_keeps_to_the_schema() -> None:
    """What `fault_json` returns is what ``docs/schema`` promises."""
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    for run in (runs.tasks_failed(), runs.several_ways(), runs.segfault(), runs.idle_worker()):
        faults = [fault_json(fault, run) for fault in run.faults]
        jsonschema.validate({"version": 1, "faults": faults}, schema)


def test_a_run_that_came_back_from_a_store_reads_the_same() -> None:
    """The report needs nothing that does not survive being stored."""
    run = runs.several_ways()
    back = from_plain(Run, json.loads(json.dumps(to_plain(run))))
    assert list(render(back)) == list(render(run))
