"""``mpdiag hint``: for people who have a log and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mpdiag.cli import main

LOG = """2026-01-01 03:12:07 job started
Traceback (most recent call last):
  File "/srv/job/crawl.py", line 41, in <module>
    pool.map(fetch, clients)
  File "/usr/lib/python3.11/multiprocessing/reduction.py", line 51, in dumps
    cls(buf, protocol).dump(obj)
TypeError: cannot pickle '_thread.RLock' object
"""


def test_a_log_is_explained_in_a_screen(tmp_path: Path) -> None:
    """What, why, what to change, what no log has, and the command to run next."""
    path = tmp_path / "job.log"
    path.write_text(LOG)
    done = CliRunner().invoke(main, ["hint", str(path)])
    assert done.exit_code == 0
    lines = done.output.splitlines()
    assert lines[0].startswith("mpdiag: 1 known trouble in")
    assert "1  TypeError: cannot pickle '_thread.RLock' object" in done.output
    assert "where     /srv/job/crawl.py:41" in done.output
    assert (
        "hint      something that was sent holds a lock of threads (_thread.RLock)" in done.output
    )
    assert "   fix       " in done.output
    assert "   untold    " in done.output
    assert lines[-1].endswith("mpdiag run /srv/job/crawl.py")
    assert all(len(line) <= 79 for line in lines if str(tmp_path) not in line)


def test_json_has_the_same(tmp_path: Path) -> None:
    """For a log pipeline."""
    done = CliRunner().invoke(main, ["hint", "-", "--json"], input=LOG)
    document = json.loads(done.output)
    assert [one["hint"] for one in document["hints"]] == ["thread-lock"]
    assert document["hints"][0]["line"] == 2
    assert document["next"] == "mpdiag run /srv/job/crawl.py"


def test_nothing_known_is_said_and_is_another_exit_code() -> None:
    """The next step stands there all the same."""
    done = CliRunner().invoke(main, ["hint", "-"], input="all is well\n")
    assert done.exit_code == 1
    assert "no trouble that it knows in standard input (1 line)" in done.output
    assert "mpdiag run script.py" in done.output


@pytest.mark.parametrize("content", [b"", b"\0\xff\xfe" * 1000, b"\x1b]0;title\x07 Killed\n"])
def test_any_bytes_are_read(content: bytes, tmp_path: Path) -> None:
    """Empty, binary, and with what could control a terminal."""
    path = tmp_path / "job.log"
    path.write_bytes(content)
    done = CliRunner().invoke(main, ["hint", str(path)])
    assert done.exit_code in {0, 1}
    assert "\x1b" not in done.output


def test_only_the_end_of_a_huge_log_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fault is at the end."""
    monkeypatch.setattr("mpdiag.cli._hint.MOST_BYTES", 1000)
    path = tmp_path / "job.log"
    path.write_text("Killed\n" + "all is well\n" * 10_000 + LOG)
    done = CliRunner().invoke(main, ["hint", str(path), "--json"])
    assert [one["hint"] for one in json.loads(done.output)["hints"]] == ["thread-lock"]


@pytest.mark.parametrize("name", ["missing.log", "."])
def test_what_is_no_log_is_refused(name: str) -> None:
    """One message, exit code 2."""
    done = CliRunner().invoke(main, ["hint", name])
    assert done.exit_code == 2
