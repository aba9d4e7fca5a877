"""Keys of dicts and members of sets that come out of a pickle."""

from __future__ import annotations

from ._nodes import Node

_SIMPLE = frozenset((str, int, bytes, float, bool, complex, type(None), Node, frozenset))
# Parts of a tuple that are hashed.  A pickle of a few bytes describes a tuple of 2**50 parts, or
# one so deep that hashing it overflows the stack of the interpreter.
_PARTS = 200


def safe_key(key: object) -> object:
    """Return *key*, or a node around it if it cannot be hashed or only with great effort."""
    kind = type(key)
    if kind in _SIMPLE or (kind is tuple and _is_small(key)):
        return key
    return Node("key", args=(key,))


def _is_small(key: object) -> bool:
    parts = [key]
    seen = 0
    while parts:
        part = parts.pop()
        seen += 1
        if seen > _PARTS:
            return False
        if type(part) is tuple:
            if len(part) > _PARTS:
                return False
            parts.extend(part)
        elif type(part) not in _SIMPLE:
            return False
    return True
