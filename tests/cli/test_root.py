"""The command ``mpdiag`` around its commands: help, version, and messages without tracebacks."""

from __future__ import annotations

import itertools
import subprocess
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType

import click
import pytest
from click.testing import CliRunner, Result

from mpdiag.cli import main
from mpdiag.cli._root import GROUPS
from mpdiag.errors import MpdiagError


def mpdiag(*args: str) -> Result:
    """Return what the command did when called in this process."""
    return CliRunner().invoke(main, list(args))


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """Return the module of the command ``doctor``, whose work a test may replace."""
    module = ModuleType("mpdiag.cli._doctor")
    module.__spec__ = ModuleSpec(module.__name__, None)
    monkeypatch.setitem(sys.modules, "mpdiag.cli._doctor", module)
    return module


def raising(error: BaseException) -> click.Command:
    """Return a command that raises *error*."""

    @click.command()
    def doctor() -> None:
        raise error

    return doctor


@pytest.mark.parametrize("args", [("-h",), ("--help",), ()])
def test_help_begins_with_what_to_do_first(args: tuple[str, ...]) -> None:
    """The help is in groups that have commands, first things first."""
    done = mpdiag(*args)
    assert done.exit_code == 0
    assert "Usage: mpdiag " in done.stdout
    titles = [line for line in done.stdout.splitlines() if line.endswith(":")]
    assert titles[-1] == "The rest:"
    for name in itertools.chain(*GROUPS.values()):
        is_there = find_spec(f"mpdiag.cli._{name}") is not None
        assert (f"\n  {name} " in done.stdout) is is_there, name


def test_version() -> None:
    """The version is one line."""
    done = mpdiag("--version")
    assert (done.exit_code, done.stdout.split()[0]) == (0, "mpdiag")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["docter"], "mpdiag: no command 'docter'; did you mean: mpdiag doctor\n"),
        (["script.py"], "mpdiag: no command 'script.py'; did you mean: mpdiag run script.py\n"),
        (["xyzzy"], "mpdiag: no command 'xyzzy'\n"),
        (["--nope"], "mpdiag: no such option"),
    ],
)
def test_a_slip_on_the_command_line_is_one_message(args: list[str], words: str) -> None:
    """A wrong command or option ends with code 2, says what was meant and where help is."""
    done = mpdiag(*args)
    assert done.exit_code == 2
    assert done.stderr.startswith(words)
    assert done.stderr.endswith("        See: mpdiag --help\n")
    assert done.stdout == ""


def test_an_error_of_ours_is_one_message_and_what_to_do(command: ModuleType) -> None:
    """An error of the tree prints its message and its remedy, and exits with its code."""

    class LampError(MpdiagError):
        remedy = "Change the bulb."
        exit_code = 7

    command.doctor = raising(LampError("the lamp is out"))  # type: ignore[attr-defined]
    done = mpdiag("doctor")
    assert done.exit_code == 7
    assert done.stderr == "mpdiag: the lamp is out\n        Change the bulb.\n"


def test_a_fault_of_ours_asks_for_a_report(
    command: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What we did not foresee is named as ours, without a traceback unless asked for."""
    command.doctor = raising(ZeroDivisionError("oh"))  # type: ignore[attr-defined]
    monkeypatch.delenv("MPDIAG_DEBUG", raising=False)
    done = mpdiag("doctor")
    assert done.exit_code == 1
    assert "a fault of mpdiag itself, not of your program: ZeroDivisionError: oh" in done.stderr
    assert "Traceback" not in done.stderr
    monkeypatch.setenv("MPDIAG_DEBUG", "1")
    assert "Traceback" in mpdiag("doctor").stderr


@pytest.mark.parametrize(("error", "code"), [(KeyboardInterrupt(), 130), (BrokenPipeError(), 141)])
def test_an_interrupted_command_says_nothing(
    command: ModuleType, error: BaseException, code: int
) -> None:
    """Ctrl-C and a reader that has gone are no errors to talk about."""
    command.doctor = raising(error)  # type: ignore[attr-defined]
    done = mpdiag("doctor")
    assert (done.exit_code, done.stderr.strip()) == (code, "")


def test_a_closed_pipe_is_silent() -> None:
    """``mpdiag ... | head`` leaves no message behind, whenever the pipe is closed."""
    command = [sys.executable, "-m", "mpdiag", "--help"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read()
    assert (process.returncode, said) == (141, b"")


def test_one_command_does_not_import_the_others() -> None:
    """Calling one command imports neither the other commands nor what they need."""
    code = (
        "import sys\nfrom mpdiag.cli import main\n"
        "try: main(['config', '--help'])\nexcept SystemExit: pass\n"
        "print([m for m in sys.modules if m.startswith('mpdiag.cli._') or m == 'sqlite3'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.splitlines()[-1] == "['mpdiag.cli._root', 'mpdiag.cli._config']"
