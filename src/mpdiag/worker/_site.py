"""Which expression failed: the part of the source to which the failing instruction belongs.

From 3.11 on the code has the columns of each instruction.  On 3.10 there may be several parts of
the line that the instruction could be of: all are given, and whoever asks keeps those that fit.
"""

from __future__ import annotations

import ast
import itertools
import warnings
from collections.abc import Iterator
from functools import lru_cache
from types import TracebackType

# Characters of a module that are parsed, at about 10 microseconds for a line of 40, and kept as a
# tree of 50 bytes for each.  More: the worker waits for its first failure, and grows.  Fewer: large
# modules are not explained.
_MOST_SOURCE = 200_000
# Characters of an expression or a statement that are kept.
LONGEST = 80
# Of 3.10: to which kinds of expression an instruction may belong.
_KINDS: tuple[tuple[str, tuple[type[ast.AST], ...]], ...] = (
    ("BINARY_SUBSCR", (ast.Subscript,)),
    ("STORE_SUBSCR", (ast.Subscript,)),
    ("DELETE_SUBSCR", (ast.Subscript,)),
    ("LOAD_ATTR", (ast.Attribute,)),
    ("LOAD_METHOD", (ast.Attribute,)),
    ("STORE_ATTR", (ast.Attribute,)),
    ("CALL_", (ast.Call,)),
    ("DICT_MERGE", (ast.Call,)),
    ("LIST_EXTEND", (ast.Call,)),
    ("LOAD_", (ast.Name,)),
    ("GET_ITER", (ast.For, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)),
    ("UNPACK_", (ast.Tuple, ast.List)),
    ("CONTAINS_OP", (ast.Compare,)),
    ("COMPARE_OP", (ast.Compare,)),
    ("BINARY_", (ast.BinOp,)),
    ("INPLACE_", (ast.AugAssign,)),
    ("SETUP_WITH", (ast.With,)),
)
COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_CODES = (
    (ast.ListComp, "<listcomp>"),
    (ast.SetComp, "<setcomp>"),
    (ast.DictComp, "<dictcomp>"),
    (ast.GeneratorExp, "<genexpr>"),
)
SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Site:
    """A part of the source, with all that it stands in."""

    __slots__ = ("above", "lines", "node")

    def __init__(self, node: ast.AST, above: tuple[ast.AST, ...], lines: list[str]) -> None:
        self.node, self.lines = node, lines
        self.above = above
        """Innermost first; the last is the module."""

    @property
    def parent(self) -> ast.AST:
        """What the part stands in, or the part itself where that is all."""
        return self.above[0] if self.above else self.node

    def path(self) -> tuple[ast.AST, ...]:
        """Return the part and what it stands in up to its function; that, or the module, last."""
        around = (self.node, *self.above)
        ends = (i for i, node in enumerate(around) if i and isinstance(node, SCOPES))
        return around[: next(ends, len(around) - 1) + 1]

    def text(self, node: ast.AST, *, most: int = LONGEST) -> str:
        """Return *node* as it stands in the source, in one line."""
        return source_text(node, self.lines, most)


def source_text(node: ast.AST, lines: list[str], most: int = LONGEST) -> str:
    """Return *node* as it stands in *lines*; as Python would write it if it has several."""
    start, end = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
    if isinstance(getattr(node, "body", None), list) and 0 < start <= len(lines):  # its head alone
        text = lines[start - 1].strip()
    else:
        text = ast.unparse(node)
        written = _written(node, lines) if start == end else ""
        # Inside of f-strings the columns are not always right.
        text = written if _unparsed(written) == text else text.replace("\n", " ")
    return text if len(text) <= most else text[:most] + "..."


def _written(node: ast.AST, lines: list[str]) -> str:
    start, column, _, end_column = _span(node)
    if not start or not 0 < start <= len(lines):
        return ""
    raw = lines[start - 1].encode("utf-8", "surrogatepass")
    return raw[column:end_column].decode("utf-8", "replace")


