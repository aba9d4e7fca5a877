"""The loop of a worker of our own pools, with a mark before each task.

Runs in the child.  It ends when its owner closes the socket, or dies.
"""

from __future__ import annotations

import os
import pickle
import signal
import time
from collections.abc import Callable
from itertools import islice
from multiprocessing.process import current_process

from ..recorder import Method, State, Word
from ..worker import WorkerState, begin, end_with_owner, starting, use_channel
from ._answers import Answers
from ._buffers import copied, loads
from ._ends import end_if_closed, out_of_reach
from ._ledger import Ledger
from ._refused import Unloadable
from ._slot import place_of
from ._stack import arm
from ._wire import (
    ARM,
    ARMED,
    ATOMS,
    BLOCK,
    FAILED_START,
    READY,
    TASKS,
    Garbled,
    Inbox,
)

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    import socket
    from typing import Any

    from ..worker import Worked
    from ._buffers import Packed

    Brought = tuple[int, list[Any], dict[int, Packed]]
    """By a frame: the shape of its items, these, and the pickles that stand for some of them."""

# Nanoseconds after which results leave before their frame is done.  More: a caller waits longer
# for what is ready.  Fewer: more messages for tasks that take a while.
FLUSH_NS = 1_000_000
# Bytes of results that are held back at most.
FLUSH_BYTES = 1 << 20
# Methods whose tasks are calls of their own.
_ALONE = frozenset({Method.APPLY, Method.SUBMIT})
INLINE, STAR, WHOLE = range(3)
"""What an item of a frame is: the one argument, the tuple of all, or a pickle of the whole call."""


def serve(
    end: socket.socket,
    slot: Any,
    kind: int,
    initializer: Callable[..., object] | None,
    initargs: tuple[object, ...],
) -> None:
    """Run tasks until the owner closes *end*; the target of a worker's process."""
    end = out_of_reach(end)
    end.setblocking(True)  # whatever the program has as its default timeout
    end_with_owner(current_process())
    worker = _Worker(end, begin(kind, slot.map), kind)
    if slot.ledger is not None:
        worker.ledger = Ledger(slot.ledger.map)
    try:
        if initializer is not None and not worker.initialize(initializer, initargs):
            return
        worker.send(READY, b"%d" % time.monotonic_ns())
    except OSError:  # the pool was closed meanwhile, or the owner is gone
        return
    worker.run()


