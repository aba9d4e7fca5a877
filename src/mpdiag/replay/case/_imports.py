"""Add import lines to a test file where a sorter of imports would put them; touch no other line."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

from ._names import Import

_STDLIB, _OTHERS, _OWN = 1, 2, 3
_FUTURE, _RELATIVE = 0, 4
_Key: TypeAlias = "tuple[int, bool, str]"
"""Section, names behind modules, alphabet."""


def with_imports(source: str, needed: Iterable[Import], root: Path) -> str:
    """Return *source* with the imports *needed*; *root* is the folder of the project."""
    for one in sorted(needed, key=lambda one: _key(one, root)):
        source = _with_import(source, one, root)
    return source


def _with_import(source: str, new: Import, root: Path) -> str:
    lines, tree = source.splitlines(), ast.parse(source)
    head = _head(tree)
    if not head:
        return _as_first(lines, tree, new)
    key = _key(new, root)
    at, added = _place([(node, _node_key(node, root)) for node in head], key, new.line)
    return "\n".join([*lines[:at], *added, *lines[at:]]) + "\n"


def _place(head: Sequence[tuple[ast.stmt, _Key]], key: _Key, line: str) -> tuple[int, list[str]]:
    """Return behind which line to put *line*, and with which empty lines."""
    same = [(node, other) for node, other in head if other[0] == key[0]]
    before = [node for node, other in same if other < key]
    if before:
        return _end(before[-1]), [line]
    if same:
        return same[0][0].lineno - 1, [line]
    above = [node for node, other in head if other[0] < key[0]]
    if above:
        return _end(above[-1]), ["", line]
    return head[0][0].lineno - 1, [line, ""]


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _as_first(lines: Sequence[str], tree: ast.Module, new: Import) -> str:
    """Put the first import of a file behind its docstring."""
    at, body = 0, tree.body
    if ast.get_docstring(tree, clean=False) is not None:
        at, body = body[0].end_lineno or 1, body[1:]
    rest = list(lines[at:])
    while rest and not rest[0].strip():
        del rest[0]
    first = body[0] if body else None
    wide = isinstance(first, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    gap = ([""] * (2 if wide else 1)) if rest else []
    return "\n".join([*lines[:at], *([""] if at else []), new.line, *gap, *rest]) + "\n"


def _head(tree: ast.Module) -> list[ast.Import | ast.ImportFrom]:
    """Return the imports that a file begins with."""
    body = tree.body[1:] if ast.get_docstring(tree, clean=False) is not None else tree.body
    found = []
    for node in body:
        if not isinstance(node, (ast.Import, ast.ImportFrom)):
            break
        found.append(node)
    return found


def _node_key(node: ast.Import | ast.ImportFrom, root: Path) -> _Key:
    if isinstance(node, ast.ImportFrom):
        if node.level:
            return _RELATIVE, True, node.module or ""
        return _key(Import(node.module or "", node.names[0].name), root)
    return _key(Import(node.names[0].name), root)


def _key(one: Import, root: Path) -> _Key:
    """Return by what imports are sorted: their section, modules before names, alphabet."""
    first = one.module.partition(".")[0]
    if first == "__future__":
        section = _FUTURE
    elif first in sys.stdlib_module_names:
        section = _STDLIB
    else:
        own = any(_holds(root / place, first) for place in ("", "src"))
        section = _OWN if own else _OTHERS
    return section, bool(one.name), one.module.lower()


def _holds(folder: Path, name: str) -> bool:
    """Whether a module or package of this name lies in *folder*."""
    found = folder / name
    return found.with_name(f"{name}.py").exists() or (found.is_dir() and any(found.glob("*.py")))
