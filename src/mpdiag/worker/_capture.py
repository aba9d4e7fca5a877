"""A live exception to an envelope: what failed, where, with which inputs.

Runs in the worker, after the task raised.  Nothing here may raise: the user's exception goes on.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from types import FunctionType

from .. import codec
from ..model import (
    ExitStatus,
    Failure,
    Inputs,
    Origin,
    Output,
    Snapshot,
    Task,
    Verdict,
    Worker,
    to_plain,
)
from ..recorder import Word
from . import _outbox
from ._around import current_test, surroundings
from ._bind import bind, definition
from ._error import describe_error, headline
from ._history import history_of
from ._kept import keep, keep_message, mask
from ._neighbours import nth_of, previous_of, running_beside
from ._origin import leave_origin, origin
from ._random import packed
from ._repeats import Known, recognise
from ._state import WorkerState

NOTE = "mpdiag: "
"""How each note begins; an exception that carries one has been told already."""
# Occurrences of a fault that one worker sends whole, and after that by chance.
FIRST, RESERVOIR = 20, 200
# Of a partial, a bound method or a lambda.  More: a fault carries its program along.
TARGET_BYTES = 256 * 1024
# Characters of the inputs in a note, which is one line of a traceback.
NOTE_INPUTS = 200


@dataclass(slots=True)  # frozen, making one would cost as much as all that a repeat needs
class Call:
    """The call that failed, as the worker's loop knows it."""

    target: Callable[..., object]
    args: tuple[object, ...]
    kwargs: dict[str, object]
    label: str
    index: int | None = None
    call: int | None = None
    started_ns: int = 0
    in_keep_going: bool = False
    position: str = ""
    """Such as ``task 4711 (from 0) of Pool.map``; made from *label* and *index* if empty."""
    message: bytes | None = None
    """The last message that a bare process received: its likely input."""
    ends: int | None = None
    """The exit code with which the worker ends by it."""
    show: bool = False
    """Show inputs by their own ``repr()``."""
    queued: bool = False
    """The message that is on record brought the inputs."""
    replay: bool = True
    """Whether its guard allows a second call."""
    pid: int = 0
    """The worker, where its owner tells of it."""
    before: tuple[object, ...] | bytes | None = None
    """The arguments of the task before it in its chunk; or a pickle of them and the keywords."""


def told(error: BaseException) -> bool:
    """Whether guard, or a worker further down, has reported this exception already."""
    notes = getattr(error, "__notes__", None)
    return isinstance(notes, list) and any(
        isinstance(note, str) and note.startswith(NOTE) for note in notes
    )


def add_note(error: BaseException, note: str) -> None:
    """Add *note* as PEP 678 has it; on 3.10 it is kept, though Python does not print it."""
    try:
        notes = getattr(error, "__notes__", None)
        setattr(error, "__notes__", [*(notes if isinstance(notes, list) else ()), note])  # noqa: B010
    except Exception:
        pass


def capture(
    error: BaseException,
    call: Call,
    *,
    state: WorkerState | None,
    verdict: Verdict | None = None,
) -> str:
    """Send what is known of *error*, once; return the note for it, or nothing.

    Of a failure that was often seen before only the count goes up, and its note has no inputs.
    """
    try:
        if told(error) or _ignored(error, state):
            return ""
        known = recognise(error)
        if verdict is not None and known.alone:  # what happened counts
            name, _, _ = bind(call.target, call.args, call.kwargs)
            known = known.narrowed((name, *verdict.evidence[:1]))
        if state is not None:
            state.words[Word.FAILED] += 1
        before = known.counted(state, call.call or 0, call.index or 0)
        if before >= FIRST and _random(os.getpid()).random() * (before + 1) >= RESERVOIR:
            return NOTE + _position(call, state.number if state is not None else 0, os.getpid())
        return _Capture(error, call, state, known, before).send(verdict)
    except Exception:
        return ""


def _limit(error: BaseException) -> dict[str, object]:
    """Return what can be seen of the limit of the system that *error* is about, if it is."""
    if not isinstance(error, (MemoryError, OSError, RuntimeError)):
        return {}
    try:
        from ..evidence import limit_facts

        facts = limit_facts(error)
    except Exception:
        return {}
    return {} if facts is None else {"limit": to_plain(facts)}


