"""Keyboard and shell: one job, as with plain Python, whatever stands around the program."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import (
    BOTH,
    PATIENCE,
    PROMPT,
    RUN,
    Terminal,
    descendants,
    program,
    read_until,
    shell,
    terminal,
    the_program,
    wait_for_end,
    wait_for_pending,
    wait_for_state,
)

pytestmark = pytest.mark.programs

# Counts what it hears; a line from the keyboard ends it.  "settled" is printed on SIGRTMIN,
# which the outer process takes after the signals of smaller numbers: none of those is under way.
COUNTER = """
import os, select, signal, sys
heard = {}
def hear(number, frame):
    name = signal.Signals(number).name
    heard[name] = heard.get(name, 0) + 1
    print("heard", name, flush=True)
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), hear)
signal.signal(signal.SIGRTMIN, lambda *_: print("settled", heard, flush=True))
print("ready", os.getpid(), flush=True)
# A read may begin just after a signal and sleep over it; in the background it must begin at once.
while os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp() and not select.select([0], [], [], 0.05)[0]:
    pass
line = sys.stdin.readline()
print("read", line.strip(), flush=True)
sys.exit(7)
"""
HANGING = """
import os, signal
def hear(number, frame):
    with open("heard", "a") as heard:
        print(signal.Signals(number).name, file=heard)
    os._exit(0)
signal.signal(signal.SIGHUP, hear)
print("ready", os.getpid(), flush=True)
while True:
    signal.sigtimedwait([], 0.05)  # pause() may sleep over a signal
