"""Calls with ``on_error="collect"``: each task ends with a result, whatever becomes of its pool."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from concurrent.futures import CancelledError
from typing import Any

from ..recorder import Method
from ._broken import MOST_FOUND
from ._call import Call
from ._collect import TaskResult, TaskResults
from ._found import Found
from ._map import ExecutorMap
from ._parts import Entry
from ._results import IMapIterator, IMapUnorderedIterator, MapResult
from ._serve import STAR
from ._table import About


class Collecting(Call):
    """Makes a value of all that becomes of a task; mixed in before a kind of call."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._given: dict[int, Any] = {}
        """Inputs that were taken and have no result yet, by position."""
        self._repeated: dict[int, int] = {}
        self.failed: dict[int, TaskResult] = {}
        super().__init__(*args, **options)

    @property
    def about(self) -> About:
        """What is said of it."""
        return About(
            target=self.function.target,
            label=Method.NAMES[self.method],
            spread=self.shape == STAR,
        )

    @property
    def ended(self) -> int:
        """How many tasks have a result."""
        return self._answered

    def take(self, most: int) -> tuple[int, list[Any]]:
        """Return the position of the next inputs, and at most that many of them."""
        with self._lock:
            base, taken = super().take(most)
            self._given.update(enumerate(taken, base))
        return base, taken

    def repeats(self, index: int) -> None:
        """Hear that the task at *index* failed and runs again."""
        self._repeated[index] = self._repeated.get(index, 0) + 1

    def finish_from(self, index: int, values: list[Any], entry: Entry) -> None:
        """Take the results from *index* on, which are part of *entry*."""
        if index not in self._given:
            return  # it failed with its pool
        given = self._given
        results = [self._result(n, given[n], value=value) for n, value in enumerate(values, index)]
        super().finish_from(index, results, entry)
        self._forget(index, len(values))

    def settled(self, index: int, tasks: int) -> None:
        """Go on where a signal handler came after that many tasks from *index* on were counted."""
        self._forget(index, tasks)
        super().settled(index, tasks)

    def _forget(self, index: int, tasks: int) -> None:
        """Let go of inputs that have their results."""
        for n in range(index, index + tasks):
            self._given.pop(n, None)

    def fail_at(
        self, index: int, error: BaseException, entry: Entry, found: Found | None = None
    ) -> None:
        """Take what went wrong with the task at *index*, and what is known of it."""
        try:
            given = self._given[index]
        except KeyError:
            return
        if len(self.failed) >= MOST_FOUND:
            found = None
        result = self._result(index, given, error=error, found=found)
        self.failed[index] = result
        self._failures += 1
        super().finish_from(index, [result], entry)
        self._forget(index, 1)

    def _result(self, index: int, given: Any, **outcome: Any) -> TaskResult:
        attempts = 1 + self._repeated.pop(index, 0) if self._repeated else 1
        return TaskResult(index=index, input=given, attempts=attempts, **outcome)

    def more(self, inputs: Iterable[Any], *, whole: bool) -> None:
        """Add inputs; *whole* says that these were the last."""
        super().more(inputs, whole=whole)
        if self._over is not None:  # it failed meanwhile, or just fails in another thread
            self._fail_new(self._over)

    def fail_rest(self, error: BaseException) -> None:
        """Fail all that is not answered: the pool is broken."""
        with self._lock:
            self._over = error
            if not self._whole:
                self._cut_off(error)
            self._take_rest()
            unanswered = sorted(self._given)
        for index in unanswered:
            self.fail_at(index, error, Entry())
        self._close()

    def cancel(self) -> None:
        """Fail the inputs that no worker has."""
        self._fail_new(CancelledError("cancelled before it began"))

    def _fail_new(self, error: BaseException) -> None:
        for index in self._take_rest():
            self.fail_at(index, error, Entry())
        self._count(0, Entry())

    def _take_rest(self) -> range:
        """Return the positions of the inputs that no worker has; none will get them."""
        with self._lock:
            base, dropped = self.take(self.left)
            self._whole, self.listed, self.taken = True, False, None
        return range(base, base + len(dropped))

    def _cut_off(self, error: BaseException) -> None:
        """Hear that inputs are left in the iterable of the user, for which nothing can run."""


class CollectedMap(Collecting, MapResult):
    """The results of ``map``, of failed tasks too."""

    def _ended(self) -> None:
        self._value = TaskResults(self._value, self.about)
        super()._ended()


class CollectedIMap(Collecting, IMapIterator):
    """The results of ``imap``, of failed tasks too."""

    def _cut_off(self, error: BaseException) -> None:
        self._ends_with = error


class CollectedUnordered(Collecting, IMapUnorderedIterator):
    """The results of ``imap_unordered``, of failed tasks too."""

    def _cut_off(self, error: BaseException) -> None:
        self._ends_with = error


class CollectedExecutorMap(Collecting, ExecutorMap):
    """The results of an executor's ``map``, of failed tasks too."""

    def _results(self, deadline: float | None) -> Generator[Any, None, None]:
        yield from super()._results(deadline)
        if self._cut:
            super()._refill()  # says so if there are more inputs

    def _refill(self) -> None:
        if not self._cut:
            super()._refill()

    def _cut_off(self, error: BaseException) -> None:
        del error  # `_refill` has its own
        self._cut = True


COLLECTED: dict[type[Call], type[Any]] = {
    MapResult: CollectedMap,
    IMapIterator: CollectedIMap,
    IMapUnorderedIterator: CollectedUnordered,
    ExecutorMap: CollectedExecutorMap,
}
