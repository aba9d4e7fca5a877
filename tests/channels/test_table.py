"""The table of the documentation is what the roads do."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

import pytest
from channel_facts import FACTS
from channel_peers import ROADS
from channel_pools import ANY, OWN, found_apart
from channel_pools import FACTS as OTHERS

pytestmark = [pytest.mark.processes, pytest.mark.wide]

PAGE = Path(__file__).parents[2] / "docs" / "channels.md"


def cells(road: str, names: Container[str] = FACTS) -> dict[str, str]:
    """Return what the page says of a road, in the rows of these names."""
    rows = [
        [cell.strip() for cell in line.strip("| ").split(" | ")]
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ")
    ]
    head = next(row for row in rows if f"`{road}`" in row)
    at = head.index(f"`{road}`") + 1  # the first cell of the head is empty
    return {row[0]: row[at] for row in rows if row[0] in names}


@pytest.mark.processes
@pytest.mark.parametrize("road", ROADS)
def test_the_table_is_true(road: str) -> None:
    """Each cell is found out again; `scripts/channel_table.py` writes it."""
    said = cells(road)
    assert {name: fact(road) for name, fact in FACTS.items()} == said


@pytest.mark.parametrize("road", ["pipe", "queue"])
def test_the_table_is_true_of_other_pools(road: str) -> None:
    """One road that all of them take, and one that some refuse and others wait for ever with."""
    for name in (*OWN, *ANY):
        pytest.importorskip(name, reason=f"{name} is not installed")
    assert found_apart(road, ["fork"]) == cells(road, OTHERS)


def test_the_table_is_whole() -> None:
    """It has every road and every fact."""
    for road in ROADS:
        assert list(cells(road)) == list(FACTS)