"""


@pytest.fixture(params=BOTH)
def kind(request: pytest.FixtureRequest) -> str:
    """Plain Python, which proves the expectation, and ``mpdiag run``."""
    return str(request.param)


@pytest.fixture
def bash(tmp_path: Path) -> Iterator[Terminal]:
    """An interactive shell beside ``script.py``."""
    (tmp_path / "script.py").write_text(COUNTER)
    with shell(tmp_path) as screen:
        yield screen


def line(kind: str, *arguments: str) -> str:
    """Return what to type to run the script."""
    return shlex.join([*BOTH[kind], "script.py", *arguments])


def start(bash: Terminal, kind: str, *arguments: str) -> int:
    """Run the script in the foreground; return the process id of the program."""
    bash.type(line(kind, *arguments) + "\n")
    bash.expect("ready ")
    return int(bash.expect("\n"))


def settle(bash: Terminal, kind: str) -> str:
    """Return what the program has heard when nothing is under way any more."""
    (outer,) = descendants(bash.pid)[:1]
    os.kill(outer, signal.SIGRTMIN)
    bash.expect("settled ")
    return bash.expect("\n").strip()


def code(bash: Terminal) -> int:
    """Return the exit code of the last command."""
    bash.expect(PROMPT)
    bash.type("echo code=$?\n")
    bash.expect("code=")
    return int(bash.expect(PROMPT))


def test_ctrl_c_arrives_once_and_the_program_may_go_on(bash: Terminal, kind: str) -> None:
    """A program that handles Ctrl-C hears each once, goes on, and ends as it likes."""
    start(bash, kind, "SIGINT")
    for _ in range(2):
        bash.type("\x03")
        bash.expect("heard SIGINT")
    assert settle(bash, kind) == "{'SIGINT': 2}"
    bash.type("bye\n")
    bash.expect("read bye")
    assert code(bash) == 7


@pytest.mark.parametrize(
    ("key", "expected"), [("\x03", 130), ("\x1c", 131)], ids=["c", "backslash"]
)
def test_a_key_that_ends_python_ends_it(bash: Terminal, kind: str, key: str, expected: int) -> None:
    """Ctrl-C and Ctrl-Backslash end a program without handlers, and the shell knows how."""
    pid = start(bash, kind)
    bash.type(key)
    assert code(bash) == expected
    wait_for_end(pid)


def test_ctrl_z_stops_and_fg_continues(bash: Terminal, kind: str) -> None:
    """The shell gets its prompt, and the program its terminal back; SIGCONT is heard once."""
    start(bash, kind, "SIGCONT")
    bash.type("\x1a")
    assert "Stopped" in bash.expect(PROMPT)
    bash.type("fg\n")
    bash.expect("heard SIGCONT")
    assert settle(bash, kind) == "{'SIGCONT': 1}"
    bash.type("bye\n")
    bash.expect("read bye")
    assert code(bash) == 7


def test_a_program_that_handles_ctrl_z_is_not_stopped(bash: Terminal, kind: str) -> None:
    """Whether Ctrl-Z stops the job is for the program to say."""
    start(bash, kind, "SIGTSTP")
    bash.type("\x1a")
    bash.expect("heard SIGTSTP")
    assert settle(bash, kind) == "{'SIGTSTP': 1}"
    bash.type("bye\n")
    assert code(bash) == 7


@pytest.mark.parametrize("name", ["SIGSTOP", "SIGTSTP", "SIGTTIN"])
def test_a_program_that_stops_alone_stops_the_job(bash: Terminal, kind: str, name: str) -> None:
    """``kill -STOP`` to the program alone gives the shell its prompt, and ``fg`` continues."""
    pid = start(bash, kind)
    os.kill(pid, getattr(signal, name))
    assert "Stopped" in bash.expect(PROMPT)
    wait_for_state(pid, "T")
    bash.type("fg\n")
    bash.expect("script.py")
    bash.type("bye\n")
    bash.expect("read bye")
    assert code(bash) == 7


def test_a_stop_sent_to_the_outer_process_stops_the_job(
    bash: Terminal, kind: str, tmp_path: Path
) -> None:
    """``kill -TSTP`` to the outer process alone stops both, and ``kill -CONT`` continues both."""
    # one that does not read: in the background that would stop it again
    (tmp_path / "script.py").write_text(
        COUNTER.replace("sys.stdin.readline()", "signal.pause() or ''")
    )
    pid = start(bash, kind, "SIGCONT")
    (outer,) = descendants(bash.pid)[:1]
    os.kill(outer, signal.SIGTSTP)
    assert "Stopped" in bash.expect(PROMPT)
    wait_for_state(pid, "T")
    os.kill(outer, signal.SIGCONT)
    bash.expect("heard SIGCONT")
    os.kill(outer, signal.SIGTERM)
    wait_for_end(outer)
    wait_for_end(pid)


def test_a_background_program_that_reads_the_terminal_is_stopped(bash: Terminal, kind: str) -> None:
    """SIGTTIN, as with plain Python; in the foreground it reads."""
    bash.type(line(kind) + " &\n")
    bash.expect("ready ")
    wait_for_state(the_program(descendants(bash.pid)[0], kind), "T")
    wait_for_state(descendants(bash.pid)[0], "T")
    bash.type("jobs\n")
    bash.expect("Stopped")
    bash.type("fg\n")
    bash.expect("script.py")
    bash.type("bye\n")
    bash.expect("read bye")
    assert code(bash) == 7


def test_a_new_window_size_is_heard_once(bash: Terminal, kind: str) -> None:
    """The kernel tells the whole foreground group; nothing is passed on on top of it."""
    start(bash, kind, "SIGWINCH")
    bash.resize(rows=33, columns=77)
    bash.expect("heard SIGWINCH")
    assert settle(bash, kind) == "{'SIGWINCH': 1}"
    bash.type("bye\n")
    assert code(bash) == 7


def test_kill_of_the_job_ends_it(bash: Terminal, kind: str) -> None:
    """``kill %1`` ends a background job, program and all."""
    pid = start(bash, kind)
    bash.type("\x1a")
    bash.expect(PROMPT)
    bash.type("kill %1; fg\n")
    wait_for_end(pid)
    assert code(bash) == 143


def test_a_hangup_reaches_the_program(tmp_path: Path, kind: str) -> None:
    """The kernel tells only the leader of the session that its terminal is gone."""
    script = tmp_path / "script.py"
    script.write_text(HANGING)
    with terminal(*BOTH[kind], str(script), cwd=tmp_path) as screen:
        screen.expect("ready ")
        pid = int(screen.expect("\n"))
        screen.hang_up()
        wait_for_end(pid)
        wait_for_end(screen.pid)
    assert (tmp_path / "heard").read_text() == "SIGHUP\n"


def test_without_a_terminal_a_stop_of_the_program_is_its_own(tmp_path: Path) -> None:
    """Nobody would continue the outer process there: it ends with the continued program."""
    script = tmp_path / "script.py"
    script.write_text(COUNTER)
    with program(RUN, script, "SIGUSR1", start_new_session=True) as process:
        pid = the_program(process.pid, "mpdiag")
        os.kill(pid, signal.SIGSTOP)
        wait_for_state(pid, "T")
        process.send_signal(signal.SIGUSR1)
        wait_for_pending(pid, signal.SIGUSR1)  # so the outer process has seen the stop
        os.kill(pid, signal.SIGCONT)
        read_until(process, "heard SIGUSR1")
        process.communicate("bye\n", timeout=PATIENCE)
        assert process.returncode == 7
