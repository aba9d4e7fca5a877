"""In which ``with`` blocks a thread stands, by its stack and the source as it is now."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Sequence
from functools import lru_cache

from ..model import Frame

# Lines of a source that is taken apart.  More: the runner is deaf for longer than a tick.
_LONGEST = 20_000


def inside(frames: Sequence[Frame]) -> tuple[str, ...]:
    """Return what *frames* hold by ``with``, such as ``/srv/job/app.py:self._lock``."""
    found = (
        f"{frame.file}:{name}"
        for frame in frames
        for name, first, last in _blocks(frame.file)
        if first <= frame.line <= last
    )
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=32)
def _blocks(file: str) -> tuple[tuple[str, int, int], ...]:
    """Return the ``with`` blocks of plain names: the name, its first line and its last."""
    lines = linecache.getlines(file)
    if not lines or len(lines) > _LONGEST:
        return ()
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ()
    return tuple(_spans(tree))


def _spans(tree: ast.AST) -> Iterator[tuple[str, int, int]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.With):
            for item in node.items:
                if isinstance(item.context_expr, (ast.Name, ast.Attribute)):
                    name = ast.unparse(item.context_expr)
                    yield name, node.body[0].lineno, node.end_lineno or node.lineno
