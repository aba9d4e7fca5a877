"""One check of a program: its source read, and what it sends to other processes tried.

The program runs once, with its output on standard error: standard output is for the answer.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..check import (
    asked_for,
    crossings_in,
    load_all,
    read_program,
    together,
    troubles_in,
    unloaded,
    unsent,
    untried,
)
from ..model import Checked, Trouble, ending_words
from ..options import Options
from ..runner import About, Command, make_folder, mask_of, start, wait
from ..store import new_run_id
from ._environment import armed

# Seconds that a program may take to end after it was asked to.
GRACE = 5.0


def check_program(
    command: Command, options: Options, *, run: bool, timeout: float | None = None
) -> Checked:
    """Return what of *command* would fail under spawn and forkserver.

    *run* says to run it, for *timeout* seconds at most.

    Raises:
        NoSuchModule, NotPython, ProgramUnreadable: there is nothing that could be checked.
        InterpreterNotStarted: the interpreter could not be executed.
    """
    sources = read_program(command.kind, command.name, [str(Path.cwd()), *sys.path])
    troubles = troubles_in(sources)
    limits: list[str] = []
    ended, looked = "", 0
    if run:
        ended, looked, tried, limits = _tried(command, options, timeout)
        troubles = [*troubles, *tried]
    return Checked(
        program="-c" if command.kind == "code" else command.name,
        troubles=together(troubles),
        files=len(sources),
        ended=ended,
        looked=looked,
        asks_for=asked_for(sources),
        limits=tuple(limits),
    )


def _tried(
    command: Command, options: Options, timeout: float | None
) -> tuple[str, int, list[Trouble], list[str]]:
    """Run *command*; return how it ended, how much it sent, the troubles, and what is not told."""
    run = new_run_id(options.store)
    argv = mask_of(options).argv(command.argv[1:])
    about = About(id=run, argv=argv, cwd=str(Path.cwd()), started=time.time())
    facts = {**about.facts(options.store), "runner": os.getpid()}
    folder = make_folder(run, os.environ, facts)
    try:
        if folder.path is None:
            return "", 0, [], ["what the program sends: no folder can be written to look at it"]
        with _output_to_stderr():
            program = start(command.argv, armed(folder, options, command, more=",check=1"))
        alarm = _Alarm(program.pid, timeout)
        ended = wait(program, tick=alarm.tick)
        crossings, limits = crossings_in(folder.path)
    finally:
        folder.remove()
    refused, passing = unloaded(load_all(crossings, _plain(os.environ)))
    status = ended.status
    code = -status.signal if status.signal is not None else status.code
    if not crossings:
        limits.append("what it sends: nothing was seen to go to another process in this run")
    words = f"{ending_words(code)}{alarm.words}"
    limits += [*untried(crossings), *passing]
    return words, len(crossings), [*unsent(crossings), *refused], limits


class _Alarm:
    """Ends a program that takes too long: it is asked first."""

    def __init__(self, pid: int, timeout: float | None) -> None:
        self.pid, self.timeout, self.begun = pid, timeout, time.monotonic()
        self.asked = 0.0

    def tick(self) -> None:
        """Look at the clock; runs while the program does."""
        now = time.monotonic()
        if self.timeout is None or now - self.begun < self.timeout:
            return
        if not self.asked:
            self.asked = now
            os.kill(self.pid, signal.SIGTERM)
        elif now - self.asked > GRACE:
            os.kill(self.pid, signal.SIGKILL)

    @property
    def words(self) -> str:
        """What to say of it when it has ended the program."""
        return f", ended after {self.timeout:g} s" if self.asked else ""


def _plain(environ: os._Environ[str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if not name.startswith("MPDIAG_")}


@contextmanager
def _output_to_stderr() -> Iterator[None]:
    """Have what is started meanwhile write to standard error."""
    sys.stdout.flush()
    kept = os.dup(1)
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
