"""``map`` of the executor: results in the order of the inputs."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from concurrent import futures
from itertools import islice
from typing import TYPE_CHECKING, Any

from ..recorder import Method
from ._call import Call, expected_of
from ._serve import INLINE, STAR
from ._work import Function

if TYPE_CHECKING:
    from ._parts import Entry


class Failed:
    """Stands among results for what a task raised."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Ordered(Call):
    """A call whose results are asked for one after the other, in the order of the inputs."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._arrived: dict[int, list[Any] | Failed] = {}
        self._next = 0
        self._broken: BaseException | None = None

    def _took(self, index: int, values: list[Any], entry: Entry) -> None:
        del entry
        self._arrived[index] = values

    def _failed(self, index: int, error: BaseException, entry: Entry) -> None:
        del entry
        self._arrived[index] = Failed(error)

    def _broke(self, error: BaseException) -> None:
        self._broken = error

    def _is_ready(self) -> bool:
        """Whether the next result is there, or will never be."""
        return self._next in self._arrived or self._broken is not None or self._is_over()

    def _is_over(self) -> bool:
        return self._broken is None and self._whole and self._next >= self.total

    def next_part(self) -> list[Any] | Failed | None:
        """Return what is there from the next result on; None when there is nothing."""
        index = self._next
        part = self._arrived.get(index)
        if part is None and self._broken is not None:
            part, self._next, self._broken = Failed(self._broken), max(index, self.total), None
        elif part is not None:
            self._next = index + (len(part) if isinstance(part, list) else 1)
            self._arrived.pop(index, None)
        return part


class ExecutorMap(Ordered):
    """One call of ``ProcessPoolExecutor.map``."""

    def __init__(
        self,
        engine: Any,
        numbers: Iterator[int],
        function: Function,
        iterables: tuple[Iterable[Any], ...],
        ahead: int | None,
    ) -> None:
        expected = expected_of(iterables) if function.options.progress else None
        items: Iterator[Any] = zip(*iterables)  # noqa: B905 - the shortest ends it
        if len(iterables) == 1:
            items = iter(iterables[0])
        self._source = items if ahead is not None else iter(())
        self._ahead = ahead or 0
        shape = INLINE if len(iterables) == 1 else STAR
        number = next(numbers)
        super().__init__(
            engine,
            number,
            Method.EXECUTOR_MAP,
            function,
            items if ahead is None else islice(items, ahead),
            shape=shape,
            expected=expected,
        )
        self._whole = ahead is None or len(self._inputs) < ahead
        self._cut = False
        self.start()

    def results(self, timeout: float | None) -> Generator[Any, None, None]:
        """Return the iterator over the results; closed early, it cancels what has not begun."""
        return self._results(None if timeout is None else time.monotonic() + timeout)

    def _results(self, deadline: float | None) -> Generator[Any, None, None]:
        try:
            while True:
                part = self.next_part()
                if part is None:
                    if self._is_over():
                        return
                    left = None if deadline is None else deadline - time.monotonic()
                    if not self.drive(self._is_ready, left):
                        raise futures.TimeoutError
                elif isinstance(part, Failed):
                    try:
                        raise part.error
                    finally:
                        del part
                else:
                    part.reverse()
                    while part:
                        self._refill()
                        yield part.pop()
        finally:
            Call.cancel(self)  # there is nobody any more to be told of what is dropped
            self.show_no_more()

    def _refill(self) -> None:
        """Take one more input for the result that is about to go."""
        if not self._ahead or (self._whole and not self._cut):
            return
        taken = list(islice(self._source, 1))
        if taken and self._engine.closing:
            raise RuntimeError("cannot schedule new futures after shutdown")
        self.more(taken, whole=not taken)
        if self._engine.closing:
            self.closes()

    def closes(self) -> None:
        """Take no more inputs; who asks for the result of one that is left is told."""
        if not self._whole:
            self._cut = True
            self.more([], whole=True)
