"""Messages over a pipe, cut wherever the system likes."""

from __future__ import annotations

import os
from multiprocessing.connection import Pipe

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mpdiag.channels._stream import MARK, EndOfStream, Sink, Source, deadline_of
from mpdiag.errors import ChannelTimeout

SIZES = st.lists(st.integers(0, 3000), max_size=8)


def nothing() -> None:
    """Nobody died."""


@settings(deadline=None)
@given(sizes=SIZES, cut=st.integers(1, 700), ahead=st.booleans())
def test_a_message_comes_whole_however_it_is_cut(sizes: list[int], cut: int, ahead: bool) -> None:
    """Bytes that come in pieces are the same messages, and a deadline in between loses none."""
    reader, writer = os.pipe()
    raw = b"".join(size.to_bytes(4, "big") + bytes([size % 251]) * size for size in sizes)
    source, got = Source(reader, ahead=ahead), []
    try:
        for at in range(0, len(raw), cut):
            os.write(writer, raw[at : at + cut])
            while True:
                try:
                    got.append(bytes(source.message(deadline_of(0), nothing)))
                except ChannelTimeout:
                    break
        assert got == [bytes([size % 251]) * size for size in sizes]
        assert not source.middle
    finally:
        os.close(reader)
        os.close(writer)


def test_the_end_is_told_with_its_place() -> None:
    """End of file between messages, and in the middle of one."""
    for raw, middle in ((b"", False), (b"\0\0", True), (b"\0\0\0\5ab", True)):
        reader, writer = os.pipe()
        os.write(writer, raw)
        os.close(writer)
        with pytest.raises(EndOfStream) as caught:
            Source(reader, ahead=True).message(deadline_of(5), nothing)
        assert caught.value.middle == middle
        os.close(reader)


def test_the_long_form_of_a_length_is_read() -> None:
    """Messages of 2 GiB and more have eight bytes for it; nothing forbids a short one to."""
    for ahead in (True, False):
        reader, writer = os.pipe()
        os.write(writer, MARK + (3).to_bytes(8, "big") + b"abc")
        assert Source(reader, ahead=ahead).message(deadline_of(5), nothing) == b"abc"
        os.close(reader)
        os.close(writer)


def test_a_connection_reads_what_a_sink_writes() -> None:
    """The framing is that of the standard library."""
    reader, writer = Pipe(duplex=False)
    os.set_blocking(writer.fileno(), False)
    with reader, writer:
        Sink(writer.fileno()).write(memoryview(b"hello"), deadline_of(5), nothing)
        assert reader.recv_bytes() == b"hello"
