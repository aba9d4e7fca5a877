"""The live value of an expression, as far as it can be had without running any code.

Builtin containers and instances are read through the interpreter's own methods.  Where a class,
a key or an operator of the user would have a say, the value is UNKNOWN.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import MemberDescriptorType, ModuleType

from ._live import size_of
from ._types import MISSING, class_value, field, instance_dict

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    import ast

UNKNOWN = object()
# Keys of a dict that are compared one by one: its own way to find one calls `__eq__` of its keys.
# More: tens of milliseconds for each lookup.  Fewer: what is in large dicts is not known.
MOST_KEYS = 50_000
# Expressions inside expressions.
_DEEPEST = 30
_PARTS = 50
# By identity: to hash a type may run its metaclass.
_PLAIN = frozenset(map(id, (str, int, bytes, float, bool, type(None))))


def is_plain(value: object) -> bool:
    """Tell whether comparing *value* runs the interpreter's own code alone."""
    kind = type(value)
    if kind is tuple:
        parts = value[:_PARTS]  # type: ignore[index]
        return len(value) <= _PARTS and all(id(type(part)) in _PLAIN for part in parts)  # type: ignore[arg-type]
    return id(kind) in _PLAIN


def is_a(value: object, *kinds: type) -> bool:
    """Tell whether *value* is of one of *kinds*, which are builtin; its class is not asked."""
    return issubclass(type(value), kinds)


def same(one: object, other: object) -> bool:
    """Tell whether two values are the same object, or equal as keys by their content."""
    return one is other or (is_plain(one) and is_plain(other) and one == other)


def value_at(node: ast.expr, names: Callable[[str], object], *, depth: int = _DEEPEST) -> object:
    """Return the value of *node* where *names* gives those of variables; UNKNOWN if not sure."""
    reader = _READERS.get(type(node).__name__)
    if reader is None or depth <= 0:
        return UNKNOWN
    try:
        return reader(node, lambda inner: value_at(inner, names, depth=depth - 1), names)
    except Exception:
        return UNKNOWN


_At = Callable[["ast.expr"], object]
_Names = Callable[[str], object]


def _name(node: ast.Name, at: _At, names: _Names) -> object:
    del at
    return names(node.id)


def _constant(node: ast.Constant, at: _At, names: _Names) -> object:
    del at, names
    return node.value


def _tuple(node: ast.Tuple, at: _At, names: _Names) -> object:
    del names
    parts = tuple(map(at, node.elts))
    return UNKNOWN if UNKNOWN in map(_only_unknown, parts) else parts


def _only_unknown(value: object) -> object:
    return UNKNOWN if value is UNKNOWN else None


def _walrus(node: ast.NamedExpr, at: _At, names: _Names) -> object:
    del names
    return at(node.target)


def _negative(node: ast.UnaryOp, at: _At, names: _Names) -> object:
    del names
    value = at(node.operand)
    return -value if type(node.op).__name__ == "USub" and type(value) is int else UNKNOWN


def _sum(node: ast.BinOp, at: _At, names: _Names) -> object:
    del names
    left, right = at(node.left), at(node.right)
    if type(left) is not int or type(right) is not int:
        return UNKNOWN
    match type(node.op).__name__:
        case "Add":
            return left + right
        case "Sub":
            return left - right
    return UNKNOWN


def _length(node: ast.Call, at: _At, names: _Names) -> object:
    """Read ``len(x)`` of a builtin container; nothing else is called."""
    if type(node.func).__name__ != "Name" or node.func.id != "len" or len(node.args) != 1:  # type: ignore[attr-defined]
        return UNKNOWN
    value = at(node.args[0])
    own = class_value(type(value), "__len__")
    plain = any(own is class_value(base, "__len__") for base in (str, bytes, dict, list, tuple))
    size = size_of(value) if names("len") is len and plain else None
    return UNKNOWN if size is None else size


def _attribute(node: ast.Attribute, at: _At, names: _Names) -> object:
    del names
    value = at(node.value)
    return UNKNOWN if value is UNKNOWN else attribute_of(value, node.attr)


def attribute_of(value: object, name: str) -> object:
    """Return what is stored under *name* in an instance, module or class; UNKNOWN if computed."""
    kind = type(value)
    if kind is ModuleType:
        found: object = dict.get(instance_dict(value), name, UNKNOWN)
        return found
    if kind is type:
        return _stored(class_value(value, name))  # type: ignore[arg-type]
    if class_value(kind, "__getattribute__") is not object.__getattribute__:
        return UNKNOWN
    of_class = class_value(kind, name)
    is_slot = type(of_class) is MemberDescriptorType
    if of_class is not MISSING and not is_slot and _has(of_class, "__set__"):
        return UNKNOWN
    own = field(value, name)
    return _stored(of_class) if own is MISSING else own


def _stored(value: object) -> object:
    """Return what a class holds, unless it makes another value of it when asked."""
    return UNKNOWN if value is MISSING or _has(value, "__get__") else value


def _has(value: object, method: str) -> bool:
    return class_value(type(value), method) is not MISSING


def _subscript(node: ast.Subscript, at: _At, names: _Names) -> object:
    del names
    container, key = at(node.value), at(node.slice)
    own = class_value(type(container), "__getitem__")
    if own is dict.__getitem__ and is_plain(key):
        return next((item for held, item in dict_items(container) if same(held, key)), UNKNOWN)
    if type(key) is not int:
        return UNKNOWN
    for base in (list, tuple):
        if own is base.__getitem__ and -len(container) <= key < len(container):  # type: ignore[arg-type]
            return base.__getitem__(container, key)  # type: ignore[call-overload]
    return UNKNOWN


def dict_items(value: object) -> Iterator[tuple[object, object]]:
    """Yield the items of a dict; raises ValueError where there are too many to go through."""
    if dict.__len__(value) > MOST_KEYS:  # type: ignore[arg-type]
        raise ValueError("too many keys")
    yield from dict.items(value)  # type: ignore[arg-type]


_READERS: dict[str, Callable[..., object]] = {
    "Name": _name,
    "Constant": _constant,
    "Tuple": _tuple,
    "NamedExpr": _walrus,
    "UnaryOp": _negative,
    "BinOp": _sum,
    "Call": _length,
    "Attribute": _attribute,
    "Subscript": _subscript,
}
