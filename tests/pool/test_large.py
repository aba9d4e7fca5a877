"""Frames of more bytes than a signed or an unsigned 32-bit number has room for."""

from __future__ import annotations

import importlib
import mmap
import os
import pickle
from collections import deque
from types import SimpleNamespace
from typing import Any, NoReturn, cast

import psutil
import pytest

from mpdiag import Pool, ProcessPoolExecutor
from mpdiag.errors import NoRoom
from mpdiag.pool import _wire
from mpdiag.pool._buffers import OFFER, Parcel, aligned, offer
from mpdiag.pool._hand import Hand
from mpdiag.pool._wire import HEAD, MOST_BYTES, RESULTS, Garbled, Inbox, framed

LENGTHS = [(1 << 31) - 1, (1 << 31) + 1, (1 << 32) + 1, (5 << 30) + 7]
# As much as Linux takes from one call.
ONE_CALL = 0x7FFFF000
# Bytes of a result that passes 2**31, and of free memory with which that can be tried: worker and
# owner have it some three times each.
REAL, NEEDED = (1 << 31) + (64 << 20), 12 << 30


def sparse(length: int) -> memoryview:
    """Return so many bytes, none of which takes memory as long as nobody writes to it."""
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0x4000)
    return memoryview(mmap.mmap(-1, length, flags=flags))


class End:
    """A socket that moves as much as the system does at once, and no byte of it."""

    def __init__(self, first: bytes = b"") -> None:
        self.first, self.moved = first, 0

    def recv(self, size: int) -> bytes:
        """Return what comes first."""
        return self.first[:size]

    def recv_into(self, view: memoryview) -> int:
        """Receive the rest."""
        return self.send(view)

    def send(self, piece: memoryview) -> int:
        """Take a piece."""
        taken = min(len(piece), ONE_CALL)
        self.moved += taken
        return taken


@pytest.mark.parametrize("length", LENGTHS)
def test_a_long_frame_is_read_to_its_last_byte(
    length: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its length survives the head, and the parts of it add up."""
    monkeypatch.setattr(_wire, "bytearray", sparse, raising=False)
    head, body = framed(RESULTS, cast("bytes", sparse(length)))
    end = End(head + b"begin")
    inbox = Inbox(cast("Any", end))
    while not (frames := inbox.receive()):
        assert frames == []
    ((kind, found),) = frames
    assert (kind, len(found), len(body)) == (RESULTS, length, length)
    assert bytes(found[:6]) == b"begin\0"
    assert end.moved == length - len(b"begin")


@pytest.mark.parametrize("length", LENGTHS)
def test_a_long_frame_is_written_to_its_last_byte(length: int) -> None:
    """However little of it the system takes at once."""
    end = End()
    pieces = deque(memoryview(one) for one in framed(RESULTS, cast("bytes", sparse(length))))
    hand = SimpleNamespace(_out=pieces, end=end)
    Hand.write_on(cast("Any", hand))
    assert not pieces
    assert end.moved == HEAD.size + length


@pytest.mark.parametrize("length", LENGTHS)
def test_a_long_buffer_has_its_place_in_a_block(length: int) -> None:
    """A block, and what one should have had room for, may be as large."""
    (frame,) = offer(0, length)
    assert OFFER.unpack(frame[HEAD.size :]) == (0, length)
    parcel = Parcel(0, sparse(length))
    raw = parcel.dumps(pickle.PickleBuffer(sparse(length)))
    assert isinstance(raw, tuple)
    assert raw[1] == [(0, length)]
    assert (parcel.end, parcel.wanted) == (length, aligned(length))


def test_what_is_too_long_for_any_frame_is_none() -> None:
    """Whoever else writes to the socket does not make us ask for memory without end."""
    inbox = Inbox(cast("Any", End(HEAD.pack(_wire.MAGIC, RESULTS, MOST_BYTES + 1))))
    with pytest.raises(Garbled):
        inbox.receive()


def zeros(size: int) -> Any:
    """Return an array."""
    return importlib.import_module("numpy").zeros(size, "u1")


@pytest.mark.processes
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_without_room_for_a_block_the_socket_takes_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments and results arrive though the system has no shared memory; it is asked once."""
    pytest.importorskip("numpy")
    asked: list[int] = []

    def refuse(size: int) -> NoReturn:
        asked.append(size)
        raise NoRoom(size, why="No space left on device")

    monkeypatch.setattr("mpdiag.channels.allocate", refuse)
    with ProcessPoolExecutor(1) as pool:
        for size in (100_000, 1_000_000, 10_000_000):
            assert len(pool.submit(zeros, size).result(60)) == size
            assert pool.submit(last_of, zeros(size)).result(60) == (size, 0)
    assert len(asked) == 1


def many_bytes(kind: str) -> object:
    """Return as many bytes as no signed 32-bit number counts, in one of two forms."""
    if kind == "bytes":
        return bytes(REAL - 1) + b"x"
    array = zeros(REAL)
    array[-1] = ord("x")
    return array


def last_of(value: Any) -> tuple[int, int]:
    """Return how long a value is, and its last byte."""
    return len(value), int(value[-1])


@pytest.mark.processes
@pytest.mark.slow
@pytest.mark.skipif("MPDIAG_SLOW" not in os.environ, reason="MPDIAG_SLOW is not set")
@pytest.mark.parametrize("kind", ["bytes", "array"])
@pytest.mark.parametrize("made", [Pool, ProcessPoolExecutor])
def test_more_than_two_gigabytes_come_and_go(made: Any, kind: str) -> None:
    """A result of more than 2**31 bytes arrives, goes out as an argument, and the pool goes on."""
    pytest.importorskip("numpy")
    if psutil.virtual_memory().available < NEEDED:
        pytest.skip(f"less than {NEEDED >> 30} GiB of memory are free")
    with made(1) as pool:
        (found,) = pool.map(many_bytes, [kind])
        assert last_of(found) == (REAL, ord("x"))
        assert list(pool.map(last_of, [found])) == [(REAL, ord("x"))]
        assert list(pool.map(abs, [-1])) == [1]
