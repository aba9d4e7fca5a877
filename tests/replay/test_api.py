"""Faults and replays from Python, as a notebook shows them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from mpdiag.reports import Sheet

from .recorded import record

NASTY = Sheet(
    title="[bold]<b>title</b>",
    rows=(("came", "[red]KeyError[/red] <script>"),),
    heads=("a[/]", "b"),
)


def test_no_text_is_taken_for_markup() -> None:
    """What a user's value says is shown as it stands, in a notebook and on a rich console."""
    html = NASTY._repr_html_()
    assert "<script>" not in html
    assert "&lt;b&gt;title" in html
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115, PTH123
    with console.file:
        console.print(NASTY)
    shown = console.export_text()
    for text in ("[bold]<b>title</b>", "[red]KeyError[/red] <script>", "a[/]"):
        assert text in shown


SCRIPT = """
import mpdiag, mpdiag.session
faults = mpdiag.faults()
assert len(faults) == 1
assert faults[0].id in faults._repr_html_()
again = mpdiag.replay(faults[0], times=2)
assert again.same, again
assert (again.rate.hits, again.rate.calls) == (2, 2)
assert "2 x same fault: KeyError: 'that', script.py:13" in str(again), again
assert "&#x27;that&#x27;" in again._repr_html_()
assert mpdiag.replay(str(faults[0].id)).results[0].error.type == "KeyError"
on = mpdiag.flaky(faults[0])
assert on.flakiness.dependence.value == "deterministic", on
assert "10 of 10" in str(on) and "<caption>deterministic: " in on._repr_html_()
try:
    mpdiag.replay("zzzz.1")
except mpdiag.MpdiagError as error:
    print(type(error).__name__, error.remedy)
"""


@pytest.mark.programs
@pytest.mark.wide
def test_a_notebook_replays(tmp_path: Path) -> None:
    """Faults are found, called again by ID or as they are, and errors say what to do."""
    record(tmp_path, "fork", "pool", "keyerror")
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("NoSuchFault See what there is: mpdiag ls.\n", "")
