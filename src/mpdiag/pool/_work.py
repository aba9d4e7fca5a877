"""What is to be done: tasks, calls that make many of them, and frames that travel together."""

from __future__ import annotations

import multiprocessing.pool
import pickle
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import TYPE_CHECKING, Any, Protocol

from ..recorder import Method
from ._options import NONE, Options
from ._serve import INLINE, STAR, WHOLE
from ._targets import function_in, is_plain_builtin
from ._wire import TASKS, all_atoms, dumps, framed, has_name

if TYPE_CHECKING:
    from ._buffers import Packed, Parcel
    from ._found import Found
    from ._parts import Entry

stock: Any = multiprocessing.pool
# Seconds of work in one frame.  More: a dead worker takes more finished tasks with it, and a slow
# task holds back more.  Less: more messages.
FRAME_SECONDS = 0.0005
# Seconds of work below which a frame is not made smaller to give other workers their share: the
# message would take longer than the work.
LEAST_SECONDS = 0.00005
# Seconds up to which a worker is handed a second frame while it works at the first: it gains the
# time of one message, and a task that turns out to be slow holds the second one back.
AHEAD_SECONDS = 0.005
# Tasks in a frame, and how many times those of the longest before it.
MOST_TASKS, GROWTH = 2000, 4
MOST_FRAME_BYTES = 1 << 20
# Functions that a pool knows by number.
MOST_FUNCTIONS = 4096


class Sink(Protocol):
    """Takes the outcome of one task; each task has one outcome."""

    def begin(self) -> bool:
        """Say that the task is about to go out; False when nobody wants it any more."""

    def finish(self, value: object) -> None:
        """Take the result."""

    def fail(self, error: BaseException) -> None:
        """Take what went wrong."""


class Pace:
    """How long the tasks of one function take, and how large they are."""

    __slots__ = ("_bytes", "_most", "seconds")

    def __init__(self) -> None:
        self.seconds: float | None = None
        """For one task; None before the first is done."""
        self._bytes = 0.0
        self._most = 1
        """Tasks in the longest frame until now."""

    def tasks(self, available: int) -> int:
        """Return how many tasks the next frame has; *available* are there for one worker."""
        if self.seconds is None:
            return 1
        share = max(available, int(LEAST_SECONDS / self.seconds))
        most = min(int(FRAME_SECONDS / self.seconds), share, self._most * GROWTH, MOST_TASKS)
        if self._bytes * most > MOST_FRAME_BYTES:
            most = int(MOST_FRAME_BYTES / self._bytes)
        return max(most, 1)

    def sent(self, tasks: int, length: int) -> None:
        """Learn from a frame that went out."""
        self._most, self._bytes = max(self._most, tasks), length / tasks

    def took(self, seconds: float) -> None:
        """Learn what one task took: at once that it is much longer, else step by step."""
        before, now = self.seconds, max(seconds, 1e-8)
        if before is None or now > 10 * before:
            self.seconds, self._most = now, 1
        else:
            self.seconds = 0.6 * before + 0.4 * now

    @property
    def quick(self) -> bool:
        """Whether a second frame may wait behind one of these."""
        return self.seconds is not None and self.seconds < AHEAD_SECONDS


class Function:
    """A callable on its way to workers; by a number, where its name says all about it."""

    __slots__ = ("number", "options", "pace", "raw", "target")

    def __init__(
        self, target: Callable[..., object], number: int, pace: Pace, options: Options = NONE
    ) -> None:
        self.target, self.number, self.pace, self.options = target, number, pace, options
        self.raw: bytes | None = None

    def pickled(self) -> bytes:
        """Return it as bytes.

        Raises:
            Exception: it cannot be pickled.
        """
        if self.raw is None:
            self.raw = dumps(self.target)
        return self.raw


