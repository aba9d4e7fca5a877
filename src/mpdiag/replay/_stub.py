"""Values as they were kept: what can be had again without loading anything, and what stands in.

A text that is a whole literal is the value; for anything else a placeholder says why it is none.
"""

from __future__ import annotations

import ast
import sys
from typing import NoReturn

from ..codec import MASKED
from ..model import Snapshot

# Texts that are read as literals.  Longer ones were cut when they were kept.
_MOST = 100_000
_DEFINED = frozenset({"module", "function", "class"})


class Placeholder:
    """Stands for a value that did not survive its worker; its text is what was kept of it."""

    __slots__ = ("_text", "_why")

    def __init__(self, text: str, why: str) -> None:
        self._text, self._why = text, why

    def __repr__(self) -> str:
        text = self._text if self._text.isprintable() else repr(self._text)[1:-1]
        return f"<{text} -- {self._why}>"

    def __getattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"no {name!r} here: {self!r}")


def revived(snapshot: Snapshot) -> object:
    """Return the value that *snapshot* was made from, or a placeholder."""
    text = snapshot.text
    if snapshot.type in _DEFINED:
        return _of_library(text) or Placeholder(
            text, f"a {snapshot.type}: nothing is imported here"
        )
    if MASKED in text:
        return Placeholder(text, "masked when it was kept")
    if not text:
        return Placeholder(snapshot.type or "a value", "values are not kept (values = none)")
    if "..." in text or len(text) > _MOST:  # would be read as Ellipsis
        return Placeholder(text, "cut when it was kept")
    try:
        value: object = ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return Placeholder(
            text, "kept as text: only built-in values come back without being loaded"
        )
    if snapshot.type and type(value).__qualname__ != snapshot.type:
        return Placeholder(text, f"kept as text: it was a {snapshot.type}")
    return value


def _of_library(name: str) -> object:
    """Return a module of Python itself that this process has anyway."""
    return sys.modules.get(name) if name.partition(".")[0] in sys.stdlib_module_names else None
