"""What the asynchronous methods of our Pool return."""

from __future__ import annotations

import logging
import multiprocessing
import multiprocessing.pool
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from ._call import Call
from ._map import Failed, Ordered

if TYPE_CHECKING:
    from ._parts import Entry

stock: Any = multiprocessing.pool
Callback = Callable[[Any], object] | None
# Inputs that an iterator of the user is asked for ahead of the workers.  More: more memory where it
# is faster than they.  Fewer: they wait for it.
AHEAD = 1024
# Iterables that run no code of the user, and never block.
_PLAIN = frozenset({list, tuple, range, set, frozenset, str, bytes, dict, deque})


class _Outcome:
    """One result that may be waited for; mixed into what the library has of that name."""

    _engine: Any
    _callback: Callback
    _error_callback: Callback
    _done = False
    _success = True
    _value: Any = None

    def ready(self) -> bool:
        """Whether there is a result."""
        if not self._done:
            self._engine.attend()
        return self._done

    def successful(self) -> bool:
        """Whether nothing was raised.

        Raises:
            ValueError: there is no result yet.
        """
        if not self.ready():
            raise ValueError(f"{self!r} not ready")
        return self._success

    def wait(self, timeout: float | None = None) -> None:
        """Wait for the result, up to *timeout* seconds."""
        if not self._done:
            self._engine.drive(lambda: self._done, timeout)

    def get(self, timeout: float | None = None) -> Any:
        """Return the result; wait for it up to *timeout* seconds.

        Raises:
            multiprocessing.TimeoutError: there is none yet.
            Exception: what the task raised.
        """
        self.wait(timeout)
        if not self._done:
            raise multiprocessing.TimeoutError
        if self._success:
            return self._value
        raise self._value

    def _settle(self) -> None:
        """Call back, then let go who waits."""
        call = self._callback if self._success else self._error_callback
        self._callback = self._error_callback = None  # it may be settled again, see `deliver`
        try:
            if call is not None and not getattr(self._engine, "ended", False):
                call(self._value)
        except Exception:
            logging.getLogger("mpdiag").exception("exception in a callback of a pool")
        finally:
            self._done = True


class ApplyResult(_Outcome, stock.ApplyResult):  # type: ignore[misc]
    """The result of one call."""

    def __init__(self, engine: Any, callback: Callback, error_callback: Callback) -> None:
        self._engine, self._callback, self._error_callback = engine, callback, error_callback

    def begin(self) -> bool:
        """Say that it is wanted: it cannot be cancelled."""
        return True

    def finish(self, value: object) -> None:
        """Take the result."""
        if not self._done:
            self._value = value
            self._settle()

    def fail(self, error: BaseException) -> None:
        """Take what was raised."""
        if not self._done:
            self._success, self._value = False, error
            self._settle()


class MapResult(_Outcome, Call, stock.MapResult):  # type: ignore[misc]
    """The results of ``map``: all, or what the first of its tasks that failed raised."""

    def __init__(
        self, *args: Any, callback: Callback, error_callback: Callback, **options: Any
    ) -> None:
        Call.__init__(self, *args, **options)
        self._callback, self._error_callback = callback, error_callback
        self._value = [None] * len(self._inputs)
        self.start()

    def wait(self, timeout: float | None = None) -> None:
        """Wait for the results, up to *timeout* seconds."""
        if self._done:
            return
        try:
            self.drive(lambda: self._done, timeout)
        except BaseException:
            self.show_no_more()
            raise

    def _took(self, index: int, values: list[Any], entry: Entry) -> None:
        del entry
        if self._success:
            self._value[index : index + len(values)] = values

    def _failed(self, index: int, error: BaseException, entry: Entry) -> None:
        del index, entry
        self._broke(error)

    def _broke(self, error: BaseException) -> None:
        if self._success:
            self._success, self._value = False, error

    def _ended(self) -> None:
        self._settle()


