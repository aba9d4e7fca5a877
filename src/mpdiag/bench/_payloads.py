"""What is sent: each payload makes item number *i*, and tells the number of an item it got."""

from __future__ import annotations

import operator
import pickle
import sys
import time
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any

ARRAY_BYTES = 400 * 400 * 3 * 8
"""Of one array of float64, 400 x 400 x 3: 3.84 MB."""
# Arrays that are sent in turn.  Fewer: one could not be told from the next.  More: they come from
# beyond the processor's cache, where an array that was just computed is not.
TURN = 2


class Record:
    """An object as programs have them."""

    def __init__(self, number: int) -> None:
        self.number, self.name, self.tags = number, f"record {number}", ("a", "b")
        self.price = 9.5


class Block:
    """Stands for an array where numpy is not installed; its buffer goes out of band, too."""

    def __init__(self, data: Any) -> None:
        self.data = data

    def __reduce_ex__(self, protocol: Any) -> tuple[Any, ...]:
        if protocol >= 5:  # noqa: PLR2004 - the first with buffers
            return Block, (pickle.PickleBuffer(self.data),)
        return Block, (bytes(self.data),)


class Payload:
    """One kind of item."""

    def __init__(
        self,
        name: str,
        make: Callable[[int], object],
        number: Callable[[Any], int] | None,
        build: Callable[[int], object] | None = None,
    ) -> None:
        self.name, self.make, self.number = name, make, number
        self.build = build or make
        """Makes it anew, where `make` has some ready that are used in turn."""
        first = make(0)
        self.item_bytes, self._kind = len(pickle.dumps(first, 5)), type(first)

    def seconds(self) -> float:
        """Return what it takes to make an item and to pickle it: the least of three."""
        taken = []
        for number in range(3):
            begun = time.perf_counter()
            pickle.dumps(self.build(number), 5)
            taken.append(time.perf_counter() - begun)
        return min(taken)

    def expected(self, number: int) -> int:
        """Return the number in the item that `make` gives as *number*."""
        return number if self.build is self.make else number % TURN

    def check(self, items: list[Any], first: int) -> None:
        """See that *items* are those that were sent from the number *first* on.

        Raises:
            ValueError: one is another, or damaged.
        """
        last = first + len(items)
        if self.number is None:  # the user's own: each is of the type that is made here
            good = {*map(type, items)} == {self._kind}
        elif self.build is self.make:
            good = [*map(self.number, items)] == [*range(first, last)]
        else:
            good = [*map(self.number, items)] == [*map(self.expected, range(first, last))]
        if not good:
            raise ValueError(
                f"of the items from {first} on of {self.name}, one did not arrive as it was sent"
            )


def _array() -> tuple[Callable[[int], object], Callable[[Any], int], Callable[[int], object]]:
    """Return what has an array ready, what tells its number, and what builds one.

    Those that are ready never change: a queue or a thread sends them later.
    """
    try:
        numpy = import_module("numpy")
    except ImportError:

        def block(number: int) -> Block:
            return Block(bytearray((number % TURN).to_bytes(8, "little") * (ARRAY_BYTES // 8)))

        first = operator.itemgetter(slice(8))
        return (
            _in_turn(block),
            lambda item: int.from_bytes(first(memoryview(item.data)), "little"),
            block,
        )

    def array(number: int) -> object:
        return numpy.full((400, 400, 3), float(number % TURN))

    return _in_turn(array), lambda item: int(item[0, 0, 0]), array


def _in_turn(build: Callable[[int], object]) -> Callable[[int], object]:
    kept = cache(build)
    return lambda number: kept(number % TURN)


_SIMPLE: dict[str, tuple[Callable[[int], object], Callable[[Any], int]]] = {
    "int": (lambda number: number, int),
    "str": (lambda number: f"{number:032d}", int),
    "bytes": (lambda number: number.to_bytes(64, "big"), lambda i: int.from_bytes(i, "big")),
    "dict": (
        lambda number: {"number": number, "name": f"record {number}", "price": 9.5, "tags": ["a"]},
        lambda item: int(item["number"]),
    ),
    "object": (Record, lambda item: int(item.number)),
}
NAMES = (*_SIMPLE, "array")


def payload(name: str) -> Payload:
    """Return the payload *name*, or that of ``module:function``, whose items are not numbered.

    Raises:
        ValueError: there is none of that name.
    """
    if name == "array":
        return Payload(name, *_array())
    if name in _SIMPLE:
        return Payload(name, *_SIMPLE[name])
    module, colon, function = name.partition(":")
    if not colon:
        raise ValueError(f"no payload {name!r}; there are {', '.join(NAMES)}, and module:function")
    if "" not in sys.path:
        sys.path.insert(0, "")
    try:
        make = getattr(import_module(module), function)
        return Payload(name, lambda _: make(), None)
    except Exception as error:
        raise ValueError(f"cannot make {name!r}: {type(error).__name__}: {error}") from error
