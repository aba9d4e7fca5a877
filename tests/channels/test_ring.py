"""Arrays through blocks that are used again."""

from __future__ import annotations

import errno
import os
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from channel_peers import DEADLINE, made, named_memory, started

from mpdiag import channels
from mpdiag.errors import ChannelTimeout, NoRoom
from mpdiag.testing import run_command


def free_blocks(sender: channels.Sender) -> int:
    """Return how many blocks the sender could take now."""
    sender._own += os.read(sender._credit.number, 255) if sender._free_block(0) else b""  # type: ignore[attr-defined]
    return len(sender._own)  # type: ignore[attr-defined]


def send_arrays(sender: channels.Sender, count: int) -> None:
    """Send arrays that grow; runs in a child."""
    with sender:
        for number in range(count):
            sender.send({"n": number, "a": np.full((number + 1, 20_000), number)}, DEADLINE)


@pytest.mark.processes
@pytest.mark.parametrize("views", [False, True])
def test_arrays_come_as_they_were(start_method: str, views: bool) -> None:
    """More of them than there are blocks, and larger than any block was."""
    with made("ring", start_method, views=views, block_bytes=4096) as (receiver, sender):
        with started(start_method, send_arrays, sender, 12):
            for number, item in enumerate(receiver.items(DEADLINE)):
                assert item["n"] == number
                assert item["a"].shape == (number + 1, 20_000)
                assert (item["a"] == number).all()
        assert number == 11


def test_a_block_that_came_back_is_taken_before_a_fresh_one() -> None:
    """While the reader keeps up, no more memory is met than one block has."""
    with made("ring") as (receiver, sender):
        for number in range(3):
            sender.send(np.full(50_000, number), timeout=DEADLINE)
            assert receiver.receive(timeout=DEADLINE)[0] == number
        assert sum(bool(block.view) for block in sender._blocks) == 1


def test_a_view_keeps_its_block() -> None:
    """The block comes back when the last view of it is gone, and not before."""
    with made("ring", views=True) as (receiver, sender):
        sender.send(np.arange(50_000), timeout=DEADLINE)
        array = receiver.receive(timeout=DEADLINE)
        part = array[10:20]
        assert free_blocks(sender) == 3
        del array
        assert free_blocks(sender) == 3
        part[0] = 7  # it is the reader's own
        del part
        assert free_blocks(sender) == 4


def test_a_reader_who_keeps_all_stops_nobody() -> None:
    """All blocks but one are lent; after that items are copied."""
    with made("ring", views=True) as (receiver, sender):
        kept = []
        for number in range(10):
            sender.send(np.full(20_000, number), timeout=DEADLINE)
            kept.append(receiver.receive(timeout=DEADLINE))
        assert [int(array[0]) for array in kept] == list(range(10))
        assert len(receiver._lent) == 3
        del kept


def test_a_copy_is_the_readers_own() -> None:
    """Without views an array may be kept and changed while the block is used again."""
    with made("ring") as (receiver, sender):
        sender.send(np.zeros(50_000), timeout=DEADLINE)
        first = receiver.receive(timeout=DEADLINE)
        first += 1
        for _ in range(8):
            sender.send(np.full(50_000, 9.0), timeout=DEADLINE)
            receiver.receive(timeout=DEADLINE)
        assert (first == 1).all()


def test_views_outlive_the_ring() -> None:
    """Closing both ends leaves what the reader has."""
    with made("ring", views=True) as (receiver, sender):
        sender.send(np.arange(50_000), timeout=DEADLINE)
        array = receiver.receive(timeout=DEADLINE)
    assert int(array.sum()) == 50_000 * 49_999 // 2


def test_the_sender_waits_for_a_block() -> None:
    """When the reader takes nothing, the fifth array does not fit; it is not lost by trying."""
    with made("ring") as (receiver, sender):
        for number in range(4):
            sender.send(np.full(50_000, number), timeout=DEADLINE)
        with pytest.raises(ChannelTimeout, match="all blocks") as caught:
            sender.send(np.zeros(50_000), timeout=0.01)
        assert not caught.value.begun
        assert [int(receiver.receive(DEADLINE)[0]) for _ in range(4)] == [0, 1, 2, 3]
        sender.send(np.full(50_000, 4), timeout=DEADLINE)
        assert int(receiver.receive(DEADLINE)[0]) == 4


@pytest.mark.parametrize(
    "item",
    [
        np.arange(100_000).reshape(100, 1000)[:, ::3],
        np.asfortranarray(np.arange(90_000.0).reshape(300, 300)),
        [np.arange(50_000), "between", np.arange(9), bytearray(70_000)],
        b"x" * 200_000,
        np.zeros((0, 5)),
    ],
    ids=["strided", "fortran", "several", "bytes", "empty"],
)
@pytest.mark.parametrize("views", [False, True])
def test_every_kind_of_buffer(item: object, views: bool) -> None:
    """What is not one piece of memory travels inside the pickle."""
    with made("ring", views=views) as (receiver, sender):
        sender.send(item, timeout=DEADLINE)
        got = receiver.receive(timeout=DEADLINE)
        pairs = zip(got, item, strict=True) if isinstance(item, list) else [(got, item)]
        for one, other in pairs:
            np.testing.assert_array_equal(one, other)
        del got, pairs, one


def test_batches_of_arrays() -> None:
    """Batches are cut by their bytes, so that a block need not hold a thousand arrays."""
    with made("ring") as (receiver, sender):
        arrays = [np.full(40_000, number) for number in range(6)]
        thread = threading.Thread(target=sender.send_many, args=(arrays, DEADLINE))
        thread.start()
        got = [receiver.receive(timeout=DEADLINE) for _ in arrays]
        thread.join()
        assert [int(array[0]) for array in got] == list(range(6))


NO_ROOM = """
import resource
from mpdiag import channels
from mpdiag.errors import NoRoom

resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
try:
    channels.ring(block_bytes=1 << 22)
except NoRoom as error:
    print("made:", error)
receiver, sender = channels.ring(block_bytes=1 << 16)
try:
    sender.send(bytearray(1 << 22))
except NoRoom as error:
    print("grown:", error)
sender.send(bytearray(1 << 17), timeout=10)
print(len(receiver.receive(timeout=10)))
"""


@pytest.mark.programs
def test_a_limit_is_an_error_and_no_signal(tmp_path: Path) -> None:
    """Memory is asked for before it is used: too little raises, and the ring goes on."""
    (tmp_path / "program.py").write_text(NO_ROOM, encoding="utf-8")
    done = run_command([sys.executable, "program.py"], folder=tmp_path, deadline=60)
    assert done.exit_code == 0, done.stderr
    made_line, grown_line, size = done.stdout.splitlines()
    assert made_line.startswith("made: no room for 4194304 bytes")
    assert grown_line.startswith("grown: no room for 419")
    assert size == str(1 << 17)


def test_a_full_disk_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the size and the system's words."""

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(NoRoom, match="No space left"):
        channels.ring()


def test_without_memfd_the_file_has_no_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """On other systems a file is unlinked as soon as it is open."""
    before = named_memory()
    monkeypatch.delattr(os, "memfd_create")
    with made("ring") as (receiver, sender):
        assert named_memory() <= before
        sender.send(np.arange(50_000), timeout=DEADLINE)
        assert int(receiver.receive(timeout=DEADLINE)[-1]) == 49_999


def test_a_ring_has_blocks() -> None:
    """One is read while another is written; a number is a byte."""
    for blocks in (1, 256):
        with pytest.raises(ValueError, match="2 to 255"):
            channels.ring(blocks=blocks)
