"""The forms of a program: each gives what plain Python gives, and a wrong one a clear message."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
import zipapp
from pathlib import Path

import pytest
from terminal import BOTH, PATIENCE, RUN

from mpdiag.patches._stacks import _HIGHEST_FD as HIGHEST_FD

pytestmark = pytest.mark.programs

SHOW = """
import json, os, sys
print(json.dumps({
    "argv": sys.argv,
    "name": __name__,
    "file": globals().get("__file__"),
    "spec": __spec__ and __spec__.name,
    "package": __package__,
    "path": sys.path,
    "executable": sys.executable,
    "flags": str(sys.flags),
    "warnings": sys.warnoptions,
    "x": str(sys._xoptions),
    "optimised": not __debug__,
    "main": sorted(vars(sys.modules["__main__"])),
    "group": os.getpgrp() == int(os.environ["GROUP"]),
    "session": os.getsid(0) == int(os.environ["SESSION"]),
    "unbuffered": sys.stdout.line_buffering or sys.stdout.write_through,
}, indent=1))
sys.exit(3)
"""
FORMS = [
    ["script.py"],
    ["script.py", "-q", "--values", "full", "--", "-m", "x"],
    ["./script.py", "a b", ""],
    ["-m", "package"],
    ["-m", "package.part", "-q", "--", "x"],
    ["-mpackage.part", "x"],
    ["-c", SHOW, "-q", "x"],
    ["folder", "x"],
    ["file.zip", "x"],
    ["-", "x"],
    ["--", "script.py", "-x"],
    ["-u", "script.py"],
    ["-B", "-E", "script.py"],
    ["-I", "script.py"],
    ["-s", "-S", "script.py"],
    ["-O", "script.py"],
    ["-OO", "-b", "script.py"],
    ["-X", "dev", "-W", "error", "script.py"],
    ["-Xutf8=1", "-Wignore::DeprecationWarning", "script.py"],
    ["-Bm", "package"],
    ["-x", "script.py"],
    pytest.param(
        ["-P", "script.py"],
        marks=pytest.mark.skipif(sys.version_info < (3, 11), reason="-P came with 3.11"),
    ),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a program of each form."""
    (tmp_path / "script.py").write_text("#!first line, for -x\n" + SHOW)
    for name in ("package", "folder"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__main__.py").write_text(SHOW)
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "part.py").write_text(SHOW)
    zipapp.create_archive(tmp_path / "folder", tmp_path / "file.zip")
    return tmp_path


def outcome(
    command: tuple[str, ...], words: list[str], place: Path, *, stdin: str = SHOW
) -> subprocess.CompletedProcess[str]:
    """Run *command* with *words* in *place*."""
    here = {"GROUP": str(os.getpgrp()), "SESSION": str(os.getsid(0))}
    return subprocess.run(
        [*command, *words],
        input=stdin,
        capture_output=True,
        text=True,
        cwd=place,
        env=os.environ | here,
        check=False,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("words", FORMS, ids=lambda words: " ".join(words)[:30].split("\n")[0])
def test_a_program_sees_what_plain_python_shows(place: Path, words: list[str]) -> None:
    """``argv``, ``__main__``, ``sys.path``, flags, group and exit code are the real ones."""
    ours, plain = (outcome(BOTH[kind], words, place) for kind in ("mpdiag", "python"))
    assert ours.stdout == plain.stdout
    assert '"argv"' in ours.stdout
    assert ours.returncode == plain.returncode == 3


def test_a_console_command_does_the_same(place: Path) -> None:
    """``mpdiag run`` and ``python -m mpdiag run`` are one."""
    command = shutil.which("mpdiag", path=str(Path(sys.executable).parent))
    assert command
    ours, plain = (
        outcome(each, ["-m", "package", "-q"], place) for each in ((command, "run", "-q"), RUN)
    )
    assert ours.stdout == plain.stdout
    assert ours.returncode == 3


@pytest.mark.parametrize(
    "end", ["pass", "raise SystemExit('words')", "raise KeyError(7)", "import sys; sys.exit(255)"]
)
def test_the_end_is_that_of_plain_python(place: Path, end: str) -> None:
    """Exit code, traceback and words of the program are untouched."""
    ours, plain = (outcome(BOTH[kind], ["-c", end], place) for kind in ("mpdiag", "python"))
    assert (ours.returncode, ours.stderr) == (plain.returncode, plain.stderr)


@pytest.mark.parametrize(
    "words", [["broken.py"], ["-m", "nothing.there"], ["broken.zip"], ["-c", "1 +"]]
)
def test_what_python_complains_about_is_left_to_it(place: Path, words: list[str]) -> None:
    """A syntax error or a module that is missing gives Python's own message and exit code."""
    (place / "broken.py").write_text("def f(:\n")
    (place / "broken.zip").write_bytes(b"PK\x03\x04 no zip")
    ours, plain = (outcome(BOTH[kind], words, place) for kind in ("mpdiag", "python"))
    assert (ours.returncode, ours.stderr) == (plain.returncode, plain.stderr)
    assert "mpdiag" not in ours.stderr


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], "no program"),
        (["scrpt.py"], "did you mean script.py?"),
        (["nowhere/x.py"], "no folder 'nowhere'"),
        (["empty"], "without a __main__.py"),
        (["--loud", "script.py"], "--loud"),
        (["-m"], "-m"),
        (["--python", "/nowhere/python", "script.py"], "/nowhere/python"),
        (["--python", "script.py", "script.py"], "script.py"),
        (["--python", "./fake", "script.py"], "fake"),
        (["loop.py"], "loop.py"),
    ],
)
def test_a_wrong_command_line_gets_one_message(
    place: Path, words: list[str], expected: str
) -> None:
    """What is wrong and what to do, exit code 2, no traceback, and nothing was run."""
    (place / "empty").mkdir()
    (place / "fake").write_text("no program\n")
    (place / "fake").chmod(0o755)
    (place / "loop.py").symlink_to("loop.py")
    done = outcome(RUN, words, place)
    assert expected in done.stderr
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_script_that_may_not_be_read_is_named(place: Path) -> None:
    """An unreadable file is not started."""
    (place / "script.py").chmod(0)
    done = outcome(RUN, ["script.py"], place)
    assert "may not read" in done.stderr
    assert done.returncode == 2


