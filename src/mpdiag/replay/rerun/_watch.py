"""The local variables of a call at one line: made in the child, which calls the target for it."""

from __future__ import annotations

import pickle
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from ... import codec
from ..trial._rebuild import find_target

# Variables that are kept, and bytes of one.  More: a slower comparison.
_NAMES, _BYTES = 40, 16 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A line in a function."""

    file: str
    function: str
    line: int

    def is_in(self, frame: FrameType) -> bool:
        """Tell whether *frame* runs the function."""
        code = frame.f_code
        return code.co_name == self.function and code.co_filename == self.file


def watched(
    target: Callable[..., object], args: tuple[Any, ...], kwargs: Mapping[str, Any], place: Place
) -> dict[str, bytes]:
    """Call *target*, and return its variables as they last were before the line at *place* ran.

    As pickles, by name; nothing if it does not come there.  What it raises is left to the caller.
    """
    found: dict[str, bytes] = {}

    def each_line(frame: FrameType, event: str, arg: object) -> Any:
        del arg
        if event == "line" and frame.f_lineno == place.line:
            found.clear()
            found.update(_encoded(frame.f_locals))
        return each_line

    def each_call(frame: FrameType, event: str, arg: object) -> Any:
        del event, arg
        return each_line if place.is_in(frame) else None

    before = sys.gettrace()
    sys.settrace(each_call)
    try:
        target(*args, **kwargs)
    except Exception:
        pass  # the failing ones fail here, too
    finally:
        sys.settrace(before)
    return found


def _encoded(variables: Mapping[str, object]) -> dict[str, bytes]:
    found = {}
    for name, value in list(variables.items())[:_NAMES]:
        encoded, encoding = codec.encode(value, limit_bytes=_BYTES)
        if encoded is not None and encoding in {"pickle", "cloudpickle"}:
            found[name] = encoded
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Stands in the place of a target, and writes what it sees into a file."""

    target: str
    callee: bytes | None
    place: Place
    path: str

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        """Call the target and write its variables; runs in the child."""
        target = pickle.loads(self.callee) if self.callee else find_target(self.target)
        found = watched(target, args, kwargs, self.place)
        new = Path(f"{self.path}.new")
        new.write_bytes(pickle.dumps(found))
        new.replace(self.path)
