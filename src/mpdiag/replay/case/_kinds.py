"""How values of each type are written down: those of Python and its library, and the user's."""

from __future__ import annotations

import ast
import dataclasses
import datetime as dt
import math
import re
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from pathlib import PurePath
from types import SimpleNamespace
from typing import Any, Protocol, TypeAlias
from uuid import UUID

from ._expression import Expression, NoExpression, call, group, name_of
from ._quote import quoted, quoted_bytes

# Items of an array that a test shows.  More: it is loaded from a file.
_ARRAY = 100


class Writer(Protocol):
    """Writes the values within a value; knows what it has written."""

    def write(self, value: object) -> Expression:
        """Return the expression for *value*."""
        ...

    def all(self, values: Iterable[object]) -> list[Expression]:
        """Return the expressions for *values*."""
        ...

    def once(self, value: object) -> None:
        """Refuse what stands in two places: written down, it would become two values."""
        ...


_How: TypeAlias = Callable[[Writer, Any], Expression]


def object_expression(writer: Writer, value: Any) -> Expression:
    """Return the expression for an instance of a class of the user, or of another library."""
    cls = type(value)
    if cls.__module__.partition(".")[0] == "numpy":
        return _numpy(writer, value)
    if dataclasses.is_dataclass(value):
        made = [(one.name, one.name) for one in dataclasses.fields(value) if one.init]
        return call(name_of(cls), **{by: writer.write(getattr(value, own)) for own, by in made})
    if hasattr(cls, "__attrs_attrs__"):
        made = [(one.name, one.alias) for one in cls.__attrs_attrs__ if one.init]
        return call(name_of(cls), **{by: writer.write(getattr(value, own)) for own, by in made})
    if isinstance(value, tuple) and hasattr(cls, "_fields"):
        fields = zip(cls._fields, value, strict=True)
        return call(name_of(cls), **{name: writer.write(item) for name, item in fields})
    return _as_shown(writer, value)


def _as_shown(writer: Writer, value: object) -> Expression:
    """Return the expression that ``repr()`` is, if it is a call of the class with literals."""
    cls = type(value)
    if cls.__repr__ is object.__repr__:
        raise NoExpression(f"a {cls.__qualname__} does not show how to make one")
    try:
        node = ast.parse(repr(value), mode="eval").body
        is_call = isinstance(node, ast.Call) and ast.unparse(node.func) in _names(cls)
        parts = (node.args, node.keywords) if isinstance(node, ast.Call) and is_call else None
        args = [writer.write(ast.literal_eval(one)) for one in parts[0]] if parts else []
        keywords = parts[1] if parts else []
        named = {one.arg or "": writer.write(ast.literal_eval(one.value)) for one in keywords}
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        parts = None
    if parts is None:
        raise NoExpression(f"a {cls.__qualname__} does not show how to make one")
    return call(name_of(cls), args, **named)


def _names(cls: type) -> tuple[str, ...]:
    return cls.__name__, cls.__qualname__, f"{cls.__module__}.{cls.__qualname__}"


def _numpy(writer: Writer, value: Any) -> Expression:
    if type(value).__qualname__ == "ndarray" and value.dtype.kind in "biufUS":
        if value.size > _ARRAY:
            raise NoExpression(f"an array of {value.size:,} items is too long to be read")
        kind = quoted(str(value.dtype))
        return call(["name", "numpy", "array"], [writer.write(value.tolist())], dtype=kind)
    if hasattr(value, "dtype") and value.dtype.kind in "biuf" and not value.shape:
        return call(["name", "numpy", value.dtype.name], [writer.write(value.item())])
    raise NoExpression(f"a {type(value).__qualname__} of numpy is not written down")


def _text(_: Writer, value: Any) -> Expression:
    return repr(value)


def _float(_: Writer, value: float) -> Expression:
    return repr(value) if math.isfinite(value) else f'float("{value}")'


def _complex(writer: Writer, value: complex) -> Expression:
    return call("complex", writer.all((value.real, value.imag)))


def _list(writer: Writer, value: list[object]) -> Expression:
    writer.once(value)
    return group("[", writer.all(value), "]")


def _tuple(writer: Writer, value: tuple[object, ...]) -> Expression:
    return group("(", writer.all(value), ")")


def _dict(writer: Writer, value: dict[object, object]) -> Expression:
    writer.once(value)
    items = value.items()
    return group("{", [["pair", writer.write(k), ": ", writer.write(v)] for k, v in items], "}")


