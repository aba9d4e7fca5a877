"""What ``on_error="collect"`` brings: a result for each task, and what failed, ready to act on."""

from __future__ import annotations

import builtins
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from ..model import Crash, Failure
from ._found import Found
from ._progress import ShownIterator
from ._table import About, failed_words, table_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskResult:
    """What became of one task."""

    index: int
    """Position of its input, from 0."""
    input: Any
    """As the caller gave it; the arguments as a tuple where they came from several iterables."""
    value: Any = None
    """What it returned; None if it failed."""
    error: BaseException | None = None
    """What it raised, or `WorkerCrashed`; None if it went well."""
    attempts: int = 1
    """How often it was run, with `retries`."""
    found: Found | None = field(default=None, repr=False, compare=False)

    @property
    def ok(self) -> bool:
        """Whether it went well."""
        return self.error is None

    @property
    def occurrence(self) -> Failure | Crash | None:
        """The failure or crash with all that is known; of the first 1,000 of a call.

        None where it went well, and where its pool broke before it began.
        """
        return self.found.occurrence if self.found is not None else None


class Gathered:
    """Results of which some may have failed."""

    _about: About

    @property
    def failures(self) -> tuple[TaskResult, ...]:
        """Those that failed, in the order of their inputs."""
        raise NotImplementedError

    @property
    def _ended(self) -> int:
        """How many tasks have ended until now."""
        raise NotImplementedError

    def failed_inputs(self) -> list[Any]:
        """Return the inputs that failed, for another run.

        That is ``pool.map(f, results.failed_inputs())``, or ``starmap`` after a ``starmap``; for a
        ``map`` of an executor over several iterables: ``map(f, *zip(*results.failed_inputs()))``.
        """
        return [failed.input for failed in self.failures]

    def table(self) -> str:
        """Return what failed as text: grouped by what went wrong and where, with counts."""
        return "\n".join(table_lines(self.failures, self._ended, self._about))

    def raise_all(self) -> None:
        """Raise all errors in one group; if nothing failed, do nothing.

        Raises:
            ExceptionGroup: of what the tasks raised, each once.
        """
        failures = self.failures
        errors = {id(one.error): one.error for one in failures if one.error is not None}
        if errors:
            words = f"{failed_words(len(failures), self._ended)} ({self._about.label})"
            raise _group(words, list(errors.values()))


class TaskResults(list[TaskResult], Gathered):
    """The results of a call, one `TaskResult` for each input, in their order."""

    def __init__(self, results: Sequence[TaskResult], about: About) -> None:
        super().__init__(results)
        self._about = about

    @property
    def failures(self) -> tuple[TaskResult, ...]:
        """Those that failed, in the order of their inputs."""
        return tuple(result for result in self if result.error is not None)

    @property
    def _ended(self) -> int:
        return len(self)

    def __repr__(self) -> str:
        return f"<TaskResults: {failed_words(len(self.failures), len(self))}>"


class TaskIterator(Gathered, ShownIterator):
    """An iterator over a `TaskResult` for each task; what failed until now can be asked for.

    It keeps what failed, and not what went well.
    """

    @property
    def _about(self) -> About:  # type: ignore[override]
        about: About = self._call.about
        return about

    @property
    def failures(self) -> tuple[TaskResult, ...]:
        """Those that failed until now, in the order of their inputs."""
        return tuple(self._call.failed[index] for index in sorted(self._call.failed))

    @property
    def _ended(self) -> int:
        return int(self._call.ended)

    def __repr__(self) -> str:
        return f"<TaskIterator: {failed_words(len(self._call.failed), self._ended)} until now>"


def _group(words: str, errors: list[BaseException]) -> BaseException:
    """Return an ExceptionGroup; a BaseExceptionGroup if it has to be."""
    if sys.version_info >= (3, 11):
        return builtins.BaseExceptionGroup(words, errors)
    made: BaseException = import_module("exceptiongroup").BaseExceptionGroup(words, errors)
    return made