class IMapIterator(Ordered, stock.IMapIterator):  # type: ignore[misc]
    """The results of ``imap``, in the order of the inputs."""

    def __init__(self, *args: Any, iterable: Iterable[Any], **options: Any) -> None:
        Ordered.__init__(self, *args, **options)
        self._now: Iterator[Any] = iter(())
        """The results that are given next, taken from it one by one."""
        self._taking = threading.Lock()
        self._ends_with: BaseException | None = None
        self._wanted = threading.Event()
        self._whole = type(iterable) in _PLAIN
        if self._whole:
            self._inputs = list(iterable)
        self.start()
        if not self._whole:
            target, args = _feed, (self, iterable, self.chunk)
            threading.Thread(target=target, args=args, name="mpdiag-imap", daemon=True).start()

    def __iter__(self) -> IMapIterator:
        """Return itself."""
        return self

    def next(self, timeout: float | None = None) -> Any:
        """Return the next result; wait for it up to *timeout* seconds.

        Raises:
            multiprocessing.TimeoutError: it was not there in time.
            StopIteration: there are no more.
            Exception: what its task raised.
        """
        while True:
            with self._taking:
                for value in self._now:
                    return value
                part = self._next_part()
                if isinstance(part, Iterator):
                    self._now = part
                    continue
                if part is None and self._is_over():
                    error, self._ends_with = self._ends_with, None
                    raise error if error is not None else StopIteration
            if part is not None:
                raise part.error
            if not self.drive(self._is_ready, timeout):
                raise multiprocessing.TimeoutError

    __next__ = next  # noqa: A003

    def _next_part(self) -> Iterator[Any] | Failed | None:
        """Return the next results, which then are in `_now`, too; or an error."""
        part = self._arrived.get(self._next)
        if not isinstance(part, list):
            return self.next_part()  # type: ignore[return-value] # and no list
        values, after = iter(part), self._next + len(part)
        self._now, self._next = values, after
        self._arrived.pop(after - len(part), None)
        return values

    def _taken(self) -> None:
        if self.left < AHEAD // 2:
            self._wanted.set()


class IMapUnorderedIterator(IMapIterator):
    """The results of ``imap_unordered``, as they come."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._came: deque[Iterator[Any] | Failed] = deque()
        self._part: deque[Iterator[Any] | Failed] = deque(maxlen=1)
        """What came first of that, until all of it is given."""
        super().__init__(*args, **options)

    def _took(self, index: int, values: list[Any], entry: Entry) -> None:
        del index
        self._comes(iter(values), entry)

    def _failed(self, index: int, error: BaseException, entry: Entry) -> None:
        del index
        self._comes(Failed(error), entry)

    def _comes(self, part: Iterator[Any] | Failed, entry: Entry) -> None:
        """Take a part once, though it may be brought again: taken and noted in one step of C."""
        if len(entry.took) <= entry.at:
            entry.took.extend(map(self._came.append, (part,)))

    def _is_ready(self) -> bool:
        return bool(self._came) or self._broken is not None or self._is_over()

    def _is_over(self) -> bool:
        return self._broken is None and self._is_done() and not self._came

    def _next_part(self) -> Iterator[Any] | Failed | None:
        """Return what came first and is not given yet."""
        part = self._part
        if not part or part[0] is self._now:
            try:
                part.extend(map(deque.popleft, (self._came,)))  # in one step of C
            except IndexError:
                return self.next_part()  # type: ignore[return-value] # and no list
        found = part[0]
        if isinstance(found, Failed):
            part.clear()
        return found


def _feed(call: IMapIterator, iterable: Iterable[Any], chunk: int) -> None:
    """Hand an iterable of the user to its call, which may block; runs in a thread of its own."""
    error: BaseException | None = None
    try:
        items = iter(iterable)
        while not call._whole:
            batch = list(islice(items, chunk))
            if not batch:
                break
            call.more(batch, whole=False)
            while call.left >= AHEAD and not call._whole:
                call._wanted.clear()
                if call.left >= AHEAD:
                    call._wanted.wait(1.0)
    except BaseException as raised:  # in a thread of ours nobody else would hear of it
        error = raised
    if not call._whole:
        call._ends_with = error
        call.more([], whole=True)
        call._engine.stir()
