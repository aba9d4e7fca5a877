"""Tell whether a pickle holds what a mask would hide, however deep; nothing of it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ._mask import Mask
from ._nodes import Node
from ._read import ITEM_LIMITS, ReadLimits, read_pickle

UNREAD = "cannot be read to its end"
HIDDEN = "has a value that is masked"
_PAIR = 2
# Values of one pickle that are looked at.  More: an export takes minutes.  Fewer: large inputs
# are left out although they hold nothing.
_MOST = 4_000_000
_NAME_CHARACTERS = 200


def secret_in(raw: bytes, mask: Mask, *, limits: ReadLimits = ITEM_LIMITS) -> str:
    """Return why *raw* may hold a secret (`HIDDEN` or `UNREAD`); empty when it holds none."""
    if len(raw) > limits.size_bytes:
        return UNREAD
    pending: list[object] = [read_pickle(raw, limits=limits)]
    seen: set[int] = set()
    for _ in range(_MOST):
        if not pending:
            return ""
        value = pending.pop()
        if isinstance(value, str | bytes | bytearray):
            if _is_hidden(value, mask):
                return HIDDEN
            continue
        if isinstance(value, Node) and value.kind == "unfinished":
            return UNREAD
        if id(value) in seen or isinstance(value, int | float | complex | None):
            continue
        seen.add(id(value))
        if any(mask.hides(name) for name in _names(value)):
            return HIDDEN
        pending += _inside(value)
    return UNREAD


def _is_hidden(text: str | bytes | bytearray, mask: Mask) -> bool:
    plain = text if isinstance(text, str) else bytes(text).decode("latin-1")
    return mask.text(plain) != plain


def _names(value: object) -> Iterator[str]:
    """Yield the names in *value* under which something stands."""
    match value:
        case dict():
            yield from _texts(value)
        case list() | tuple():
            # ("token", "x"), as in a list of headers, and ["--token", "x"], a command line.
            options = (one for one in value[:-1] if type(one) is str and one[:1] == "-")
            yield from _texts([one for one in options if "=" not in one])
            yield from _texts(value[:1] if len(value) == _PAIR else ())
        case Node():
            yield from _texts(name for name, _ in (*value.keywords, *value.fields()))
            yield from _texts(key for key, _ in value.pairs)


def _texts(names: Iterable[object]) -> Iterator[str]:
    for name in names:
        if isinstance(name, bytes):
            yield name[:_NAME_CHARACTERS].decode("latin-1")
        elif isinstance(name, str):
            yield name


def _inside(value: object) -> Iterator[object]:
    match value:
        case dict():
            yield from value.keys()
            yield from value.values()
        case list() | tuple() | set() | frozenset():
            yield from value
        case Node():
            yield from value.args
            yield value.state
            yield from value.items
            yield from (item for _, item in value.keywords)
            yield from (item for pair in value.pairs for item in pair)
