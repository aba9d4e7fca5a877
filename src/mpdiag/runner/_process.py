"""Start the program in a fresh interpreter, and wait for it.

The program gets what plain ``python`` would have got from the shell: the same process group and
terminal, descriptors, signal mask and dispositions.  It is killed by the kernel when the runner
dies, and the runner never ends before it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from ..errors import InterpreterNotStarted
from ..model import ExitStatus
from ..worker import end_with_parent
from ._signals import Arrival, awaited, block, concerns_program, next_arrival, restore

# What a shell says of a command that it could not start.
NOT_STARTED = 127
# Asks a program to end.
_ENDING = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How the program ended, and how long the runner may still take."""

    status: ExitStatus
    pid: int
    deadline: float | None = None
    """On the clock of ``time.monotonic``; None if nobody asked the runner to terminate."""
    trouble: Exception | None = None
    """The first exception that *tick* raised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that was started and not waited for yet."""

    pid: int
    command: tuple[str, ...]
    mask: frozenset[int]
    """The runner's signal mask before the start."""
    trouble: int
    """Descriptor to read the number of the error from, if the start failed."""


def start_and_wait(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    tick: Callable[[], None],
    every: float = 0.25,
    grace: float = 2.0,
) -> Ended:
    """Run *command* to its end and call *tick* about every *every* seconds until then.

    Runs in the main thread, and so does *tick*, which should be short: signals wait for it.
    *grace* is how many seconds the runner may take for its report after SIGTERM.

    Raises:
        InterpreterNotStarted: the first word of *command* could not be executed.
    """
    return wait(start(command, env), tick=tick, every=every, grace=grace)


def start(command: Sequence[str], env: Mapping[str, str]) -> Program:
    """Start *command* and return at once; signals are pending until it was waited for."""
    mask = block(awaited())
    ignores_children = signal.getsignal(signal.SIGCHLD) == signal.SIG_IGN
    if ignores_children:  # the kernel would throw the exit status away
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    reader, writer = os.pipe()
    runner = os.getpid()
    try:
        pid = os.fork()
    except OSError as error:
        os.close(reader)
        os.close(writer)
        restore(mask)
        raise InterpreterNotStarted(command[0], str(error.strerror)) from error
    if pid == 0:
        if ignores_children:
            signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        _become(command, env, runner=runner, mask=mask, writer=writer)
    os.close(writer)
    return Program(pid=pid, command=tuple(command), mask=mask, trouble=reader)


def _become(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    runner: int,
    mask: frozenset[int],
    writer: int,
) -> NoReturn:
    """Turn this child into *command*.  Runs in the child; never returns."""
    try:
        end_with_parent(runner)
        _restore_dispositions()
        restore(mask)
        os.execve(command[0], list(command), env)  # noqa: S606 - no shell is wanted
    except OSError as error:
        os.write(writer, str(error.errno).encode())
    finally:
        os._exit(NOT_STARTED)


