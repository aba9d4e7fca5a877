"""Call a task again under the conditions that tell on what its fault depends."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...model import Inputs
from .._calls import Again, compare, environment_of, request_of
from .._plan import Plan
from ..trial._gate import Gate
from ..trial._process import run_child
from ..trial._steps import Step, as_calls, overlapping, steps_of
from ._flakiness import Condition
from ._order import CAME_BACK, patient

# Calls at the same moment under load, and other tasks beside them.  More: a rare race is met
# sooner.  Fewer: the machine is free for others.
_AT_ONCE = 4
# Seconds between two switches of threads: Python's own is 0.005.
_INTERVALS = (1e-6, 1e-5, 1e-4, 5e-3)
_BURN = "import time\nend = time.monotonic() + {}\nwhile time.monotonic() < end: pass"
# Seconds after which a process that only makes load ends by itself.
_BURN_SECONDS = 300


class Conditions:
    """Makes the trials of a diagnosis, each in a fresh child."""

    def __init__(
        self,
        plan: Plan,
        *,
        progress: Callable[[Condition, Again], None] | None = None,
    ) -> None:
        self._plan = patient(plan)
        self._progress = progress
        self._steps = steps_of(plan.history)
        self._beside = tuple(overlapping(plan.occurrence))[: _AT_ONCE - 1]
        self.found: list[Again] = []

    def __call__(self, condition: Condition, calls: int) -> Sequence[bool]:
        """Call the task so often under *condition*; none where its history is not kept."""
        match condition:
            case Condition.ALONE:
                found = [self._call(request_of(self._plan), condition) for _ in range(calls)]
            case Condition.AFTER:
                before = as_calls(self._steps, self._plan.task)
                request = request_of(self._plan, before=before)
                found = [self._call(request, condition) for _ in range(calls if before else 0)]
            case Condition.BESIDE:
                with _load():
                    found = [
                        again
                        for begun in range(0, calls, _AT_ONCE)
                        for again in self._at_once(min(_AT_ONCE, calls - begun))
                    ]
        self.found += found
        return [again.same in CAME_BACK for again in found if again.was_called]

    def _at_once(self, calls: int) -> list[Again]:
        """Make *calls* at the same moment, with what ran beside the task when it failed."""
        with (
            tempfile.TemporaryDirectory(prefix="mpdiag-replay-") as name,
            Gate(Path(name)) as gate,
            ThreadPoolExecutor(_AT_ONCE * 2) as threads,
        ):
            requests = [request_of(self._plan) for _ in range(calls)]
            others = [_request_of(self._plan, step) for step in self._beside]
            for request in (*requests, *others):
                request["gate"] = str(gate.path)
                request["switch_interval"] = random.choice(_INTERVALS)  # noqa: S311 - jitter
            beside = [threads.submit(self._run, request) for request in others]
            begun = [threads.submit(self._call, one, Condition.BESIDE) for one in requests]
            gate.open(len(beside) + len(begun))
            return [one.result() for one in begun]

    def _call(self, request: dict[str, Any], condition: Condition) -> Again:
        again = self._run(request)
        if self._progress is not None:
            self._progress(condition, again)
        return again

    def _run(self, request: dict[str, Any]) -> Again:
        ended = run_child(request, environment_of(self._plan, os.environ), quiet=True)
        return compare(self._plan, ended)


def _request_of(plan: Plan, step: Step) -> dict[str, Any]:
    """Return a request for another task than that of *plan*; what it comes to does not count."""
    inputs = Inputs(encoded=step.message, encoding="task", offset=step.offset)
    return request_of(replace(plan, inputs=inputs))


@contextmanager
def _load() -> Iterator[None]:
    """Keep all processors busy."""
    command = [sys.executable, "-S", "-c", _BURN.format(_BURN_SECONDS)]
    burning = [subprocess.Popen(command, stdin=subprocess.DEVNULL) for _ in range(_processors())]
    try:
        yield
    finally:
        for process in burning:
            process.kill()
            process.wait()


def _processors() -> int:
    return min(os.cpu_count() or 1, 8)
