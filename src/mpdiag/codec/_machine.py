"""What each opcode of a pickle does, to plain containers and nodes.

The counterpart of ``pickle.Unpickler`` without its two doors: ``find_class`` makes a label, and
``REDUCE``, ``NEWOBJ`` and ``BUILD`` fill in a node.  Whatever a pickle says, nothing is imported
and nothing is called; a pickle that makes no sense ends in an exception that the reader catches.
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable

from ._builtins import build_known, label, new_object
from ._keys import safe_key
from ._nodes import Node

# More digits than this are not computed: it takes quadratic time before Python 3.11.
_DIGITS = 4000
_PAIR = 2


class BrokenPickleError(ValueError):
    """The bytes end too early, or are no pickle."""


class Machine:
    """The stack, the memo and the position in the bytes."""

    __slots__ = ("marks", "memo", "position", "raw", "stack")

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self.position = 0
        self.stack: list[object] = []
        self.marks: list[int] = []
        self.memo: dict[int, object] = {}

    def take(self, size: int) -> bytes:
        """Return the next *size* bytes."""
        end = self.position + size
        if size < 0 or end > len(self.raw):
            raise BrokenPickleError
        piece = self.raw[self.position : end]
        self.position = end
        return piece

    def number(self, size: int) -> int:
        """Return the next *size* bytes as an unsigned number."""
        return int.from_bytes(self.take(size), "little")

    def line(self) -> bytes:
        """Return the bytes up to the next end of line."""
        end = self.raw.find(b"\n", self.position)
        if end < 0:
            raise BrokenPickleError
        piece = self.raw[self.position : end]
        self.position = end + 1
        return piece

    def since_mark(self) -> list[object]:
        """Take off the stack what was pushed since the last mark."""
        start = self.marks.pop()
        items = self.stack[start:]
        del self.stack[start:]
        return items


Effect = Callable[[Machine], None]
EFFECTS: dict[int, Effect] = {}
STOP = ord(".")


def _on(code: str) -> Callable[[Effect], Effect]:
    """Enter a function into the table under the opcode *code*."""

    def enter(effect: Effect) -> Effect:
        EFFECTS[ord(code)] = effect
        return effect

    return enter


def _pushes(code: str, read: Callable[[Machine], object]) -> None:
    """Enter an opcode that pushes one value."""

    def effect(machine: Machine) -> None:
        machine.stack.append(read(machine))

    EFFECTS[ord(code)] = effect


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return raw.decode("utf-8", "backslashreplace")


def _decimal(line: bytes) -> object:
    digits = line.strip().rstrip(b"L")
    return int(digits) if len(digits) <= _DIGITS else Node("number", args=(len(digits),))


def _int_line(machine: Machine) -> object:
    line = machine.line()
    return line == b"01" if line in (b"00", b"01") else _decimal(line)


def _string_line(machine: Machine) -> str:
    return _text(codecs.escape_decode(machine.line().strip()[1:-1])[0])


def _signed(raw: bytes) -> int:
    return int.from_bytes(raw, "little", signed=True)


def _global_line(machine: Machine) -> Node:
    return label(_text(machine.line()), _text(machine.line()))


_pushes("N", lambda _: None)
_pushes("\x88", lambda _: True)
_pushes("\x89", lambda _: False)
_pushes("I", _int_line)
_pushes("L", lambda machine: _decimal(machine.line()))
_pushes("J", lambda machine: _signed(machine.take(4)))
_pushes("K", lambda machine: machine.number(1))
_pushes("M", lambda machine: machine.number(2))
_pushes("\x8a", lambda machine: _signed(machine.take(machine.number(1))))
_pushes("\x8b", lambda machine: _signed(machine.take(machine.number(4))))
_pushes("F", lambda machine: float(machine.line()[:_DIGITS]))
_pushes("G", lambda machine: struct.unpack(">d", machine.take(8))[0])
_pushes("S", _string_line)
_pushes("T", lambda machine: _text(machine.take(machine.number(4))))
_pushes("U", lambda machine: _text(machine.take(machine.number(1))))
_pushes("V", lambda machine: machine.line().decode("raw-unicode-escape", "backslashreplace"))
_pushes("X", lambda machine: _text(machine.take(machine.number(4))))
_pushes("\x8c", lambda machine: _text(machine.take(machine.number(1))))
_pushes("\x8d", lambda machine: _text(machine.take(machine.number(8))))
_pushes("B", lambda machine: machine.take(machine.number(4)))
_pushes("C", lambda machine: machine.take(machine.number(1)))
_pushes("\x8e", lambda machine: machine.take(machine.number(8)))
_pushes("\x96", lambda machine: bytearray(machine.take(machine.number(8))))
_pushes("\x97", lambda _: Node("buffer"))
_pushes("]", lambda _: [])
_pushes(")", lambda _: ())
_pushes("}", lambda _: {})
_pushes("\x8f", lambda _: set())
_pushes("c", _global_line)
_pushes("P", lambda machine: Node("persistent", args=(_text(machine.line()),)))
_pushes("2", lambda machine: machine.stack[-1])
_pushes("g", lambda machine: machine.memo[int(machine.line()[:20])])
_pushes("h", lambda machine: machine.memo[machine.number(1)])
_pushes("j", lambda machine: machine.memo[machine.number(4)])
_pushes("l", Machine.since_mark)
_pushes("t", lambda machine: tuple(machine.since_mark()))
_pushes("\x91", lambda machine: frozenset(map(safe_key, machine.since_mark())))
for _code, _size in (("\x82", 1), ("\x83", 2), ("\x84", 4)):
    _pushes(_code, lambda machine, size=_size: label("extension", str(machine.number(size))))  # type: ignore[misc]


@_on("(")
def _mark(machine: Machine) -> None:
    machine.marks.append(len(machine.stack))


@_on("0")
def _pop(machine: Machine) -> None:
    if machine.marks and machine.marks[-1] == len(machine.stack):
        machine.marks.pop()
    else:
        machine.stack.pop()


@_on("1")
def _pop_mark(machine: Machine) -> None:
    machine.since_mark()


@_on("\x80")
def _protocol(machine: Machine) -> None:
    machine.position += 1


@_on("\x95")
def _frame(machine: Machine) -> None:
    machine.position += 8


@_on("\x98")
def _readonly_buffer(_: Machine) -> None:
    pass


@_on("p")
def _put_line(machine: Machine) -> None:
    machine.memo[int(machine.line()[:20])] = machine.stack[-1]


@_on("q")
def _put_short(machine: Machine) -> None:
    machine.memo[machine.number(1)] = machine.stack[-1]


@_on("r")
def _put_long(machine: Machine) -> None:
    machine.memo[machine.number(4)] = machine.stack[-1]


@_on("\x94")
def _memoize(machine: Machine) -> None:
    machine.memo[len(machine.memo)] = machine.stack[-1]


def _tuple_of(size: int) -> Effect:
    def effect(machine: Machine) -> None:
        if len(machine.stack) < size:
            raise BrokenPickleError
        machine.stack[-size:] = [tuple(machine.stack[-size:])]

    return effect


EFFECTS.update({0x84 + size: _tuple_of(size) for size in (1, 2, 3)})


@_on("a")
def _append(machine: Machine) -> None:
    item = machine.stack.pop()
    _extend(machine.stack[-1], [item])


@_on("e")
def _appends(machine: Machine) -> None:
    items = machine.since_mark()
    _extend(machine.stack[-1], items)


@_on("\x90")
def _add_items(machine: Machine) -> None:
    items = machine.since_mark()
    target = machine.stack[-1]
    if type(target) is set:
        target.update(map(safe_key, items))
    else:
        _extend(target, items)


def _extend(target: object, items: list[object]) -> None:
    match target:
        case list():
            target.extend(items)
        case Node(items=list() as held):
            held.extend(items)
        case Node():
            target.items = items
        case _:
            raise BrokenPickleError


@_on("d")
def _dict(machine: Machine) -> None:
    made: dict[object, object] = {}
    set_items(made, machine.since_mark())
    machine.stack.append(made)


@_on("s")
def _set_item(machine: Machine) -> None:
    pair = machine.stack[-_PAIR:]
    del machine.stack[-_PAIR:]
    set_items(machine.stack[-1], pair)


@_on("u")
def _set_items(machine: Machine) -> None:
    items = machine.since_mark()
    set_items(machine.stack[-1], items)


def set_items(target: object, items: list[object]) -> None:
    """Set keys and values, which alternate in *items*, in a dict or a node."""
    pairs = zip(items[::2], items[1::2], strict=False)
    match target:
        case dict():
            target.update((safe_key(key), value) for key, value in pairs)
        case Node(pairs=list() as held):
            held.extend(pairs)
        case Node():
            target.pairs = list(pairs)
        case _:
            raise BrokenPickleError


@_on("\x93")
def _stack_global(machine: Machine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    if not (isinstance(name, str) and isinstance(module, str)):
        raise BrokenPickleError
    machine.stack.append(label(module, name))


@_on("R")
def _reduce(machine: Machine) -> None:
    args, function = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(build_known(function, args))


@_on("\x81")
def _new_object(machine: Machine) -> None:
    args, kind = machine.stack.pop(), machine.stack.pop()
    machine.stack.append(new_object(kind, args))


@_on("\x92")
def _new_object_with_keywords(machine: Machine) -> None:
    keywords, args, kind = machine.stack.pop(), machine.stack.pop(), machine.stack.pop()
    machine.stack.append(new_object(kind, args, keywords))


@_on("o")
def _old_object(machine: Machine) -> None:
    kind, *args = machine.since_mark()
    machine.stack.append(build_known(kind, tuple(args)))


@_on("i")
def _old_instance(machine: Machine) -> None:
    kind = _global_line(machine)
    machine.stack.append(build_known(kind, tuple(machine.since_mark())))


@_on("b")
def _build(machine: Machine) -> None:
    state = machine.stack.pop()
    target = machine.stack[-1]
    if type(target) is Node:
        target.state = state


@_on("Q")
def _persistent(machine: Machine) -> None:
    machine.stack.append(Node("persistent", args=(machine.stack.pop(),)))
