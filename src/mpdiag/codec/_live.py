"""Shapes of live values, found without running code of their classes.

Builtin types are read through the builtin's own methods (``dict.items(value)``), so that what a
subclass overrides is not called.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum, EnumMeta

from ._known import shape_of_known
from ._names import shape_of_named
from ._node_shape import shape_of_node
from ._nodes import Node
from ._shape import WINDOW, Entry, Group, Shape, Text, named
from ._types import (
    MISSING,
    class_value,
    exact_text,
    field,
    instance_dict,
    instance_fields,
    is_stdlib,
    qualname,
    type_name,
)

# Digits of an int that are ever written out: str() of more is refused from Python 3.11 on, and
# takes quadratic time before.
INT_BITS = 14_000
# Names of attributes that are listed for an object of which nothing else is known.
OBJECT_NAMES = 12


def shape_of(value: object) -> Shape:
    """Return the shape of *value*; may raise whatever a broken object makes of it."""
    kind = type(value)
    if kind is Node:
        return shape_of_node(value)  # type: ignore[arg-type]
    if issubclass(type(kind), EnumMeta) and kind is not Enum:
        return _shape_of_member(value)
    for base, reader in _READERS.items():
        if kind is base:
            return reader(value)
    known = shape_of_known(value) or shape_of_named(value)
    if known is not None:
        return known
    fields = _declared_fields(value)
    if fields is not None:
        return named(qualname(kind), fields)
    for base, reader in _READERS.items():
        if issubclass(kind, base):
            return _wrapped(qualname(kind), reader(value))
    return _shape_of_object(value)


def size_of(value: object) -> int | None:
    """Return the number of items or characters of a builtin container or text, else None."""
    for base in (str, bytes, bytearray, dict, list, tuple, set, frozenset, deque):
        if issubclass(type(value), base):
            return base.__len__(value)  # type: ignore[arg-type]
    return None


def _wrapped(name: str, shape: Shape) -> Shape:
    """Return *shape* as the content of a subclass: ``Name(...)``."""
    match shape:
        case Text():
            return shape._replace(head=f"{name}({shape.head}", tail=f"{shape.tail})")
        case Group():
            return shape._replace(opening=f"{name}({shape.opening}", closing=f"{shape.closing})")
        case _:
            return f"{name}({shape})"


def _shape_of_member(value: object) -> Shape:
    name = dict.get(instance_dict(value), "_name_")
    kind = qualname(type(value))
    if type(name) is str:
        return f"{kind}.{exact_text(name)}"
    return Group(f"{kind}(", ")", [Entry(dict.get(instance_dict(value), "_value_"))], 1)


def _shape_of_object(value: object) -> Shape:
    if is_stdlib(type(value)):  # its names tell of the library's inner life alone
        return f"<{type_name(type(value))} object>"
    names = [exact_text(name) for name, _ in instance_fields(value)]
    listed = ", ".join(names[:OBJECT_NAMES])
    if len(names) > OBJECT_NAMES:
        listed += f", ... {len(names) - OBJECT_NAMES:,} more"
    return f"<{type_name(type(value))} object{': ' if listed else ''}{listed}>"


def _declared_fields(value: object) -> list[tuple[str, object]] | None:
    """Return the fields of a dataclass, attrs class or namedtuple; None for anything else."""
    kind = type(value)
    names = class_value(kind, "_fields")
    if type(names) is tuple and issubclass(kind, tuple):
        return [(exact_text(name), item) for name, item in zip(names, _each(value), strict=False)]
    declared = class_value(kind, "__dataclass_fields__")
    if type(declared) is dict:
        return _pick(value, [name for name, spec in declared.items() if _is_shown(spec)])
    declared = class_value(kind, "__attrs_attrs__")
    if issubclass(type(declared), tuple):
        specs = [spec for spec in _each(declared) if _is_shown(spec)]
        return _pick(value, [field(spec, "name") for spec in specs])
    return None


def _each(value: object) -> Iterator[object]:
    """Iterate over a tuple, whatever its class has put in the place of ``__iter__``."""
    return tuple.__iter__(value)  # type: ignore[arg-type]


def _is_shown(spec: object) -> bool:
    """Return whether a field takes part in its class's own text, and is a field at all."""
    marker = field(spec, "_field_type")
    if marker is not MISSING:
        kind = field(marker, "name")
        if type(kind) is not str or kind != "_FIELD":
            return False
    return field(spec, "repr") is not False


def _pick(value: object, names: list[object]) -> list[tuple[str, object]]:
    held = dict(instance_fields(value))
    return [(exact_text(name), held[name]) for name in names if type(name) is str and name in held]


def _read_str(value: str) -> Shape:
    return Text(str.__getitem__(value, slice(0, WINDOW)), str.__len__(value))


def _read_bytes(value: bytes) -> Shape:
    return Text(bytes.__getitem__(value, slice(0, WINDOW)), bytes.__len__(value))


def _read_bytearray(value: bytearray) -> Shape:
    window = bytes(bytearray.__getitem__(value, slice(0, WINDOW)))
    return Text(window, bytearray.__len__(value), "bytearray(", ")")


def _read_int(value: int) -> Shape:
    bits = int.bit_length(value)
    return int.__repr__(value) if bits <= INT_BITS else f"<int of {bits:,} bits>"


def _read_dict(value: dict[object, object]) -> Shape:
    entries = (Entry(item, "", key) for key, item in dict.items(value))
    return Group("{", "}", entries, dict.__len__(value))


def _read_list(value: list[object]) -> Shape:
    return Group("[", "]", _items(list.__iter__(value)), list.__len__(value))


def _read_tuple(value: tuple[object, ...]) -> Shape:
    size = tuple.__len__(value)
    return Group("(", ",)" if size == 1 else ")", _items(tuple.__iter__(value)), size)


def _read_set(value: set[object]) -> Shape:
    size = set.__len__(value)
    return Group("{", "}", _items(set.__iter__(value)), size) if size else "set()"


def _read_frozenset(value: frozenset[object]) -> Shape:
    size = frozenset.__len__(value)
    if not size:
        return "frozenset()"
    return Group("frozenset({", "})", _items(frozenset.__iter__(value)), size)


def _read_deque(value: deque[object]) -> Shape:
    return Group("deque([", "])", _items(deque.__iter__(value)), deque.__len__(value))


def _items(iterator: Iterator[object]) -> Iterator[Entry]:
    return (Entry(item) for item in iterator)


def _read_float(value: float) -> Shape:
    return float.__repr__(value)


def _read_complex(value: complex) -> Shape:
    return complex.__repr__(value)


_READERS: dict[type, Callable[..., Shape]] = {
    str: _read_str,
    bool: repr,
    int: _read_int,
    float: _read_float,
    type(None): repr,
    dict: _read_dict,
    list: _read_list,
    tuple: _read_tuple,
    bytes: _read_bytes,
    set: _read_set,
    frozenset: _read_frozenset,
    bytearray: _read_bytearray,
    complex: _read_complex,
    deque: _read_deque,
    type(...): repr,
    type(NotImplemented): repr,
}
