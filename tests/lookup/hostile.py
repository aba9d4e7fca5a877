"""Objects that note each call of their own code, and then fail."""

from __future__ import annotations

from typing import Any

CALLS: list[str] = []
_ARMED: list[bool] = []


def arm() -> None:
    """Note calls from now on."""
    CALLS.clear()
    _ARMED.append(True)


def disarm() -> None:
    """Note no more calls."""
    _ARMED.clear()


def _noting(name: str, otherwise: Any) -> Any:
    def method(self: object, *args: object, **kwargs: object) -> Any:
        if _ARMED:
            CALLS.append(name)
            raise RuntimeError(name)
        return otherwise(self, *args, **kwargs)

    return method


def _no_item(self: object, key: object) -> object:
    raise KeyError(key)


def _no_index(self: object, key: object) -> object:
    raise IndexError(key)


# What a class may say of itself when it is looked at; with what Python does where it says nothing.
_METHODS: dict[str, Any] = {
    "__getattribute__": object.__getattribute__,
    "__repr__": object.__repr__,
    "__str__": object.__repr__,
    "__format__": object.__format__,
    "__eq__": lambda self, other: self is other,
    "__ne__": lambda self, other: self is not other,
    "__lt__": lambda self, other: False,
    "__bool__": lambda self: True,
    "__len__": lambda self: 0,
    "__iter__": lambda self: iter(()),
    "__contains__": lambda self, key: False,
    "__getitem__": _no_item,
    "__int__": lambda self: 1,
    "__index__": lambda self: 1,
    "__call__": lambda self: None,
    "__dir__": lambda self: [],
    "__sizeof__": lambda self: 1,
    "__reduce_ex__": lambda self, protocol: (object, ()),
    "keys": lambda self: [],
    "items": lambda self: [],
}
_BY_HASH = {"__hash__": lambda self: hash("that")}


class _Meta(type):
    """A class that notes being asked about itself."""

    __repr__ = _noting("Meta.__repr__", type.__repr__)
    __instancecheck__ = _noting("Meta.__instancecheck__", type.__instancecheck__)
    __subclasscheck__ = _noting("Meta.__subclasscheck__", type.__subclasscheck__)
    __getattribute__ = _noting("Meta.__getattribute__", type.__getattribute__)
    __eq__ = _noting("Meta.__eq__", type.__eq__)
    __hash__ = _noting("Meta.__hash__", type.__hash__)


def _made(name: str, base: type, **more: Any) -> type:
    methods = {
        method: _noting(f"{name}.{method}", otherwise)
        for method, otherwise in {**_METHODS, **_BY_HASH, **more}.items()
        if base is object or method not in {"keys", "items", "__len__", "__iter__"}
    }
    if base is not object:  # what it holds is its own
        for method in ("__getitem__", "__contains__", "__eq__", "__int__", "__call__"):
            methods.pop(method, None)
    return _Meta(name, (base,), methods)


Thing: Any = _made("Thing", object)
Row: Any = _made("Row", object, __getitem__=_no_index)
Record: Any = _made("Record", dict, __missing__=_no_item)
Text: Any = _made("Text", str)
