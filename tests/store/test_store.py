"""What is saved is found again: whole, by its ID, by filters."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from mpdiag.errors import AmbiguousFault, NoSuchFault, StoreReadOnly
from mpdiag.model import Inputs, Passing, Snapshot, Task
from mpdiag.store import Filters, Store

from .samples import START, crash, failure, fault, renumbered, run_of, simple_run

TWO = run_of(
    "k7f2",
    fault("k7f2", 1, failure(1, encoded=b"one"), failure(2, encoded=b"two"), count=37),
    fault("k7f2", 2, crash()),
)


def test_a_run_comes_back_as_it_was(folder: Path) -> None:
    """Every field of a run, its faults and occurrences survives, bytes included."""
    store = Store.open(folder)
    store.save(TWO)
    assert store.run("k7f2") == TWO


def test_text_that_is_not_unicode_comes_back(folder: Path) -> None:
    """Lone surrogates, NUL and colours in a message are kept as they are."""
    odd = "\udc80 \x00 \x1b[31m \U0001f600"
    run = run_of("k7f2", fault("k7f2", 1, failure(message=odd)))
    store = Store.open(folder)
    store.save(run)
    assert store.run("k7f2") == run


def test_nothing_is_made_before_the_first_save(folder: Path) -> None:
    """Opening, listing and pruning a store that is not there leaves no file."""
    store = Store.open(folder)
    assert store.runs() == ()
    assert list(store.faults()) == []
    assert store.prune().runs == ()
    assert not folder.exists()


def test_files_are_closed_to_others(folder: Path) -> None:
    """The folder has mode 0700, each file in it 0600, and git does not see them."""
    Store.open(folder).save(TWO)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())}
    assert modes == {".mpdiag": 0o700, ".gitignore": 0o600, "mpdiag.sqlite3": 0o600}
    assert (folder / ".gitignore").read_text("utf-8") == "*\n"


def test_a_folder_of_the_user_stays_as_it_is(tmp_path: Path) -> None:
    """A folder that was there keeps its mode, and no .gitignore hides its other files."""
    tmp_path.chmod(0o755)
    Store.open(tmp_path).save(TWO)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["mpdiag.sqlite3"]


def test_a_run_saved_again_takes_its_own_place(folder: Path) -> None:
    """A second save of the same run leaves one run, and no bytes of the first."""
    store = Store.open(folder)
    store.save(simple_run("k7f2", payload=b"first" * 2000))
    saved = store.save(simple_run("k7f2", payload=b"second"))
    assert saved.id == "k7f2"
    assert store.run("k7f2") == simple_run("k7f2", payload=b"second")
    assert b"firstfirst" not in store.path.read_bytes()


def test_two_runs_that_drew_the_same_id_are_both_kept(folder: Path) -> None:
    """The later one gets an ID of its own, and its faults with it."""
    store = Store.open(folder)
    store.save(simple_run("k7f2"))
    other = store.save(simple_run("k7f2", started=START + 60)).id
    assert other != "k7f2"
    assert [one.fault.id for one in store.faults()] == [f"{other}.1", "k7f2.1"]
    assert store.run(other).faults[0].run == other


def test_equal_inputs_are_kept_once(folder: Path) -> None:
    """A hundred tasks with the same megabyte take about one."""
    first = failure(encoded=b"x" * 1_000_000)
    others = [renumbered(first, index) for index in range(99)]
    store = Store.open(folder)
    assert store.save(run_of("k7f2", fault("k7f2", 1, first, *others))).limits == ()
    assert store.path.stat().st_size < 1_500_000
    assert store.fault("k7f2").fault.others[98].inputs.encoded == b"x" * 1_000_000


def test_passing_tasks_are_kept_beside_the_faults(folder: Path) -> None:
    """A sample of the tasks that went well comes back with the run."""
    inputs = Inputs(values={"record": Snapshot(text="{}")}, encoded=b"{}", encoding="pickle")
    passing = Passing(task=Task(target="parse.parse", index=1), inputs=inputs)
    run = replace(TWO, passing=(passing, passing))
    store = Store.open(folder)
    store.save(run)
    assert store.run("k7f2") == run


def test_runs_are_listed_without_their_faults(folder: Path) -> None:
    """The newest comes first, by its start and not by when it was saved."""
    store = Store.open(folder)
    for name, started in (("b2bb", START + 20), ("a1aa", START + 10), ("c3cc", START + 30)):
        store.save(simple_run(name, started=started))
    assert [(run.id, run.faults) for run in store.runs()] == [
        ("c3cc", ()),
        ("b2bb", ()),
        ("a1aa", ()),
    ]


@pytest.mark.parametrize(
    ("filters", "ids"),
    [
        (Filters(), ["3d9c.1", "k7f2.1", "k7f2.2"]),
        (Filters(kind="crash"), ["k7f2.2"]),
        (Filters(run="k7f2"), ["k7f2.1", "k7f2.2"]),
        (Filters(since=START + 1), ["3d9c.1"]),
        (Filters(target="IMAGES"), ["k7f2.2"]),
        (Filters(target="%"), []),
        (Filters(limit=2), ["3d9c.1", "k7f2.1"]),
        (Filters(run="none"), []),
        (Filters(kind="crash", since=START + 1), []),
    ],
)
def test_filters_choose(folder: Path, filters: Filters, ids: list[str]) -> None:
    """Each filter lets pass what it says, and together they let pass what all do."""
    store = Store.open(folder)
    store.save(TWO)
    store.save(simple_run("3d9c", started=START + 10))
    assert [one.fault.id for one in store.faults(filters)] == ids


@pytest.mark.parametrize(
    ("text", "fault_id", "index"),
    [
        ("k7f2.1", "k7f2.1", 1),
        ("K7F2.1", "k7f2.1", 1),
        ("k7f2.1#1", "k7f2.1", 1),
        ("k7f2.1#2", "k7f2.1", 2),
        ("3d9c", "3d9c.1", 4711),
        ("3d9c#1", "3d9c.1", 4711),
        ("1", "3d9c.1", 4711),
        (None, "3d9c.1", 4711),
    ],
)
def test_a_text_names_a_fault(folder: Path, text: str | None, fault_id: str, index: int) -> None:
    """An ID, a bare number, a run with one fault and an occurrence each lead to it."""
    store = Store.open(folder)
    store.save(TWO)
    store.save(simple_run("3d9c", started=START + 10))
    found = store.fault(text)
    assert found.fault.id == fault_id
    assert found.fault.first.task is not None
    assert found.fault.first.task.index == index
    assert found.kept == 1 + len(found.fault.others)


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("k7f2", AmbiguousFault, "run k7f2 has 2 faults: k7f2.1, k7f2.2"),
        ("k7f2.3", NoSuchFault, "run k7f2 has no fault 3; it has k7f2.1, k7f2.2"),
        ("2", NoSuchFault, "run 3d9c has no fault 2; it has 3d9c.1"),
        ("0", NoSuchFault, "run 3d9c has no fault 0; it has 3d9c.1"),
        ("k7f3", NoSuchFault, "there is no run k7f3; did you mean k7f2?"),
        ("zzz9.1", NoSuchFault, "there is no run zzz9; the newest are 3d9c, k7f2"),
        ("k7f2.1#9", NoSuchFault, "k7f2.1 has no occurrence #9: 2 of its 37 kept, #1 to #2"),
        ("k7f2.2#0", NoSuchFault, "k7f2.2 has no occurrence #0: 1 kept, #1"),
        ("app.py", NoSuchFault, "'app.py' is not the ID of a fault; IDs look like k7f2.1"),
        ("", NoSuchFault, "'' is not the ID of a fault"),
        ("k7f2.1; DROP TABLE run", NoSuchFault, "is not the ID of a fault"),
        ("9" * 30, NoSuchFault, "has no fault 9999"),
    ],
)
def test_a_wrong_id_is_answered_with_the_right_ones(
    folder: Path, text: str, error: type[NoSuchFault], words: str
) -> None:
    """An unknown or ambiguous ID is a usage error that names what there is."""
    store = Store.open(folder)
    store.save(TWO)
    store.save(simple_run("3d9c", started=START + 10))
    with pytest.raises(error) as caught:
        store.fault(text)
    assert words in str(caught.value)
    assert caught.value.exit_code == 2
    assert "mpdiag " in caught.value.remedy


def test_an_empty_store_has_no_newest_run(folder: Path) -> None:
    """A bare number without any run says that nothing has been kept."""
    with pytest.raises(NoSuchFault, match="no fault has been kept here yet"):
        Store.open(folder).fault("1")


def test_pruning_keeps_the_newest(folder: Path) -> None:
    """What --keep and --older-than name goes, oldest first; given both, for either reason."""
    store = Store.open(folder)
    for index, name in enumerate(("a1aa", "b2bb", "c3cc", "d4dd")):
        store.save(simple_run(name, started=START + index, payload=name.encode() * 30_000))
    assert store.prune(keep=3, before=START + 2, dry=True).runs == ("a1aa", "b2bb")
    assert store.prune(before=START + 1).runs == ("a1aa",)
    pruned = store.prune(keep=1)
    assert pruned.runs == ("b2bb", "c3cc")
    assert pruned.freed_bytes > 200_000
    assert [run.id for run in store.runs()] == ["d4dd"]
    assert store.prune(keep=1).runs == ()
    assert store.prune().runs == ("d4dd",)


def test_a_pruned_id_is_never_used_again(folder: Path) -> None:
    """An ID in an old log never leads to another run."""
    store = Store.open(folder)
    store.save(simple_run("k7f2"))
    store.prune()
    with pytest.raises(NoSuchFault, match="run k7f2 is no longer in the store"):
        store.fault("k7f2.1")
    assert store.save(simple_run("k7f2")).id != "k7f2"


def test_a_store_opened_to_be_read_is_not_written(folder: Path) -> None:
    """With readonly, a save is refused before anything is touched."""
    with pytest.raises(StoreReadOnly):
        Store.open(folder, readonly=True).save(TWO)
    assert not folder.exists()
