"""Messages of a pool's queue, read as the standard library writes them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection

import pytest

from mpdiag.worker import read_message


@pytest.fixture
def ends() -> Iterator[tuple[Connection, Connection]]:
    """A pipe: who reads, who writes."""
    reader, writer = Pipe(duplex=False)
    yield reader, writer
    reader.close()
    writer.close()


def nothing() -> None:
    """Stand for what need not be told."""


@pytest.mark.parametrize("size", [0, 1, 4092, 4093, 16384, 16385, 300_000])
def test_a_message_comes_as_it_was_sent(ends: tuple[Connection, Connection], size: int) -> None:
    """Whole at any size: in one write, in two, and far beyond what a pipe holds."""
    reader, writer = ends
    sent = os.urandom(size)
    thread = threading.Thread(target=writer.send_bytes, args=(sent,))
    thread.start()
    assert read_message(reader.fileno(), nothing) == sent
    thread.join(10)
    writer.send_bytes(b"next")
    assert read_message(reader.fileno(), nothing) == b"next"


def test_the_begin_of_a_message_is_told_and_only_long_ones_wait(
    ends: tuple[Connection, Connection],
) -> None:
    """Behind its length it is begun; a short one is there by then, and nobody looks again."""
    reader, writer = ends
    told: list[str] = []
    begun, wait = (lambda: told.append("begun")), (lambda: told.append("wait"))
    writer.send_bytes(b"x" * 4092)
    read_message(reader.fileno(), begun, wait)
    assert told == ["begun"]
    writer.send_bytes(b"x" * 4093)
    read_message(reader.fileno(), begun, wait)
    assert told[:3] == ["begun", "begun", "wait"]


def test_the_end_is_told_from_the_end_of_a_message(ends: tuple[Connection, Connection]) -> None:
    """Nobody left to write is the end; in the middle of a message it is an error."""
    reader, writer = ends
    os.write(writer.fileno(), b"\0\0\0\5abc")
    writer.close()
    with pytest.raises(OSError, match="during message"):
        read_message(reader.fileno(), nothing)
    with pytest.raises(EOFError):
        read_message(reader.fileno(), nothing)