class Functions:
    """Those of one pool."""

    def __init__(self) -> None:
        self._known: dict[object, Function] = {}
        self._paces: dict[object, Pace] = {}

    def of(self, target: Callable[..., object], options: Options = NONE) -> Function:
        """Return *target* as workers get it; number 0 for one that has to go along each time."""
        kind = type(target)
        if kind is FunctionType or kind is type or is_plain_builtin(target):
            key: object = target if options is NONE else (target, options)
            found = self._known.get(key)
            if found is None:
                if not has_name(target):  # by value: as it is at the time of each call
                    return Function(target, 0, self._pace_of(target, options), options)
                if len(self._known) >= MOST_FUNCTIONS:
                    return Function(target, 0, Pace(), options)
                found = Function(target, len(self._known) + 1, Pace(), options)
                self._known[key] = found
            return found
        return Function(target, 0, self._pace_of(target, options), options)

    def _pace_of(self, target: object, options: Options) -> Pace:
        """Return the pace of what is made anew for each task, such as a bound method."""
        inner = function_in(target)
        kind: object = (inner.__code__ if inner is not None else type(target), options)
        if kind not in self._paces and len(self._paces) >= MOST_FUNCTIONS:
            self._paces.clear()
        return self._paces.setdefault(kind, Pace())


class Task:
    """One call, and who waits for it."""

    __slots__ = ("args", "fn", "function", "kwargs", "method", "number", "sink")

    def __init__(  # noqa: PLR0917 - made for every task
        self,
        number: int,
        method: int,
        function: Function,
        args: tuple[object, ...],
        kwargs: dict[str, object],
        sink: Sink,
    ) -> None:
        self.number, self.method, self.function = number, method, function
        self.args, self.kwargs, self.sink = args, kwargs, sink

    @property
    def whole(self) -> bool:
        """Whether function and arguments have to be one pickle."""
        return bool(self.kwargs) or not self.function.number

    def call_of(self) -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        """Return target and arguments."""
        return self.function.target, self.args, self.kwargs


class Source(Protocol):
    """One call that makes many tasks, such as ``map``; runs while its pool is driven."""

    number: int
    method: int
    function: Function
    shape: int
    chunk: int
    """How many of its tasks count as one, where a worker may run so many."""
    listed: bool
    taken: tuple[int, list[Any]] | None
    """What was taken last, until a worker has it."""

    def take(self, most: int) -> tuple[int, list[Any]]:
        """Return the position of the next inputs, and at most that many of them."""

    @property
    def left(self) -> int:
        """How many inputs are there to take."""

    def finish_from(self, index: int, values: list[Any], entry: Entry) -> None:
        """Take the results from *index* on, which are part of *entry*."""

    def fail_at(self, index: int, error: BaseException, entry: Entry, found: Found | None) -> None:
        """Take what went wrong with the task at *index*, and what is known of it."""

    def settled(self, index: int, tasks: int) -> None:
        """Go on where a signal handler came after that many tasks from *index* on were counted."""

    def repeats(self, index: int) -> None:
        """Hear that the task at *index* failed and runs again."""

    def fail_rest(self, error: BaseException) -> None:
        """Fail all that is not answered."""

    def cancel(self) -> None:
        """Forget the inputs that no worker has."""

    def closes(self) -> None:
        """Hear that its pool takes no more work."""


