"""The side of a child in shrinking: it has the live inputs, and tries smaller ones in its forks.

parent (_shrink)                             child
────────────────                             ─────
shrink, recorded inputs ───────────────────▶ load them; the smallest first:
              ◀── "start", what it came to ─ call with them as they are
go on, or the next ────────────────────────▶
              ◀── "tried", "best" ───────── call with smaller ones, many times
              ◀── "over" ────────────────── nothing left to try, or the budget is spent
"""

from __future__ import annotations

import base64
import inspect
import json
import os
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from ...codec import encode, read_pickle
from ...model import to_plain
from ...worker import bind, keep
from .._calls import frames_in
from ..trial._fork import in_fork
from ..trial._made import Tell, live_call, make_calls
from ..trial._process import Ended, run_child
from ..trial._rebuild import CannotRebuild, LiveCall, find_target
from ._parts import size_of
from ._pursue import pursue
from ._smaller import Arguments, Smaller, Tried
from ._wording import wording

# Frames that taking values apart may need: one nested as deep as this is still looked at.
_DEEP = 20_000
# Seconds for a call with smaller inputs: so many at least, and so many times what it took before.
# Fewer: a loaded machine changes what is found.  More: each that hangs costs them.
_LEAST, _SLOWER = 5.0, 10.0


class Start(NamedTuple):
    """One recorded call, live."""

    request: dict[str, Any]
    live: LiveCall
    size: int


class Shrinker:
    """Shrinks in this process, which has imported the program."""

    def __init__(
        self,
        request: dict[str, Any],
        road: Connection,
        tell: Tell,
        *,
        stacks: int,
        fresh: bool,
    ) -> None:
        self._request, self._road, self._tell = request, road, tell
        self._stacks, self._fresh = stacks, fresh
        self._limit = sys.getrecursionlimit()
        self._deadline: float = request["deadline"]

    def run(self) -> None:
        """Do what the request says."""
        sys.setrecursionlimit(max(self._limit, _DEEP))
        try:
            for start in sorted(self._starts(), key=lambda one: one.size):
                sought = self._sought(start)
                if sought:
                    self._shrink(start, sought)
                    return
        finally:
            sys.setrecursionlimit(self._limit)

    def _starts(self) -> Iterator[Start]:
        for one in self._request["starts"]:
            try:
                live = live_call(one)
            except CannotRebuild as error:
                self._tell("refused", why=str(error))
                continue
            yield Start(one, live, _size(Arguments(live.args, live.kwargs)))

    def _sought(self, start: Start) -> tuple[object, ...]:
        """Call with inputs as they were recorded; return what to look for, if it came back."""
        ended = self._call(start, Arguments(start.live.args, start.live.kwargs))
        self._tell(
            "start",
            answer=ended.answer,
            code=ended.code,
            overdue=ended.overdue,
            seconds=ended.seconds,
            number=start.request["number"],
            size=start.size,
        )
        if not json.loads(self._road.recv_bytes())["go"]:
            return ()
        if not ended.overdue:
            self._deadline = min(self._deadline, max(_LEAST, _SLOWER * ended.seconds))
        return _what(ended)

    def _shrink(self, start: Start, sought: tuple[object, ...]) -> None:
        droppable, needed = _optional(start.live)
        inputs = Arguments(start.live.args, start.live.kwargs)
        smaller = Smaller(inputs, droppable=droppable, needed=needed)

        def attempt(candidate: Arguments) -> Tried:
            ended = self._call(start, candidate)
            return Tried(same=_what(ended) == sought, missing=_missing(ended.answer))

        def tried(number: int, same: bool) -> None:
            size = _size(smaller.best)
            self._tell("tried", calls=number, size=size)
            if same:
                self._tell("best", calls=number, size=size, **self._as_kept(start, smaller.best))

        calls, seconds = self._request["calls"], self._request["seconds"]
        is_least = pursue(smaller, attempt, calls=calls, seconds=seconds, tell=tried)
        self._tell("over", is_least=is_least)

    def _call(self, start: Start, inputs: Arguments) -> Ended:
        if self._fresh:
            return self._call_afresh(start, inputs)

        def work(tell: Tell) -> None:
            sys.setrecursionlimit(self._limit)
            live = LiveCall(start.live.target, *inputs)
            make_calls({**self._request, **start.request}, tell, live)

        return in_fork(work, self._road, deadline=self._deadline, stacks=self._stacks)

    def _call_afresh(self, start: Start, inputs: Arguments) -> Ended:
        kept = {name: one for name, one in self._as_kept(start, inputs).items() if name != "values"}
        request = {**self._request, **start.request, **kept, "deadline": self._deadline}
        return run_child(request, os.environ, quiet=True, begun=self._tell_begun)

    def _tell_begun(self, pid: int) -> None:
        self._tell("begun", pid=pid)

    def _as_kept(self, start: Start, inputs: Arguments) -> dict[str, Any]:
        """Return inputs as text by name, and as bytes."""
        target = start.live.target
        encoded, encoding = encode(tuple(inputs), limit_bytes=self._request["most_bytes"])
        _, _, named = bind(target, *inputs)
        return {
            "values": {
                name: to_plain(keep(name.lstrip("*"), self._read(one)))
                for name, one in named.items()
            },
            "encoded": _text(encoded),
            "encoding": encoding,
            "callee": _text(_callee(start, self._request["most_bytes"])),
            "offset": None,
        }

    def _read(self, value: object) -> object:
        """Return *value* as its pickle shows it: of small inputs the fields of objects too."""
        raw, _ = encode(value, limit_bytes=self._request["most_bytes"])
        return value if raw is None else read_pickle(raw)


