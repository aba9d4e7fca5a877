"""Where a class makes an attribute, read from its source."""

from __future__ import annotations

import ast
import inspect
import os
from collections.abc import Iterator
from pathlib import Path


def created_at(cls: type, attribute: str) -> str:
    """Return ``file:line`` of the first ``self.attribute = ...`` of *cls* or a base, or nothing."""
    for base in cls.__mro__[:-1]:
        try:
            lines, first = inspect.getsourcelines(base)
            file = inspect.getsourcefile(base) or ""
            tree = ast.parse(inspect.cleandoc("\n" + "".join(lines)))
        except (OSError, TypeError, SyntaxError, ValueError, RecursionError):
            continue
        found = next(_assignments(tree, attribute), None)
        if found is not None:
            return f"{_short(file)}:{first + found - 1}"
    return ""


def _assignments(tree: ast.AST, attribute: str) -> Iterator[int]:
    """Yield the lines on which *attribute* is bound: on ``self``, or in the class itself."""
    for node in ast.walk(tree):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
            targets = [node.target]
        for target in targets:
            name = getattr(target, "attr", None) or getattr(target, "id", None)
            if name == attribute:
                yield target.lineno


def _short(file: str) -> str:
    """Return *file* from the working directory on, or the end of it when it is of a library."""
    inner = os.path.relpath(file)
    if not inner.startswith(os.pardir):
        return inner
    return "/".join(Path(file).parts[-2:])