def test_python_chooses_the_interpreter(place: Path) -> None:
    """A path, and the folder of a virtual environment, whose links are not followed."""
    venv.create(place / "other", with_pip=False, symlinks=True)
    for name in ("other", "other/bin/python"):
        done = outcome(RUN, ["--python", name, "-c", "import sys; print(sys.prefix)"], place)
        assert done.stdout.strip() == str(place / "other")


def test_flags_before_dash_m_mpdiag_are_the_programs_too(place: Path) -> None:
    """``python -X dev -m mpdiag run`` runs the program in development mode."""
    command = (sys.executable, "-X", "dev", "-W", "ignore", "-m", "mpdiag", "run", "-q")
    ours = outcome(command, ["script.py"], place)
    plain = outcome((sys.executable, "-X", "dev", "-W", "ignore"), ["script.py"], place)
    assert ours.stdout == plain.stdout


def test_the_program_has_the_descriptors_that_were_handed_down(place: Path) -> None:
    """What the caller passed on is there, and one more: the file that stacks are written to.

    It stays open, for the handler of a signal can open none, and lies where nobody counts.
    """
    (place / "script.py").write_text(
        "import os\n"
        "for each in sorted(os.listdir('/proc/self/fd'), key=int):\n"
        "    if os.path.exists(f'/proc/self/fd/{each}'):\n"
        "        name = os.readlink(f'/proc/self/fd/{each}').partition(':')[0]\n"
        "        print(each, name.replace(str(os.getpid()), 'PID'))\n"
    )
    reader, writer = os.pipe()
    try:
        seen = [
            subprocess.run(
                [*BOTH[kind], "script.py"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                pass_fds=[writer],
                cwd=place,
                check=True,
                timeout=PATIENCE,
            ).stdout
            for kind in BOTH
        ]
    finally:
        os.close(reader)
        os.close(writer)
    plain, ours = (each.decode().splitlines() for each in seen)
    assert ours[:-1] == plain
    number, name = ours[-1].split()
    assert int(number) == HIGHEST_FD
    assert name.endswith("/PID.stacks")
    assert f"{writer} pipe" in plain


def test_closed_descriptors_stay_closed(place: Path) -> None:
    """A program started without standard input has none."""
    seen = [
        subprocess.run(
            ["sh", "-c", 'exec "$@" <&-', "sh", *command, "-c", "import sys; print(sys.stdin)"],
            stdout=subprocess.PIPE,
            cwd=place,
            check=True,
            timeout=PATIENCE,
        ).stdout
        for command in BOTH.values()
    ]
    assert seen[0] == seen[1] == b"None\n"
