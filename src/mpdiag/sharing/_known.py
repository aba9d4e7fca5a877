"""The primitives that this process has shared, or was given: each by a key that is the same in all.

```text
owner: share(queue) ──▶ known, weakly ──fork──▶ known in the child
                             └── passenger of each process that is started otherwise ──▶ kept there
```
"""

from __future__ import annotations

import os
import weakref
from multiprocessing import context
from multiprocessing.reduction import ForkingPickler

_known: weakref.WeakValueDictionary[str, object] = weakref.WeakValueDictionary()
# What came with this process, and nobody else here holds.
_kept: dict[str, object] = {}
_numbers = [0]
# Primitives that a starting process takes along at most.  More: a fork server refuses at 256
# descriptors, and a queue has two.  Fewer: what is left out is reached by the owner's server.
MOST = 64

ATTRIBUTE = "_mpdiag_shared"
"""Of a process object: the `Passenger` that it was started with."""


def key_of(primitive: object) -> str:
    """Return the key of *primitive*, under which it is known from now on."""
    for key, there in list(_known.items()):
        if there is primitive:
            return key
    _numbers[0] += 1
    key = f"{os.getpid()}.{_numbers[0]}"
    remember(key, primitive)
    return key


def remember(key: str, primitive: object, *, keep: bool = False) -> None:
    """Know *primitive* by *key*; with *keep* for as long as this process lives."""
    _known[key] = primitive
    if keep:
        _kept[key] = primitive


def known(key: str) -> object | None:
    """Return what is known by *key* in this process."""
    return _known.get(key)


class Passenger:
    """Goes with a process that is started, and carries what was shared until then.

    A forked child has it all anyway.  For others it is pickled with the process itself, so that a
    queue which is an argument as well arrives as one object: two would close each other's pipe.
    """

    def __init__(self) -> None:
        self.keys = set(_known)

    def __reduce__(self) -> tuple[object, ...]:
        bags: dict[str, object] = {}
        for key in sorted(self.keys):
            primitive = known(key)
            if primitive is not None and len(bags) < MOST and _can_go(primitive):
                bags[key] = primitive
        self.keys = set(bags)
        return board, (bags,)


def _can_go(primitive: object) -> bool:
    """Tell whether *primitive* can be pickled now: one that cannot must not stop the process.

    The list of descriptors that a child will have is a private attribute as of 3.10 to 3.14 and
    loky 3.7.
    """
    descriptors = getattr(context.get_spawning_popen(), "_fds", None)
    before = len(descriptors) if isinstance(descriptors, list) else 0
    try:
        if made_for_fork(primitive):
            return False
        ForkingPickler.dumps(primitive)
    except Exception:
        return False
    finally:
        if isinstance(descriptors, list):
            del descriptors[before:]
    return True


def board(bags: dict[str, object]) -> None:
    """Take in what came along; runs in the child, before its target."""
    for key, primitive in bags.items():
        remember(key, primitive, keep=True)


def made_for_fork(primitive: object, depth: int = 3) -> bool:
    """Tell whether *primitive* has a lock without a name: only a forked child can have it.

    Private attributes as of 3.10 to 3.14.
    """
    parts = getattr(primitive, "__dict__", {})
    semaphore = parts.get("_semlock")
    if semaphore is not None:
        return getattr(semaphore, "name", "") is None
    return depth > 0 and any(
        made_for_fork(part, depth - 1)
        for part in parts.values()
        if type(part).__module__.startswith("multiprocessing.")
    )
