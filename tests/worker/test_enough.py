"""The rest of a chunk: whenever the runner says that it is enough, the caller has its answer."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from copy import copy
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from mpdiag.recorder import Kind, Word
from mpdiag.worker import _chunk, _rest
from mpdiag.worker._chunk import ChunkFailed, run_chunk
from mpdiag.worker._state import WorkerState

ENOUGH = signal.SIGRTMIN + 18
OURS = {_chunk.__file__, _rest.__file__}
# What fails in a chunk of six, and whether it ran for the report alone.
ALL = [(1, False), (3, True), (5, True)]


def parse(number: int) -> int:
    """Fail at every second input."""
    if number % 2:
        raise ValueError(number)
    return number


@pytest.fixture(autouse=True)
def no_handler() -> Iterator[None]:
    """Leave the signal as it was."""
    yield
    signal.signal(ENOUGH, signal.SIG_DFL)


def new_state(folder: Path) -> WorkerState:
    """Return that of a worker which goes on after a failure."""
    state = WorkerState(kind=Kind.POOL)
    state.recorder.path = str(folder / "1.rec")
    state.around = copy(state.around)
    state.around.keep_going = True
    return state


def run(state: WorkerState, target: Callable[[int], object] = parse) -> list[tuple[int, bool]]:
    """Run a chunk whose second task is the first that fails; return what failed where."""
    told: list[tuple[int, bool]] = []
    state.words[Word.SIZE] = 6
    with pytest.raises(ChunkFailed) as caught:
        run_chunk(
            state,
            target,
            range(6),
            star=False,
            failed=lambda error, offset, extra: told.append((offset, extra)),
            packed=lambda error: error,
        )
    assert (caught.value.offset, str(caught.value.error)) == (1, "1")
    assert state.words[Word.REST] == 0
    return told


class Strike:
    """A tracer that sends the signal at instruction *nth* of this code."""

    def __init__(self, nth: int) -> None:
        self.left = nth

    def __call__(self, frame: FrameType, event: str, arg: object) -> Callable[..., Any] | None:
        """Have the instructions of a function counted, if it is one of these."""
        if frame.f_code.co_filename not in OURS or frame.f_code is _rest._enough.__code__:
            return None
        frame.f_trace_opcodes = True
        return self._step

    def _step(self, frame: FrameType, event: str, arg: object) -> Callable[..., Any]:
        self.left -= event == "opcode"
        if not self.left:
            self.left = -1
            os.kill(os.getpid(), ENOUGH)
        return self._step


def test_the_rest_runs_to_its_end(tmp_path: Path) -> None:
    """All that fail are told of, and the caller has the first."""
    state = new_state(tmp_path)
    assert run(state) == ALL
    assert state.words[Word.EXTRA] == 4


@pytest.mark.parametrize("made", [None, RuntimeError, SystemExit])
def test_a_task_that_makes_something_else_of_it_has_not_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: type[BaseException] | None
) -> None:
    """Whatever it raises or returns after that ends the rest, and is no fault of the program."""
    state = new_state(tmp_path)
    monkeypatch.setattr(_rest, "post", lambda _: True)

    def hide(number: int) -> None:
        if number == 1:
            raise ValueError(number)
        if number == 3:
            try:
                os.kill(os.getpid(), ENOUGH)
                signal.sigtimedwait([], 0)
            except BaseException:
                if made is not None:
                    raise made from None

    assert run(state, hide) == [(1, False)]
    assert state.words[Word.EXTRA] == 1
    assert state.words[Word.OFFSET] == 2


@pytest.mark.parametrize("kind", [SystemExit, GeneratorExit])
def test_what_ends_a_worker_elsewhere_is_a_failure_here(
    tmp_path: Path, kind: type[BaseException]
) -> None:
    """Plain Python would not have run that task; the next chunk is an ordinary one again."""

    def leave(number: int) -> None:
        if number % 2:
            raise kind(number) if number > 1 else ValueError(number)

    state = new_state(tmp_path)
    assert run(state, leave) == ALL
    state.around.keep_going = False
    assert run(state) == ALL[:1]
    assert not _rest._may_run


def test_ctrl_c_ends_the_rest_and_leaves_nothing_armed(tmp_path: Path) -> None:
    """It goes where it would go without us."""

    def interrupted(number: int) -> None:
        if number:
            raise KeyboardInterrupt if number > 1 else ValueError(number)

    state = new_state(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        run(state, interrupted)
    assert not _rest._may_run
    assert state.words[Word.REST] == 0


def test_a_worker_that_its_owner_ends_goes(tmp_path: Path) -> None:
    """What a handler of SIGTERM raises is no failure of the task that ran."""

    def ended(number: int) -> None:
        if number > 1:
            state.words[Word.TERMINATED] = 1
            raise SystemExit(0)
        if number:
            raise ValueError(number)

    state = new_state(tmp_path)
    with pytest.raises(SystemExit):
        run(state, ended)


def test_without_a_file_nothing_runs_for_the_report(tmp_path: Path) -> None:
    """The runner could not see that it takes too long."""
    state = new_state(tmp_path)
    state.recorder.path = ""
    assert run(state) == ALL[:1]


def test_the_seconds_are_looked_at_between_tasks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also between tasks that go well."""
    monkeypatch.setattr(_rest, "FURTHER_SECONDS", 0.2)

    def slow(number: int) -> None:
        if number == 1:
            raise ValueError(number)
        time.sleep(0.15 if number > 1 else 0)

    state = new_state(tmp_path)
    assert run(state, slow) == ALL[:1]
    assert state.words[Word.EXTRA] < 4


def test_enough_comes_at_any_instruction(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends the rest or comes too late, and never reaches the worker's loop."""
    state = new_state(tmp_path)
    said: list[dict[str, object]] = []
    monkeypatch.setattr(_rest, "post", said.append)
    run(state)  # from now on the worker listens
    cut = 0
    for nth in count(1):
        strike = Strike(nth)
        sys.settrace(strike)
        try:
            told = run(state)
        finally:
            sys.settrace(None)
        if strike.left > 0:
            break
        assert told == ALL[: len(told)]
        cut += len(told) < len(ALL)
    assert 0 < len(said) < nth
    assert cut
