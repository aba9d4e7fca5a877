"""Rounds: every case once, in another order each time, under each interpreter."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from ..errors import InterpreterNotStarted
from ._machine import describe_machine, ticks, with_steal
from ._plan import Plan, channel_cases, pool_cases
from ._recommend import READY
from ._values import Case, Result, Row, Timing

# Seconds after which a case counts as hung.  A million numbers through the slowest took about 60.
CASE_LIMIT = 300.0
Progress = Callable[[float, str], object]
"""Called with the part that is done and what comes next."""


class Measuring:
    """An interpreter that measures, in a process group of its own."""

    def __init__(self, python: str, folder: str) -> None:
        self.path = python
        places = [folder, *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(places), "MPDIAG_DISABLE": "1"}
        command = [python, "-m", "mpdiag.bench._child"]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                text=True,
                start_new_session=True,
            )
        except OSError as error:
            raise InterpreterNotStarted(python, str(error.strerror)) from None
        hello = self.ask({"hello": True})
        if "python" not in hello:
            self.close()
            raise InterpreterNotStarted(python, f"it cannot measure: {hello.get('error')}")
        self.version, self.memcpy = str(hello["python"]), list[float]()
        self.pools: list[str] = list(hello["pools"])
        self.numpy = bool(hello["numpy"])

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer; one that takes too long ends the process, and is an error."""
        timer = threading.Timer(CASE_LIMIT, self.kill)
        timer.daemon = True
        timer.start()
        try:
            assert self._process.stdin is not None  # noqa: S101
            assert self._process.stdout is not None  # noqa: S101
            self._process.stdin.write(json.dumps(question) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except OSError:
            line = ""
        finally:
            timer.cancel()
            timer.join()
        return dict(json.loads(line)) if line else {"error": "its process ended"}

    def copy(self) -> None:
        """Measure what memory allows, in this round."""
        answer = self.ask({"memcpy": True})
        self.memcpy += [float(answer["memcpy"])] if "memcpy" in answer else []

    def kill(self) -> None:
        """End it at once, with what it started."""
        with suppress(OSError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End it, and what it started."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        self.kill()
        self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


@contextmanager
def _interpreters(pythons: list[str]) -> Iterator[list[Measuring]]:
    """Start them; this package alone is lent to those that have it not."""
    started: list[Measuring] = []
    with tempfile.TemporaryDirectory(prefix="mpdiag-bench-") as folder:
        Path(folder, "mpdiag").symlink_to(Path(__file__).resolve().parent.parent)
        try:
            for python in pythons:  # one that does not start must leave the others in the list
                started += [Measuring(python, folder)]
            yield started
        finally:
            for one in started:
                one.close()


def run(
    kind: str, plan: Plan, *, pythons: list[str] | None = None, progress: Progress = lambda *_: None
) -> Result:
    """Measure until the rounds are done or the time is up.

    Raises:
        InterpreterNotStarted: one of *pythons* does not run, or is older than 3.10.
    """
    before, begun = ticks(), time.monotonic()
    machine = describe_machine()
    with _interpreters(pythons or [sys.executable]) as measuring:
        jobs = [(one, case) for one in measuring for case in _cases(kind, plan, one)]
        rows = {(one.path, case): Row(python=one.version, case=case) for one, case in jobs}
        notes = _stand_in(measuring, plan)
        try:
            rounds = _rounds(jobs, rows, plan, begun, progress)
        except KeyboardInterrupt:
            notes += ("it was interrupted: these are the rounds until then",)
            for one in measuring:
                one.kill()
            rounds = min((len(row.timings) for row in rows.values() if not row.error), default=0)
        copied = [speed for one in measuring for speed in one.memcpy]
        machine = replace(machine, memcpy=max(copied, default=0.0))  # others only slow it
    return Result(
        kind=kind,
        machine=with_steal(machine, before),
        rows=tuple(rows.values()),
        rounds=rounds,
        seconds=time.monotonic() - begun,
        notes=notes,
    )


def _stand_in(measuring: list[Measuring], plan: Plan) -> tuple[str, ...]:
    """Return the note that an array is none, if so."""
    if READY not in plan.payloads or all(one.numpy for one in measuring):
        return ()
    return ("numpy is not installed: a bytearray of 3.84 MB stands for each array",)


def _cases(kind: str, plan: Plan, one: Measuring) -> list[Case]:
    if kind == "pools":
        return pool_cases(plan, one.pools)
    found = {payload: one.ask({"size": payload}) for payload in plan.payloads}
    for answer in found.values():
        if "size" not in answer:
            raise ValueError(answer["error"])
    return channel_cases(
        plan,
        lambda payload: int(found[payload]["size"]),
        lambda payload: float(found[payload]["seconds"]),
    )


def _rounds(
    jobs: list[tuple[Measuring, Case]],
    rows: dict[tuple[str, Case], Row],
    plan: Plan,
    begun: float,
    progress: Progress,
) -> int:
    """Measure each job once a round, while there is time; return the number of whole rounds."""
    order = random.Random(1)  # noqa: S311 - any order, the same at each call
    taken: dict[tuple[str, Case], float] = {}
    for number in range(plan.rounds):
        for one in dict.fromkeys(one for one, _ in jobs):
            one.copy()
        for at, (one, case) in enumerate(order.sample(jobs, len(jobs))):
            key = one.path, case
            passed = time.monotonic() - begun
            if passed + taken.get(key, 0.0) > plan.budget:
                return number
            if rows[key].error:
                continue
            done = (number + at / len(jobs)) / plan.rounds
            progress(max(done, min(1.0, passed / plan.budget)), f"{case.road}, {case.payload}")
            rows[key] = _with_round(rows[key], one.ask(asdict(case)))
            taken[key] = time.monotonic() - begun - passed
    return plan.rounds


def _with_round(row: Row, answer: dict[str, Any]) -> Row:
    if "error" in answer:
        return replace(row, error=str(answer["error"]))
    return replace(row, timings=(*row.timings, Timing(**answer)))