def _size(inputs: Arguments) -> int:
    return sum(map(size_of, (*inputs.args, *inputs.kwargs.values())))


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode()


def _callee(start: Start, limit_bytes: int) -> bytes | None:
    """Return the target as bytes, where its name does not lead to it."""
    kept = start.request["callee"]
    if kept is not None:
        return base64.b64decode(kept)
    try:
        if find_target(start.request["target"]) is start.live.target:
            return None
    except CannotRebuild:
        pass
    return encode(start.live.target, limit_bytes=limit_bytes)[0]


def _optional(live: LiveCall) -> tuple[frozenset[str], int]:
    """Return which inputs by name the target does without, and how many by place it needs."""
    try:
        parameters = list(inspect.signature(live.target).parameters.values())
    except (TypeError, ValueError):
        return frozenset(), len(live.args)
    by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    has_default = [one for one in parameters if one.default is not one.empty]
    placed = [one for one in parameters if one.kind in by_place]
    needed = sum(one.default is one.empty for one in placed)
    names = {one.name for one in parameters}
    more = {name for name in live.kwargs if name not in names}  # of a **mapping
    return frozenset(more | {one.name for one in has_default}), min(needed, len(live.args))


def _what(ended: Ended) -> tuple[object, ...]:
    """Return what is equal for calls that end in one fault, as sharp as can be."""
    answer = ended.answer
    if answer["step"] == "raised":
        return ("raised", answer["mark"], wording(answer["error"]))
    if answer["step"] == "returned":
        return ("returned", answer["unsendable"])
    if answer["step"] != "call":
        return ()
    inner = frames_in(answer["stacks"])[-1:]
    if ended.overdue:
        return ("stuck", *((one.file, one.function) for one in inner))
    return ("ended", ended.code, *((one.file, one.function, one.line) for one in inner))


def _missing(answer: dict[str, Any]) -> str:
    """Return the key that was looked up in vain, as ``repr()`` gives it."""
    error: Any = answer.get("error")
    for _ in range(5):
        if not error:
            break
        if error["type"] == "KeyError":
            return str(error["message"])
        error = error["cause"] or error["context"]
    return ""
