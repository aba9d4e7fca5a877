"""Load a pickle of our own at the speed of C, into what `read_pickle` makes; nothing of it runs.

The unpickler of the standard library has three doors to code: ``find_class``, persistent IDs, and
registered extensions.  The first gives stand-ins that are classes to the unpickler and make nodes
when they are called; the others stay shut.  A damaged or hostile pickle may still ask for all
memory there is, and nothing can interrupt it: this is for bytes that the run itself wrote.
"""

from __future__ import annotations

import copyreg
import io
import pickle
from functools import lru_cache
from typing import Any

from ._builtins import build_known, label, new_object
from ._nodes import Node


class _StandIn(type):
    """The class of the stand-ins, each for a class or function that a pickle names."""

    node: Node

    def __call__(cls, *args: object) -> object:
        """Return what calling the real one stands for."""
        return build_known(cls.node, tuple(map(real_node, args)))


def _new(cls: _StandIn, *args: object, **keywords: object) -> Node | None:
    """Return the node of an instance, as ``cls.__new__`` of the real one is called."""
    return new_object(cls.node, args, keywords)


def real_node(value: object) -> object:
    """Return the node that a stand-in stands for; any other value as it is."""
    return value.node if type(value) is _StandIn else value


def is_stand_in(value: object) -> bool:
    """Tell whether *value* stands for a class or a function."""
    return type(value) is _StandIn


# Names that are remembered.  More: memory, where a program makes names up.
@lru_cache(maxsize=4096)
def _stand_in(module: str, name: str) -> _StandIn:
    """Return what stands for a name; nothing is imported."""
    return _StandIn("", (), {"__slots__": (), "__new__": _new, "node": label(module, name)})


class _Unpickler(pickle.Unpickler):
    find_class: Any = staticmethod(_stand_in)

    def persistent_load(self, pid: object) -> object:
        """Refuse: our pickles hold none."""
        raise pickle.UnpicklingError(f"persistent ID {type(pid).__name__}")


def load_inert(raw: bytes) -> object:
    """Return what *raw*, which this run wrote, holds, as `read_pickle` does; runs nothing.

    Raises:
        ValueError: it cannot be read in this way; `read_pickle` may know more.
    """
    if copyreg._inverted_registry:  # type: ignore[attr-defined] # as in 3.10 to 3.14
        raise ValueError("extensions are registered, which are not asked for by name")
    try:
        return real_node(_Unpickler(io.BytesIO(raw)).load())
    except Exception as error:  # a pickle may fail in any way
        raise ValueError(f"{type(error).__name__}: {error}"[:200]) from None