def _ignored(error: BaseException, state: WorkerState | None) -> bool:
    names = surroundings().option("ignore", [])
    if not isinstance(names, list) or not names:
        return False
    for cls in type.mro(type(error)):
        if cls.__qualname__ in names or f"{cls.__module__}.{cls.__qualname__}" in names:
            if state is not None:
                state.words[Word.IGNORED] += 1
            return True
    return False


def position_note(call: Call, *, number: int, pid: int) -> str:
    """Return the note for a task whose worker cannot write one any more."""
    _, _, inputs = bind(call.target, call.args, call.kwargs)
    values = {name: keep(name.lstrip("*"), value) for name, value in inputs.items()}
    return NOTE + _position(call, number, pid) + _shown(values)


def _position(call: Call, number: int, pid: int) -> str:
    place = call.position or call.label
    if not call.position and call.index is not None:
        place = f"task {call.index} (from 0) of {call.label}"
    return f"{place}, worker {number} (pid {pid})" if number else f"{place}, pid {pid}"


def _shown(values: dict[str, Snapshot]) -> str:
    """Return the inputs for one line."""
    shown = ", ".join(f"{name} = {value.text or value.type}" for name, value in values.items())
    if not shown:
        return ""
    return f": {shown if len(shown) <= NOTE_INPUTS else shown[:NOTE_INPUTS] + '...'}"


class _Capture:
    """One exception on its way out."""

    def __init__(
        self,
        error: BaseException,
        call: Call,
        state: WorkerState | None,
        known: Known,
        before: int,
    ) -> None:
        self.error, self.call, self.state, self.known = error, call, state, known
        self.before, self.whole = before, before < FIRST
        self.name, self.signature, self.inputs = bind(call.target, call.args, call.kwargs)
        self.values = {name: self._keep(name, value) for name, value in self.inputs.items()}
        self.changed, self.message = self._as_taken() if self.whole else ({}, b"")
        if call.message is not None:
            self.values = {"last message received": keep_message(call.message), **self.values}
        number = state.number if state is not None else 0
        self.note = NOTE + _position(call, number, call.pid or os.getpid()) + _shown(self.values)

    def _keep(self, name: str, value: object) -> Snapshot:
        if self.call.show and surroundings().values != "none" and not mask().hides(name):
            try:
                return Snapshot(text=mask().text(repr(value)[:400]), type=type(value).__qualname__)
            except Exception:
                pass
        return keep(name.lstrip("*"), value)

    def _as_taken(self) -> tuple[dict[str, Snapshot], bytes]:
        """Show the inputs as they came; return what was made of them since, and their message."""
        state, call = self.state, self.call
        if state is None or not call.queued or call.show or surroundings().values == "none":
            return {}, b""
        from ._taken import changed_inputs

        before, message = changed_inputs(state, call.target, self.inputs)
        changed = {name: self.values[name] for name in before}
        self.values |= {name: self._keep(name, value) for name, value in before.items()}
        return changed, message if changed else b""

    def send(self, verdict: Verdict | None) -> str:
        """Send the failure; return its note."""
        failure = self._failure(verdict, whole=self.whole)
        more = self._origin() if verdict is not None else {**self._origin(), **_limit(self.error)}
        posted = _outbox.post({"v": 1, "type": "failure", **to_plain(failure), **more})
        self._say_alone(posted=posted, first=self.before == 0)
        return self.note

    def _origin(self) -> dict[str, object]:
        """Return what a second call must restore, for those to whom no run leaves it."""
        around = surroundings()
        if around.folder:
            if self.state is None:
                leave_origin(around.folder, os.getppid())
            return {}
        cwd, argv, path, file, name = origin()
        return {"origin": _plain_origin(cwd, tuple(argv), tuple(path), file, name)}

    def _failure(self, verdict: Verdict | None, *, whole: bool) -> Failure:
        call, state = self.call, self.state
        file, line = definition(call.target)
        trace = None if whole else self.known.frames(self.error)
        # What was looked up is told of the first of its kind alone, which a report shows.
        first = None if self.before else self.inputs
        return Failure(
            fingerprint=self.known.mark,
            task=Task(
                target=self.name,
                signature=self.signature,
                label=call.label,
                index=call.index,
                call=call.call,
                started=call.started_ns / 1e9 if call.started_ns else None,
                file=file,
                line=line or None,
                nth=nth_of(state) if call.queued else None,
                replay=call.replay,
            ),
            worker=Worker(pid=call.pid, owner=os.getpid()) if call.pid else describe_worker(state),
            error=describe_error(self.error, whole=whole, trace=trace, inputs=first),
            inputs=self._kept_inputs(),
            at=time.time(),
            output=_output(state) if whole else Output(),
            verdict=verdict,
            status=ExitStatus(code=call.ends),
            note=self.note,
            in_keep_going=call.in_keep_going,
            history=None if self.before or not call.replay else history_of(state),
            previous=previous_of(state, call.label, call.before) if call.queued else None,
            running=running_beside(state) if call.queued else None,
        )

    def _kept_inputs(self) -> Inputs:
        likely = self.call.message is not None
        before = packed(self.state.random) if self.state is not None and self.whole else None
        inputs = Inputs(values=self.values, changed=self.changed, likely=likely, random=before)
        if surroundings().values != "full":
            return replace(inputs, encoding="none", likely=False, random=None)
        limits = surroundings().option("limits", {})
        found = limits.get("value_bytes") if isinstance(limits, dict) else None
        limit = found if isinstance(found, int) else 1024 * 1024
        if self.changed:  # what is left of them is no input: the message has them
            if len(self.message) > limit:
                return inputs
            words = self.state.words if self.state is not None else b""
            offset = words[Word.OFFSET] if words and words[Word.SIZE] else None
            return replace(inputs, encoded=self.message, encoding="task", offset=offset)
        encoded, encoding = codec.encode((self.call.args, self.call.kwargs), limit_bytes=limit)
        callee = _callee(self.call.target, limit) if self.whole and encoded is not None else None
        return replace(inputs, encoded=encoded, encoding=encoding, callee=callee)

    def _say_alone(self, *, posted: bool, first: bool) -> None:
        """Without a run around: one line for each fingerprint and process."""
        if not first or surroundings().watched or _outbox.has_channel():
            return
        import sys

        where = "kept for `mpdiag ls`" if posted else "could not be kept: no place to write"
        line = f"{NOTE}{headline(self.error)} in {self.note[len(NOTE) :]} ({where})\n"
        if sys.stderr is not None:
            sys.stderr.write(line)


