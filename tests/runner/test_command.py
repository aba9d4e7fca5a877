"""The command line: taken apart as Python does it, and checked before anything starts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from mpdiag.errors import InterpreterNotStarted, NoSuchProgram, NothingToRun, ProgramUnreadable
from mpdiag.runner import find, split


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with one script in it."""
    (tmp_path / "script.py").write_text("")
    (tmp_path / "-odd.py").write_text("")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("line", "kind", "name", "flags"),
    [
        ("script.py -m x", "script", "script.py", ()),
        ("-X dev -Werror -OO -m pkg -q", "module", "pkg", ("-X", "dev", "-Werror", "-OO")),
        ("-uBm pkg", "module", "pkg", ()),
        ("-c 1", "code", "1", ()),
        ("- x", "stdin", "-", ()),
        ("--check-hash-based-pycs never script.py", "script", "script.py", None),
        ("-- -u script.py", "script", "script.py", ("-u",)),
    ],
)
def test_flags_and_program_are_told_apart(
    line: str, kind: str, name: str, flags: tuple[str, ...] | None
) -> None:
    """What stands before the program is Python's, what stands behind it the program's."""
    words = line.split()
    command = find(words, outer=())
    assert (command.kind, command.name) == (kind, name)
    assert command.argv == (sys.executable, *(word for word in words if word != "--"))
    assert flags is None or command.flags == flags


def test_a_name_that_begins_with_a_dash_follows_two() -> None:
    """Python needs ``--`` to take it for a script."""
    assert find(["--", "-odd.py"], outer=()).argv == (sys.executable, "--", "-odd.py")


@pytest.mark.parametrize(
    ("line", "ours", "theirs"),
    [
        ("-q script.py -q", "-q", "script.py -q"),
        ("--values full -X dev -q script.py", "--values full -q", "-X dev script.py"),
        ("--values=full -Wq -- -q", "--values=full", "-Wq -- -q"),
        ("-X -q -m pkg --values none", "", "-X -q -m pkg --values none"),
    ],
)
def test_options_of_both_may_be_mixed(line: str, ours: str, theirs: str) -> None:
    """Each option goes where it belongs, up to the program."""
    found = split(line.split(), {"-q": False, "--values": True})
    assert found == (ours.split(), theirs.split())


@pytest.mark.parametrize(
    ("outer", "flags"),
    [
        ("python -X dev -Wonce -m mpdiag run", ("-X", "dev", "-Wonce")),
        ("python -I -u -m mpdiag run", ("-u",)),
        ("python -X dev bin/mpdiag run", ()),
        ("python -X dev -m coverage run -m mpdiag", ()),
    ],
)
def test_flags_of_the_outer_process_are_handed_down(outer: str, flags: tuple[str, ...]) -> None:
    """Only where it was called with ``-m mpdiag``, and not those about where mpdiag is found."""
    assert find(["script.py"], outer=outer.split()).flags == flags


@pytest.mark.parametrize(
    ("line", "error", "words"),
    [
        ("", NothingToRun, "no program"),
        ("-u", NothingToRun, "no program"),
        ("-m", NothingToRun, "-m"),
        ("-V", NothingToRun, "-V"),
        ("scirpt.py", NoSuchProgram, "did you mean script.py?"),
        ("python script.py", NoSuchProgram, "--python"),
        ("script.py/x", NoSuchProgram, "no folder"),
        ("sh", NoSuchProgram, "-m sh"),
        (".", ProgramUnreadable, "__main__"),
    ],
)
def test_what_is_wrong_is_said_before_anything_starts(
    line: str, error: type[Exception], words: str
) -> None:
    """Each mistake has a message of its own."""
    with pytest.raises(error, match=words):
        find(line.split())


def test_a_broken_link_is_named(place: Path) -> None:
    """The name is there, and what it leads to is not."""
    (place / "link.py").symlink_to("gone.py")
    with pytest.raises(NoSuchProgram, match="link"):
        find(["link.py"])


def test_a_script_that_is_closed_to_the_user_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Permission is asked for before the start."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(ProgramUnreadable, match="may not read"):
        find(["script.py"])


def test_an_interpreter_is_found_by_path_name_and_environment(place: Path) -> None:
    """Links are not followed: they say which environment is meant."""
    (place / "env" / "bin").mkdir(parents=True)
    (place / "env" / "bin" / "python").symlink_to(sys.executable)
    expected = str(place / "env" / "bin" / "python")
    assert find(["script.py"], "env", outer=()).argv[0] == expected
    assert find(["script.py"], "env/bin/python", outer=()).argv[0] == expected
    assert Path(find(["script.py"], "sh", outer=()).argv[0]).name == "sh"


@pytest.mark.parametrize("python", ["nowhere/python", "script.py", "no-such-python"])
def test_a_wrong_interpreter_is_named(python: str) -> None:
    """A file that is not there, or is not a program."""
    with pytest.raises(InterpreterNotStarted, match=python):
        find(["script.py"], python)
