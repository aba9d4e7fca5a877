"""Search for smaller inputs in a child, within a budget; the best so far is never lost."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from ...errors import NoSuchFault, NotReproduced, StoreError
from ...model import Inputs, Occurrence, Shrunk, Snapshot, ending_words, from_plain
from ...store import Found, Store
from .._calls import Again, Same, call_request, compare, request_of
from .._plan import Plan, make_plan, obstacle
from ..trial._process import Ended
from ..trial._sandbox import Lost, Sandbox

CALLS, SECONDS = 200, 120.0
"""What `mpdiag shrink` may take.  Known faults need 4 calls in the middle, and 40 at most."""
# Recorded calls of which the smallest is taken.  More: each is loaded.
_STARTS = 5


@dataclass(frozen=True, slots=True)
class Budget:
    """What a search may take."""

    calls: int = CALLS
    seconds: float = SECONDS
    most_bytes: int = 1024 * 1024
    """Of inputs that are kept as bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shrinking:
    """What a search came to."""

    again: Again
    """The call with inputs as they were recorded."""
    shrunk: Shrunk | None
    """None where nothing smaller was found."""
    calls: int
    """That were made to find it."""
    stopped: str = ""
    """Why it ended before nothing was left to try."""
    not_kept: str = ""
    """Why it is not in the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a search has come."""

    calls: int
    size: int
    size_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShrinkPlan:
    """What a search would do, known before it is made."""

    plan: Plan
    """To call with the smallest inputs that were recorded."""
    starts: tuple[tuple[int, Occurrence], ...]
    """Recorded calls to begin with, by number."""


def make_shrink_plan(found: Found, store: Store) -> ShrinkPlan:
    """Return what a search for smaller inputs of a fault takes; it has been vouched for.

    It begins with the smallest of the occurrences that may be loaded; if one was named, with that.

    Raises:
        NotReplayable: too little is kept, or its function forbids it.
    """
    fault = found.fault
    starts = [(found.occurrence or 1, fault.first)]
    if found.occurrence is None:
        others = enumerate(fault.others, 2)
        able = [(number, one) for number, one in others if _is_like(found, one)]
        able.sort(key=lambda named: _text_size(named[1]))
        starts += [named for named in able[:_STARTS] if store.owns(fault.id, named[0])]
        starts.sort(key=lambda named: _text_size(named[1]))
    plan = make_plan(replace(fault, first=starts[0][1]), found.run)
    return ShrinkPlan(plan=plan, starts=tuple(starts))


def _is_like(found: Found, one: Occurrence) -> bool:
    """Whether it can be called again in the process that is made for the first."""
    first = found.fault.first
    return one.worker.owner == first.worker.owner and not obstacle(
        replace(found.fault, first=one), found.run
    )


def _text_size(one: Occurrence) -> tuple[int, int]:
    inputs = one.inputs
    return sum(len(value.text) for value in inputs.values.values()), len(inputs.encoded or b"")


def shrink_fault(
    wanted: ShrinkPlan,
    store: Store,
    *,
    budget: Budget | None = None,
    tell: Callable[[Progress], None] = lambda _: None,
) -> Shrinking:
    """Search for the smallest inputs that end in the fault, and keep them with it.

    Runs the target in children, as often as *budget* allows.  Ctrl-C ends it with the best so far.

    Raises:
        NotReproduced: the fault does not come back by a call alone.
        KeyboardInterrupt: there is nothing smaller yet.
    """
    with Sandbox(wanted.plan) as sandbox:
        found = _Search(wanted, budget or Budget(), tell).run(sandbox)
    if found.shrunk is None:
        return found
    try:
        store.keep_shrunk(wanted.plan.fault.id, found.shrunk)
    except (StoreError, NoSuchFault) as error:  # what was found is worth more
        return replace(found, not_kept=str(error))
    return found


