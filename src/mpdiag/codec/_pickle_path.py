"""The path to what cannot be pickled, or not loaded again: ``args[0].config['db']._lock``."""

from __future__ import annotations

import functools
import pickle
import time
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ._created import created_at
from ._pickle_steps import step, type_name
from ._pickle_trace import OutOfTime, Parts, Trace, trace_of

# Seconds that a report waits for the path.
PATIENCE = 1.0
_CONTAINERS = (dict, list, set, frozenset, types.MethodType, functools.partial)


@dataclass(frozen=True, slots=True, kw_only=True)
class PicklePath:
    """Where in a value stands what cannot be pickled."""

    path: str
    """As Python, from the name of the value: ``args[0].pool._lock``."""
    type: str
    """Of what stands there, such as ``_thread.lock``."""
    owner: str = ""
    """The class whose attribute it is, such as ``app.Pool``."""
    created: str = ""
    """Where its owner makes it, ``app.py:41``; empty when that is not seen."""
    loads: bool = True
    """False: it pickles, and what was pickled does not load."""

    @property
    def words(self) -> str:
        """One line for a report."""
        made = [f"attribute of {self.owner}"] if self.owner else []
        made += [f"created in {self.created}"] if self.created else []
        about = f" ({', '.join(made)})" if made else ""
        fails = "" if self.loads else ", which pickles and does not load again"
        return f"{self.path} is a {self.type}{about}{fails}"


def pickle_path(
    values: Mapping[str, object],
    *,
    seconds: float = PATIENCE,
    inherited: Callable[[object], object] | None = None,
) -> PicklePath | None:
    """Return the path to the first thing in *values* that does not go through a pickle and back.

    None where all of it does, or that is not known in time.  Runs ``__reduce__`` and
    ``__getstate__`` of the values, as pickling does, and their constructors, as loading does.

    *inherited* tells, by another answer than None, what a process gets by other means than its
    pickle; with it, loading is not looked at.
    """
    deadline = time.monotonic() + seconds
    for name, value in values.items():
        trace = trace_of(value, deadline, inherited)
        if isinstance(trace.error, (OutOfTime, RecursionError)):
            return None
        if trace.error is not None:
            return _found(name, trace.chain, trace.parts)
        way = _unloadable(trace, deadline) if inherited is None else None
        if way is not None:
            return _found(name, way, trace.parts, loads=False)
    return None


def _unloadable(trace: Trace, deadline: float) -> tuple[object, ...] | None:
    """Return the chain to an object that does not load, though all inside it does."""
    if not trace.ways or goes_through(trace.ways[0][0]):
        return None
    for way in reversed(trace.ways):  # what is inside an object comes after it
        if time.monotonic() > deadline:
            return None
        if not goes_through(way[-1]):
            return way
    return None


def goes_through(value: object) -> bool:
    """Whether *value* can be sent to another process, and is had again there."""
    from multiprocessing.reduction import ForkingPickler

    try:
        pickle.loads(ForkingPickler.dumps(value))
    except Exception:
        return False
    return True


def _found(
    name: str, way: Sequence[object], parts: dict[int, Parts], *, loads: bool = True
) -> PicklePath:
    chain = _clean(way)
    path, owner, created = name, "", ""
    for at, child in enumerate(chain[1:], 1):
        one = step(chain[:at], child, parts)
        path += one
        if one:
            holder = _holder(chain[:at]) if one.startswith(".") else None
            owner = type_name(holder) if holder is not None else ""
            created = created_at(type(holder), one[1:]) if holder is not None else ""
    return PicklePath(
        path=path, type=type_name(chain[-1]), owner=owner, created=created, loads=loads
    )


def _clean(way: Sequence[object]) -> list[object]:
    """Return *way* without what is saved twice in a row, and without the class of an instance."""
    chain = [one for at, one in enumerate(way) if not at or one is not way[at - 1]]
    if len(chain) > 1 and chain[-1] is type(chain[-2]):
        chain.pop()
    return chain


def _holder(holders: Sequence[object]) -> object | None:
    """Return the innermost object with attributes, not its state, nor what only holds values."""
    for one in reversed(holders):
        if isinstance(one, _CONTAINERS):
            if type(one) in {types.MethodType, functools.partial}:
                return None
        elif not isinstance(one, tuple) or hasattr(one, "_fields"):
            return one
    return None
