"""All messages that a worker has worked through come back, whole or not at all."""

from __future__ import annotations

import os
import random
import signal
import sys
from collections.abc import Callable
from mmap import mmap
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import pytest

from mpdiag.recorder import PastMessages, _messages, _ran, past_messages, ran_messages, settle_past

MIB = 1 << 20
MANY = 40
OURS = {_messages.__file__, _ran.__file__}


def past_of(folder: Path, all_bytes: int = 64 * MIB) -> tuple[PastMessages, Path]:
    """Return the writing end of a worker, and the place of its recorder."""
    path = folder / "1.rec"
    return PastMessages(str(path), all_bytes=all_bytes), path


def drawn(seed: int) -> list[tuple[bytes, int]]:
    """Return messages of all sizes, with how many of their tasks ran."""
    chance = random.Random(seed)
    sizes = [chance.choice([0, 3, 90, 5_000, 300_000, 2 * MIB]) for _ in range(60)]
    sizes += [chance.randrange(60) for _ in range(chance.choice([0, 1023, 1024, 1025, 5000]))]
    chance.shuffle(sizes)
    return [(chance.randbytes(size), chance.randrange(1, 500)) for size in sizes]


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("is_killed", [True, False])
def test_every_message_comes_back_in_its_order(
    tmp_path: Path, seed: int, *, is_killed: bool
) -> None:
    """Whatever their sizes and their number, and whether the worker ended in peace."""
    messages = drawn(seed)
    past, path = past_of(tmp_path, 512 * MIB)
    for raw, ran in messages:
        past.keep(raw, ran, True)
    if not is_killed:
        past.remove()
    assert [(one.raw, one.ran) for one in ran_messages(path)] == messages
    assert not path.with_suffix(".past").exists()
    assert [(one.raw, one.ran) for one in ran_messages(path)] == messages


def test_the_last_messages_are_those_of_before(tmp_path: Path) -> None:
    """What is brought to safety stays in the ring as well: a failure is told with it."""
    past, path = past_of(tmp_path)
    for number in range(3000):
        past.keep(str(number).encode(), 1, False)
    assert [int(one.raw) for one in past_messages(path)] == list(range(3000 - 1024, 3000))


def test_without_room_there_is_nothing(tmp_path: Path) -> None:
    """A file that reached its limit is given back: a part of the tasks counts nothing."""
    past, path = past_of(tmp_path, 3 * MIB)
    for _ in range(5):
        past.keep(b"x" * MIB, 1, False)
    assert not path.with_suffix(".ran").exists()
    past.keep(b"last", 1, False)
    past.remove()
    assert list(ran_messages(path)) == []


@pytest.mark.parametrize("all_bytes", [0, 1])
def test_a_limit_of_nothing_keeps_nothing(tmp_path: Path, all_bytes: int) -> None:
    """With ``limits.passing_bytes = 0`` no file is made."""
    past, path = past_of(tmp_path, all_bytes)
    past.keep(b"x", 1, False)
    past.remove()
    assert list(ran_messages(path)) == []
    assert list(tmp_path.iterdir()) == []


def test_a_worker_killed_while_it_wrote(tmp_path: Path) -> None:
    """Half a piece at the end of the file is taken off, and written again from the ring."""
    past, path = past_of(tmp_path)
    for number in range(1500):
        past.keep(str(number).encode(), 1, False)
    with path.with_suffix(".ran").open("ab") as file:
        file.write(b"half of a piece")
    assert [int(one.raw) for one in ran_messages(path)] == list(range(1500))


@pytest.mark.parametrize("before", [0, 1500])
def test_a_worker_killed_before_it_counted_what_it_wrote(tmp_path: Path, before: int) -> None:
    """A whole piece at the end of the file whose messages are still in the ring counts once."""
    past, path = past_of(tmp_path)
    for number in range(before):
        past.keep(str(number).encode(), 1, False)
    past.keep(b"9999", 1, False)
    ring = path.with_suffix(".past").read_bytes()
    past.remove()  # the last messages go to the others, and their file goes
    path.with_suffix(".past").write_bytes(ring)  # as before the count and all that follows
    assert [int(one.raw) for one in ran_messages(path)] == [*range(before), 9999]


@pytest.mark.processes
@pytest.mark.parametrize("large", [None, 20])
def test_a_worker_may_be_killed_between_any_two_instructions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, large: int | None
) -> None:
    """No message is lost, and none comes twice; *large* is one that has no room in the ring."""
    monkeypatch.setattr(_messages, "ENTRIES", 16)
    for nth in range(1, 10_000, 31):
        folder = tmp_path / str(nth)
        folder.mkdir()
        past, path = past_of(folder)
        with mmap(-1, 8) as told:
            pid = os.fork()
            if not pid:
                keep_until(nth, past, memoryview(told).cast("Q"), large)
            _, status = os.waitpid(pid, 0)
            kept = int.from_bytes(told[:], sys.byteorder)
        found = [int(one.raw[:9]) for one in ran_messages(path)]
        assert found == list(range(len(found)))
        assert kept <= len(found) <= kept + 1
        if os.WIFEXITED(status):
            assert kept == MANY
            return
    pytest.fail("no worker came to its end")


def keep_until(
    nth: int, past: PastMessages, kept: memoryview, large: int | None
) -> NoReturn:  # pragma: no cover - a process of its own, which traces itself
    """Keep messages and end; be killed at instruction *nth*."""
    left = nth

    def step(frame: FrameType, event: str, arg: object) -> Callable[..., Any]:
        nonlocal left
        left -= event == "opcode"
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return step

    def call(frame: FrameType, event: str, arg: object) -> Callable[..., Any] | None:
        if frame.f_code.co_filename not in OURS:
            return None
        frame.f_trace_opcodes = True
        return step

    sys.settrace(call)
    for number in range(MANY):
        raw = str(number).encode()
        past.keep(raw.ljust(2 * MIB) if number == large else raw, 1, False)
        kept[0] = number + 1
    past.remove()
    os._exit(0)


def test_a_damaged_file_ends_where_it_is_damaged(tmp_path: Path) -> None:
    """What is cut off, or no such file, yields what is whole, and raises nothing."""
    past, path = past_of(tmp_path)
    for number in range(2100):
        past.keep(str(number).encode(), 1, False)
    settle_past(path)
    whole = path.with_suffix(".ran").read_bytes()
    path.with_suffix(".ran").write_bytes(whole[:-1])
    assert [int(one.raw) for one in ran_messages(path)] == list(range(2048))
    path.with_suffix(".ran").write_bytes(b"\xff" * 100)
    assert list(ran_messages(path)) == []
