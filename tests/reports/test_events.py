"""Events as JSON lines: to a file, to standard error, to a descriptor."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from mpdiag.errors import EventsUnwritable
from mpdiag.reports import open_events


def read(text: str) -> list[dict[str, object]]:
    """Return the objects of JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def test_an_event_is_one_json_line_with_its_time(tmp_path: Path) -> None:
    """Name, ISO time and fields stand on one line; a second run appends."""
    path = tmp_path / "events.jsonl"
    for pid in (1, 2):
        sink = open_events(str(path))
        sink.write("worker started", pid=pid, text="a\nb \ud800 \x1b")
        sink.close()
    first, second = read(path.read_text(encoding="utf-8"))
    assert (first["event"], first["pid"], second["pid"]) == ("worker started", 1, 2)
    moment = datetime.fromisoformat(str(first["timestamp"]).replace("Z", "+00:00"))
    assert moment.tzinfo is not None


@pytest.mark.skipif(os.name != "posix", reason="file modes")
def test_events_are_for_their_user_alone(tmp_path: Path) -> None:
    """Events hold inputs, so nobody else may read the file."""
    path = tmp_path / "events"
    open_events(str(path)).close()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_dash_is_standard_error_which_stays_open(capsys: pytest.CaptureFixture[str]) -> None:
    """Events may share the stream of the report."""
    sink = open_events("-")
    sink.write("run ended")
    sink.close()
    print("still here", file=sys.stderr)
    event, after = capsys.readouterr().err.splitlines()
    assert json.loads(event)["event"] == "run ended"
    assert after == "still here"


def test_a_descriptor_stays_with_its_owner() -> None:
    """``fd:N`` writes to the descriptor and leaves it open."""
    reader, writer = os.pipe()
    try:
        sink = open_events(f"fd:{writer}")
        sink.write("first")
        sink.close()
        os.write(writer, b"owner")
        line, rest = os.read(reader, 1000).split(b"\n")
    finally:
        os.close(reader)
        os.close(writer)
    assert (json.loads(line)["event"], rest) == ("first", b"owner")


@pytest.mark.parametrize("target", ["fd:987", "fd:x", "no/such/folder/file", "/", "a\0b"])
def test_a_place_that_cannot_be_written_is_refused_at_the_start(target: str) -> None:
    """The message names the place; there is no traceback of ours."""
    with pytest.raises(EventsUnwritable, match="cannot write events to") as caught:
        open_events(target)
    assert caught.value.exit_code == 2


def test_a_descriptor_for_reading_is_refused() -> None:
    """A descriptor that cannot be written is found before the program starts."""
    reader, writer = os.pipe()
    try:
        with pytest.raises(EventsUnwritable):
            open_events(f"fd:{reader}")
    finally:
        os.close(reader)
        os.close(writer)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_without_a_reader_holds_nobody_up(tmp_path: Path) -> None:
    """A named pipe that nobody reads is refused instead of waited for."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(EventsUnwritable):
        open_events(str(path))


def test_a_reader_that_goes_away_costs_events_and_nothing_else() -> None:
    """Writing never raises; what was lost is counted."""
    reader, writer = os.pipe()
    sink = open_events(f"fd:{writer}")
    os.close(reader)
    os.close(writer)
    sink.write("nobody reads")
    sink.close()
    assert sink.lost == 1


def test_structlog_waits_until_it_is_asked_for() -> None:
    """A run without events does not pay for the library that writes them."""
    code = "import sys, mpdiag.reports; print('structlog' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
