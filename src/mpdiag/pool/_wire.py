"""What goes over the socket of a worker: frames, and values that are pickled one by one.

    owner  ── FUNCTION number, pickle ─▶                      worker
    owner  ── TASKS seq, function, items ───────────────────▶ worker
    owner  ── ARM ───────────────────────▶ worker
    owner  ◀─ ARMED how its stack is asked for ──────────────  worker
    owner  ── BLOCK number, bytes, and a descriptor ────────▶ worker
    owner  ◀─ BLOCK number, 1 if the worker has it ───────────  worker
    owner  ◀─ READY when it was, in ns of the monotonic clock  worker
    owner  ◀─ RESULTS seq, start, values, other, failed, ns ─  worker

A frame holds several tasks.  What cannot be changed (`ATOMS`) is pickled with the frame; every
other value has a pickle of its own: two tasks never come to share an object, a result is what it
was when its task returned, and one that cannot be read costs no other.
"""

from __future__ import annotations

import copyreg
import pickle
import sys
from io import BytesIO
from struct import Struct

TYPE_CHECKING = False  # as in typing, which would cost each worker its import
if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Iterable

    Keep = Callable[[pickle.PickleBuffer], bool]

HEAD = Struct("<4sIQ")
MAGIC = b"mpd1"
READY, TASKS, RESULTS, FAILED_START, ARM, ARMED, BLOCK = range(1, 8)
ATOMS = frozenset({int, float, bool, str, bytes, complex, type(None), type(...)})
# Bytes of one read, and of frames that are one write.  More than 128 KiB: the C library maps memory
# for each read, which costs more than all the rest of a round trip.
PIECE = 65_536
# What pickle raises for what it cannot pickle.
REFUSED = (pickle.PicklingError, AttributeError, TypeError)
# A longer frame than this is none: somebody else wrote to the socket.
MOST_BYTES = 1 << 42


class Garbled(Exception):
    """What came over the socket is no frame."""


def reducers() -> dict[type, object]:
    """Return how to pickle what only multiprocessing can, beside what anybody can."""
    from multiprocessing.reduction import ForkingPickler

    return {**copyreg.dispatch_table, **ForkingPickler._extra_reducers}  # type: ignore[attr-defined]


def dumps(
    value: object, keep: Keep | None = None, again: Callable[[], None] | None = None
) -> bytes:
    """Return *value* as bytes, pickled by itself; what plain pickle refuses goes by value.

    *keep* says which buffers go along; *again* is called before it is asked for all once more.

    Raises:
        BaseException: what plain pickle raised.
    """
    buffer = BytesIO()
    pickler = pickle.Pickler(buffer, 5, buffer_callback=keep)
    pickler.dispatch_table = reducers()  # type: ignore[assignment]
    try:
        pickler.dump(value)
    except REFUSED:
        if again is not None:
            again()
        try:
            from ._by_value import dumps_by_value

            return dumps_by_value(value, keep)
        except Exception:
            pass
        raise
    return buffer.getvalue()


def has_name(value: object) -> bool:
    """Whether a function or class is found by its name, as plain pickle looks for it."""
    try:
        found: object = sys.modules[value.__module__]
        for name in value.__qualname__.split("."):  # type: ignore[attr-defined]
            found = getattr(found, name)
    except Exception:
        return False
    return found is value


def all_atoms(values: Iterable[object]) -> bool:
    """Whether nobody can tell if one of *values* is a copy."""
    return ATOMS.issuperset(map(type, values))


def framed(kind: int, body: bytes) -> list[bytes]:
    """Return the pieces of a frame."""
    head = HEAD.pack(MAGIC, kind, len(body))
    return [head + body] if len(body) < PIECE else [head, body]


class Inbox:
    """The reading side of a socket."""

    def __init__(self, end: socket.socket, recv: Callable[[int], bytes] | None = None) -> None:
        self._end, self._recv = end, recv or end.recv
        self._rest = b""
        self._body: bytearray | None = None
        self._have = self._kind = 0
        self.drained = False
        """Whether the last read took all that was there."""

    def receive(self) -> list[tuple[int, bytes | bytearray]] | None:
        """Read once; return the frames that are whole by now, or None at the end.

        Raises:
            Garbled: this is no frame.
            BlockingIOError: there is nothing to read.
        """
        if self._body is not None:
            return self._go_on(self._body)
        data = self._recv(PIECE)
        self.drained = len(data) < PIECE
        if not data:
            return None
        return self._split(self._rest + data if self._rest else data)

    def _go_on(self, body: bytearray) -> list[tuple[int, bytes | bytearray]] | None:
        with memoryview(body) as view:
            got = self._end.recv_into(view[self._have :])
        self.drained = False
        if not got:
            return None
        self._have += got
        if self._have < len(body):
            return []
        self._body = None
        return [(self._kind, body)]

    def _split(self, data: bytes) -> list[tuple[int, bytes | bytearray]]:
        found: list[tuple[int, bytes | bytearray]] = []
        at, end, head = 0, len(data), HEAD.size
        while end - at >= head:
            magic, kind, length = HEAD.unpack_from(data, at)
            if magic != MAGIC or length > MOST_BYTES:
                raise Garbled(repr(data[at : at + 40]))
            if end - at - head < length:
                if length > PIECE:
                    self._begin(kind, length, data[at + head :])
                    at = end
                break
            found.append((kind, data[at + head : at + head + length]))
            at += head + length
        self._rest = data[at:] if at else data
        return found

    def _begin(self, kind: int, length: int, part: bytes) -> None:
        self._body, self._kind, self._have = bytearray(length), kind, len(part)
        self._body[: len(part)] = part
