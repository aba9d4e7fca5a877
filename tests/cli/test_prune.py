"""``mpdiag prune`` removes what it is told to, and says what that was."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mpdiag.cli import main
from mpdiag.store import Store
from store.samples import simple_run

DAY = 86_400


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a store with a run of today, of yesterday and of two weeks ago."""
    monkeypatch.chdir(tmp_path)
    store = Store.open(tmp_path / ".mpdiag")
    for name, age in (("a1aa", 0), ("b2bb", 1), ("c3cc", 14)):
        store.save(simple_run(name, started=time.time() - age * DAY - 60, payload=b"x" * 50_000))
    return store


def prune(*args: str, answer: str | None = None) -> Result:
    """Return what ``mpdiag prune`` did."""
    return CliRunner().invoke(main, ["prune", *args], input=answer)


@pytest.mark.parametrize(
    ("args", "gone", "left"),
    [
        (("--keep", "2"), "1 run (c3cc)", ["a1aa", "b2bb"]),
        (("--keep", "0"), "3 runs (c3cc, b2bb, a1aa)", []),
        (("--older-than", "7d"), "1 run (c3cc)", ["a1aa", "b2bb"]),
        (("--older-than", "12h"), "2 runs (c3cc, b2bb)", ["a1aa"]),
        (("--older-than", "7d", "--keep", "1"), "2 runs (c3cc, b2bb)", ["a1aa"]),
        (("--all",), "3 runs (c3cc, b2bb, a1aa)", []),
    ],
)
def test_what_is_named_goes(
    store: Store, args: tuple[str, ...], gone: str, left: list[str]
) -> None:
    """The runs that an option names are removed, oldest first, and no other."""
    result = prune(*args, "--yes")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"removed {gone}; ")
    assert result.stdout.endswith(" freed\n")
    assert [run.id for run in store.runs()] == left


def test_nothing_to_remove_is_no_error(store: Store) -> None:
    """Said in one line, and not asked about."""
    result = prune("--keep", "5")
    assert (result.exit_code, result.stdout) == (0, f"nothing to remove in {store.folder}\n")


@pytest.mark.parametrize("args", [(), ("--yes",), ("--all", "--keep", "1"), ("--keep", "-1")])
def test_it_must_be_told_which(store: Store, args: tuple[str, ...]) -> None:
    """Without a choice, or with two that differ, nothing goes."""
    result = prune(*args)
    assert result.exit_code == 2
    assert result.stderr.startswith("mpdiag: ")
    assert len(store.runs()) == 3


def test_without_a_terminal_it_wants_a_yes(store: Store) -> None:
    """A script does not remove anything by mistake."""
    result = prune("--all", answer="y\n")
    assert result.exit_code == 2
    assert "add --yes" in result.stderr
    assert len(store.runs()) == 3


@pytest.mark.parametrize(("answer", "left"), [("y\n", 0), ("n\n", 3), ("\n", 3)])
def test_on_a_terminal_it_asks(
    store: Store, monkeypatch: pytest.MonkeyPatch, answer: str, left: int
) -> None:
    """It names the runs, and only a yes removes them."""
    monkeypatch.setattr("mpdiag.cli._prune._has_terminal", lambda: True)
    result = prune("--all", answer=answer)
    assert "remove 3 runs (c3cc, b2bb, a1aa) from" in result.stdout
    assert len(store.runs()) == left


def test_many_runs_are_named_in_part(store: Store) -> None:
    """A long list ends in a number."""
    for index in range(10):
        store.save(simple_run(f"d{index}dd", started=1000.0 + index))
    result = prune("--older-than", "2000-01-01", "--yes")
    assert "removed 10 runs (d0dd, d1dd, d2dd, d3dd, d4dd, d5dd, d6dd, d7dd and 2 more)" in (
        result.stdout
    )


def test_an_empty_store_has_nothing_to_remove(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No store, no error, no new file."""
    monkeypatch.chdir(tmp_path)
    assert prune("--all", "--yes").exit_code == 0
    assert list(tmp_path.iterdir()) == []
