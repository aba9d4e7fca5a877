"""Runs made by hand: the four situations of the design, and what else a report must say."""

from __future__ import annotations

import time
from typing import Any

from mpdiag.model import (
    Cause,
    Certainty,
    Crash,
    Error,
    ExitStatus,
    Failure,
    Fault,
    FaultId,
    Fingerprint,
    Frame,
    Inputs,
    Lookup,
    Lost,
    Outcome,
    Output,
    Run,
    RunId,
    Running,
    Snapshot,
    Task,
    Unwatched,
    Verdict,
    Worker,
)

CWD = "/srv/job"
# Three in the night of some day, on the clock of whoever runs the test.
AT = time.mktime((2024, 2, 29, 3, 12, 7, 0, 0, -1))
SOURCE = '    return record["this"] * record["that"]'
MARKED = 'record["that"]'


def snapshot(value: object) -> Snapshot:
    """Return *value* as its snapshot would be."""
    return Snapshot(text=repr(value), type=type(value).__name__)


def frame(source: str = SOURCE, marked: str = MARKED, **changes: Any) -> Frame:
    """Return a frame that failed in the *marked* part of *source*."""
    values: dict[str, Any] = {
        "file": f"{CWD}/examples/intermittent_keyerror.py",
        "line": 14,
        "function": "parse",
        "source": source,
        "end_line": 14,
        "column": source.index(marked) if marked else None,
        "end_column": source.index(marked) + len(marked) if marked else None,
    }
    return Frame(**{**values, **changes})


def failure(index: int | None = 4711, **changes: Any) -> Failure:
    """Return one failure of section 1."""
    record = snapshot({"id": 4711, "this": 7, "name": "ab"})
    values: dict[str, Any] = {
        "fingerprint": Fingerprint("f" * 16),
        "task": Task(
            target="__main__.parse", signature="parse(record)", label="Pool.map", index=index
        ),
        "worker": Worker(pid=8123, number=2),
        "error": Error(
            type="KeyError",
            message="'that'",
            trace=(frame(locals={"record": record}),),
            lookup=Lookup(
                kind="key",
                frame=0,
                subject="record",
                path="record",
                value=record,
                sought="'that'",
                keys=("'id'", "'this'", "'name'"),
                size=3,
            ),
        ),
        "inputs": Inputs(values={"record": record}, encoded=b"\x80\x04N.", encoding="task"),
        "at": AT,
    }
    return Failure(**{**values, **changes})


def crash(**changes: Any) -> Crash:
    """Return the death of section 2."""
    values: dict[str, Any] = {
        "fingerprint": Fingerprint("c" * 16),
        "task": Task(
            target="images.resize",
            signature="resize(path)",
            file=f"{CWD}/job/images.py",
            line=81,
            label="Pool.map",
            index=1_204_551,
        ),
        "worker": Worker(pid=8123, number=2),
        "status": ExitStatus(signal=9),
        "verdict": OUT_OF_MEMORY,
        "inputs": Inputs(
            values={"path": snapshot("/data/in/0471.tif")}, encoded=b"\x80\x04N.", encoding="task"
        ),
        "at": AT,
        "lost": Lost(done=806, never_started=11_693),
    }
    return Crash(**{**values, **changes})


OUT_OF_MEMORY = Verdict(
    cause=Cause.OUT_OF_MEMORY,
    certainty=Certainty.VERY_LIKELY,
    headline="SIGKILL, very likely out of memory",
    evidence=(
        "oom_kill of this container rose from 0 to 1 (cgroup v2)",
        "worker at 448 MiB, container at 509 of 512 MiB, 0.2 s before",
    ),
    not_readable=("kernel log",),
    fix="less memory in resize, fewer workers, or a limit above 512 MiB",
)
SENDER_UNKNOWN = Verdict(
    cause=Cause.SIGNAL,
    certainty=Certainty.UNKNOWN,
    headline="SIGKILL, sender unknown",
    evidence=(
        "no sign of memory trouble: peak 61 MiB, oom_kill unchanged",
        "not sent by this program or its pool",
    ),
    not_readable=("kernel log",),
)


def fault(first: Any, identity: str = "k7f2.1", **changes: Any) -> Fault:
    """Return the fault whose first occurrence is *first*."""
    values: dict[str, Any] = {
        "id": FaultId(identity),
        "run": RunId(identity.partition(".")[0]),
        "fingerprint": first.fingerprint,
        "kind": first.kind,
        "count": 1,
        "first": first,
        "outcome": Outcome.ENDED,
    }
    return Fault(**{**values, **changes})