@lru_cache(maxsize=4)
def _plain_origin(
    cwd: str, argv: tuple[str, ...], path: tuple[str, ...], file: str, name: str
) -> object:
    """Return it for an envelope; it is the same for nearly all failures of a process."""
    words = mask().argv(argv)
    return to_plain(Origin(cwd=cwd, argv=words, path=path, main_file=file, main_name=name))


def _callee(target: Callable[..., object], limit: int) -> bytes | None:
    """Return a target that its name alone does not lead to as bytes."""
    if isinstance(target, FunctionType) and "<" not in target.__qualname__:
        return None
    return codec.encode(target, limit_bytes=min(limit, TARGET_BYTES))[0]


@lru_cache(maxsize=1)
def _random(_pid: int) -> random.Random:
    """Return random numbers of our own: those of the program come in the same order as ever."""
    return random.Random()  # noqa: S311 - a sample


def describe_worker(state: WorkerState | None) -> Worker:
    """Return who this process is, for a report."""
    if state is None:
        test = current_test(os.environ)
        return Worker(pid=os.getpid(), owner=os.getppid(), test=test)
    return Worker(
        pid=state.pid,
        number=state.number or None,
        of=state.words[Word.OF] or None,
        replacement=bool(state.words[Word.REPLACEMENT]),
        name=state.name,
        owner=os.getppid(),
        start_method=state.start_method or None,
        test=state.test,
    )


def _output(state: WorkerState | None) -> Output:
    if state is None or not state.recorder.path or surroundings().values == "none":
        return Output()
    from ..recorder import read

    if state.settle is not None:
        state.settle()
    reading = read(state.recorder.path)
    if reading is None:
        return Output()
    return Output(stdout=mask().text(reading.stdout), stderr=mask().text(reading.stderr))
