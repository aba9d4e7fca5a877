"""`mpdiag bench` as a user runs it, with few items."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from mpdiag.bench._measure import measure
from mpdiag.bench._payloads import NAMES, payload
from mpdiag.bench._pools import installed
from mpdiag.bench._recommend import ONE_BY_ONE
from mpdiag.bench._roads import ROADS
from mpdiag.bench._values import Case
from mpdiag.testing import run_command

DEADLINE = 100.0


def bench(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Run the command in *folder*."""
    command = [sys.executable, "-m", "mpdiag", "bench", *arguments]
    program = run_command(command, folder=folder, deadline=DEADLINE, environment={})
    return program.exit_code, program.stdout, program.stderr


@pytest.mark.processes
@pytest.mark.parametrize("road", ROADS)
def test_every_road_carries_and_checks_items(road: str) -> None:
    """All items arrive, from one sender and from several; the times are in their order."""
    name = "array" if ROADS[road].sizes == "large" else "dict"
    count = 4 if name == "array" else 600
    for workers, shape in ((1, "race"), (2, "workers")):
        took = measure(Case(shape=shape, road=road, payload=name, count=count, workers=workers))
        assert took.received > 0
        assert took.item_bytes > 50


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_knows_its_items(name: str) -> None:
    """Another item than the one that was sent is found."""
    made = payload(name)
    made.check([made.make(3)], 3)
    with pytest.raises(ValueError, match="from 4 on"):
        made.check([made.make(3)], 4)


@pytest.mark.programs
@pytest.mark.wide
def test_every_pool_that_is_installed_gives_back_what_it_got(tmp_path: Path) -> None:
    """Many at once and one at a time; a pool that is not installed is left out."""
    code, said, errors = bench(tmp_path, "pools", "--sizes", "100", "--json", "a.json")
    assert code == 0, errors
    rows = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["rows"]
    assert [row["error"] for row in rows if not row["timings"]] == []
    measured = {row["case"]["road"] for row in rows}
    assert {"multiprocessing.Pool", "ProcessPoolExecutor, one at a time"} <= measured
    assert measured == {f"{name}{alone}" for name in installed() for alone in ("", ONE_BY_ONE)}
    assert "mpdiag: 2 workers of a pool, ints of 5 bytes: use " in said


@pytest.mark.programs
def test_the_bench_measures_your_own_items_and_decides(tmp_path: Path) -> None:
    """Tables, one recommendation for each shape, all rounds in a file, and a page."""
    (tmp_path / "mine.py").write_text(
        "def make():\n    return {'rows': [1] * 50}\n", encoding="utf-8"
    )
    code, said, errors = bench(
        tmp_path,
        *("channels", "--payload", "mine:make", "--sizes", "300", "--workers", "2"),
        *("--json", "a.json", "--html", "a.html"),
    )
    assert (code, errors) == (0, "")
    assert "300 x mine:make" in said
    last = [line for line in said.splitlines() if line.startswith("mpdiag: ")]
    assert any(line.startswith("mpdiag: 2 workers, mine:make, ") for line in last)
    assert said.rpartition("\nmpdiag: ")[2].startswith("question and answer, ")
    assert max(map(len, said.splitlines())) < 80
    rows = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))["rows"]
    assert all(row["timings"] and not row["error"] for row in rows)
    assert "<svg" in (tmp_path / "a.html").read_text(encoding="utf-8")
    code, said, _ = bench(tmp_path, "compare", "a.json", "a.json")
    assert (code, said.splitlines()[-1].split(", ")[-1]) == (0, f"and {len(rows)} are ties")


@pytest.mark.programs
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("channels", "--payload", "no"), "no payload 'no'; there are int, str"),
        (("channels", "--payload", "no_such:make"), "cannot make 'no_such:make'"),
        (("channels", "--sizes", "few"), "no list of whole numbers"),
        (("channels", "--python", "/bin/true"), "cannot start the interpreter '/bin/true'"),
        (("compare", __file__, __file__), "cannot read"),
    ],
)
def test_a_wrong_call_is_one_message(
    arguments: tuple[str, ...], words: str, tmp_path: Path
) -> None:
    """It names what was wrong, and nothing is measured."""
    code, said, errors = bench(tmp_path, *arguments)
    assert (code, said) == (2, "")
    assert errors.startswith("mpdiag: ")
    assert words in errors
