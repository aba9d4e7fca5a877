"""A call that makes many tasks: its inputs on their way out, and the count of what is answered."""

from __future__ import annotations

import operator
import threading
import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..recorder import Method
from ._options import Options
from ._serve import INLINE
from ._work import Function

if TYPE_CHECKING:
    from ._found import Found
    from ._parts import Entry
    from ._progress import Progress

# Seconds that whoever waits for results leaves what is shown as it is.
TICK = 0.5


class Call:
    """What ``map`` and its like have in common; a kind of call says what becomes of results.

    The driver takes inputs, whoever delivers brings results: each from any thread.
    """

    def __init__(
        self,
        engine: Any,
        number: int,
        method: int,
        function: Function,
        inputs: Iterable[Any] = (),
        *,
        shape: int = INLINE,
        chunk: int = 1,
        expected: int | None = None,
    ) -> None:
        self._engine = engine
        self.number, self.method, self.function, self.shape = number, method, function, shape
        self.chunk = chunk
        self._inputs: list[Any] = list(inputs)
        self._begin = self._position = self._answered = 0
        self._lock = threading.RLock()
        self._failures = 0
        self.shown = _progress(method, expected) if function.options.progress else None
        self._whole = True
        """No more inputs will come."""
        self._over: BaseException | None = None
        """Why what is left fails: no worker is to have more of it."""
        self.listed = False
        """Whether it waits in the backlog."""
        self.taken: tuple[int, list[Any]] | None = None
        """What was taken last, until a worker has it."""

    def start(self) -> None:
        """Have its tasks run."""
        self._show()
        if not self._inputs and self._whole:
            self._ended()
            return
        self.listed = bool(self._inputs)
        if self.listed:
            self._engine.add(self.number, self)
            self._engine.go()
        else:
            self._engine.open[self.number] = self

    @property
    def total(self) -> int:
        """How many inputs have come until now."""
        return self._begin + len(self._inputs)

    @property
    def left(self) -> int:
        """How many inputs wait to be taken."""
        return self.total - self._position

    def more(self, inputs: Iterable[Any], *, whole: bool) -> None:
        """Add inputs; *whole* says that these were the last."""
        with self._lock:
            done = self._position - self._begin
            if done > len(self._inputs) // 2:  # what was taken is kept by its frame
                del self._inputs[:done]
                self._begin += done
            self._inputs.extend(inputs)
            self._whole = whole or self._over is not None
            again = self.left > 0 and not self.listed and self._over is None
            if again:
                self.listed = True
            ended = self._is_done()
        if again:
            self._engine.add(self.number, self)
            self._engine.go()
        elif ended:
            self._close()

    def take(self, most: int) -> tuple[int, list[Any]]:
        """Return the position of the next inputs, and at most that many of them."""
        with self._lock:
            base, at = self._position, self._position - self._begin
            taken = self._inputs[at : at + most]
            after = base + len(taken)
            self._position, self.taken = after, (base, taken)
            if not self.left:
                self.listed = False
        self._taken()
        return base, taken

    def cancel(self) -> None:
        """Forget the inputs that no worker has."""
        with self._lock:
            dropped = self.left
            del self._inputs[self._position - self._begin :]
            self._whole, self.listed = True, False
            ended = self._is_done()
        if dropped:
            self._dropped(dropped)
        if ended:
            self._close()

    def finish_from(self, index: int, values: list[Any], entry: Entry) -> None:
        """Take the results from *index* on, which are part of *entry*."""
        self._took(index, values, entry)
        self._count(len(values), entry)

    def fail_at(
        self, index: int, error: BaseException, entry: Entry, found: Found | None = None
    ) -> None:
        """Take what went wrong with the task at *index*, and what is known of it."""
        del found
        self._failures += 1
        self._failed(index, error, entry)
        self._count(1, entry)

    def settled(self, index: int, tasks: int) -> None:
        """Go on where a signal handler came after that many tasks from *index* on were counted."""
        del index, tasks
        with self._lock:
            ended = self._is_done()
        if ended:
            self._close()

    def fail_rest(self, error: BaseException) -> None:
        """Fail all that is not answered: the pool is broken."""
        with self._lock:
            self._whole, self.listed, self._over = True, False, error
            self._inputs.clear()
            self._position = self._begin = self._answered
        self._broke(error)
        self._close()

    def _count(self, tasks: int, entry: Entry) -> None:
        with self._lock:
            # No call in between: no signal handler comes after the one and before the other.
            self._answered, entry.at = self._answered + tasks, entry.at + tasks
            ended = self._is_done()
        if ended:
            self._close()
        else:
            self._show()

    def show_no_more(self) -> None:
        """Have its progress end where it is: nobody looks at it any more."""
        self._show(over=True)

    def _show(self, *, over: bool = False) -> None:
        if self.shown is not None:
            total = self.total if self._whole else None
            self.shown.tell(self._answered, self._failures, total, over=over)

    def drive(self, is_done: Callable[[], bool], timeout: float | None) -> bool:
        """Drive the pool until *is_done* or *timeout*, and show how far it is meanwhile."""
        engine = self._engine
        if self.shown is None:
            return bool(engine.drive(is_done, timeout))
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = TICK if deadline is None else deadline - time.monotonic()
            done = engine.drive(is_done, min(left, TICK))
            if done or left <= 0 or engine.over.is_set():
                return bool(done)
            self._show()

    def _is_done(self) -> bool:
        return self._whole and self._answered >= self.total

    def _close(self) -> None:
        if self.number not in self._engine.open:
            return
        try:
            self._show(over=True)
        finally:
            self._ended()
        self._engine.open.pop(self.number, None)

    # What a kind of call does.

    def repeats(self, index: int) -> None:
        """Hear that the task at *index* failed and runs again."""

    def closes(self) -> None:
        """Hear that its pool takes no more work; what was asked for may have inputs to come."""

    def _took(self, index: int, values: list[Any], entry: Entry) -> None:
        raise NotImplementedError

    def _failed(self, index: int, error: BaseException, entry: Entry) -> None:
        raise NotImplementedError

    def _broke(self, error: BaseException) -> None:
        raise NotImplementedError

    def _taken(self) -> None:
        """Hear that inputs were taken."""

    def _dropped(self, inputs: int) -> None:
        """Hear that *inputs* will have no result."""

    def _ended(self) -> None:
        """Hear that all is answered; may come from within `start`, and twice."""


def kind_for(kind: type[Any], options: Options) -> type[Any]:
    """Return the kind of call to make in the place of *kind*."""
    if options.on_error != "collect":
        return kind
    from ._collecting import COLLECTED

    return COLLECTED[kind]


def held(
    call: Any, take: Callable[[float | None], Any], close: Callable[[], None] = lambda: None
) -> Any:
    """Return what the caller of *call* holds, if that is more than an iterator; else None."""
    if call.function.options.on_error == "collect":
        from ._collect import TaskIterator

        return TaskIterator(call, take, close)
    if call.shown is None:
        return None
    from ._progress import ShownIterator

    return ShownIterator(call, take, close)


def expected_of(iterables: Iterable[Iterable[Any]]) -> int | None:
    """Return how many inputs there will be, if all of *iterables* say so; asks code of the user."""
    try:
        lengths = [operator.length_hint(one, -1) for one in iterables]
    except Exception:
        return None
    return min(lengths) if lengths and min(lengths) >= 0 else None


def _progress(method: int, expected: int | None) -> Progress:
    from ._progress import Progress

    return Progress(Method.NAMES[method], expected)