class _Worker(Answers):
    def __init__(self, end: socket.socket, state: WorkerState, kind: int) -> None:
        super().__init__(end, state, kind)
        self._inbox = Inbox(end, self._shelf.recv)
        self._functions: dict[int, Callable[..., object] | bytes] = {}
        """As a pickle until it is needed."""
        self._running = False
        self._shown: object = None
        self._held = False
        """The owner takes back what is left of the frame."""
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, self._interrupted)
        use_channel(self._keep_envelope)
        self.brought: Brought = INLINE, [], {}
        self._random_state: Callable[[], object] | None = None
        if state.around.record_random:
            from ..worker import random_state

            self._random_state = random_state
        self._is_child = False
        self._worked: Worked | None = None
        os.register_at_fork(after_in_child=self._forked)

    def _forked(self) -> None:
        """Runs in a child that a task forks: what is left of the frame is its worker's alone."""
        self._is_child = True
        self.brought[1].clear()

    def _interrupted(self, number: int, frame: object) -> None:
        """Interrupt the task, but not a message."""
        if self._running:
            signal.default_int_handler(number, frame)  # type: ignore[arg-type]

    def initialize(self, initializer: Callable[..., object], initargs: tuple[object, ...]) -> bool:
        """Run the user's initializer; False when it failed and this worker must end."""
        starting(self.state, initializer, initargs)
        self._running = True
        try:
            initializer(*initargs)
        except BaseException as error:
            self._running = False
            from ._failing import start_failed

            self.send(FAILED_START, start_failed(self, error, initializer, initargs))
            return False
        self._running = False
        self.words[Word.STATE] = State.WAITING
        return True

    def run(self) -> None:
        """Run frames as they come."""
        while True:
            try:
                frames = self._inbox.receive()
            except (OSError, Garbled):
                frames = None
            if frames is None:
                break
            for kind, body in frames:
                if not self._take_in(kind, body):
                    return
                del body
            del frames
        if self._worked is not None:
            self._worked.end()
        self.words[Word.STATE] = State.ENDED

    def _take_in(self, kind: int, body: bytes | bytearray) -> bool:
        """Do what the owner wants; return whether there may be more."""
        if kind == TASKS:
            try:
                self._frame(body)
            except OSError as error:
                if not self._is_child:
                    end_if_closed(error, self.words)
                return False
        elif kind == ARM:
            self.send(ARMED, arm())
        elif kind == BLOCK:
            self.send(BLOCK, self._shelf.take(body))
        return True

    def _frame(self, body: bytes | bytearray) -> None:
        words = self.words
        seq, call, method, base, shape, number, function, items, raws, kept, *lent = pickle.loads(
            body
        )
        self._parcel = self._shelf.parcel(*lent)
        size = 0 if method in _ALONE else len(items)
        words[Word.JOB], words[Word.OFFSET], words[Word.SIZE] = seq, 0, size
        self._sent, self._bad, self._telling, begun = 0, [], 0, time.perf_counter_ns()
        if function is not None and number:
            self._functions[number] = function
        if self._is_held(seq, 0):
            self._flush(seq, 0, done=True)
            return
        words[Word.STATE] = State.LOADING
        target, self.brought = None, (shape, items, raws)
        try:
            target = self._function(number, function)
        except BaseException as error:
            self._refuse_all(error, seq, len(items))
        else:
            mark = self.state.recorder.mark
            mark(job=seq, part=0, method=method, base=base, size=size, call=call)
            self._go_on_record(target, kept)
            if self.ledger is not None:
                self.ledger.begin(seq, 0)
            while not self._held and len(self._values) + self._sent < len(items):
                self._some(seq, target, shape, items, raws)
            if self._is_child:
                raise ConnectionError("the child of a task has no owner")
        words[Word.STATE] = State.SENDING
        ran = len(self._values) + self._sent
        words[Word.DONE] += ran
        if self._worked is not None and kept is not None:
            self._worked.done(ran, self._bad)
        items.clear()
        raws.clear()
        self._flush(seq, time.perf_counter_ns() - begun, done=True)
        words[Word.STATE] = State.WAITING

    def _go_on_record(self, target: Callable[..., object] | None, kept: bytes | None) -> None:
        """Leave target and message of a frame for whoever looks after a death."""
        if kept is not None:
            if self._worked is None:
                from ..worker import Worked

                self._worked = Worked(self.state)
            self._worked.begin(kept)
        if target is not None:
            self._show(target)

    def _function(self, number: int, function: bytes | None) -> Callable[..., object] | None:
        if number < 0:
            return None
        found = self._functions[number] if number else function
        if isinstance(found, bytes):
            found = pickle.loads(found)
            if number:
                self._functions[number] = found
        return found

    def _is_held(self, seq: int, offset: int) -> bool:
        """Go to a task; return whether it is not ours any more.

        First the mark, then the look: the owner has it the other way round.
        """
        self.words[Word.OFFSET] = offset
        hold = self.words[Word.HOLD]
        self._held = 0 < hold <= place_of(seq, offset)
        return self._held

    def _show(self, target: Callable[..., object]) -> None:
        """Name the target in the recorder."""
        if target is self._shown:
            return
        self._shown = target
        from ..worker import described_target

        try:
            text = described_target(target)
            self.state.recorder.target(text)
            if self._worked is not None:
                self._worked.turn(text)
        except Exception:
            pass

    def _some(  # noqa: C901, PLR0912, PLR0915 - the hot path
        self,
        seq: int,
        target: Callable[..., object] | None,
        shape: int,
        items: list[Any],
        raws: dict[int, Packed],
    ) -> None:
        """Run tasks until one fails, results have to leave, or all are done."""
        words, ring, clock = self.words, self.state.recorder.ring, time.time_ns
        values, offset_word, started_word = self._values, Word.OFFSET, Word.STARTED
        append, length, hold_word, first = values.append, len(ring), Word.HOLD, place_of(seq, 0)
        call, base = words[Word.CALL], words[Word.BASE]
        position, history = words[Word.RING_POSITION], self.state.around.watched
        offset = self._sent + len(values)
        flush, ledger, random_state = clock() + FLUSH_NS, self.ledger, self._random_state
        atoms = ATOMS if ledger is None else frozenset()
        is_plain = shape != STAR and not raws and target is not None
        args: tuple[object, ...] = ()
        kwargs: dict[str, object] = {}
        self._running = True
        try:
            for item in items if offset == 0 else islice(items, offset, None):
                now = clock()
                if now > flush and values:
                    break
                words[started_word] = now
                words[offset_word] = offset
                hold = words[hold_word]
                if hold and hold <= first + offset:  # as `_is_held`
                    self._held = True
                    break
                if history:
                    slot = position * 3 % length
                    ring[slot], ring[slot + 1], ring[slot + 2] = call, base + offset, now
                    position += 1
                    if random_state is not None:
                        self.state.random = random_state()
                if is_plain:
                    result = target(item)  # type: ignore[misc]
                elif offset in raws:
                    target, args, kwargs = self._load(target, shape, raws[offset])
                    result = target(*args, **kwargs)
                else:
                    args = item if shape == STAR else (item,)
                    result = target(*args)  # type: ignore[misc]
                if type(result) in atoms:
                    append(result)
                elif not self._kept(offset, result):
                    break
                offset += 1
        except BaseException as error:
            if self._is_child:
                raise
            self._running = False
            offset = self._sent + len(values)
            if offset < len(items):
                args = (items[offset],) if is_plain else args
                self._fail(offset, error, target, args, kwargs)
                self._urgent = ledger is not None
        self._running = False
        words[Word.RING_POSITION] = position
        result = None
        if self._sent + len(values) == len(items):
            return  # the last results say that the frame is done
        if self._urgent or clock() > flush or self._bytes > FLUSH_BYTES:
            self._flush(seq, 0, done=False)
            if ledger is not None:
                ledger.begin(seq, self._sent)

    def _kept(self, offset: int, result: object) -> bool:
        """Keep what cannot wait in `_values`; return whether the next task may begin."""
        if type(result) in ATOMS and self.ledger is not None:
            self._values.append(result)
            self._urgent = not self.ledger.keep(pickle.dumps(result, 5))
        else:
            self._keep(offset, result)
        return not self._urgent and self._bytes <= FLUSH_BYTES

    def _load(
        self, target: Callable[..., object] | None, shape: int, raw: Packed
    ) -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        """Return the call whose pickle is *raw*."""
        try:
            found: Any = loads(copied(raw, self._parcel.view))
        except BaseException as error:
            raise Unloadable(error) from error
        if shape == WHOLE:
            self._show(found[0])
            return found  # type: ignore[no-any-return]
        assert target is not None  # noqa: S101 - a frame has one, or brings it with each task
        return (target, found, {}) if shape == STAR else (target, (found,), {})

    def _refuse_all(self, error: BaseException, seq: int, size: int) -> None:
        """Answer a frame whose function cannot be had here."""
        for offset in range(size):
            if self._is_held(seq, offset):
                return
            self._fail(offset, Unloadable(error), None, (), {})
