"""Where in a report it is said what was looked up in vain, and what is said besides."""

from __future__ import annotations

import pytest

from gold.runs import failure, fault, frame, run, snapshot
from mpdiag.model import BadText, Error, Failure, Inputs, Lookup, Place, Run
from mpdiag.reports import fault_json, render, render_fault
from mpdiag.reports._keys import has_key
from mpdiag.reports._lookup import explain_lookup

RECORD = {"id": 4711, "this": 7, "name": "ab"}
MISSING = Lookup(
    kind="key", frame=0, subject="record", path="record", sought="'that'", keys=("'id'",), size=1
)


def run_of(one: Failure) -> Run:
    """Return a run in which this failed."""
    return run(fault(one))


def failed(lookup: Lookup) -> Failure:
    """Return a failure that looked something up in vain."""
    own = frame(locals={"record": snapshot(RECORD)})
    error = Error(type="KeyError", message="'that'", trace=(own,), lookup=lookup)
    return failure(error=error)


def report(one: Failure) -> str:
    """Return the report on a run in which this failed."""
    return "\n".join(render(run_of(one), store=None))


def test_it_stands_below_the_input_that_it_is_about() -> None:
    """The reader sees the value and what it lacks in one look."""
    said = report(failed(MISSING))
    assert "'name': 'ab'}\n             no key 'that'; its keys: 'id'\n" in said
    assert "detail" not in said


def test_it_has_a_row_where_the_value_is_not_in_sight() -> None:
    """A part of an input, or a variable that is on no row, is named."""
    inner = Lookup(kind="key", frame=0, subject='record["meta"]', sought="'x'", size=0)
    assert "detail    record[\"meta\"]: no key 'x': it is empty\n" in report(failed(inner))


def test_a_variable_of_a_caller_that_is_no_input_is_not_taken_for_one() -> None:
    """A helper's `record` is another than the target's."""
    other = Lookup(kind="key", frame=1, subject="record", sought="'x'", size=0)
    own, deep = frame(), frame(locals={"record": snapshot({})})
    error = Error(type="KeyError", message="'x'", trace=(own, deep), lookup=other)
    said = report(failure(error=error))
    assert "locals    record = {}\n             no key 'x': it is empty\n" in said


def test_what_led_to_an_exception_is_explained_in_its_chain() -> None:
    """A program often raises an error of its own from a KeyError."""
    cause = Error(type="KeyError", message="'that'", trace=(frame(),), lookup=MISSING)
    error = Error(type="app.BadRecord", message="4711", trace=(frame(),), cause=cause)
    said = report(failure(error=error))
    assert "14\n             record: no key 'that'; its keys: 'id'\n" in said


def test_show_and_the_json_have_it_with_its_subject() -> None:
    """`mpdiag show` tells it from the store, and so does `--json`."""
    run = run_of(failed(MISSING))
    (fault,) = run.faults
    assert "   detail    record: no key 'that'; its keys: 'id'" in list(render_fault(fault, run))
    error = fault_json(fault, run)["error"]
    assert isinstance(error, dict)
    assert error["detail"] == ["record: no key 'that'; its keys: 'id'"]


@pytest.mark.parametrize(
    ("removed", "said"),
    [
        ((), "it had the key when it came in"),
        (
            (Place(line=9, text="del record['that']"),),
            "it had the key when it came in; see line 9: del record['that']",
        ),
    ],
)
def test_a_key_that_the_input_had_is_said_to_be_gone(removed: tuple[Place, ...], said: str) -> None:
    """That the target took it out itself is the whole explanation."""
    lookup = Lookup(
        kind="key", frame=0, subject="record", path="record", sought="'that'", removed_at=removed
    )
    inputs = Inputs(
        values={"record": snapshot({"that": 1})}, changed={"record": snapshot({"other": 1})}
    )
    explained = explain_lookup(Error(type="KeyError", message="", lookup=lookup), inputs)
    assert explained is not None
    assert explained.lines[1] == said


def test_an_exception_without_a_lookup_has_no_explanation() -> None:
    """Nothing is said that is not known."""
    assert explain_lookup(Error(type="KeyError", message="'that'")) is None


@pytest.mark.parametrize(
    "lookup",
    [
        Lookup(kind="text", frame=9),
        Lookup(kind="text", frame=9, bad=BadText(wanted="\x1b[31m", size=9, at=99, before="\n")),
        Lookup(kind="none", frame=-9, set_at=(Place(line=0, text="\x1b"), Place(line=1))),
        Lookup(kind="key", frame=99, subject="x" * 9999, keys=("\x07",) * 99, size=-1),
        Lookup(kind="attribute", frame=0, sought="\x1b]0;x\x07"),
        Lookup(kind="index", frame=0, size=3),
        Lookup(kind="type", frame=0),
        Lookup(kind="unbound", frame=0),
    ],
)
def test_a_strange_lookup_is_told_in_plain_text(lookup: Lookup) -> None:
    """A bundle of a stranger may hold anything; lines stay short and move no terminal."""
    run = run_of(failed(lookup))
    lines = [*render(run, store=None), *render_fault(run.faults[0], run)]
    assert max(map(len, lines)) <= 79
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("{'a': 1, 'that': [1, {'c': 2}], 'd': 'x, y}'}", True),
        ("{'a': <app.Session object>, 'that': None}", True),
        ("{'a': {'that': 1}}", False),
        ("{'a': 1, ... 40 more}", False),
        ("{(1, 2): 'it\\'s', 'that': '}'}", True),
        ("{}", False),
        ("{'a': 1, 'that...", False),
        ("{<app.Key object>: 1, 'that': 2}", False),
        ("{'that'}", False),
        ("[1]", False),
    ],
)
def test_keys_are_read_from_a_snapshot(text: str, there: bool) -> None:
    """The keys are those of the outer dict; what is no dict for sure has none."""
    assert has_key(text, "'that'") is there