def run(*faults: Fault, **changes: Any) -> Run:
    """Return a run of two workers that found *faults*."""
    values: dict[str, Any] = {
        "id": faults[0].run if faults else RunId("a0b1"),
        "argv": ("job.py",),
        "cwd": CWD,
        "started": AT - 1,
        "seconds": 2.1,
        "status": ExitStatus(code=1 if faults else 0),
        "tasks": 200,
        "workers": 2,
        "faults": faults,
    }
    return Run(**{**values, **changes})


def tasks_failed() -> Run:
    """Return section 1 of the design."""
    others = tuple(failure(index) for index in (9020, 11377, 12001))
    raised = "Pool.map raised this KeyError"
    return run(
        fault(failure(), count=37, others=others, raised=raised),
        tasks=100_000,
        failed=37,
        extra_tasks=79_549,
    )


def worker_died() -> Run:
    """Return section 2 of the design."""
    return run(
        fault(crash(), "3d9c.1", raised="Pool.map raised WorkerCrashed"),
        tasks=2_000_000,
        seconds=2 * 3600 + 11 * 60,
        workers=8,
        rescued=("plain Python would wait here for ever",),
    )


def sender_unknown() -> Run:
    """Return the second part of section 2: the same death without any sign of its cause."""
    return run(fault(crash(verdict=SENDER_UNKNOWN, lost=None), "3d9c.1"), tasks=2_000_000)


def no_faults() -> Run:
    """Return a healthy run of section 4."""
    return run(tasks=2_000_000, workers=8, seconds=2 * 3600 + 11 * 60)


def not_watched() -> Run:
    """Return a run that looked healthy, of section 4."""
    missed = tuple(
        Unwatched(pid=pid, reason="started with -I by subprocess", place=f"{CWD}/etl/run.py:17")
        for pid in (11, 12)
    )
    return run(tasks=1_200, workers=4, seconds=4.2, unwatched=missed)


def nothing_to_diagnose() -> Run:
    """Return a run without workers, of section 4."""
    return run(tasks=0, workers=0, seconds=0.3)


def all_caught() -> Run:
    """Return a run whose program caught all, of section 4."""
    error = Error(
        type="TimeoutError",
        message="timed out",
        trace=(frame("    answer = ask(url)", "ask(url)", file=f"{CWD}/net.py", line=88),),
    )
    caught = fault(failure(error=error), "77e0.1", count=12, outcome=Outcome.CAUGHT)
    return run(caught, status=ExitStatus(code=0), extra_tasks=65)


def target_not_sent() -> Run:
    """Return a run whose target could not be pickled, in two calls: no line of it ever ran."""
    error = Error(
        type="_pickle.PicklingError",
        message="Can't pickle <function <lambda> at 0x7f29704f1080>: attribute lookup failed",
        trace=(
            frame(
                "    cls(buf, protocol).dump(obj)",
                "",
                file="/usr/lib/python3.12/multiprocessing/reduction.py",
                line=51,
                function="dumps",
                locals={"cls": snapshot(int)},
            ),
        ),
    )
    verdict = Verdict(
        cause=Cause.RAISED,
        certainty=Certainty.PROVEN,
        headline="the target cannot be sent to a worker",
        evidence=("pickling it raised PicklingError",),
        fix="define the function with def at the top of its module",
    )
    task = Task(
        target="<lambda>",
        signature="<lambda>(x)",
        file=f"{CWD}/job.py",
        line=14,
        label="Pool.map",
        index=0,
    )
    first = failure(error=error, verdict=verdict, task=task, worker=Worker(pid=8100))
    return run(fault(first, count=2, others=(first,), outcome=Outcome.UNKNOWN), tasks=2)


def other_library() -> Run:
    """Return a run of workers that nobody looked into, whose program failed."""
    reason = "of joblib.externals.loky, into whose tasks mpdiag does not look"
    missed = tuple(Unwatched(pid=pid, reason=reason) for pid in (11, 12))
    return run(tasks=0, workers=0, status=ExitStatus(code=1), unwatched=missed)


