"""Recorded faults with smaller inputs: found by calls in children, kept, and called again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import mpdiag
from mpdiag.errors import NotReproduced, NotTrusted
from mpdiag.replay import Budget, Progress, Shrinking, make_shrink_plan, shrink_fault
from mpdiag.reports import shrinking_lines
from mpdiag.store import Found, Store
from mpdiag.testing import Program

from .recorded import command, record

pytestmark = pytest.mark.programs

SOURCE = """
    import functools, multiprocessing, os, signal, sys, threading
    from dataclasses import dataclass

    import mpdiag

    if "threads" in sys.argv:
        threading.Thread(target=threading.Event().wait, daemon=True).start()

    @dataclass(frozen=True)
    class Order:
        number: int
        items: tuple
        note: str = ""

    class Bag:
        def __init__(self, owner, items):
            self.owner, self.items = owner, items

    def unpacked(bag):
        return bag.items[0]["price"]

    def looked_up(record, *, strict=False):
        return record["this"] * record["that"]

    def two_places(record):
        if record["kind"] == "late" and len(record["items"]) > 2:
            return record["missing"]
        return record["kind"].strange

    def killed(order):
        if any(price < 0 for price in order.items):
            os.kill(os.getpid(), signal.SIGKILL)

    def scaled(factor, number):
        if factor * number > 1000:
            raise ValueError("too much")

    @mpdiag.guard(replay=False)
    def paid(number):
        raise ValueError(number)

    def by_worker(number):
        if multiprocessing.parent_process() is not None and "again" not in sys.argv:
            raise ValueError(number)

    TASKS = {
        looked_up: [{"id": 100 + n, "this": n, "name": "n" * (9 - n)} for n in range(3)],
        unpacked: [Bag("alice", [{"cost": 7}, {"price": 8}])],
        two_places: [{"kind": "late", "items": [1, 2, 3, 4], "note": "text"}],
        killed: [Order(7, (3, 9, -2, 8), "text")],
        functools.partial(scaled, 3): [4711],
        paid: [1],
        by_worker: [1],
    }

    if __name__ == "__main__":
        for target, items in TASKS.items():
            try:
                with multiprocessing.get_context("fork").Pool(1) as pool:
                    pool.map(target, items, chunksize=9)
            except Exception:
                pass
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, runtime_dir: Path) -> Path:
    """Where one program left all these faults."""
    folder = tmp_path_factory.mktemp("shrink") / "recorded"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime_dir))
        patch.setenv("XDG_STATE_HOME", str(runtime_dir / "state"))
        record(folder, source=SOURCE)
    return folder


def fault_in(folder: Path, target: str) -> tuple[Store, Found]:
    """Return the store in *folder*, and the fault of *target*."""
    store = Store.open(folder / ".mpdiag")
    (found,) = [
        one
        for one in store.faults()
        if one.fault.first.task and target in one.fault.first.task.target
    ]
    return store, store.fault(found.fault.id)


def shrunk(folder: Path, target: str, **budget: int) -> Shrinking:
    """Return what a search for smaller inputs of *target* came to."""
    store, found = fault_in(folder, target)
    return shrink_fault(make_shrink_plan(found, store), store, budget=Budget(**budget))


def inputs(found: Shrinking) -> dict[str, str]:
    """Return the smaller inputs as text."""
    assert found.shrunk is not None
    return {name: value.text for name, value in found.shrunk.inputs.values.items()}


def again(folder: Path, target: str, elsewhere: Path, *words: str) -> Program:
    """Replay the fault of *target* from another folder."""
    _, found = fault_in(folder, target)
    return command("replay", found.fault.id, *words, store=folder, folder=elsewhere)


def test_the_smallest_that_was_recorded_becomes_smaller(folder: Path, tmp_path: Path) -> None:
    """The same key is missed, from the least record; it is kept, shown, and replayed."""
    store, found = fault_in(folder, "looked_up")
    done = command("shrink", "--yes", found.fault.id, store=folder, folder=tmp_path)
    assert done.exit_code == 0
    assert "calls     looked_up(record, strict) at most 203 times" in done.stderr
    assert "input     record = {'this': 0}" in done.stdout
    assert "fault     KeyError: 'that', script.py:24" in done.stdout
    kept = store.fault(found.fault.id)
    assert kept.own
    assert kept.fault.shrunk is not None
    assert kept.fault.shrunk.occurrence == 3, "its name is the shortest"
    assert kept.fault.shrunk.is_least
    shown = command("show", found.fault.id, store=folder, folder=tmp_path)
    assert "smaller inputs, same fault" in shown.stdout
    replayed = again(folder, "looked_up", tmp_path, "--shrunk")
    assert "input     record = {'this': 0}" in replayed.stderr
    assert "(the smaller one)" in replayed.stderr
    assert "same fault: KeyError: 'that'" in replayed.stderr


def test_it_never_slips_to_another_fault(folder: Path) -> None:
    """Neither another line nor another missing key counts, though less would end in them."""
    found = shrunk(folder, "two_places")
    assert inputs(found) == {"record": "{'kind': 'late', 'items': [0, 0, 0]}"}


def test_what_became_of_an_object_is_shown(folder: Path) -> None:
    """The fields of an instance are small now, and are what the search was for."""
    assert inputs(shrunk(folder, "unpacked")) == {"bag": "Bag(owner='', items=[{}])"}


