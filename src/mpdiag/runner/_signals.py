"""Take signals one by one, and tell which of them the program has not had yet.

The runner shares its process group with the program, so that the terminal and the shell treat
both as one job.  What the kernel sends for the terminal (Ctrl-C, Ctrl-Z, a new window size) goes
to the whole group; what ``kill`` sends goes to the runner alone::

    terminal ── SI_KERNEL ──▶ runner and program      nothing to pass on
    kill PID ── SI_USER ────▶ runner ────────────────▶ program

Signals are blocked and waited for.  No handler is needed: a blocked signal stays pending even
where it is ignored (``nohup``) and even in process 1, which drops what it has no handler for.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass

from ..evidence import ancestors

# Of asm-generic/siginfo.h; codes of zero and below come from processes.
SI_USER = 0

# Left alone: a fault of the runner's own, limits on it, and what Python itself ignores.
_OURS = {"SIGILL", "SIGTRAP", "SIGBUS", "SIGFPE", "SIGSEGV", "SIGSYS"} | {
    "SIGXCPU",
    "SIGXFSZ",
    "SIGPIPE",
}
_UNSTOPPABLE = {"SIGKILL", "SIGSTOP"}
# What a terminal sends.
_KEYS = {
    getattr(signal, name, None)
    for name in ("SIGINT", "SIGQUIT", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGWINCH")
}
# Seconds between two looks where the system cannot wait for a signal and a deadline.
_LOOK_AGAIN = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One signal that reached the runner."""

    number: int
    sender: int
    """Process id; 0 where it is not known, or lives in another namespace."""
    from_process: bool
    """Sent by ``kill`` and the like; False for what the kernel sent."""


def awaited() -> frozenset[int]:
    """Return the numbers of all signals that the runner waits for."""
    left_alone = {getattr(signal, name, None) for name in _OURS | _UNSTOPPABLE}
    return frozenset(int(number) for number in signal.valid_signals() if number not in left_alone)


def block(numbers: Iterable[int]) -> frozenset[int]:
    """Keep *numbers* pending from now on; return the mask that was there before."""
    return frozenset(map(int, signal.pthread_sigmask(signal.SIG_BLOCK, numbers)))


def restore(mask: Iterable[int]) -> None:
    """Make *mask* the set of blocked signals again."""
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def next_arrival(numbers: Iterable[int], *, timeout: float) -> Arrival | None:
    """Return the next of the blocked *numbers*; None after *timeout* seconds at most."""
    if not hasattr(signal, "sigtimedwait"):
        return _next_without_sender(numbers, timeout=timeout)
    found = signal.sigtimedwait(numbers, max(timeout, 0.0))
    if found is None:
        return None
    return Arrival(
        number=found.si_signo, sender=found.si_pid, from_process=found.si_code <= SI_USER
    )


def _next_without_sender(numbers: Iterable[int], *, timeout: float) -> Arrival | None:
    """Return the same on systems that tell no sender, such as macOS: what keys send is theirs."""
    waiting = signal.sigpending() & set(numbers)
    if not waiting:
        time.sleep(min(max(timeout, 0.0), _LOOK_AGAIN))
        return None
    number = signal.sigwait(waiting)
    return Arrival(number=number, sender=0, from_process=number not in _KEYS)


def concerns_program(arrival: Arrival, *, program: int) -> bool:
    """Return whether *arrival* has to be passed on to the process *program*.

    A signal from inside the program was sent to the whole group, which the program belongs to,
    or was meant for whoever started the program.
    """
    if arrival.number == signal.SIGCHLD:
        return False
    if not arrival.from_process:
        return arrival.number == signal.SIGHUP and _leads_session()
    return not _descends_from(arrival.sender, program)


def _leads_session() -> bool:
    """Return whether a hangup of the terminal reaches this process and no other."""
    return os.getsid(0) == os.getpid()


def _descends_from(pid: int, ancestor: int) -> bool:
    return ancestor in {pid, *ancestors(pid)}
