"""What was looked up in vain, in programs as users have them: told at once, and from the store."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from mpdiag.testing import Program, run_command, run_program

pytestmark = pytest.mark.programs

SCRIPT = """
    import multiprocessing, re, sys

    class Thing:
        def __getitem__(self, key):
            return {"fine": 1}[key]

    def price(row):
        return row["price"] * 2

    def missing(batch):
        return [price(row) for row in batch["rows"]]

    def match(text):
        found = re.search(r"id=(\\d+)", text)
        return int(found.group(1))

    def user(record):
        return record["user"]["name"]

    def number(row):
        return int(row["qty"])

    def taken(record):
        record.pop("name")
        return record["name"]

    TASKS = [
        (missing, {"rows": [{"price": 1}]}, {"rows": [{"price": 1}, {"Price": 2}]}),
        (match, "id=3", "ID=3"),
        (user, {"user": {"name": "a"}}, {"user": None}),
        (number, {"qty": "12"}, {"qty": "12a4"}),
        (taken, None, {"name": "a", "id": 3}),
    ]

    if __name__ == "__main__":
        with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
            for target, fine, bad in TASKS:
                inputs = [bad] if fine is None else [fine] * 20 + [bad]
                try:
                    pool.map(target, inputs)
                except Exception:
                    pass
"""
SAID = {
    "missing": [
        "row: no key 'price', but 'Price' (other case)",
        "it is batch['rows'][1] of the inputs",
    ],
    "match": ['found: None; set in line 15: found = re.search(r"id=(\\d+)", text)'],
    "user": ['record["user"]: None in the input'],
    "number": ["row[\"qty\"]: no int at position 2 of 4: after '12' comes 'a4'"],
    "taken": [
        "record: no key 'name'; its keys: 'id'",
        'it had the key when it came in; see line 25: record.pop("name")',
    ],
}


def details(done: Program) -> dict[str, Any]:
    """Return what is told of each target, read from the store."""
    return {one["target"].rpartition(".")[2]: one["error"]["detail"] for one in done.faults}


@pytest.mark.parametrize("method", ["fork", pytest.param("spawn", marks=pytest.mark.wide)])
def test_each_lookup_is_told_from_the_store(tmp_path: Path, method: str) -> None:
    """Nothing of the program is needed to tell it again: not even its file."""
    done = run_program(SCRIPT.replace("sys.argv[1]", repr(method)), folder=tmp_path)
    assert done.exit_code == 0
    for script in tmp_path.glob("*.py"):
        script.unlink()
    assert details(done) == SAID
    shown = run_command(
        [sys.executable, "-m", "mpdiag", "ls", "--json"], folder=tmp_path, deadline=50
    )
    (user,) = [f for f in json.loads(shown.stdout)["faults"] if f["target"].endswith("user")]
    report = run_command(
        [sys.executable, "-m", "mpdiag", "show", user["id"]], folder=tmp_path, deadline=50
    )
    assert 'detail    record["user"]: None in the input\n' in report.stdout


@pytest.mark.wide
def test_without_values_nothing_is_told_of_them(tmp_path: Path) -> None:
    """With ``values = none`` the source is told, and not what the inputs held."""
    script = SCRIPT.replace("sys.argv[1]", "'fork'")
    done = run_program(script, folder=tmp_path, options=("--values", "none"))
    told = details(done)
    assert told["missing"] == ["row: no key 'price' among its 1 key"]
    assert told["number"] == ['row["qty"]: no int at position 2 of 4']
    assert told["match"] == SAID["match"]


def test_the_report_tells_it_below_the_variable(tmp_path: Path) -> None:
    """The helper's variable is shown with what it lacks, and where in the inputs it is."""
    script = SCRIPT.replace("sys.argv[1]", "'fork'").replace("except Exception", "except OSError")
    done = run_program(script, folder=tmp_path)
    assert (
        "   locals    row = {'Price': 2}\n"
        "             no key 'price', but 'Price' (other case)\n"
        "             it is batch['rows'][1] of the inputs\n"
    ) in done.report
