"""Pickle once more, in Python, and keep the way to the object at which it ends.

Runs what pickling itself runs (``__reduce__``, ``__getstate__``), after a failure only.
"""

from __future__ import annotations

import copyreg
import pickle
import time
from collections import ChainMap
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# Objects that are looked at.  More: an input of millions holds the report up, deadline or not.
MOST_OBJECTS = 200_000
# Objects whose way is kept, for the search of what does not load again.
MOST_WAYS = 2_000
_Python: Any = pickle._Pickler  # type: ignore[attr-defined,unused-ignore]
# Modules of classes whose parts are their attributes, whatever method says so.
_LIBRARY = frozenset({"builtins", "functools", "collections", "types"})


class OutOfTime(BaseException):
    """Pickling took longer than a report may wait; no ``except Exception`` on the way stops it."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What an object says that it is made of."""

    function: object
    args: Any
    state: Any = None
    how: str = ""
    """The method of its own that said so; empty for what every object does."""


class _Nowhere:
    """Takes what is pickled, and drops it."""

    def write(self, data: object) -> None:
        """Drop *data*."""


@dataclass
class Trace:
    """The objects on the way to the one at which pickling ended, outermost first."""

    chain: list[object] = field(default_factory=list)
    parts: dict[int, Parts] = field(default_factory=dict)
    """By identity of the object."""
    kept: list[object] = field(default_factory=list)
    """What must live as long as its identity is a key."""
    ways: list[tuple[object, ...]] = field(default_factory=list)
    """The chains to the first objects that have parts, each before those inside it."""
    error: BaseException | None = None


class _Tracer(_Python):  # type: ignore[misc] # its methods are private
    """The pickler of ``multiprocessing``, in Python, with its way on record."""

    def __init__(
        self, trace: Trace, deadline: float, inherited: Callable[[object], object] | None
    ) -> None:
        from multiprocessing.reduction import ForkingPickler

        super().__init__(_Nowhere(), pickle.HIGHEST_PROTOCOL)
        self.trace, self.deadline, self.count = trace, deadline, 0
        own: Any = getattr(ForkingPickler, "_extra_reducers", {})
        self.persistent_id = inherited or super().persistent_id
        self.dispatch_table = ChainMap(own, copyreg.dispatch_table)

    def save(self, obj: object, save_persistent_id: bool = True) -> None:
        """Pickle *obj*; it stays at the end of the chain when that raises."""
        self.count += 1
        if self.count > MOST_OBJECTS or time.monotonic() > self.deadline:
            raise OutOfTime
        self.trace.chain.append(obj)
        super().save(obj, save_persistent_id)
        self.trace.chain.pop()

    def save_reduce(
        self, func: object, args: object, state: object = None, *rest: object, **named: object
    ) -> None:
        """Pickle an object by its parts, and remember them."""
        obj = named.get("obj")
        self.trace.kept.append(obj)
        self.trace.parts[id(obj)] = Parts(func, args, state, _own_method(obj))
        if len(self.trace.ways) < MOST_WAYS:
            self.trace.ways.append(tuple(self.trace.chain))
        super().save_reduce(func, args, state, *rest, **named)


def trace_of(
    value: object, deadline: float, inherited: Callable[[object], object] | None = None
) -> Trace:
    """Pickle *value* until it fails; `Trace.error` says how, None when all went well.

    *deadline* is of ``time.monotonic``; *inherited* is as in `pickle_path`.
    """
    trace = Trace()
    try:
        _Tracer(trace, deadline, inherited).dump(value)
    except (Exception, OutOfTime) as error:
        trace.error = error
    return trace


def _own_method(obj: object) -> str:
    """Return the method by which the class of *obj* pickles itself, if it is the user's."""
    for name in ("__reduce_ex__", "__reduce__", "__getstate__"):
        for base in type(obj).__mro__[:-1]:
            method = vars(base).get(name)
            if method is not None:
                return "" if base.__module__ in _LIBRARY or _is_generated(method) else name
    return ""


def _is_generated(method: object) -> bool:
    """Whether attrs or dataclasses wrote *method*: it gives the attributes by their names."""
    return str(getattr(method, "__module__", "")).startswith(("attr", "dataclasses"))
