"""What our pools do beyond the standard library's; all of it is off by default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from ._stats import PoolStats

if TYPE_CHECKING:
    from typing_extensions import Self

    from ..model import Crash, Failure
    from ._engine import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """Which tasks run again after they failed, how often, and when.

    Args:
        times: how many further attempts a task has.
        on: exceptions after which there is one.
        crashes: whether there is one after the death of its worker, too.  A task that two workers
            died at is never run again: it is in quarantine.
        delay: seconds before the second attempt.
        factor: how many times as long the wait before each further one is.
        most_delay: seconds of any wait at most.

    Raises:
        ValueError: a number that is below zero, or a factor below one.
        TypeError: *on* has something that is no class of exceptions.
    """

    times: int = 1
    on: tuple[type[BaseException], ...] = (Exception,)
    crashes: bool = True
    delay: float = 0.0
    factor: float = 2.0
    most_delay: float = 60.0

    def __post_init__(self) -> None:
        """Check what was given."""
        for name in ("times", "delay", "most_delay"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be 0 or more, not {getattr(self, name)!r}")
        if self.factor < 1:
            raise ValueError(f"factor must be 1 or more, not {self.factor!r}")
        kinds = self.on if isinstance(self.on, tuple) else (self.on,)
        for kind in kinds:
            if not (isinstance(kind, type) and issubclass(kind, BaseException)):
                raise TypeError(f"on must have classes of exceptions, not {kind!r}")
        object.__setattr__(self, "on", kinds)

    def wait(self, failures: int) -> float:
        """Return the seconds until a task that failed so often runs again."""
        seconds = self.delay
        for _ in range(failures - 1):
            if seconds >= self.most_delay:
                break
            seconds *= self.factor
        return min(seconds, self.most_delay)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What was asked for, for a whole pool or for some of its calls."""

    task_timeout: float | None = None
    retries: int | Retries | None = None
    on_error: Literal["raise", "collect"] = "raise"
    progress: bool = False

    def __post_init__(self) -> None:
        """Check what was given."""
        timeout, retries = self.task_timeout, self.retries
        if timeout is not None and not timeout > 0:
            raise ValueError(f"task_timeout must be above 0 seconds, or None, not {timeout!r}")
        if self.on_error not in {"raise", "collect"}:
            raise ValueError(f"on_error must be 'raise' or 'collect', not {self.on_error!r}")
        if isinstance(retries, bool) or not isinstance(retries, int | Retries | None):
            raise TypeError(f"retries must be a number, mpdiag.Retries or None, not {retries!r}")
        if isinstance(retries, int):
            object.__setattr__(self, "retries", Retries(times=retries) if retries else None)

    @property
    def again(self) -> Retries | None:
        """The policy for further attempts, if there are any."""
        return self.retries if isinstance(self.retries, Retries) else None


NONE = Options()


def memory_bytes(limit: int | str | None) -> int | None:
    """Return a limit of memory in bytes; it may be a text such as ``2 GiB``.

    Raises:
        ValueError: it is no size, or not above 0.
    """
    if limit is None:
        return None
    from ..options import parse_size

    try:
        size = parse_size(limit)
    except ValueError as error:
        raise ValueError(f"memory_limit must be bytes or such as '2 GiB', not {limit!r}") from error
    if size <= 0:
        raise ValueError(f"memory_limit must be above 0, not {limit!r}")
    return size


class Beyond:
    """What both of our pools have beyond the standard library's."""

    _engine: Engine
    _options = NONE
    _of: Any = None
    """The pool that this is another view of."""

    def with_options(self, **changes: Any) -> Self:
        """Return this pool with other options, for some calls: the workers are the same.

        Args:
            changes: *task_timeout*, *retries*, *on_error* and *progress*, as of the constructor.

        Raises:
            TypeError: there is no such option, or its value is of the wrong type.
            ValueError: an option has a value that it cannot have.
        """
        view = object.__new__(type(self))
        vars(view).update(vars(self))  # not `copy`: a pool refuses to be pickled
        view._options, view._of = replace(self._options, **changes), self
        return view

    @property
    def faults(self) -> tuple[Failure | Crash, ...]:
        """The failures and crashes of its tasks until now, oldest first, 1,000 at most.

        Printed, each is one line; the values have all that is known.

        Under ``mpdiag run`` and in a ``watch()`` block the failures are in the report instead.
        """
        return self._engine.findings.faults

    def stats(self) -> PoolStats:
        """Return what each worker has done until now, also of the last 1,000 that have ended."""
        crew = self._engine.crew
        living = [hand.account.of(hand, alive=True) for hand in list(crew.hands)]
        return PoolStats((*crew.ended, *living))
