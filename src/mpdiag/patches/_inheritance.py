"""A queue or lock as an input of a task: which one it is, who passed it, and what to write instead.

Runs after it was refused; no user code is called.
"""

from __future__ import annotations

import linecache
import os
from collections.abc import Iterator

from ..model import Cause, Certainty, Verdict
from ..worker import bind

# How `multiprocessing` words it, for all of its primitives, in 3.10 to 3.14.
WORDS = "should only be shared between processes through inheritance"
# How deep inputs are looked through, and at how many values at most: a report must not take long.
DEPTH, VALUES = 6, 20_000


def verdict_on(
    error: BaseException,
    target: object,
    args: tuple[object, ...],
    kwargs: dict[str, object],
    place: tuple[str, int] | None,
) -> Verdict | None:
    """Return what is known of a primitive among the inputs, or None if it was something else."""
    if WORDS not in str(error):
        return None
    name, _, inputs = bind(target, args, kwargs)
    kind = str(error).partition(" ")[0]
    path, kind = next(_paths(inputs, kind), ("", kind))
    argument = path or f"somewhere in {', '.join(inputs)}"
    named = f"{'an' if kind[0] in 'AE' else 'a'} {kind}"
    evidence = [f"{argument} is {named}; a worker gets one only as it starts"]
    if place is not None:
        file, line = place[0].removeprefix(f"{os.getcwd()}/"), linecache.getline(*place).strip()
        evidence.append(f"passed by {file}:{place[1]}" + (f": {line[:100]}" if line else ""))
    word = path if path.isidentifier() else kind.lower()
    return Verdict(
        cause=Cause.RAISED,
        certainty=Certainty.PROVEN,
        headline=f"{named} was passed to a task ({argument})",
        evidence=tuple(evidence),
        fix=f"{word} = mpdiag.share({word}) before the pool is made, and pass that; or"
        f" Pool(**mpdiag.initializer({word}={word})), and mpdiag.inherited({word!r}) in"
        f" {name.rpartition('.')[2]}",
    )


def _paths(inputs: dict[str, object], kind: str) -> Iterator[tuple[str, str]]:
    """Yield the way to each primitive of that name, the shortest first; no user code runs.

    With it the primitive's own name: an Event is refused for the Condition that it has.
    """
    seen, level = 0, list(inputs.items())
    for _ in range(DEPTH):
        inner: list[tuple[str, object]] = []
        for path, value in level:
            seen += 1
            if seen > VALUES:
                return
            if _is(value, kind) or any(_is(own, kind) for own in _own(value)):
                yield path, type(value).__name__
            else:
                inner += _inside(path, value)
        level = inner


def _is(value: object, *kinds: str) -> bool:
    found = type(value)
    return found.__name__ in kinds and found.__module__.startswith("multiprocessing.")


def _own(value: object) -> list[object]:
    """Return what a primitive consists of that is not refused itself."""
    return list(vars(value).values()) if _is(value, "Event", "Barrier") else []


def _inside(path: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [(f"{path}[{_key(key)}]", item) for key, item in list(dict.items(value))]
    if isinstance(value, (list, tuple)):
        return [(f"{path}[{at}]", item) for at, item in enumerate(list(value))]
    if type(value).__module__.startswith(("builtins", "multiprocessing.")):
        return []
    try:
        fields = object.__getattribute__(value, "__dict__")
    except AttributeError:
        return []
    return [(f"{path}.{name}", item) for name, item in list(fields.items())]


def _key(key: object) -> str:
    return repr(key)[:40] if type(key) in {str, int} else f"a {type(key).__name__}"
