"""What a pickle says beyond plain containers: labelled nodes.

Nothing here imports or calls what a node names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["name", "object", "call", "persistent", "buffer", "unfinished", "key", "number"]


@dataclass(eq=False, slots=True)
class Node:
    """A part of a pickle that only its classes could make a value of; complete once read."""

    kind: Kind
    """``name``: a class or function by reference; ``object``: an instance made by ``__new__``;
    ``call``: the result of calling something; ``unfinished``: the pickle ends too early, and
    ``args`` holds what was read; ``key``: holds a key or member of a set that cannot be one here;
    ``number``: an int of so many digits that it was not computed."""
    module: str = ""
    name: str = ""
    args: tuple[object, ...] = ()
    keywords: tuple[tuple[str, object], ...] = ()
    state: object = None
    items: Sequence[object] = ()
    """What was appended or added to it."""
    pairs: Sequence[tuple[object, object]] = ()
    """Keys and values that were set in it."""

    @property
    def path(self) -> str:
        """``app.Session``; the module is left out for builtins."""
        return self.name if self.module in ("", "builtins") else f"{self.module}.{self.name}"

    def __setstate__(self, state: object) -> None:
        """Take the state of the real object, as an unpickler hands it over."""
        self.state = state

    def fields(self) -> Iterator[tuple[str, object]]:
        """Yield the attributes that the state sets, by name."""
        parts = self.state if type(self.state) is tuple and len(self.state) == 2 else (self.state,)  # noqa: PLR2004 - (dict, slots)
        for part in parts:
            if type(part) is dict:
                yield from ((name, item) for name, item in part.items() if type(name) is str)

    def attribute(self, name: str, default: object = None) -> object:
        """Return one attribute that the state sets."""
        return next((item for key, item in self.fields() if key == name), default)