def _set(writer: Writer, value: set[object]) -> Expression:
    writer.once(value)
    return group("{", writer.all(_in_order(value)), "}") if value else "set()"


def _frozenset(writer: Writer, value: frozenset[object]) -> Expression:
    items = [group("{", writer.all(_in_order(value)), "}")] if value else []
    return call("frozenset", items)


def _in_order(values: set[Any] | frozenset[Any]) -> list[Any]:
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=repr)


def _range(_: Writer, value: range) -> Expression:
    parts = [value.start, value.stop, value.step]
    if value.step == 1:
        del parts[2]
        if value.start == 0:
            del parts[0]
    return call("range", map(repr, parts))


def _deque(writer: Writer, value: deque[object]) -> Expression:
    writer.once(value)
    items = [group("[", writer.all(value), "]")] if value else []
    limit = {} if value.maxlen is None else {"maxlen": repr(value.maxlen)}
    return call(["name", "collections", "deque"], items, **limit)


def _mapping(writer: Writer, value: dict[object, object]) -> Expression:
    cls = ["name", "collections", type(value).__name__]
    first = [writer.write(value.default_factory)] if isinstance(value, defaultdict) else []
    writer.once(value)
    return call(cls, [*first, *([writer.write(dict(value))] if value else [])])


def _namespace(writer: Writer, value: SimpleNamespace) -> Expression:
    writer.once(value)
    named = {name: writer.write(item) for name, item in vars(value).items()}
    return call(["name", "types", "SimpleNamespace"], **named)


def _date(_: Writer, value: dt.date) -> Expression:
    return call(["name", "datetime", "date"], map(repr, (value.year, value.month, value.day)))


def _moment(_: Writer, value: dt.datetime | dt.time) -> Expression:
    zone = value.tzinfo
    if zone is not None and type(zone) is not dt.timezone:
        raise NoExpression(f"a time zone of type {type(zone).__qualname__} is not written down")
    cls: Expression = ["attribute", ["name", "datetime", type(value).__name__], "fromisoformat"]
    return call(cls, [quoted(value.isoformat())])


def _timedelta(_: Writer, value: dt.timedelta) -> Expression:
    parts = {name: getattr(value, name) for name in ("days", "seconds", "microseconds")}
    named = {name: repr(part) for name, part in parts.items() if part}
    return call(["name", "datetime", "timedelta"], **named)


def _decimal(_: Writer, value: Decimal) -> Expression:
    text = str(value)
    whole = text.isdigit() and str(int(text)) == text
    return call(["name", "decimal", "Decimal"], [text if whole else quoted(text)])


def _fraction(_: Writer, value: Fraction) -> Expression:
    parts = [repr(value.numerator), repr(value.denominator)]
    return call(["name", "fractions", "Fraction"], parts)


def _uuid(_: Writer, value: UUID) -> Expression:
    return call(["name", "uuid", "UUID"], [quoted(str(value))])


def _path(_: Writer, value: PurePath) -> Expression:
    name = type(value).__name__ if type(value).__name__.startswith("Pure") else "Path"
    text = str(value)
    return call(["name", "pathlib", name], [quoted(text)] if text != "." else [])


def _pattern(_: Writer, value: re.Pattern[Any]) -> Expression:
    plain = re.compile(value.pattern)
    if plain.flags != value.flags:
        raise NoExpression("a pattern with flags is not written down")
    text = value.pattern
    shown = quoted(text) if isinstance(text, str) else quoted_bytes(text)
    return call(["name", "re", "compile"], [shown])


KINDS: dict[type, _How] = {
    type(None): _text,
    type(...): _text,
    bool: _text,
    int: _text,
    float: _float,
    complex: _complex,
    str: lambda _, value: quoted(value),
    bytes: lambda _, value: quoted_bytes(value),
    bytearray: lambda _, value: call("bytearray", [quoted_bytes(bytes(value))]),
    list: _list,
    tuple: _tuple,
    dict: _dict,
    set: _set,
    frozenset: _frozenset,
    range: _range,
    deque: _deque,
    defaultdict: _mapping,
    OrderedDict: _mapping,
    Counter: _mapping,
    SimpleNamespace: _namespace,
    dt.datetime: _moment,
    dt.date: _date,
    dt.time: _moment,
    dt.timedelta: _timedelta,
    Decimal: _decimal,
    Fraction: _fraction,
    UUID: _uuid,
    PurePath: _path,
    re.Pattern: _pattern,
}
"""By exact type: a subclass may hold more."""
