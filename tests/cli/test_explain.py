"""``mpdiag explain`` over a store, without a program."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mpdiag.cli import main
from mpdiag.model import Inputs, Passing
from mpdiag.store import Store
from store.samples import START, crash, failure, fault, run_of


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """Return a store with a run whose records lack a key in eight tasks."""
    monkeypatch.chdir(tmp_path)
    store = Store.open(tmp_path / ".mpdiag")
    bad = [
        failure(index, encoded=pickle.dumps((({"id": index, "this": 7},), {})), at=START + index)
        for index in range(8)
    ]
    passing = [
        Passing(
            task=replace(bad[0].task, index=number),
            inputs=Inputs(
                encoded=pickle.dumps((({"id": number, "this": 7, "that": number % 9},), {})),
                encoding="pickle",
            ),
            worker=2,
        )
        for number in range(-50, 50)
    ]
    first = fault("k7f2", 1, *bad, count=30)
    run = run_of("k7f2", first, fault("k7f2", 2, crash(at=START + 9)))
    store.save(replace(run, passing=tuple(passing), passed={"parse.parse": 5000}))
    return store


def explain(*args: str) -> Result:
    """Return what ``mpdiag explain`` did."""
    return CliRunner().invoke(main, ["explain", *args])


@pytest.mark.usefixtures("store")
def test_all_faults_of_the_newest_run() -> None:
    """Condition, counts, the nearest passing task, what followed, and what to do next."""
    said = explain()
    assert (said.exit_code, said.stderr) == (0, "")
    for line in (
        "why       'that' not in record",
        "8 of 8 kept of 30 failed tasks, 0 of a sample of 100 of the 5,000",
        "which     separates them; a cause only if a re-run says so",
        "record['that']: not there, where one that passed has ",
        "9.0 s later: k7f2.2, SIGKILL, sender unknown",
        "next      mpdiag show k7f2.1",
        "k7f2.2  SIGKILL, sender unknown",
        "why       not known: no task of the same target went well",
    ):
        assert line in said.stdout, said.stdout
    assert max(map(len, said.stdout.splitlines())) <= 79


@pytest.mark.usefixtures("store")
def test_one_fault_as_json() -> None:
    """The keys that other programs may rely on."""
    said = json.loads(explain("k7f2.1", "--json").stdout)
    assert (said["version"], said["run"]) == (1, "k7f2")
    assert said["faults"] == [
        {
            "fault": "k7f2.1",
            "wording": "separates",
            "count": 30,
            "passed": 5000,
            "suspects": [
                {
                    "condition": "'that' not in record",
                    "failures": [8, 8],
                    "passes": [0, 100],
                    "exact": False,
                    "equals": [],
                    "reruns": 0,
                }
            ],
            "place": None,
            "reruns": 0,
        }
    ]


def test_without_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty store is an error with words, as of the other commands."""
    monkeypatch.chdir(tmp_path)
    said = explain()
    assert said.exit_code != 0
    assert "no fault has been kept here yet" in said.stderr