class Frame:
    """Tasks that travel together: of one call, or handed over one by one."""

    __slots__ = (
        "base",
        "began",
        "burdened",
        "deaths",
        "done",
        "failures",
        "function",
        "items",
        "seq",
        "since",
        "source",
        "tries",
    )

    def __init__(
        self, function: Function, source: Source | None, base: int, items: Sequence[Any]
    ) -> None:
        self.function, self.source, self.base, self.items = function, source, base, items
        self.seq = self.done = 0
        self.tries = 0
        """How often a worker died with it, and no task of it was to blame."""
        self.failures = self.deaths = self.burdened = 0
        """How often its one task failed, how often its worker died at that, and how often it was
        in a worker that others had let grow, and that was ended for its memory."""
        self.began = False
        """Whether all of its tasks have begun before, in a worker that counted them."""
        self.since = 0.0
        """When a worker began with it, or came further, by ``time.monotonic``."""

    def part(self, start: int, end: int) -> Frame:
        """Return some of its tasks as a frame of their own."""
        made = Frame(self.function, self.source, self.base + start, self.items[start:end])
        made.tries, made.failures, made.deaths = self.tries, self.failures, self.deaths
        made.burdened, made.began = self.burdened, self.began
        return made

    def call_of(
        self, offset: int
    ) -> tuple[Callable[..., object], tuple[object, ...], dict[str, object]]:
        """Return target and arguments of one of its tasks."""
        item = self.items[offset]
        if self.source is None:
            return item.call_of()  # type: ignore[no-any-return]
        args = (item,) if self.source.shape == INLINE else tuple(item)
        return self.function.target, args, {}

    @property
    def weight(self) -> int:
        """How much of what a worker may run it takes."""
        chunk = 1 if self.source is None else self.source.chunk
        return -(-len(self.items) // chunk)

    @property
    def teaches(self) -> bool:
        """Whether its worker knows the function after it."""
        by_number = self.source is not None or not self.items[0].whole
        return by_number and self.function.number > 0

    @property
    def is_single(self) -> bool:
        """Whether it is one task, or many of one call: a record has room for no more."""
        return self.source is not None or len(self.items) == 1

    @property
    def about(self) -> tuple[int, int]:
        """Number of the call, and the method that made it."""
        if self.source is not None:
            return self.source.number, self.source.method
        return self.items[0].number + 1, self.items[0].method

    def encode(self, known: set[int], parcel: Parcel, *, record: bool) -> list[bytes]:
        """Return it as the pieces of a message to a worker that has the functions *known*.

        Large buffers go into *parcel*.  With *record* it brings what the worker keeps for whoever
        looks after its death.

        Raises:
            BaseException: what pickling one of its tasks raised.
        """
        raws: dict[int, Packed] = {}
        function, source, items = self.function, self.source, self.items
        number, raw = function.number, None
        values: list[object]
        shape = source.shape if source is not None else WHOLE if items[0].whole else STAR
        if shape == WHOLE:
            number, values = -1, [None] * len(items)
            for offset, task in enumerate(items):
                raws[offset] = parcel.dumps(task.call_of())
        else:
            if source is None:
                items = [task.args for task in items]
            if number not in known:
                raw = function.pickled()
            if shape == INLINE and all_atoms(items):
                values = list(items)
            else:
                values = [None] * len(items)
                for offset, item in enumerate(items):
                    if _goes_along(item, shape):
                        values[offset] = item
                    else:
                        raws[offset] = parcel.dumps(item)
        call, method = self.about
        head = self.seq, call, method, self.base, shape, number, raw
        kept = dumps(self._as_message()) if record else None
        parcel.pour()
        body = pickle.dumps((*head, values, raws, kept, parcel.number, parcel.end), 5)
        function.pace.sent(len(items), len(body) + parcel.end)
        return framed(TASKS, body)

    def _as_message(self) -> tuple[object, ...]:
        """Return it in the form of a stock pool's message, which reports and replay read."""
        number, method = self.about
        if self.source is None:
            target, args, kwargs = self.call_of(0)
            return self.seq, 0, target, args, kwargs, method, number, self.base
        star = self.source.shape == STAR or method == Method.EXECUTOR_MAP
        items = [self.call_of(n)[1] for n in range(len(self.items))] if star else self.items
        run = stock.starmapstar if star else stock.mapstar
        chunk = ((self.function.target, tuple(items)),)
        return self.seq, 0, run, chunk, {}, method, number, self.base


def _goes_along(item: object, shape: int) -> bool:
    """Whether an item needs no pickle of its own."""
    if shape == STAR:
        return type(item) is tuple and all_atoms(item)
    return all_atoms((item,))
