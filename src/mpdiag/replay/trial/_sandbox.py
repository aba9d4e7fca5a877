"""Many calls of one target at the price of one import: each is made in a fork of a prepared child.

    parent                        child (_prepared)               grandchild (_fork)
    ──────                        ─────                           ──────────
    request ────────────────────▶ restore, import
            ◀── "ready" ─────────
    trial, calls before it ─────▶ fork ─────────────────────────▶ load, call
            ◀── what it came to ─ wait, end it and its session ◀─ "call" ... what it came to

A trial costs some milliseconds.  Where the import started threads a fork would copy their locks
without them: there each trial has a fresh interpreter.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Generator, Sequence
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from ...model import Inputs, Task
from .._calls import Again, compare, environment_of, request_of
from .._plan import Plan
from ._process import GRACE, Ended, run_child, start, wait

_SERVE = "from mpdiag.replay import serve_trials; serve_trials({handle})"


class Lost(Exception):
    """The child did not get ready, ended, or keeps silent; what it left is in it."""

    def __init__(self, ended: Ended) -> None:
        self.ended = ended


class Sandbox:
    """Calls the target of *plan*, one call at a time; none can take the caller down.

    A context manager: at its end nothing of it is left.  Not for several threads at once: side by
    side each has its own.
    """

    def __init__(self, plan: Plan, *, deadline: float | None = None, fresh: bool = False) -> None:
        """*deadline* is in seconds, for each trial; with *fresh* each imports the program anew."""
        self.plan = plan if deadline is None else replace(plan, deadline=deadline)
        self.said: tuple[str, ...] = ()
        """What is to be said of the import."""
        self.threads: tuple[str, ...] = ()
        """What the import started, and forbids to fork."""
        self._fresh = fresh or not hasattr(os, "fork")
        self._process: subprocess.Popen[bytes] | None = None
        self._road: Connection | None = None
        self._grandchild = 0

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def trial(self, before: Sequence[tuple[Task, Inputs]] = ()) -> Again:
        """Make the call of the plan once, after those *before* it, in one process of its own."""
        request = request_of(self.plan, before=before)
        try:
            if self.forks():
                (found,) = self.converse({"act": "trial", **request})
                ended = Ended(found["answer"], found["code"], found["overdue"], found["seconds"])
            else:
                ended = run_child(request, environment_of(self.plan, os.environ), quiet=True)
        except Lost as lost:
            ended = lost.ended
        again = compare(self.plan, ended)
        self.said = again.said or self.said
        return again

    def forks(self) -> bool:
        """Whether trials are forks of the child, which is ready then.

        Raises:
            Lost: it did not get ready.
        """
        if self._fresh:
            return False
        self._prepared()
        if self.threads:
            self._fresh = True
            self.close()
        return not self._fresh

    def converse(
        self, request: dict[str, Any]
    ) -> Generator[dict[str, Any], dict[str, Any] | None, None]:
        """Send *request* to the child, and yield what it tells to the end of that act.

        What is sent in goes to the child.

        Raises:
            Lost: it ended, or was silent for longer than a trial may take.
        """
        road = self._prepared()
        _send(road, request)
        while True:
            found = self._next(road)
            if found["step"] == "done":
                return
            if found["step"] == "begun":
                self._grandchild = found["pid"]
            else:
                self._grandchild = 0
                reply = yield found
                if reply is not None:
                    _send(road, reply)

    def close(self) -> None:
        """End the child, and a trial that is under way."""
        process, road, self._process, self._road = self._process, self._road, None, None
        if process is None or road is None:
            return
        road.close()  # it ends by itself, and what it started with it
        wait(process, GRACE)
        self._end_grandchild()

    def _prepared(self) -> Connection:
        """Return the road to the child, which is started and made ready if there is none."""
        if self._road is not None:
            return self._road
        self._road, theirs = Pipe()
        with theirs:
            code = _SERVE.format(handle=theirs.fileno())
            environ = environment_of(self.plan, os.environ)
            self._process = start(code, environ, quiet=True, handles=[theirs.fileno()])
        _send(self._road, request_of(self.plan))
        found = self._next(self._road, step="import")
        if found["step"] != "ready":
            self.close()
            raise Lost(Ended(found, 0, False, 0.0))
        self.said, self.threads = tuple(found["said"]), tuple(found["threads"])
        return self._road

    def _next(self, road: Connection, step: str = "start") -> dict[str, Any]:
        begun = time.monotonic()
        try:
            if road.poll(self.plan.deadline + 2 * GRACE):
                return dict(json.loads(road.recv_bytes()))
            overdue, code = True, 0
        except (EOFError, OSError):
            code, overdue = self._ended_with()
        self.close()
        answer = {"step": step, "said": list(self.said), "stacks": ""}
        raise Lost(Ended(answer, code, overdue, time.monotonic() - begun))

    def _ended_with(self) -> tuple[int, bool]:
        process = self._process
        return wait(process, GRACE) if process is not None else (0, False)

    def _end_grandchild(self) -> None:
        pid, self._grandchild = self._grandchild, 0
        if pid:  # the child ended before it could
            try:
                os.killpg(pid, signal.SIGKILL)
            except OSError:
                pass


def _send(road: Connection, request: dict[str, Any]) -> None:
    try:
        road.send_bytes(json.dumps(request).encode())
    except OSError:
        pass  # it is gone; the next look says how