class _Search:
    """One search, as the child tells of it."""

    def __init__(
        self, wanted: ShrinkPlan, budget: Budget, tell: Callable[[Progress], None]
    ) -> None:
        self.plan, self.starts = wanted.plan, wanted.starts
        self.budget, self.tell = budget, tell
        self.again: Again | None = None
        self.found: Shrunk | None = None
        self.calls = 0
        self.number, self.size_before = 1, 0
        self.stopped = ""

    def run(self, sandbox: Sandbox) -> Shrinking:
        told = sandbox.converse(self._request())
        try:
            reply: dict[str, Any] | None = None
            while True:
                reply = self._hear(told.send(reply))
        except StopIteration:
            pass
        except KeyboardInterrupt:
            if self.found is None:
                raise
            self.stopped = "Ctrl-C"
        except Lost as lost:
            self.again = self.again or compare(self.plan, lost.ended)
            self.stopped = "the process that calls it was lost"
        return self._result()

    def _result(self) -> Shrinking:
        again = self.again
        if again is None or again.same not in {Same.SAME, Same.MOVED}:
            raise NotReproduced(self.plan.fault.id, _words(again))
        found = self.found and replace(self.found, calls=self.calls, is_least=not self.stopped)
        return Shrinking(again=again, shrunk=found, calls=self.calls, stopped=self.stopped)

    def _request(self) -> dict[str, Any]:
        starts = [
            {**call_request(one.task, one.inputs), "number": number}
            for number, one in self.starts
            if one.task is not None
        ]
        budget = asdict(self.budget)
        return {"act": "shrink", **request_of(self.plan), "starts": starts, **budget}

    def _hear(self, found: dict[str, Any]) -> dict[str, Any] | None:
        match found["step"]:
            case "refused":
                self.again = self._compared({"said": [], **found}, 0, seconds=0.0, overdue=False)
            case "start":
                return {"go": self._start(found)}
            case "tried":
                self.calls = found["calls"]
                progress = Progress(
                    calls=self.calls, size=found["size"], size_before=self.size_before
                )
                self.tell(progress)
            case "best":
                self.found = self._shrunk(found)
            case "over" if not found["is_least"]:
                over = self.calls >= self.budget.calls
                self.stopped = "all its calls are made" if over else "its time is over"
            case _:
                pass
        return None

    def _start(self, found: dict[str, Any]) -> bool:
        answer = {"said": [], **found["answer"]}
        again = self._compared(
            answer, found["code"], seconds=found["seconds"], overdue=found["overdue"]
        )
        same = again.same in {Same.SAME, Same.MOVED}
        if same or self.again is None:
            self.again = again
        self.number, self.size_before = found["number"], found["size"]
        self.tell(Progress(calls=0, size=found["size"], size_before=found["size"]))
        return same

    def _compared(
        self, answer: dict[str, Any], code: int, *, seconds: float, overdue: bool
    ) -> Again:
        return compare(self.plan, Ended(answer, code, overdue, seconds))

    def _shrunk(self, found: dict[str, Any]) -> Shrunk:
        values = {name: from_plain(Snapshot, one) for name, one in found["values"].items()}
        inputs = Inputs(
            values=values,
            encoded=_bytes(found["encoded"]),
            encoding=found["encoding"],
            callee=_bytes(found["callee"]),
        )
        return Shrunk(
            inputs=inputs,
            size=found["size"],
            size_before=self.size_before,
            calls=found["calls"],
            occurrence=self.number,
            is_least=False,
        )


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)


def _words(again: Again | None) -> str:
    """Return what came instead of the fault."""
    if again is None:
        return "none of its inputs can be loaded"
    if not again.was_called:
        return f"not called, {again.why}"
    if again.error is not None:
        return f"{again.error.type}: {again.error.message}".rstrip(": ")[:200]
    if again.is_stuck:
        return "no end within its deadline"
    if again.same is Same.PASSED:
        return "the call returned"
    number = again.status.signal
    return ending_words(again.status.code if number is None else -number)
