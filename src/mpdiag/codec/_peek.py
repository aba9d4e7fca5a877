"""The first few numbers of a pickle, for the cost of a few bytes.  Runs for every message."""

from __future__ import annotations

from ._nodes import Node
from ._read import ReadLimits, read_pickle

# Enough for a class, and an attribute among the first of its state.
_HEAD = ReadLimits(size_bytes=1024, opcodes=1024)
# Bytes after an opcode that only numbers what was read: MEMOIZE, BINPUT, LONG_BINPUT.
_NUMBERING = {0x94: 0, ord("q"): 1, ord("r"): 4}
# Bytes of an int after its opcode: BININT1, BININT2, BININT.
_INTS = {ord("K"): 1, ord("M"): 2, ord("J"): 4}
_BININT, _LONG1 = ord("J"), 0x8A


def peek_ints(raw: bytes, count: int) -> tuple[int, ...] | None:
    """Return the *count* ints with which the tuple in *raw* begins; None if it does not.

    Only binary pickles are told (protocol 2 on).  A tuple of two or three that begins with a
    tuple looks the same as its parts in a row: ask for what you know to be there.
    """
    position = _body(raw)
    if raw[position : position + 1] == b"(":
        position += 1
    found: list[int] = []
    while len(found) < count:
        number, position = _int_at(raw, position)
        if number is None:
            return None
        found.append(number)
    alone = raw[position : position + 1] in (b".", b"")
    return None if alone else tuple(found)


def peek_attribute(raw: bytes, name: str) -> int | None:
    """Return the int attribute *name* that the object in *raw* is given; None if there is none."""
    encoded = name.encode()
    first = b"}\x94(\x8c%c%b\x94" % (len(encoded), encoded) if len(encoded) < 256 else b""  # noqa: PLR2004 - one byte
    at = raw.find(b"}\x94(", 0, 1024)
    if at >= 0 and first and raw.startswith(first, at):
        return _int_at(raw, at + len(first))[0]
    for limits in (_HEAD, ReadLimits()):
        found = _attribute(read_pickle(raw, limits=limits), name)
        if type(found) is int:
            return found
    return None


def _attribute(value: object, name: str) -> object:
    if type(value) is not Node:
        return None
    if value.kind != "unfinished":
        return value.attribute(name)
    match value.args:
        case (Node(kind="object"), dict(state), *_):
            return state.get(name)
    return None


def _body(raw: bytes) -> int:
    """Return where the first opcode stands behind protocol and frame."""
    position = 2 if raw[:1] == b"\x80" else 0
    return position + 9 if raw[position : position + 1] == b"\x95" else position


def _int_at(raw: bytes, position: int) -> tuple[int | None, int]:
    """Return the int at *position*, or None, and where the next opcode stands."""
    while position < len(raw):
        code = raw[position]
        if code in _NUMBERING:
            position += 1 + _NUMBERING[code]
            continue
        if code in _INTS:
            start, size = position + 1, _INTS[code]
        elif code == _LONG1 and position + 1 < len(raw):
            start, size = position + 2, raw[position + 1]
        else:
            break
        piece = raw[start : start + size]
        if len(piece) < size:
            break
        signed = code in (_BININT, _LONG1)
        return int.from_bytes(piece, "little", signed=signed), start + size
    return None, position
