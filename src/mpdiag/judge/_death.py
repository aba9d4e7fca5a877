"""Decide why a worker died.

Pure: exit status and facts in, verdict out.  The ladder for SIGKILL: a line of the kernel with
the pid proves that memory ran out; a kill counted in the worker's own container makes it very
likely; memory near a limit, likely; without any of it the sender is unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

from ..evidence import DeathFacts
from ..model import Cause, Certainty, ExitStatus, Verdict, ending_words
from ._memory import memory_certainty, memory_evidence, memory_fix


@dataclass(frozen=True, slots=True)
class _Meaning:
    """What a signal usually says, and what helps where that is clear."""

    text: str
    fix: str = ""


# By name: not every system has every signal.
_MEANINGS = {
    "SIGSEGV": _Meaning("an invalid memory access, in C code as a rule"),
    "SIGABRT": _Meaning("C code gave up (abort), often after a message on stderr"),
    "SIGFPE": _Meaning("a division by zero or the like in C code"),
    "SIGILL": _Meaning(
        "an instruction that this processor does not have",
        "a build of the C extension for this processor",
    ),
    "SIGBUS": _Meaning(
        "mapped memory that is not there, such as a file on a full disk",
        "more room in /dev/shm or TMPDIR (docker run --shm-size), or no truncated mapped file",
    ),
    "SIGSYS": _Meaning("a system call that this container or sandbox forbids"),
    "SIGXCPU": _Meaning("the limit of CPU time was reached", "a higher limit (ulimit -t)"),
    "SIGXFSZ": _Meaning("the limit of file size was reached", "a higher limit (ulimit -f)"),
    "SIGPIPE": _Meaning("it wrote to a pipe that nobody reads"),
    "SIGALRM": _Meaning("an alarm that nothing in the worker handles"),
    "SIGHUP": _Meaning("its terminal or session was closed"),
    "SIGINT": _Meaning("interrupted, as by Ctrl-C"),
}
# Sent from outside: what a worker does itself never ends in these.
_ASKED = frozenset({"SIGTERM", "SIGKILL", "SIGHUP", "SIGUSR1", "SIGUSR2"})
# A shell says 128 + n for a command that signal n ended.
_SHELL = 128
# What multiprocessing ends with after an exception that nothing caught.
_UNCAUGHT = 1


def judge_death(status: ExitStatus, facts: DeathFacts, *, target: str = "") -> Verdict:
    """Return the verdict on a worker that died with *status* while it ran *target*."""
    if status.signal is not None:
        name = ending_words(-status.signal)
        if facts.sender:
            return _by_sender(name, facts)
        if name == "SIGKILL" and memory_certainty(facts) is not None:
            return _out_of_memory(facts, target)
        return _by_signal(name, facts)
    if status.code is not None:
        return _by_exit(status.code, facts)
    return Verdict(
        cause=Cause.UNKNOWN,
        certainty=Certainty.UNKNOWN,
        headline="a worker is gone, exit status unknown",
        evidence=("nobody who could be asked saw how it ended",),
    )


def _out_of_memory(facts: DeathFacts, target: str) -> Verdict:
    certainty = memory_certainty(facts) or Certainty.UNKNOWN
    proven = certainty is Certainty.PROVEN
    surely = "possibly" if certainty is Certainty.POSSIBLE else certainty.value
    return Verdict(
        cause=Cause.OUT_OF_MEMORY,
        certainty=certainty,
        headline=f"SIGKILL, {'out of memory, proven' if proven else f'{surely} out of memory'}",
        evidence=memory_evidence(facts),
        # What is proven needs no further source.
        not_readable=() if proven else facts.not_readable,
        fix=memory_fix(facts, target),
    )


def _by_sender(name: str, facts: DeathFacts) -> Verdict:
    """Return the verdict on a signal that a process of the run sent."""
    who = f"{facts.sender} itself" if facts.sent_by_itself else facts.sender
    place = f", {facts.sent_place}" if facts.sent_place else ""
    return Verdict(
        cause=Cause.INTERRUPTED if name == "SIGINT" else Cause.SIGNAL,
        certainty=Certainty.PROVEN,
        headline=f"{name}, sent by {'the worker itself' if facts.sent_by_itself else facts.sender}",
        evidence=(f"sent by {who}, with os.kill{place}",),
    )


def _by_signal(name: str, facts: DeathFacts) -> Verdict:
    meaning = _MEANINGS.get(name)
    sent = _sender(facts) if name in _ASKED else ""
    cause = Cause.INTERRUPTED if name == "SIGINT" else Cause.SIGNAL
    killed = name == "SIGKILL"
    return Verdict(
        cause=cause,
        certainty=Certainty.PROVEN,
        headline=f"{name}{_behind(name, meaning, facts)}",
        evidence=(*(memory_evidence(facts) if killed else ()), *([sent] if sent else [])),
        not_readable=facts.not_readable if killed else (),
        fix=meaning.fix if meaning is not None else "",
    )


def _behind(name: str, meaning: _Meaning | None, facts: DeathFacts) -> str:
    """Return what the headline says behind the name of a signal."""
    if name in _ASKED and facts.terminated_by_owner:
        return ", sent by its pool, or by terminate() or kill() of its process"
    if meaning is not None:
        return f": {meaning.text}"
    return ", sender unknown" if name in _ASKED else ""


def _sender(facts: DeathFacts) -> str:
    """Return who did not send it: a worker, or anyone else, may still have called os.kill."""
    if facts.terminated_by_owner is False:
        return "not sent by its pool, nor by terminate() or kill() of its process"
    return ""


def _by_exit(code: int, facts: DeathFacts) -> Verdict:
    if facts.raised:
        return Verdict(
            cause=Cause.RAISED,
            certainty=Certainty.PROVEN,
            headline=f"{facts.raised} ended the worker (exit code {code})",
            evidence=(f"nothing in the worker caught {facts.raised}",),
        )
    if facts.exit_place:
        return Verdict(
            cause=Cause.EXIT_CALL,
            certainty=Certainty.PROVEN,
            headline=f"worker ended itself with exit code {code} (sys.exit)",
            evidence=(f"called at {facts.exit_place}",),
        )
    return _by_unseen_exit(code)


def _by_unseen_exit(code: int) -> Verdict:
    evidence = ["no exception left the target, and no signal ended the worker"]
    if code == _UNCAUGHT:
        evidence.append("1 is also the exit code after an exception outside of a task")
    if code > _SHELL and (name := ending_words(_SHELL - code)).startswith("SIG"):
        evidence.append(f"{code} is what a shell says of a command that {name} ended")
    return Verdict(
        cause=Cause.EXIT_CALL,
        certainty=Certainty.LIKELY,
        headline=f"worker ended itself with exit code {code} (os._exit or C code)",
        evidence=tuple(evidence),
    )