def several_ways() -> Run:
    """Return a run with two kinds of failure, a death, and one fault that was caught."""
    value = Error(
        type="app.BadRow",
        message="row 7: \x1b[31mno price\nsecond line",
        notes=("while reading prices.csv",),
        trace=(
            frame("    return row.price(rate)", "row.price(rate)", line=14),
            frame(
                "        raise BadRow(self.number, rate)",
                "",
                file=f"{CWD}/app/rows.py",
                line=40,
                function="Row.price",
                locals={"rate": snapshot(1.25), "other": snapshot("not on the line")},
            ),
        ),
        cause=Error(
            type="ValueError",
            message="could not convert string to float: ''",
            trace=(frame("    return float(text)", "float(text)", line=12, function="number"),),
        ),
    )
    deep = Error(
        type="json.decoder.JSONDecodeError",
        message="Expecting value: line 1 column 1 (char 0)",
        trace=(
            frame("    return json.loads(text)", "json.loads(text)"),
            frame(
                "        raise JSONDecodeError(",
                "",
                file="/usr/lib/python3.12/json/decoder.py",
                line=355,
                function="raw_decode",
            ),
        ),
    )
    return run(
        fault(failure(error=value), count=3, raised="Pool.map raised this BadRow"),
        fault(failure(9, error=deep), "k7f2.2", outcome=Outcome.UNKNOWN),
        fault(crash(), "k7f2.3", raised="Pool.map raised WorkerCrashed"),
        fault(failure(), "k7f2.4", count=12, outcome=Outcome.CAUGHT),
        limits=("of k7f2.1, 20 of 3,000 inputs were kept (run_bytes, 256 MiB)",),
        rescued=("plain Python would wait here for ever",),
        cancelled=136,
    )


def bare_processes() -> Run:
    """Return a run of two bare processes that raised, one with the input it last received."""
    task = Task(target="app.reader", signature="reader(queue)", label="Process")
    message = Inputs(values={"message": snapshot({"id": 7})}, likely=True)
    first = failure(task=task, inputs=message, worker=Worker(pid=8200, number=1))
    outcome = Outcome.UNKNOWN
    return run(
        fault(first, count=2, outcome=outcome),
        tasks=0,
        tasks_known=False,
        status=ExitStatus(code=0),
    )


def exit_call() -> Run:
    """Return a run in which the only task called ``sys.exit``."""
    verdict = Verdict(
        cause=Cause.EXIT_CALL,
        certainty=Certainty.PROVEN,
        headline="sys.exit(7) called in a task",
        evidence=("SystemExit left the target",),
    )
    error = Error(
        type="SystemExit", message="7", trace=(frame("    sys.exit(code)", "sys.exit(code)"),)
    )
    first = failure(error=error, verdict=verdict, inputs=Inputs(values={"code": snapshot(7)}))
    return run(fault(first, raised="Pool.apply raised WorkerCrashed"), tasks=1)


def exception_group() -> Run:
    """Return a run whose failure is a group with a group in it."""
    inner = tuple(
        Error(
            type="ValueError", message=f"part {n}", trace=(frame("    part(n)", "part(n)", line=n),)
        )
        for n in (20, 21, 22, 23)
    )
    group = Error(
        type="ExceptionGroup",
        message="4 parts failed (2 sub-exceptions)",
        trace=(frame("        raise ExceptionGroup(text, found)", ""),),
        members=(inner[0], Error(type="ExceptionGroup", message="more", members=inner[1:])),
        suppress_context=True,
        context=Error(type="KeyError", message="'hidden'"),
    )
    return run(fault(failure(error=group), outcome=Outcome.UNKNOWN))


def interrupted() -> Run:
    """Return a run that was ended by Ctrl-C before anything failed."""
    at_work = tuple(
        Running(
            worker=Worker(pid=8122 + n, number=n),
            text=f"parse(record), task {n * 100} of Pool.map, record = {{'id': {n * 100}}}",
        )
        for n in (1, 2)
    )
    return run(interrupted=at_work, status=ExitStatus(signal=2), tasks=180)


def segfault() -> Run:
    """Return a run with a stack from faulthandler and the last words of the worker."""
    verdict = Verdict(
        cause=Cause.SIGNAL,
        certainty=Certainty.PROVEN,
        headline="SIGSEGV: an invalid memory access, in C code as a rule",
        evidence=("the exit status says SIGSEGV",),
    )
    died = crash(
        status=ExitStatus(signal=11),
        verdict=verdict,
        trace=(frame("    ctypes.string_at(address)", "", function="resize", line=88),),
        output=Output(stderr="warming up\nFatal Python error: Segmentation fault\n"),
        lost=None,
    )
    missed = (Unwatched(pid=9, reason="started with a cleaned environment"),)
    return run(fault(died, outcome=Outcome.UNKNOWN), unwatched=missed, ignored=2, tasks=2)


def idle_worker() -> Run:
    """Return a run in which a worker was killed between two tasks."""
    died = crash(task=None, inputs=Inputs(), verdict=SENDER_UNKNOWN, lost=None)
    text = "released a queue lock that a dead worker held"
    return run(fault(died, outcome=Outcome.CAUGHT), rescued=(text,), status=ExitStatus(code=0))