def _restore_dispositions() -> None:
    """Undo what Python did at its start; what was ignored before stays ignored."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    for each in signal.valid_signals():
        if callable(signal.getsignal(each)):
            signal.signal(each, signal.SIG_DFL)


def wait(
    program: Program,
    *,
    tick: Callable[[], None],
    ending: Callable[[], None] | None = None,
    every: float = 0.25,
    grace: float = 2.0,
) -> Ended:
    """Wait for *program*; see `start_and_wait`.

    *ending* is called once, at the first signal that asks the program to end, before it is
    passed on.
    """
    try:
        return _Wait(program, tick=tick, ending=ending, every=every, grace=grace).run()
    finally:
        os.close(program.trouble)
        restore(program.mask)


class _Wait:
    """The state of one wait."""

    def __init__(
        self,
        program: Program,
        *,
        tick: Callable[[], None],
        ending: Callable[[], None] | None,
        every: float,
        grace: float,
    ) -> None:
        self.program = program
        self.tick = tick
        self.ending = ending
        self.every = every
        self.grace = grace
        self.next_tick = time.monotonic() + every
        self.status: ExitStatus | None = None
        self.stopped_by: int | None = None
        self.resumed = False
        self.deadline: float | None = None
        self.trouble: Exception | None = None

    def run(self) -> Ended:
        """Return when the program has ended."""
        while self.look() is None:
            self.take(next_arrival(awaited(), timeout=self.next_tick - time.monotonic()))
            if time.monotonic() >= self.next_tick and self.look() is None:
                self.run_tick()
        while (late := next_arrival(awaited(), timeout=0.0)) is not None:
            self.note(late)
        self.raise_if_not_started()
        return Ended(
            status=self.status or ExitStatus(),
            pid=self.program.pid,
            deadline=self.deadline,
            trouble=self.trouble,
        )

    def run_tick(self) -> None:
        """Call *tick*; what it raises must not take the program with it."""
        self.attempt(self.tick)
        self.next_tick = time.monotonic() + self.every

    def attempt(self, work: Callable[[], None]) -> None:
        """Do *work*, and keep the first exception that it raises."""
        try:
            work()
        except Exception as error:
            self.trouble = self.trouble or error

    def take(self, arrival: Arrival | None) -> None:
        """Pass *arrival* on, if the program has not had it."""
        if arrival is None:
            return
        self.note(arrival)
        if arrival.number in _ENDING and self.ending is not None:
            work, self.ending = self.ending, None
            self.attempt(work)
        if self.look() is not None or not concerns_program(arrival, program=self.program.pid):
            return
        if arrival.number == signal.SIGCONT and self.resumed and self.stopped_by is None:
            self.resumed = False  # the same SIGCONT has continued the whole group
            return
        os.kill(self.program.pid, arrival.number)

    def note(self, arrival: Arrival) -> None:
        """Begin to count the seconds that are left after a first SIGTERM."""
        if arrival.number == signal.SIGTERM and self.deadline is None:
            self.deadline = time.monotonic() + self.grace

    def look(self) -> ExitStatus | None:
        """Take in what happened to the program; return how it ended, or None."""
        was_stopped = self.stopped_by is not None
        try:
            while self.status is None and (raw := _changed(self.program.pid)) is not None:
                self.take_in(raw)
        except ChildProcessError:  # somebody else took the exit status
            self.status = ExitStatus()
        if self.status is None and self.stopped_by is not None and not was_stopped:
            _stop_by(self.stopped_by)
        return self.status

    def take_in(self, raw: int) -> None:
        """Keep one change of state of the program."""
        if os.WIFSTOPPED(raw):
            self.stopped_by, self.resumed = os.WSTOPSIG(raw), False
        elif os.WIFCONTINUED(raw):
            self.stopped_by, self.resumed = None, True
        elif os.WIFSIGNALED(raw):
            self.status = ExitStatus(signal=os.WTERMSIG(raw))
        else:
            self.status = ExitStatus(code=os.WEXITSTATUS(raw))

    def raise_if_not_started(self) -> None:
        """Raise if the interpreter could not be executed."""
        if self.status == ExitStatus(code=NOT_STARTED):
            number = os.read(self.program.trouble, 32)
            if number:
                raise InterpreterNotStarted(self.program.command[0], os.strerror(int(number)))


def _changed(pid: int) -> int | None:
    """Return the wait status of *pid* if its state changed, else None.

    Process 1 inherits the orphans of everybody, and buries them on the way.
    """
    flags = os.WNOHANG | os.WUNTRACED | os.WCONTINUED
    while True:
        found, raw = os.waitpid(-1 if os.getpid() == 1 else pid, flags)
        if found == 0:
            return None
        if found == pid:
            return raw


def _stop_by(number: int) -> None:
    """Stop this process as the program was stopped, so that a shell takes the terminal back.

    Without a terminal nobody waits for that, and nobody would continue this process either.
    """
    try:
        os.close(os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY))
    except OSError:
        return
    os.kill(os.getpid(), number)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})  # stands here until it is continued
    signal.pthread_sigmask(signal.SIG_BLOCK, {number} & awaited())
