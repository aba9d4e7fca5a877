"""What the tests of whole programs share: plain Python, ``mpdiag run``, a real terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

PLAIN = (sys.executable,)
RUN = (sys.executable, "-m", "mpdiag", "run", "-q")
BOTH = {"python": PLAIN, "mpdiag": RUN}

# Seconds that a program may take for a step.  Shorter: a loaded machine fails tests.
PATIENCE = 20.0
PROMPT = ">> "


class Terminal:
    """A program on a terminal of its own, seen from the keyboard."""

    def __init__(self, pid: int, master: int) -> None:
        self.pid = pid
        self.master = master
        self.text = ""

    def type(self, text: str) -> None:
        """Press keys; character 3 is Ctrl-C."""
        os.write(self.master, text.encode())

    def resize(self, *, rows: int, columns: int) -> None:
        """Change the size of the window."""
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def expect(self, text: str) -> str:
        """Return what stands on the screen before *text*, and take both off it."""
        deadline = time.monotonic() + PATIENCE
        while text not in self.text:
            left = deadline - time.monotonic()
            assert left > 0, f"no {text!r} in {self.text!r}"
            if select.select([self.master], [], [], left)[0]:
                self.text += self._read(text)
        before, _, self.text = self.text.partition(text)
        return before

    def _read(self, awaited: str) -> str:
        try:
            return os.read(self.master, 4096).decode(errors="replace")
        except OSError as error:  # nobody has the terminal any more
            raise AssertionError(f"no {awaited!r} in {self.text!r}, and it ended") from error

    def hang_up(self) -> None:
        """Pull the plug."""
        os.close(self.master)
        self.master = -1

    def end(self) -> None:
        """Leave nothing behind."""
        if self.master != -1:
            os.close(self.master)
        for pid in [self.pid, *descendants(self.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        try:
            os.waitpid(self.pid, 0)
        except ChildProcessError:
            pass


@contextmanager
def terminal(*command: str, cwd: Path) -> Iterator[Terminal]:
    """Run *command* as the leader of a session with a terminal of its own."""
    pid, master = pty.fork()
    if pid == 0:
        try:
            for number in (signal.SIGINT, signal.SIGQUIT):
                signal.signal(
                    number, signal.SIG_DFL
                )  # a background job ignores them, and hands that on
            os.chdir(cwd)
            os.execvp(command[0], command)
        finally:
            os._exit(127)
    screen = Terminal(pid, master)
    try:
        yield screen
    finally:
        screen.end()


@contextmanager
def shell(cwd: Path) -> Iterator[Terminal]:
    """Run an interactive bash, which has job control, up to its first prompt."""
    with terminal("bash", "--norc", "--noprofile", "--noediting", "-i", cwd=cwd) as screen:
        screen.type("PS1='>''> '; PS2=; stty -echo\n")  # its own echo has no prompt in it
        screen.expect(PROMPT)
        yield screen


@contextmanager
def program(
    command: tuple[str, ...], path: Path, *arguments: str, **options: object
) -> Iterator[subprocess.Popen[str]]:
    """Start the script at *path* and wait until it has printed ``ready``."""
    process: subprocess.Popen[str] = subprocess.Popen(  # type: ignore[call-overload]
        [*command, str(path), *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=path.parent,
        **options,
    )
    try:
        read_until(process, "ready")
        yield process
    finally:
        for pid in [process.pid, *descendants(process.pid)]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        process.wait(PATIENCE)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def read_until(process: subprocess.Popen[str], word: str) -> str:
    """Return the lines of *process* up to the first that begins with *word*, and that line."""
    assert process.stdout is not None
    lines = ""
    while True:
        ready, _, _ = select.select([process.stdout], [], [], PATIENCE)
        line = os_readline(process.stdout.fileno()) if ready else ""
        assert line, f"no {word!r} after {lines!r}"
        lines += line
        if line.startswith(word):
            return lines


def os_readline(descriptor: int) -> str:
    """Return the next line without reading ahead, so that `select.select` stays right."""
    line = b""
    while not line.endswith(b"\n") and (byte := os.read(descriptor, 1)):
        line += byte
    return line.decode()


def descendants(pid: int) -> list[int]:
    """Return the children of *pid* and theirs."""
    try:
        words = [
            word
            for task in Path(f"/proc/{pid}/task").iterdir()
            for word in (task / "children").read_text().split()
        ]
    except OSError:
        return []
    return [each for word in words for each in (int(word), *descendants(int(word)))]


def the_program(outer: int, kind: str) -> int:
    """Return the process id of the user's program, started by *outer*."""
    return outer if kind == "python" else descendants(outer)[0]


def wait_for_state(pid: int, state: Literal["T", "S"]) -> None:
    """Return when *pid* is stopped (T) or sleeps (S)."""
    deadline = time.monotonic() + PATIENCE
    while (found := state_of(pid)) != state:
        assert time.monotonic() < deadline, f"{pid} is in state {found}, not {state}"
        select.select([], [], [], 0.01)


def wait_for_pending(pid: int, number: int) -> None:
    """Return when signal *number* was sent to *pid*, which is stopped and cannot take it."""
    deadline = time.monotonic() + PATIENCE
    while not pending(pid) >> (number - 1) & 1:
        assert time.monotonic() < deadline, f"{pid} was not sent signal {number}"
        select.select([], [], [], 0.01)


def pending(pid: int) -> int:
    """Return the set of signals that wait for *pid*, as bits."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("ShdPnd:")[2].split()[0], 16)


def state_of(pid: int) -> str:
    """Return the letter of the state of *pid*; empty if it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def wait_for_end(pid: int) -> None:
    """Return when *pid*, which need not be a child of ours, has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        assert select.select([handle], [], [], PATIENCE)[0], f"{pid} still runs"
    finally:
        os.close(handle)
