"""Read types and instances without running a line of their code.

What a class can redefine (``__class__``, ``__dict__``, ``__name__`` by a metaclass, properties)
is never asked for: the interpreter's own descriptors are taken out of ``type`` and called.
Types are compared by ``is``, here and in all that uses this: ``==`` and ``in`` ask the metaclass.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import GetSetDescriptorType, MemberDescriptorType

MISSING = object()

# Longer names are machine-made; the head tells them apart.
NAME_CHARACTERS = 200

# Classes of which the slots are remembered.  More: memory, in a program that makes classes.
_MOST_KINDS = 200
_KNOWN_SLOTS: dict[int, tuple[type, list[tuple[str, MemberDescriptorType]]]] = {}

_qualname_of = type.__dict__["__qualname__"].__get__
_module_of = type.__dict__["__module__"].__get__
_mro_of = type.__dict__["__mro__"].__get__
_dict_of = type.__dict__["__dict__"].__get__


def exact_text(value: object, default: str = "?") -> str:
    """Return *value* as a plain printable string if it is one, else *default*."""
    if not issubclass(type(value), str):
        return default
    text: str = str.__getitem__(value, slice(0, NAME_CHARACTERS))  # type: ignore[index]
    return text if text.isprintable() else repr(text)[1:-1]


def qualname(kind: type) -> str:
    """Return the qualified name of *kind* without its module."""
    return exact_text(_qualname_of(kind))


def type_name(kind: type) -> str:
    """Return ``app.Session``; the module is left out for builtins.

    A spawned child calls the program's own module ``__mp_main__``.
    """
    module, name = _module(kind), qualname(kind)
    if module == "__mp_main__":
        module = "__main__"
    return name if module in ("", "builtins") else f"{module}.{name}"


def is_stdlib(kind: type) -> bool:
    """Tell whether *kind* comes from the standard library, as far as its module's name tells."""
    return _module(kind).partition(".")[0] in sys.stdlib_module_names - {"__main__"}


def _module(kind: type) -> str:
    try:
        return exact_text(_module_of(kind), "")
    except AttributeError:
        return ""


def class_value(kind: type, name: str) -> object:
    """Return what the classes of *kind* hold under *name*, unbound, or MISSING."""
    for base in _mro_of(kind):
        found: object = _dict_of(base).get(name, MISSING)
        if found is not MISSING:
            return found
    return MISSING


def class_names(kind: type) -> Iterator[str]:
    """Yield the names under which the classes of *kind* hold something, its own first."""
    for base in _mro_of(kind):
        yield from (name for name in _dict_of(base) if type(name) is str)


def instance_dict(value: object) -> dict[object, object]:
    """Return the real ``__dict__`` of *value*; empty where it has none."""
    kind = type(value)
    for base in _mro_of(kind):
        getter = _dict_of(base).get("__dict__")
        if type(getter) is GetSetDescriptorType or type(getter) is MemberDescriptorType:
            found = getter.__get__(value, kind)
            if issubclass(type(found), dict):
                return found  # type: ignore[no-any-return]
    return {}


def instance_fields(value: object) -> Iterator[tuple[str, object]]:
    """Yield the names and values in the ``__dict__`` and the slots of *value*."""
    for name, item in dict.items(instance_dict(value)):
        if type(name) is str:
            yield name, item
    kind = type(value)
    for name, slot in _slots_of(kind):
        try:
            item = slot.__get__(value, kind)
        except AttributeError:
            continue
        yield name, item


def _slots_of(kind: type) -> list[tuple[str, MemberDescriptorType]]:
    """Return the slots of *kind*; by its id, for hashing a class may run code of its metaclass."""
    known = _KNOWN_SLOTS.get(id(kind))
    if known is not None and known[0] is kind:
        return known[1]
    slots = [
        (name, slot)
        for base in _mro_of(kind)
        for name, slot in _dict_of(base).items()
        if type(slot) is MemberDescriptorType and type(name) is str and name != "__dict__"
    ]
    if len(_KNOWN_SLOTS) < _MOST_KINDS:
        _KNOWN_SLOTS[id(kind)] = kind, slots
    return slots


def field(value: object, name: str) -> object:
    """Return one entry of `instance_fields`, or MISSING."""
    return next((item for key, item in instance_fields(value) if key == name), MISSING)


def is_from(kind: type, module: str, name: str) -> bool:
    """Return whether *kind* is the very type that a loaded *module* has under *name*."""
    loaded = sys.modules.get(module)
    return loaded is not None and dict.get(instance_dict(loaded), name) is kind
