"""The zoo does what its table says, with nothing of mpdiag between it and the system."""

from __future__ import annotations

import functools
import multiprocessing
import pickle
import signal
import sys

import pytest

from mpdiag import testing
from mpdiag.testing import FAULTS, Deed

CRASHES = [deed for deed in FAULTS if deed.kind == "crash" and not deed.limits]
ERRORS = [deed for deed in FAULTS if deed.name.startswith("raise_")]


def test_names_are_unique_and_public() -> None:
    """Each deed is found by its name, in the table and on the face."""
    assert len({deed.name for deed in FAULTS}) == len(FAULTS)
    assert [getattr(testing, deed.name) for deed in FAULTS] == [deed.act for deed in FAULTS]


@pytest.mark.processes
@pytest.mark.parametrize("deed", CRASHES, ids=lambda deed: deed.name)
def test_a_crash_ends_its_process_as_the_table_says(deed: Deed) -> None:
    """The exit status is the signal or the code in the table."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=testing.at, args=(1, deed.name, 1))
    process.start()
    process.join(30)
    expected = deed.code if deed.signal is None else -signal.Signals[deed.signal]
    assert process.exitcode == expected
    process.close()


@pytest.mark.parametrize("deed", ERRORS, ids=lambda deed: deed.name)
def test_an_error_says_its_words(deed: Deed) -> None:
    """Type and message together have every word of the table."""
    with pytest.raises(BaseException) as caught:
        deed.act()
    said = f"{type(caught.value).__name__}: {caught.value}"
    assert [word for word in deed.words if word not in said] == []


@pytest.mark.parametrize("name", ["raise_unpicklable", "raise_odd_new"])
def test_some_errors_fail_in_the_reader_only(name: str) -> None:
    """They pickle without complaint, and raise when they are unpickled."""
    with pytest.raises(Exception, match="bad value") as caught:
        testing.at(0, name, 0)
    raw = pickle.dumps(caught.value)
    with pytest.raises(TypeError):
        pickle.loads(raw)


def test_one_error_changes_on_its_way() -> None:
    """It pickles and unpickles, and says something else then."""
    with pytest.raises(Exception, match="third shelf") as caught:
        testing.raise_wrong_reduce()
    assert "third shelf" not in str(pickle.loads(pickle.dumps(caught.value)))


@pytest.mark.parametrize("name", ["raise_with_lock", "raise_local"])
def test_some_errors_do_not_pickle(name: str) -> None:
    """They hold a lock, or have a class that nobody can import."""
    with pytest.raises(Exception, match="bad value") as caught:
        testing.at(0, name, 0)
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps(caught.value)


def test_results_fail_on_either_side() -> None:
    """One result cannot be pickled, the other cannot be unpickled."""
    with pytest.raises(TypeError, match="lock"):
        pickle.dumps(testing.unpicklable_result())
    raw = pickle.dumps(testing.unloadable_result())
    with pytest.raises(ValueError, match="does not like"):
        pickle.loads(raw)


def test_a_good_value_is_doubled() -> None:
    """`at` does its deed for one value only, and travels as a partial."""
    target = pickle.loads(pickle.dumps(functools.partial(testing.at, 137, "kill")))
    assert [target(value) for value in (1, 2)] == [2, 4]


def test_a_group_is_a_group() -> None:
    """The members are reachable on every Python."""
    with pytest.raises(Exception, match="two things") as caught:
        testing.raise_group()
    assert [type(member) for member in caught.value.exceptions] == [ValueError, OSError]  # type: ignore[attr-defined]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="notes came with 3.11")
def test_a_chain_has_a_note() -> None:
    """Cause and note are there."""
    with pytest.raises(RuntimeError) as caught:
        testing.raise_chained()
    assert isinstance(caught.value.__cause__, KeyError)
    assert caught.value.__notes__ == ["this is a note"]  # type: ignore[attr-defined]
