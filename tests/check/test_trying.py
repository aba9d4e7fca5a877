"""What a run told of the things it sent, and what their loading came to, as troubles."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from mpdiag.check import Crossing, Part, Refusal, crossings_in, together, unloaded, unsent, untried
from mpdiag.model import Seen, Trouble

LOCK = ("TypeError", "cannot pickle '_thread.lock' object")
TASK = Crossing(kind="task", label="Pool.map", name="app.parse", file="/srv/job.py", line=7)


def envelope(**fields: object) -> str:
    """Return one line of a spool."""
    part = {"name": "record", "raw": "gASVAg==", "error": None, "path": "", "large": 0}
    told = {"v": 1, "type": "crossing", "kind": "task", "label": "Pool.map", "name": "app.parse"}
    return json.dumps({**told, "place": ["job.py", 7], "parts": [part], "home": None, **fields})


def test_spools_are_read_and_what_is_equal_counts_once(tmp_path: Path) -> None:
    """From all processes; other envelopes, torn lines and bytes of nobody are left alone."""
    (tmp_path / "1.spool").write_text(envelope() + "\n" + envelope(place=None) + "\n")
    lines = [envelope(), '{"v": 1, "type": "failure"}', "[]", "", envelope()[:50]]
    (tmp_path / "2.spool").write_bytes("\n".join(lines).encode() + b"\n\xff\0")
    found, limits = crossings_in(tmp_path)
    assert [(one.name, one.file, one.line) for one in found] == [
        ("app.parse", "job.py", 7),
        ("app.parse", "", 0),
    ]
    assert limits == []


def test_a_process_that_sent_too_many_kinds_is_named(tmp_path: Path) -> None:
    """What it sent later was not looked at."""
    (tmp_path / "1.spool").write_text('{"type": "crossing", "full": 300}\n')
    assert crossings_in(tmp_path) == ([], ["what a process sent after 300 kinds of objects"])


def test_what_cannot_be_pickled_has_its_hint_its_path_and_its_place() -> None:
    """The words are those of the table."""
    part = Part(name="record", error=LOCK, path="record.db._lock is a _thread.lock")
    (trouble,) = unsent([replace(TASK, parts=(Part(name="target"), part))])
    assert (trouble.hint, trouble.seen, trouble.fails) == ("thread-lock", Seen.SEND, True)
    assert (trouble.file, trouble.line) == ("/srv/job.py", 7)
    assert trouble.subject == "record of parse (Pool.map)"
    assert trouble.path == "record.db._lock is a _thread.lock"
    assert trouble.error == "TypeError: cannot pickle '_thread.lock' object"


def test_an_error_that_no_hint_knows_is_told_all_the_same() -> None:
    """With what can be said of each."""
    (trouble,) = unsent([replace(TASK, parts=(Part(name="x", error=("app.Odd", "a\n  b")),))])
    assert (trouble.hint, trouble.error) == ("", "app.Odd: a b")
    assert trouble.what == "it cannot be pickled"


@pytest.mark.parametrize(
    ("error", "hint"),
    [
        (("ModuleNotFoundError", "No module named 'tools'"), "module-missing-in-child"),
        (
            ("AttributeError", "Can't get attribute 'f' on <module '__mp_main__' from 'job.py'>"),
            "defined-after-the-pool",
        ),
        (("NameError", "name 'config' is not defined"), "name-missing-in-child"),
        (("ValueError", "no"), ""),
    ],
)
def test_what_does_not_load_is_known_by_its_error(error: tuple[str, str], hint: str) -> None:
    """As it is where a worker starts."""
    refusal = Refusal(error=error, crossing=TASK, part=Part(name="target"))
    (trouble,), limits = unloaded([refusal])
    assert (trouble.hint, trouble.seen, limits) == (hint, Seen.LOAD, [])
    assert trouble.subject == "parse, the target (Pool.map)"
    assert "__mp_main__" not in trouble.error


def test_what_is_too_large_is_named() -> None:
    """With its size: it was pickled, and not loaded."""
    large = replace(TASK, parts=(Part(name="target"), Part(name="image", large=3_000_000)))
    said = "whether image of parse (Pool.map) loads: its pickle has 3,000,000 bytes"
    assert untried([TASK, large]) == [said]


def test_what_needs_the_living_program_is_not_judged() -> None:
    """A file or a server may have been there while it ran: that is said, and nothing claimed."""
    error = ("FileNotFoundError", "[Errno 2] No such file or directory: '/tmp/x'")
    troubles, limits = unloaded([Refusal(error=error, crossing=TASK, part=Part(name="path"))])
    assert troubles == []
    (limit,) = limits
    assert limit.startswith("whether path of parse (Pool.map) loads: FileNotFoundError: ")
    assert limit.endswith("'/tmp/x', after the program's end")


def test_an_import_that_fails_is_placed_in_the_program() -> None:
    """Not in the library, and not in mpdiag."""
    frames = (
        ("/x/mpdiag/check/_child.py", 50, "load_crossings"),
        ("/usr/lib/python3.12/multiprocessing/spawn.py", 130, "prepare"),
        ("/srv/job.py", 11, "<module>"),
        ("/srv/job.py", 3, "main"),
    )
    error = ("RuntimeError", "\n  An attempt has been made to start a new process before the")
    ((trouble,), _) = unloaded([Refusal(error=error, frames=frames[1:])])
    assert (trouble.hint, trouble.seen) == ("main-guard", Seen.IMPORT)
    assert (trouble.file, trouble.line) == ("/srv/job.py", 11)


SEEN = Trouble(
    hint="lambda", fails=True, seen=Seen.SOURCE, file="job.py", line=7, what="", why="", change=""
)


def test_what_was_tried_says_more_than_what_was_read() -> None:
    """At one line each trouble stands once; another line, or another trouble, stays."""
    tried = replace(SEEN, seen=Seen.SEND, subject="the target")
    elsewhere, other = replace(SEEN, line=9), replace(SEEN, hint="busy-wait", fails=False)
    assert together([SEEN, other, elsewhere, tried]) == (other, tried, elsewhere)


def test_a_pool_of_a_module_is_not_also_a_missing_guard() -> None:
    """The import of the program meets it as such."""
    read = replace(SEEN, hint="pool-of-module")
    assert together([read, replace(SEEN, hint="main-guard", seen=Seen.IMPORT)]) == (read,)