@pytest.mark.wide
def test_a_killed_worker_is_killed_by_less(folder: Path, tmp_path: Path) -> None:
    """A crash is called again in forks that die of it, and takes nothing else down."""
    found = shrunk(folder, "killed")
    assert inputs(found) == {"order": "Order(number=0, items=(-1,), note='')"}
    replayed = again(folder, "killed", tmp_path, "--shrunk")
    assert "same fault: the child ended with SIGKILL" in replayed.stderr


@pytest.mark.wide
def test_what_a_partial_holds_stays(folder: Path, tmp_path: Path) -> None:
    """The target comes along where its name does not lead to it; its own inputs are not touched."""
    found = shrunk(folder, "scaled")
    assert inputs(found) == {"factor": "3", "number": "334"}
    replayed = again(folder, "scaled", tmp_path, "--shrunk")
    assert "same fault: ValueError: too much" in replayed.stderr


def test_ctrl_c_keeps_the_best_so_far(folder: Path) -> None:
    """Interrupted, the search returns and keeps what it had, and says that there may be less."""
    store, found = fault_in(folder, "scaled")
    store.keep_shrunk(found.fault.id, None)

    def interrupt(now: Progress) -> None:
        if now.size < now.size_before:
            raise KeyboardInterrupt

    result = shrink_fault(make_shrink_plan(found, store), store, tell=interrupt)
    assert result.stopped == "Ctrl-C"
    assert result.shrunk is not None
    assert not result.shrunk.is_least
    assert store.fault(found.fault.id).fault.shrunk == result.shrunk
    with pytest.raises(KeyboardInterrupt):
        shrink_fault(make_shrink_plan(found, store), store, tell=_interrupt_at_once)


def _interrupt_at_once(_: Progress) -> None:
    raise KeyboardInterrupt


@pytest.mark.wide
def test_a_budget_is_kept(folder: Path) -> None:
    """No more calls are made than allowed, and the command says that there may be less."""
    found = shrunk(folder, "two_places", calls=3)
    assert found.calls == 3
    assert found.stopped == "all its calls are made"


@pytest.mark.wide
def test_what_cannot_be_kept_is_told_all_the_same(folder: Path) -> None:
    """Where the store cannot be written the result is there, with the reason."""
    _, found = fault_in(folder, "scaled")
    store = Store.open(folder / ".mpdiag", readonly=True)
    result = shrink_fault(make_shrink_plan(found, store), store)
    assert inputs(result) == {"factor": "3", "number": "334"}
    assert "was opened to be read only" in result.not_kept
    lines = " ".join(shrinking_lines(make_shrink_plan(found, store).plan, result))
    assert "not kept: " in lines
    assert "--shrunk" not in lines


@pytest.mark.wide
def test_it_asks_first(folder: Path, tmp_path: Path) -> None:
    """Without a terminal it needs --yes, and nothing is called."""
    _, found = fault_in(folder, "looked_up")
    done = command("shrink", found.fault.id, store=folder, folder=tmp_path)
    assert done.exit_code == 2
    assert "looked_up would run up to 203 times, and there is no terminal" in done.stderr
    assert done.stdout == ""


@pytest.mark.wide
def test_json_is_for_programs(folder: Path, tmp_path: Path) -> None:
    """With --json standard output is one object."""
    _, found = fault_in(folder, "looked_up")
    done = command("shrink", "--yes", "--json", found.fault.id, store=folder, folder=tmp_path)
    document = json.loads(done.stdout)
    assert document["id"] == found.fault.id
    assert document["shrunk"]["inputs"] == {"record": "{'this': 0}"}


@pytest.mark.wide
def test_a_guard_forbids_it(folder: Path, tmp_path: Path) -> None:
    """A function guarded with ``replay=False`` is not called."""
    _, found = fault_in(folder, "paid")
    done = command("shrink", "--yes", found.fault.id, store=folder, folder=tmp_path)
    assert done.exit_code == 2
    assert "paid is guarded with replay=False" in done.stderr


def test_what_does_not_come_back_is_not_shrunk(folder: Path, tmp_path: Path) -> None:
    """A fault that a call alone does not end in is told with what came instead."""
    store, found = fault_in(folder, "by_worker")
    wanted = make_shrink_plan(found, store)
    with pytest.raises(NotReproduced, match="the call returned"):
        shrink_fault(wanted, store)
    done = command("shrink", "--yes", found.fault.id, store=folder, folder=tmp_path)
    assert done.exit_code == 1
    assert "mpdiag flaky ID" in done.stderr


@pytest.mark.wide
def test_a_program_with_threads_is_imported_for_each_call(folder: Path) -> None:
    """Where the import starts a thread nothing is forked, and the result is the same."""
    store, found = fault_in(folder, "looked_up")
    origins = {
        name: replace(one, argv=(*one.argv, "threads")) for name, one in found.run.origins.items()
    }
    found = replace(found, run=replace(found.run, origins=origins))
    result = shrink_fault(make_shrink_plan(found, store), store)
    assert inputs(result) == {"record": "{'this': 0}"}


def test_python_has_it_too(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``mpdiag.shrink`` returns what the command prints; a stranger's fault asks for trust."""
    _, found = fault_in(folder, "looked_up")
    result = mpdiag.shrink(found.fault.id, store=folder / ".mpdiag")
    assert result is not None
    assert result.shrunk.inputs.values["record"].text == "{'this': 0}"
    assert str(result).startswith(f"smaller inputs of {found.fault.id}, KeyError: 'that': size ")
    assert "{&#x27;this&#x27;: 0}" in result._repr_html_()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    with pytest.raises(NotTrusted):
        mpdiag.shrink(found.fault.id, store=folder / ".mpdiag")
