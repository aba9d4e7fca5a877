"""Why a worker died, judged from values alone."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from mpdiag.evidence import DeathFacts, MemorySample
from mpdiag.judge import judge_death
from mpdiag.model import Cause, Certainty, ExitStatus, Verdict

MIB = 1 << 20
LINE = "Memory cgroup out of memory: Killed process 8123 (python) total-vm:512000kB"
FULL = MemorySample(used_bytes=509 * MIB, limit_bytes=512 * MIB, of="container")
ROOMY = MemorySample(used_bytes=1024 * MIB, limit_bytes=24_000 * MIB, of="machine")


def killed(*, target: str = "", **facts: Any) -> Verdict:
    """Return the verdict on a worker that SIGKILL ended."""
    known = DeathFacts(**facts)
    return judge_death(ExitStatus(signal=signal.SIGKILL), known, target=target)


LADDER = [
    pytest.param({"kernel_line": LINE}, Certainty.PROVEN, "out of memory, proven", id="kernel"),
    pytest.param(
        {"own_kills": (0, 1), "host_kills": (0, 1)},
        Certainty.VERY_LIKELY,
        "very likely out of memory",
        id="own counter",
    ),
    pytest.param({"around": FULL}, Certainty.LIKELY, "likely out of memory", id="container full"),
    pytest.param(
        {"peak_bytes": 500 * MIB, "around": FULL, "own_kills": (0, 0)},
        Certainty.LIKELY,
        "likely out of memory",
        id="near its limit",
    ),
    pytest.param({"host_kills": (4, 5)}, Certainty.LIKELY, "likely out of memory", id="machine"),
    pytest.param(
        {"host_kills": (4, 5), "own_kills": (0, 0)},
        Certainty.POSSIBLE,
        "possible out of memory",
        id="another container",
    ),
]


@pytest.mark.parametrize(("facts", "certainty", "words"), LADDER)
def test_memory_is_blamed_as_surely_as_the_evidence_allows(
    facts: dict[str, Any], certainty: Certainty, words: str
) -> None:
    """The stronger the source, the surer the verdict; the headline says how sure."""
    verdict = killed(**facts)
    assert (verdict.cause, verdict.certainty) == (Cause.OUT_OF_MEMORY, certainty)
    assert verdict.headline == f"SIGKILL, {words}".replace("possible", "possibly")
    assert verdict.evidence
    assert verdict.fix


def test_the_report_of_a_worker_killed_for_memory() -> None:
    """The evidence reads as in the design: counter, worker and container, and what was closed."""
    verdict = killed(
        own_kills=(0, 1),
        cgroup="cgroup v2",
        worker_bytes=448 * MIB,
        around=FULL,
        seconds_before=0.2,
        not_readable=("kernel log",),
        target="images.resize",
    )
    assert verdict.headline == "SIGKILL, very likely out of memory"
    assert verdict.evidence == (
        "oom_kill of this container rose from 0 to 1 (cgroup v2)",
        "worker at 448 MiB, container at 509 of 512 MiB, 0.2 s before",
    )
    assert verdict.not_readable == ("kernel log",)
    assert verdict.fix == "less memory in resize, fewer workers, or a limit above 512 MiB"


def test_the_line_of_the_kernel_is_quoted_as_far_as_it_helps() -> None:
    """The proof names the process and what it held; the table of sizes behind it is left out."""
    verdict = killed(kernel_line=f"{LINE}, anon-rss:131072kB, file-rss:4756kB", not_readable=("x",))
    assert verdict.evidence == (
        "kernel log: Memory cgroup out of memory: Killed process 8123 (python), 128 MiB in RAM",
    )
    assert verdict.not_readable == ()


@pytest.mark.parametrize(
    ("itself", "headline", "evidence"),
    [
        (
            True,
            "SIGKILL, sent by the worker itself",
            "sent by worker 2 (pid 812) itself, with os.kill, app.py:12",
        ),
        (
            False,
            "SIGKILL, sent by worker 2 (pid 812)",
            "sent by worker 2 (pid 812), with os.kill, app.py:12",
        ),
    ],
)
def test_a_known_sender_is_the_cause(itself: bool, headline: str, evidence: str) -> None:
    """Whoever of the run sent the signal is named, and memory is not blamed for it."""
    facts = DeathFacts(
        sender="worker 2 (pid 812)", sent_by_itself=itself, sent_place="app.py:12", around=FULL
    )
    verdict = judge_death(ExitStatus(signal=9), facts, target="resize")
    assert (verdict.headline, verdict.evidence) == (headline, (evidence,))
    assert (verdict.cause, verdict.certainty) == (Cause.SIGNAL, Certainty.PROVEN)


def test_sigkill_alone_is_no_proof_of_memory() -> None:
    """Without a sign of memory trouble the sender is unknown, and what was seen is said."""
    verdict = killed(
        peak_bytes=61 * MIB,
        own_kills=(0, 0),
        host_kills=(0, 0),
        around=ROOMY,
        terminated_by_owner=False,
        not_readable=("kernel log",),
    )
    assert (verdict.cause, verdict.certainty) == (Cause.SIGNAL, Certainty.PROVEN)
    assert verdict.headline == "SIGKILL, sender unknown"
    assert verdict.evidence == (
        "no sign of memory trouble: peak 61 MiB, oom_kill unchanged",
        "not sent by its pool, nor by terminate() or kill() of its process",
    )
    assert verdict.not_readable == ("kernel log",)
    assert verdict.fix == ""


def test_a_program_that_kills_its_own_worker_is_not_a_riddle() -> None:
    """When the pool or the process object sent it, the headline says so."""
    verdict = killed(terminated_by_owner=True, own_kills=(2, 2))
    assert (
        verdict.headline == "SIGKILL, sent by its pool, or by terminate() or kill() of its process"
    )


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "whether memory ran out is not known"),
        ({"peak_bytes": 3 * MIB}, "whether memory ran out is not known: peak 3 MiB"),
        (
            {"peak_bytes": 2048 * MIB, "around": ROOMY},
            "no sign of memory trouble: peak 2,048 MiB, limit of the machine 23.4 GiB",
        ),
        ({"host_kills": (3, 3)}, "no sign of memory trouble: oom_kill unchanged"),
    ],
)
def test_what_is_not_known_is_said_to_be_unknown(facts: dict[str, Any], words: str) -> None:
    """Silence of a source that could not be read is not taken for health."""
    assert killed(**facts).evidence == (words,)


SIGNALS = [
    ("SIGSEGV", Cause.SIGNAL, "SIGSEGV: an invalid memory access, in C code as a rule"),
    ("SIGABRT", Cause.SIGNAL, "SIGABRT: C code gave up (abort), often after a message on stderr"),
    ("SIGFPE", Cause.SIGNAL, "SIGFPE: a division by zero or the like in C code"),
    (
        "SIGBUS",
        Cause.SIGNAL,
        "SIGBUS: mapped memory that is not there, such as a file on a full disk",
    ),
    ("SIGTERM", Cause.SIGNAL, "SIGTERM, sender unknown"),
    ("SIGINT", Cause.INTERRUPTED, "SIGINT: interrupted, as by Ctrl-C"),
    ("SIGVTALRM", Cause.SIGNAL, "SIGVTALRM"),
]


@pytest.mark.parametrize(("name", "cause", "headline"), SIGNALS)
def test_a_signal_is_named_with_what_it_usually_means(
    name: str, cause: Cause, headline: str
) -> None:
    """Every signal has its name, and memory is not blamed for any but SIGKILL."""
    verdict = judge_death(ExitStatus(signal=signal.Signals[name]), DeathFacts(own_kills=(0, 1)))
    assert (verdict.cause, verdict.headline) == (cause, headline)
    assert "oom_kill" not in "".join(verdict.evidence)


def test_a_signal_without_a_name_is_a_number() -> None:
    """A real-time signal, or one of another system, is no error of ours."""
    assert judge_death(ExitStatus(signal=41), DeathFacts()).headline == "signal 41"


def test_an_exit_that_python_did_not_see() -> None:
    """os._exit(3) leaves no trace but its code."""
    verdict = judge_death(ExitStatus(code=3), DeathFacts())
    assert (verdict.cause, verdict.certainty) == (Cause.EXIT_CALL, Certainty.LIKELY)
    assert verdict.headline == "worker ended itself with exit code 3 (os._exit or C code)"


def test_sys_exit_is_named_with_its_place() -> None:
    """A call of sys.exit that was seen is certain, and has a place."""
    verdict = judge_death(ExitStatus(code=3), DeathFacts(exit_place="job/x.py:12"))
    assert (verdict.cause, verdict.certainty) == (Cause.EXIT_CALL, Certainty.PROVEN)
    assert verdict.headline == "worker ended itself with exit code 3 (sys.exit)"
    assert verdict.evidence == ("called at job/x.py:12",)


def test_an_exception_that_ended_the_worker() -> None:
    """A BaseException that nothing caught ends a worker with exit code 1."""
    verdict = judge_death(ExitStatus(code=1), DeathFacts(raised="app.Stop"))
    assert (verdict.cause, verdict.headline) == (
        Cause.RAISED,
        "app.Stop ended the worker (exit code 1)",
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (1, "1 is also the exit code after an exception outside of a task"),
        (137, "137 is what a shell says of a command that SIGKILL ended"),
    ],
)
def test_a_code_that_may_mean_something_else_says_so(code: int, words: str) -> None:
    """1 and 128 + n have second readings, which stand in the evidence."""
    assert judge_death(ExitStatus(code=code), DeathFacts()).evidence[-1] == words


def test_an_unknown_status_stays_unknown() -> None:
    """Where nobody has seen the exit status, no cause is made up."""
    verdict = judge_death(ExitStatus(), DeathFacts(own_kills=(0, 1)))
    assert (verdict.cause, verdict.certainty) == (Cause.UNKNOWN, Certainty.UNKNOWN)
    assert "unknown" in verdict.headline
