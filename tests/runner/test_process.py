"""Start, wait and end: what the outer process does beside passing on signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mpdiag.errors import InterpreterNotStarted
from mpdiag.model import ExitStatus
from mpdiag.runner import Ended, start_and_wait

PATIENCE = 20.0


def run(code: str, *, every: float = 0.25, grace: float = 2.0) -> Ended:
    """Run *code* in an interpreter of its own."""
    return start_and_wait(
        [sys.executable, "-c", code],
        dict(os.environ),
        tick=lambda: None,
        every=every,
        grace=grace,
    )


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("raise SystemExit(3)", ExitStatus(code=3)),
        ("raise SystemExit(127)", ExitStatus(code=127)),
        ("import os; os.kill(os.getpid(), 9)", ExitStatus(signal=9)),
        ("", ExitStatus(code=0)),
    ],
)
def test_the_end_is_told(code: str, status: ExitStatus) -> None:
    """Exit code or signal, as the kernel says it."""
    assert run(code).status == status


def test_a_program_that_cannot_be_executed_is_an_error(tmp_path: Path) -> None:
    """A file that the kernel refuses gives its reason, and the signal mask is restored."""
    fake = tmp_path / "python"
    fake.write_text("no program")
    fake.chmod(0o755)
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with pytest.raises(InterpreterNotStarted, match="Exec format error"):
        start_and_wait([str(fake)], {}, tick=lambda: None)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_ticks_come_while_the_program_runs(tmp_path: Path) -> None:
    """They are called again and again; here the third lets the program end."""
    fifo = tmp_path / "gate"
    os.mkfifo(fifo)
    ticks: list[float] = []

    def tick() -> None:
        ticks.append(time.monotonic())
        if len(ticks) == 3:
            fifo.write_text("go")

    code = f"open({str(fifo)!r}).read()"
    ended = start_and_wait([sys.executable, "-c", code], {}, tick=tick, every=0.02)
    assert ended.status == ExitStatus(code=0)
    assert ticks[1] - ticks[0] >= 0.02


def test_the_end_is_not_waited_for_until_the_next_tick() -> None:
    """A death is seen at once, however rare the ticks are."""
    start = time.monotonic()
    run("", every=600.0)
    assert time.monotonic() - start < PATIENCE


def test_a_tick_that_raises_is_kept_and_the_program_runs_on(tmp_path: Path) -> None:
    """Diagnosis never ends the program."""
    fifo = tmp_path / "gate"
    os.mkfifo(fifo)
    calls: list[int] = []

    def tick() -> None:
        calls.append(1)
        if len(calls) == 2:
            fifo.write_text("go")
        raise ValueError(len(calls))

    code = f"open({str(fifo)!r}).read(); raise SystemExit(4)"
    ended = start_and_wait([sys.executable, "-c", code], {}, tick=tick, every=0.01)
    assert ended.status == ExitStatus(code=4)
    assert ended.trouble is not None
    assert ended.trouble.args == (1,)


ALONE = """
import os, signal, sys, time
from mpdiag.runner import start_and_wait

if sys.argv[2]:
    delattr(signal, sys.argv[2])
command = [sys.executable, "-c", sys.argv[1]]
ended = start_and_wait(command, dict(os.environ), tick=lambda: None, every=0.25, grace=7.0)
left = None if ended.deadline is None else ended.deadline - time.monotonic()
print(ended.status.code, left is not None and 0 < left <= 7.0)
"""


def run_alone(code: str, *, without: str = "") -> list[str]:
    """Run *code* in a process without other threads, which would take its signals."""
    command = [sys.executable, "-c", ALONE, code, without]
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=True)
    return done.stdout.split()


def test_without_senders_signals_are_passed_on_all_the_same() -> None:
    """On systems such as macOS nobody tells who sent a signal."""
    code = (
        "import os, signal, sys\n"
        "signal.signal(signal.SIGUSR1, lambda *_: sys.exit(5))\n"
        "os.kill(os.getppid(), signal.SIGUSR1)\n"
        "while True: signal.pause()\n"
    )
    assert run_alone(code, without="sigtimedwait") == ["5", "False"]


def test_sigterm_leaves_a_deadline() -> None:
    """Who asks the runner to end does not wait for a long report."""
    code = "import os, signal; os.kill(os.getppid(), signal.SIGTERM)"
    assert run_alone(code) == ["0", "True"]
    assert run_alone("") == ["0", "False"]


REPORT = """
import os, signal, sys, time
from mpdiag.model import ExitStatus
from mpdiag.runner import reporting
{before}
print("ready", flush=True)
with reporting(ExitStatus(code=6), deadline={deadline}, grace=0.05):
    {inside}
    while True:
        time.sleep(60)
"""


@pytest.mark.parametrize(
    ("deadline", "inside"),
    [
        ("time.monotonic() + 0.05", "pass"),
        ("time.monotonic() - 1", "pass"),
        ("None", "os.kill(os.getpid(), signal.SIGTERM)"),
        ("None", "os.kill(os.getpid(), signal.SIGINT)"),
        ("None", "os.kill(os.getpid(), signal.SIGHUP); os.kill(os.getpid(), signal.SIGTERM)"),
    ],
    ids=["deadline", "late", "TERM", "INT", "HUP and TERM"],
)
def test_a_report_ends_in_time(deadline: str, inside: str) -> None:
    """A report that takes for ever is cut off, and the exit code is still the program's."""
    code = REPORT.format(before="", deadline=deadline, inside=inside)
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, check=False, timeout=PATIENCE
    )
    assert done.returncode == 6
    assert done.stdout == b"ready\n"


def test_what_was_printed_is_flushed_before_the_end() -> None:
    """Words in the buffer and exit functions are not lost, whatever the end."""
    code = (
        "import atexit\n"
        "from mpdiag.model import ExitStatus\n"
        "from mpdiag.runner import end_like\n"
        "atexit.register(print, 'late')\n"
        "print('early')\n"
        "end_like(ExitStatus(signal=11))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, check=False, timeout=PATIENCE
    )
    assert done.stdout == b"early\nlate\n"
    assert done.returncode == -signal.SIGSEGV


MEMORY = """
import os
print(open(f"/proc/{os.getppid()}/status").read().partition("VmHWM:")[2].split()[0])
"""


def test_the_outer_process_is_small(tmp_path: Path) -> None:
    """Below 30 MB while the program runs."""
    done = subprocess.run(
        [sys.executable, "-m", "mpdiag", "run", "-q", "-c", MEMORY],
        stdout=subprocess.PIPE,
        cwd=tmp_path,
        check=True,
        timeout=PATIENCE,
    )
    assert int(done.stdout) < 30_000