def _unparsed(text: str) -> str:
    try:
        return ast.unparse(ast.parse(text))
    except Exception:
        return ""


def sites(link: TracebackType) -> list[Site]:
    """Return the parts of the source that *link* may have failed in: one from 3.11 on."""
    frame = link.tb_frame
    lines = _lines(frame.f_code.co_filename, frame.f_globals)
    tree = _tree("".join(lines))
    if tree is None:
        return []
    if hasattr(frame.f_code, "co_positions"):
        positions = frame.f_code.co_positions()
        position = next(itertools.islice(positions, link.tb_lasti // 2, None), None)
        found = [] if position is None or None in position else _at(tree, position)
    else:
        found = _on_line(tree, link)
    return [Site(node, above, lines) for node, above in found]


def _lines(file: str, names: dict[str, object]) -> list[str]:
    import linecache

    return linecache.getlines(file, names)


@lru_cache(maxsize=1)
def _tree(source: str) -> ast.Module | None:
    if not source or len(source) > _MOST_SOURCE:
        return None
    try:
        with warnings.catch_warnings():
            # Python has told the user about the literals in it already.
            warnings.simplefilter("ignore")
            return ast.parse(source)
    except Exception:
        return None


_Found = tuple[ast.AST, tuple[ast.AST, ...]]


def _covering(tree: ast.AST, line: int) -> Iterator[_Found]:
    """Yield all nodes that reach over *line*, each with what it stands in."""
    waiting: list[_Found] = [(tree, ())]
    while waiting:
        node, above = waiting.pop()
        if isinstance(node, (ast.expr, ast.stmt, ast.ExceptHandler)):
            if not node.lineno <= line <= (node.end_lineno or node.lineno):
                if not getattr(node, "decorator_list", None):
                    continue
            else:
                yield node, above
        inner = (node, *above)
        waiting += ((child, inner) for child in ast.iter_child_nodes(node))


def _at(tree: ast.AST, position: tuple[int | None, ...]) -> list[_Found]:
    """Return the innermost expression, or else statement, at *position*."""
    line, end_line, column, end_column = position
    around = list(_covering(tree, line or 0))
    exact = [found for found in around if _span(found[0]) == (line, column, end_line, end_column)]
    exact.sort(key=lambda found: (isinstance(found[0], ast.expr), len(found[1])))
    # Of a chain of methods over several lines the instruction has the place of the name alone.
    chained = [
        found
        for found in around
        if isinstance(found[0], (ast.Attribute, ast.Call))
        and _span(found[0])[2:] == (end_line, end_column)
    ]
    return exact[-1:] or (chained if len(chained) == 1 else [])


def _span(node: ast.AST) -> tuple[int | None, ...]:
    names = ("lineno", "col_offset", "end_lineno", "end_col_offset")
    return tuple(getattr(node, name, None) for name in names)


def _on_line(tree: ast.AST, link: TracebackType) -> list[_Found]:
    """Return what the instruction may belong to, by its kind and its line."""
    import dis

    code = link.tb_frame.f_code
    name = dis.opname[code.co_code[link.tb_lasti]]
    kinds = next((kinds for start, kinds in _KINDS if name.startswith(start)), ())
    return [
        (node, above)
        for node, above in _covering(tree, link.tb_lineno)
        if isinstance(node, kinds) and _code_name(node, above) == code.co_name
    ]


def _code_name(node: ast.AST, above: tuple[ast.AST, ...]) -> str:
    """Return the name of the code that *node* is compiled into on 3.10."""
    child, is_iter = node, False
    for outer in above:
        if isinstance(outer, COMPREHENSIONS) and not (is_iter and child is outer.generators[0]):
            return next(name for kind, name in _CODES if isinstance(outer, kind))
        if isinstance(outer, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            return outer.name
        if isinstance(outer, ast.Lambda):
            return "<lambda>"
        # What a comprehension goes over first is found outside of it.
        is_iter = isinstance(outer, ast.comprehension) and child is outer.iter
        child = outer
    return "<module>"
