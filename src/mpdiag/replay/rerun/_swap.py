"""The inputs of one task with a part of another's in its place.

Made in the child that calls them: what is sent there is a pickle that names `swapped` and two
recorded inputs, none of which was loaded before.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ...model import Inputs
from ..trial._rebuild import from_message

_GONE = object()
_Steps = Sequence[tuple[str, Any, int]]


@dataclass(frozen=True, slots=True)
class _Kept:
    """Recorded inputs on their way to the child."""

    encoded: bytes
    encoding: str
    offset: int | None


class _Exchange:
    """Pickles as the call that makes the inputs."""

    def __init__(self, into: Inputs, source: Inputs, paths: Sequence[_Steps]) -> None:
        self.into, self.source, self.paths = into, source, paths

    def __reduce__(self) -> tuple[Any, ...]:
        return swapped, (_kept(self.into), _kept(self.source), tuple(self.paths))


def exchange(into: Inputs, source: Inputs, paths: Sequence[_Steps]) -> Inputs:
    """Return *into* with what *source* has at *paths*; nothing is loaded for it here."""
    encoded = pickle.dumps(_Exchange(into, source, paths))
    return Inputs(values=into.values, encoded=encoded, encoding="pickle", callee=into.callee)


def _kept(inputs: Inputs) -> _Kept:
    return _Kept(inputs.encoded or b"", inputs.encoding, inputs.offset)


def swapped(
    into: _Kept, source: _Kept, paths: Sequence[_Steps]
) -> tuple[tuple[object, ...], dict[str, object]]:
    """Return the arguments of *into* with what *source* has at *paths*; runs in the child.

    Raises:
        LookupError, AttributeError: one of them has no such place.
    """
    args, kwargs = _arguments(into)
    from_args, from_kwargs = _arguments(source)
    for steps in paths:
        _put(args, kwargs, steps, _get(from_args, from_kwargs, steps))
    return tuple(args), kwargs


def _arguments(kept: _Kept) -> tuple[list[object], dict[str, object]]:
    loaded = pickle.loads(kept.encoded)
    if kept.encoding == "task":
        call = from_message(loaded, kept.offset)
        return list(call.args), dict(call.kwargs)
    return list(loaded[0]), dict(loaded[1])


def _get(args: list[Any], kwargs: dict[str, Any], steps: _Steps) -> Any:
    kind, name, at = steps[0]
    value = args[at] if kind == "input" and at < len(args) else kwargs.get(name, _GONE)
    for kind, name, _ in steps[1:]:
        try:
            value = getattr(value, name) if kind == "field" else value[name]
        except (LookupError, AttributeError):
            return _GONE
    return value


def _put(args: list[Any], kwargs: dict[str, Any], steps: _Steps, value: Any) -> None:
    kind, name, at = steps[-1]
    if len(steps) == 1 and kind == "input" and at < len(args):
        args[at] = value
        return
    holder = kwargs if len(steps) == 1 else _get(args, kwargs, steps[:-1])
    if holder is _GONE:
        raise LookupError(name)
    if kind == "field":
        object.__delattr__(holder, name) if value is _GONE else object.__setattr__(
            holder, name, value
        )
    elif type(holder) is tuple:
        whole = (*holder[:name], value, *holder[name + 1 :])
        _put(args, kwargs, steps[:-1], whole)
    elif value is _GONE:
        holder.pop(name, None)
    else:
        holder[name] = value
