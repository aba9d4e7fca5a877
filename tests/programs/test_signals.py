"""Signals under ``mpdiag run``: each reaches the program once, and its death is repeated."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest
from terminal import (
    BOTH,
    PATIENCE,
    RUN,
    descendants,
    program,
    read_until,
    the_program,
    wait_for_end,
)

from mpdiag.patches._stacks import _ABOVE_FIRST as ABOVE_FIRST

pytestmark = pytest.mark.programs

# Prints each signal as it comes; SIGINT to SIGUSR2 are dealt with in this order by whoever waits.
LISTENER = """
import signal, sys
def heard(number, frame):
    print("heard", signal.Signals(number).name, flush=True)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), heard)
def last(number, frame):
    print("last", flush=True)
    sys.exit(5)
signal.signal(signal.SIGRTMIN, last)
print("ready", flush=True)
while True:
    signal.sigtimedwait([], 0.05)  # pause() may sleep over a signal
"""
WAITER = """
import signal
print("ready", flush=True)
while True:
    signal.sigtimedwait([], 0.05)
"""
PASSED_ON = [
    "SIGINT",
    "SIGQUIT",
    "SIGTERM",
    "SIGHUP",
    "SIGUSR1",
    "SIGUSR2",
    "SIGWINCH",
    "SIGTSTP",
    "SIGCONT",
    "SIGALRM",
    "SIGABRT",
]


@pytest.fixture(params=BOTH)
def kind(request: pytest.FixtureRequest) -> str:
    """Plain Python, which proves the expectation, and ``mpdiag run``."""
    return str(request.param)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """A place for the script."""
    return tmp_path / "script.py"


def elsewhere(script: Path) -> dict[str, str]:
    """Return an environment for a runner that is killed and cannot remove its folder."""
    return {**os.environ, "XDG_RUNTIME_DIR": str(script.parent)}


@pytest.mark.parametrize("name", PASSED_ON)
def test_a_signal_sent_to_the_outer_process_reaches_the_program_once(
    kind: str, script: Path, name: str
) -> None:
    """``kill -NAME`` works as without us, and nothing arrives twice."""
    script.write_text(LISTENER)
    with program(BOTH[kind], script, name) as process:
        process.send_signal(getattr(signal, name))
        assert read_until(process, "heard") == f"heard {name}\n"
        process.send_signal(signal.SIGRTMIN)
        assert read_until(process, "last") == "last\n"
        assert process.wait(PATIENCE) == 5


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT"])
def test_a_signal_from_inside_to_the_whole_group_arrives_once(
    kind: str, script: Path, name: str
) -> None:
    """A program that signals its own group hears that once."""
    script.write_text(
        LISTENER.replace(
            "while True",
            f"import os; os.killpg(0, signal.{name})\nprint('sent', flush=True)\nwhile True",
        )
    )
    with program(BOTH[kind], script, name, start_new_session=True) as process:
        assert read_until(process, "sent") == f"heard {name}\nsent\n"
        process.send_signal(signal.SIGRTMIN)
        assert read_until(process, "last") == "last\n"
        assert process.wait(PATIENCE) == 5


@pytest.mark.parametrize(
    "name", ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGKILL", "SIGSEGV", "SIGABRT", "SIGINT"]
)
def test_the_death_of_the_program_is_repeated(kind: str, script: Path, name: str) -> None:
    """The shell sees the signal that ended the program, and no core file of ours."""
    script.write_text(WAITER)
    with program(BOTH[kind], script, stderr=subprocess.DEVNULL) as process:
        os.kill(the_program(process.pid, kind), getattr(signal, name))
        _, status = os.waitpid(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == -getattr(signal, name)
        assert kind == "python" or not os.WCOREDUMP(status)


def test_a_signal_to_the_outer_process_ends_it_by_that_signal(kind: str, script: Path) -> None:
    """SIGTERM without a handler: both are gone, and the status is that of SIGTERM."""
    script.write_text(WAITER)
    with program(BOTH[kind], script) as process:
        process.terminate()
        assert process.wait(PATIENCE) == -signal.SIGTERM


def test_a_killed_runner_takes_the_program_with_it(script: Path) -> None:
    """After SIGKILL of the outer process the program ends too."""
    script.write_text(WAITER)
    with program(RUN, script, env=elsewhere(script)) as process:
        (inner,) = descendants(process.pid)
        process.kill()
        wait_for_end(inner)


def test_nohup_protects_the_program(kind: str, script: Path) -> None:
    """What was ignored at the start stays ignored, in the program too."""
    script.write_text(LISTENER)
    with program(("nohup", *BOTH[kind]), script, stderr=subprocess.DEVNULL) as process:
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGRTMIN)
        assert read_until(process, "last") == "last\n"
        assert process.wait(PATIENCE) == 5


@pytest.mark.parametrize(("name", "code"), [("TERM", 124), ("KILL", 137)])
def test_timeout_ends_the_program(kind: str, script: Path, name: str, code: int) -> None:
    """``timeout`` ends the program and says so, with SIGKILL too."""
    script.write_text("import os, signal\nprint(os.getpid(), flush=True)\nsignal.pause()\n")
    command = ["timeout", "-s", name, "60", *BOTH[kind], str(script)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=elsewhere(script)
    ) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        process.send_signal(signal.SIGALRM)  # as its timer does, when the program stands
        ended = process.wait(PATIENCE)
    # KILL: timeout kills its own group, and so itself
    assert ended in {code, -signal.SIGKILL if name == "KILL" else code}
    wait_for_end(pid)


@pytest.mark.parametrize("how", ["blocked", "ignored", "children ignored", "as usual"])
def test_mask_and_dispositions_are_those_of_plain_python(script: Path, how: str) -> None:
    """The program starts with the signals blocked and ignored that the caller chose.

    One more is caught: the real-time signal at which stacks are written.
    """

    def prepare() -> None:
        if how == "blocked":
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGTERM})
        elif how == "ignored":
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGUSR2):
                signal.signal(number, signal.SIG_IGN)
        elif how == "children ignored":
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)

    script.write_text(
        "import json, sys\n"
        "status = dict(line.split(':') for line in open('/proc/self/status'))\n"
        "print(json.dumps([int(status[f'Sig{name}'], 16) for name in ('Blk', 'Ign', 'Cgt')]))\n"
        "sys.exit(3)\n"
    )
    seen = {
        kind: subprocess.run(
            [*BOTH[kind], script],
            stdout=subprocess.PIPE,
            preexec_fn=prepare,
            check=False,
            timeout=PATIENCE,
        )
        for kind in BOTH
    }
    blocked, ignored, caught = json.loads(seen["python"].stdout)
    stacks = 1 << (signal.SIGRTMIN + ABOVE_FIRST - 1)
    assert not caught & stacks
    assert json.loads(seen["mpdiag"].stdout) == [blocked, ignored, caught | stacks]
    assert seen["mpdiag"].returncode == seen["python"].returncode == 3
