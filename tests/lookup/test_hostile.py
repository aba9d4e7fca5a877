"""Explaining runs no code of the user, whatever it meets, and never fails."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lookup import hostile
from lookup.cases import CASES
from lookup.snippets import captured, raised, raised_by, show
from mpdiag.model import (
    BadText,
    Error,
    Inputs,
    Lookup,
    Place,
    Snapshot,
    from_plain,
    misfit,
    to_plain,
)
from mpdiag.reports._lookup import explain_lookup
from mpdiag.worker._lookup import lookup_of

# Each is called with one hostile thing, and fails; of those that fail in code of the thing, or by
# hand, nothing is said.
SNIPPETS = {
    "a value in a dict": ("def task(thing):\n    return {'a': thing, thing: 1}['that']\n", True),
    "a variable": (
        "def task(thing):\n    d = {'a': thing, thing: 2}\n    return d['that']\n",
        True,
    ),
    "a key": ("def task(thing):\n    d = {1: 2}\n    return d[thing]\n", True),
    "the container": ("def task(thing):\n    return thing['that']\n", False),
    "popped": ("def task(thing):\n    d = {}\n    return d.pop(thing)\n", True),
    "beside an index": ("def task(thing):\n    rows = [thing]\n    return rows[3]\n", True),
    "an attribute": ("def task(thing):\n    return thing.nothing\n", False),
    "a part": ("def task(thing):\n    return thing.one['two']\n", False),
    "None and it": ("def task(thing):\n    x = None\n    return x + thing\n", True),
    "in a None": (
        "def task(thing):\n    row = {'a': None, thing: 3}\n    return row['a']['b']\n",
        True,
    ),
    "a name": ("def task(thing):\n    return thign\n", True),
    "no value yet": ("def task(thing):\n    print(x)\n    x = thing\n", True),
    "next": ("def task(thing):\n    return next(iter([]))\n", True),
    "a message": ("def task(thing):\n    raise TypeError(thing)\n", False),
    "two messages": ("def task(thing):\n    raise ValueError(thing, thing)\n", False),
    "a key by hand": ("def task(thing):\n    raise KeyError(thing)\n", False),
    "a name by hand": (
        "def task(thing):\n    raise AttributeError(thing, name=thing, obj=thing)\n",
        False,
    ),
    "a number": ("def task(thing):\n    rows = [thing]\n    return int('12a')\n", True),
    "a set": ("def task(thing):\n    s = {thing}\n    s.remove('that')\n", True),
}


@pytest.fixture(autouse=True)
def _disarmed() -> Iterator[None]:
    yield
    hostile.disarm()


@pytest.mark.parametrize("make", ["Thing", "Row", "Record", "Text"])
@pytest.mark.parametrize("name", SNIPPETS)
def test_no_code_of_the_user_runs(name: str, make: str) -> None:
    """No method of an object, its class or its metaclass is called to explain an exception."""
    program, _ = SNIPPETS[name]
    thing = getattr(hostile, make)()
    error, _ = raised(program, (thing,))
    inputs = {"thing": thing, "more": [thing, {"a": thing}, {thing: 1}]}
    hostile.arm()
    lookup_of(error, inputs)
    hostile.disarm()
    assert hostile.CALLS == []


def test_hostile_things_do_not_keep_it_from_saying_what_is_known() -> None:
    """What is said of each snippet does not depend on what its objects would do."""
    for program, said in SNIPPETS.values():
        thing = hostile.Thing()
        error, _ = raised(program, (thing,))
        hostile.arm()
        found = lookup_of(error, {"thing": thing})
        hostile.disarm()
        assert (found is not None) is said, program


def test_a_hostile_thing_that_is_looked_at_notes_it() -> None:
    """The objects of these tests do what they are for."""
    thing = hostile.Thing()
    hostile.arm()
    with pytest.raises(RuntimeError):
        repr(thing)
    assert hostile.CALLS == ["Thing.__repr__"]


TEXTS = st.text(max_size=40)
PLACES = st.builds(Place, line=st.integers(-9, 9), text=TEXTS, function=TEXTS)
LOOKUPS = st.builds(
    Lookup,
    kind=st.sampled_from(
        ["key", "index", "attribute", "name", "unbound", "next", "none", "type", "text"]
    ),
    frame=st.integers(-3, 99),
    subject=TEXTS,
    value=st.none() | st.builds(Snapshot, text=TEXTS, type=TEXTS),
    sought=TEXTS,
    keys=st.lists(TEXTS, max_size=5).map(tuple),
    size=st.none() | st.integers(-1, 1 << 40),
    key_type=TEXTS,
    near=TEXTS,
    how=TEXTS,
    role=st.sampled_from(["", "defaultdict", "missing", "environment", "own", "unlisted"]),
    set_at=st.lists(PLACES, max_size=4).map(tuple),
    removed_at=st.lists(PLACES, max_size=4).map(tuple),
    path=TEXTS,
    remark=TEXTS,
    bad=st.none()
    | st.builds(
        BadText,
        wanted=TEXTS,
        size=st.integers(-1, 1 << 40),
        at=st.none() | st.integers(-9, 1 << 40),
        before=TEXTS,
        after=TEXTS,
        line=st.none() | st.integers(),
        remark=TEXTS,
    ),
)


@given(lookup=LOOKUPS, name=TEXTS, text=TEXTS)
@settings(max_examples=200, deadline=None)
def test_whatever_is_in_a_store_is_told_in_plain_lines(
    lookup: Lookup, name: str, text: str
) -> None:
    """Wording never fails, and nothing in it can move a terminal."""
    held = {name: Snapshot(text=text), lookup.subject: Snapshot(text="{'a': 1}")}
    found = explain_lookup(
        Error(type="KeyError", message=text, lookup=lookup), Inputs(values=held, changed=held)
    )
    assert found is not None
    assert found.lines
    assert all(line.isprintable() for line in found.sentences)


KEYS = st.text("ab ", max_size=4) | st.integers(0, 12) | st.binary(max_size=2) | st.none()


@given(record=st.dictionaries(KEYS, st.integers(), max_size=30), key=KEYS)
@settings(max_examples=200, deadline=None)
def test_what_is_said_of_a_dict_is_true(record: dict[object, int], key: object) -> None:
    """The near key is there, the one that was sought is not, the count is exact."""
    if key in record:
        return
    found = captured("def task(record, key):\n    return record[key]\n", (record, key)).lookup
    assert found is not None
    assert (found.sought, found.size) == (repr(key), len(record))
    assert found.keys == tuple(map(repr, list(record)[:12]))
    assert not found.near or found.near in map(repr, record)


@given(wrong=st.sampled_from(CASES), shown=st.sampled_from(CASES), skipped=st.integers(0, 4))
@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_file_that_has_changed_since_does_not_break_it(
    wrong: Any, shown: Any, skipped: int
) -> None:
    """Source that is not that of the code may explain nothing; it never fails, and stays plain."""
    error = raised_by(wrong)
    show("".join(shown.program.splitlines(keepends=True)[skipped:]))
    found = lookup_of(error, {})
    assert found is None or misfit(Lookup, found) == ""


@pytest.mark.parametrize("one", CASES, ids=lambda one: one.name)
def test_a_lookup_goes_through_the_store(one: Any) -> None:
    """What the worker sends comes back as it was, and fits its types."""
    error = captured(one.program, one.args)
    assert from_plain(Error, to_plain(error)) == error
    assert misfit(Error, error) == ""
