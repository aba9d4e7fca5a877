"""Parts of dates, decimal numbers and arrays, live or as the static reader left them.

A name may be a call that takes nothing, such as ``weekday()``: it stands in a condition as it is.
"""

from __future__ import annotations

import datetime as dt
import decimal
import sys
from array import array
from collections.abc import Callable, Iterator
from typing import Any

from ..codec import Node

_Fields = Iterator[tuple[str, object]]
NAN = "numpy.isnan()"
"""Whether an array has a number that is none; a call around what comes before it."""
# Digits of a decimal number that are read.
_DIGITS = 1000
# Bytes of an array that are searched for nan.  More: a table of large arrays takes seconds.
_ARRAY_BYTES = 256 << 10
_FLOATS = {"f4": "f", "f8": "d"}
_OWN_ORDER = {"=", "<" if sys.byteorder == "little" else ">"}


def known_fields(value: object) -> _Fields | None:
    """Return the parts of *value* by name; None of what is not known."""
    if type(value) is Node:
        reader = _NODES.get(value.path)
        return None if reader is None else reader(value)
    for kind, parts in _LIVE:
        if type(value) is kind:
            return parts(value)
    return None


def _date(value: dt.date) -> _Fields:
    yield from (("year", value.year), ("month", value.month), ("day", value.day))
    yield "weekday()", value.weekday()


def _moment(value: dt.datetime) -> _Fields:
    yield from _date(value)
    yield from (("hour", value.hour), ("minute", value.minute), ("second", value.second))
    yield "fold", value.fold
    if value.tzinfo is None:
        yield "tzinfo", None


def _decimal(value: decimal.Decimal) -> _Fields:
    yield "is_nan()", value.is_nan()
    yield "is_finite()", value.is_finite()
    yield "is_signed()", value.is_signed()
    yield "is_zero()", value.is_zero()


def _date_node(node: Node) -> _Fields:
    match node.args:
        case (bytes(packed), *zone) if len(packed) in {4, 10}:
            year = packed[0] * 256 + packed[1]
            month, fold = packed[2] & 0x7F, packed[2] >> 7
            try:
                if len(packed) == 4:  # noqa: PLR2004 - a date
                    yield from _date(dt.date(year, month, packed[3]))
                    return
                clock = packed[4], packed[5], packed[6]
                found = dt.datetime(year, month, packed[3], *clock, fold=fold)  # noqa: DTZ001 - as it is
            except ValueError:
                return
            parts = dict(_moment(found))
            if zone:
                del parts["tzinfo"]
            yield from parts.items()


def _decimal_node(node: Node) -> _Fields:
    match node.args:
        case (str(text),) if len(text) <= _DIGITS:
            try:
                found = decimal.Decimal(text)
            except (ValueError, ArithmeticError):
                return
            yield from _decimal(found)


def _array_node(node: Node) -> _Fields:
    """Read what ``ndarray.__reduce__`` left: a state of (version, shape, dtype, order, data)."""
    match node.state:
        case (_, tuple(shape), Node() as dtype, _, data):
            yield from _array(shape, dtype, data)


def _buffer_node(node: Node) -> _Fields:
    """Read what ``ndarray.__reduce_ex__(5)`` left: (buffer, dtype, shape, order)."""
    match node.args:
        case (data, Node() as dtype, tuple(shape), *_):
            yield from _array(shape, dtype, data)


def _array(shape: tuple[object, ...], dtype: Node, data: object) -> _Fields:
    yield "shape", shape
    yield "ndim", len(shape)
    match dtype.args, dtype.state:
        case (str(kind), *_), (_, order, *_):
            yield "dtype.str[1:]", kind
            known = kind in _FLOATS and order in _OWN_ORDER
            if known and isinstance(data, (bytes, bytearray)) and len(data) <= _ARRAY_BYTES:
                yield NAN, _has_nan(array(_FLOATS[kind], bytes(data)))


def _has_nan(numbers: array[float]) -> bool:
    """Tell whether one of *numbers* is nan: then so is their sum, which is soon taken."""
    total = sum(numbers)
    return total != total and any(one != one for one in numbers)  # noqa: PLR0124 - nan


_LIVE: tuple[tuple[type, Callable[[Any], _Fields]], ...] = (
    (dt.date, _date),
    (dt.datetime, _moment),
    (decimal.Decimal, _decimal),
)
_NODES: dict[str, Callable[[Node], _Fields]] = {
    "datetime.date": _date_node,
    "datetime.datetime": _date_node,
    "decimal.Decimal": _decimal_node,
    **{f"numpy.{core}.multiarray._reconstruct": _array_node for core in ("core", "_core")},
    **{f"numpy.{core}.numeric._frombuffer": _buffer_node for core in ("core", "_core")},
}
