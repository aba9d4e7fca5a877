"""Lay an expression out on lines, so that formatters and linters leave it as it is.

Whatever does not fit is written one item a line with a comma behind the last: formatters keep that
at any width.  What fits, fits the narrowest usual one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from ._expression import Expression, Naming, flat
from ._quote import quoted, quoted_bytes

# Columns of the formatters' default; a wider setting joins nothing that ends in a comma.
WIDTH = 88
# The widest line that linters let pass in most projects; a formatter joins what fits in it.
_WIDEST = 100
_STEP = 4


def lay_out(before: str, expression: Expression, after: str, naming: Naming) -> Iterator[str]:
    """Yield the lines of *expression* between two texts; the indent is that of *before*."""
    line = f"{before}{flat(expression, naming)}{after}"
    indent = " " * (len(before) - len(before.lstrip(" ")))
    match expression:
        case str() if len(line) > _WIDEST:
            yield from _split(before, expression, after, indent) or [line]
        case _ if len(line) <= WIDTH or isinstance(expression, str):
            yield line
        case ["pair", key, separator, value]:
            yield from lay_out(f"{before}{flat(key, naming)}{separator}", value, after, naming)
        case ["group", head, opening, closing, [_, *_] as items]:
            yield f"{before}{flat(head, naming)}{opening}"
            for item in items:
                yield from lay_out(f"{indent}{' ' * _STEP}", item, ",", naming)
            yield f"{indent}{closing}{after}"
        case _:
            yield line


def _split(before: str, literal: str, after: str, indent: str) -> list[str]:
    """Return a text on several lines; nothing if *literal* is none."""
    try:
        value = ast.literal_eval(literal)
    except (ValueError, SyntaxError):
        return []
    if not isinstance(value, (str, bytes)):
        return []
    inner = f"{indent}{' ' * _STEP}"
    parts = [f"{inner}{part}" for part in _parts(value, WIDTH - len(inner))]
    return [f"{before}(", *parts, f"{indent}){after}"]


def _parts(value: str | bytes, width: int) -> Iterator[str]:
    """Yield literals of at most *width* columns, cut behind line ends or spaces where it can be."""
    while value:
        length = width - 3
        while len(_literal(value[:length])) > width:
            length -= 1
        piece = value[:length]
        if len(piece) < len(value):
            line_end, space = (b"\n", b" ") if isinstance(piece, bytes) else ("\n", " ")
            cut = piece.rfind(line_end) + 1 or piece.rfind(space) + 1  # type: ignore[arg-type]
            piece = piece[: cut or length]
        yield _literal(piece)
        value = value[len(piece) :]


def _literal(value: str | bytes) -> str:
    return quoted(value) if isinstance(value, str) else quoted_bytes(value)
