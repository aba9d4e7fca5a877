"""Results of calls in a pickle: builtin values where the call is known, else nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ._keys import safe_key
from ._nodes import Node

# Names of Python 2, which protocols below 3 still use.
_MODERN_MODULES = {"__builtin__": "builtins", "exceptions": "builtins", "copy_reg": "copyreg"}
_MODERN_NAMES = {"xrange": "range", "unicode": "str", "long": "int"}


def label(module: str, name: str) -> Node:
    """Return the node of a class or function by reference."""
    modern = _MODERN_MODULES.get(module, module)
    return Node("name", modern, _MODERN_NAMES.get(name, name) if modern != module else name)


def build_known(function: object, args: object) -> object:
    """Return what calling *function* stands for; the call itself is not made."""
    plain = args if type(args) is tuple else (args,)
    if type(function) is Node and function.kind == "name":
        build = _KNOWN.get((function.module, function.name))
        try:
            value = build(*plain) if build else None
        except (TypeError, ValueError):
            value = None
        if value is not None:
            return value
    module, name = _name_of(function)
    return Node("call", module, name, plain)


def _name_of(function: object) -> tuple[str, str]:
    """Return module and name of what is called, seen through ``getattr(thing, "name")``."""
    match function:
        case Node(kind="name", module=module, name=name):
            return module, name
        case Node(kind="call", name="getattr", args=(Node(kind="name") as owner, str(name))):
            return owner.module, f"{owner.name}.{name}"
    return "", "<unknown>"


def new_object(kind: object, args: object = (), keywords: object = None) -> Node | None:
    """Return the node of an object of class *kind*; None where that makes no sense."""
    if type(kind) is not Node or type(args) is not tuple:
        return None
    named: tuple[tuple[str, object], ...] = ()
    if type(keywords) is dict:
        named = tuple((name, item) for name, item in keywords.items() if type(name) is str)
    module, name = _name_of(kind)
    return Node("object", module, name, args, named)


def _spread_object(kind: object, *args: object) -> Node | None:
    """Build from ``copyreg.__newobj__`` as protocols 0 and 1 call it."""
    return new_object(kind, args)


def _reconstruct(kind: object, base: object, content: object) -> Node | None:
    """Build from ``copyreg._reconstructor``, which protocols 0 and 1 use for every object."""
    is_plain = type(base) is Node and base.name == "object"
    return new_object(kind, () if is_plain else (content,))


def _new_set(items: object = ()) -> set[object] | None:
    return set(map(safe_key, items)) if type(items) in (list, tuple) else None  # type: ignore[call-overload]


def _new_frozenset(items: object = ()) -> frozenset[object] | None:
    return frozenset(map(safe_key, items)) if type(items) in (list, tuple) else None  # type: ignore[call-overload]


def _new_bytes(text: object = b"", coding: object = None) -> bytes | None:
    if type(text) is bytes and coding is None:
        return text
    return text.encode("latin-1") if type(text) is str and coding in ("latin1", "latin-1") else None


def _new_bytearray(text: object = b"", coding: object = None) -> bytearray | None:
    content = _new_bytes(text, coding)
    return None if content is None else bytearray(content)


def _new_complex(real: object, imaginary: object) -> complex | None:
    if type(real) is float and type(imaginary) is float:
        return complex(real, imaginary)
    return None


def _new_range(*bounds: Any) -> range | None:
    return range(*bounds) if all(type(bound) is int for bound in bounds) else None


def _new_slice(*bounds: object) -> slice | None:
    simple = all(bound is None or type(bound) is int for bound in bounds)
    return slice(*bounds) if simple else None


# Each takes what the reader made, checks it, and returns None for a call that the real pickles
# of its type do not hold.
_KNOWN: dict[tuple[str, str], Callable[..., Any]] = {
    ("copyreg", "__newobj__"): _spread_object,
    ("copyreg", "__newobj_ex__"): new_object,
    ("copyreg", "_reconstructor"): _reconstruct,
    ("builtins", "set"): _new_set,
    ("builtins", "frozenset"): _new_frozenset,
    ("builtins", "bytes"): _new_bytes,
    ("builtins", "bytearray"): _new_bytearray,
    ("builtins", "complex"): _new_complex,
    ("builtins", "range"): _new_range,
    ("builtins", "slice"): _new_slice,
    ("_codecs", "encode"): _new_bytes,
}
