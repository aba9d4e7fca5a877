"""Smaller inputs are kept with their fault, and change nothing of whose it is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mpdiag.model import FaultId, Inputs, Shrunk, Snapshot
from mpdiag.store import Store

from .samples import failure, fault, run_of

ID = FaultId("k7f2.1")
SMALL = Shrunk(
    inputs=Inputs(values={"n": Snapshot(text="0")}, encoded=b"\x80\x04N.", encoding="pickle"),
    size=3,
    size_before=30,
    calls=7,
    occurrence=2,
    is_least=True,
)


@pytest.fixture
def store(folder: Path) -> Store:
    """Return a store with one fault that happened twice."""
    store = Store.open(folder)
    store.save(run_of("k7f2", fault("k7f2", 1, failure(), failure(8))))
    return store


def test_they_are_found_again(store: Store) -> None:
    """What was kept is there, to the byte, and goes when nothing takes its place."""
    store.keep_shrunk(ID, SMALL)
    assert store.fault("k7f2.1").fault.shrunk == SMALL
    store.keep_shrunk(ID, None)
    assert store.fault("k7f2.1").fault.shrunk is None


def test_what_this_user_recorded_stays_so(store: Store) -> None:
    """The seals of all occurrences hold with the smaller inputs in place."""
    store.keep_shrunk(ID, SMALL)
    assert [store.owns(ID, number) for number in (1, 2, 3)] == [True, True, False]


def test_a_stranger_gains_no_trust(
    store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Under another key the occurrences are not sealed by what is kept beside them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    store.keep_shrunk(ID, SMALL)
    assert not store.owns(ID, 1)
    assert not store.fault("k7f2.1").own


def test_changed_bytes_are_noticed(store: Store) -> None:
    """Smaller inputs that somebody else put there take the seal from the fault."""
    from .test_strangers import change

    store.keep_shrunk(ID, SMALL)
    change(store, """UPDATE fault SET head = replace(head, '"size":3', '"size":4')""")
    found = store.fault("k7f2.1")
    assert found.fault.shrunk == replace(SMALL, size=4)
    assert not found.own
