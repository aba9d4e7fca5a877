"""Whatever is killed, wherever it was: all that came whole is read, then the death is told."""

from __future__ import annotations

import os
from typing import Any

import pytest
from channel_peers import (
    DEADLINE,
    ROADS,
    SHARED,
    bytes_in,
    kill,
    made,
    named_memory,
    ready_pipe,
    receive_then_wait,
    send_all,
    send_then_wait,
    send_too_much,
    started,
    tear_header,
    tear_request,
    until_full,
    wait_ready,
    writing,
)

from mpdiag.errors import ChannelError, PeerDied
from mpdiag.testing import wait_until

pytestmark = pytest.mark.processes
road_names = pytest.mark.parametrize("road", ROADS)


def death_told(receiver: Any) -> PeerDied:
    """Return the error that ends the reading."""
    with pytest.raises(PeerDied) as caught:
        receiver.receive(timeout=DEADLINE)
    return caught.value


def send_for_ever(sender: Any) -> None:
    """Send until it raises."""
    while True:
        sender.send(bytes(9000), timeout=DEADLINE)


@road_names
@pytest.mark.parametrize("count", [0, 1])
def test_a_sender_killed_between_messages(road: str, start_method: str, count: int) -> None:
    """Killed before its first item or after one: what it sent is read, then it is named."""
    with made(road, start_method) as (receiver, sender), ready_pipe() as (ready, say):
        with started(start_method, send_then_wait, sender, count, say) as child:
            wait_ready(ready)
            got = [receiver.receive(timeout=DEADLINE) for _ in range(count)]
            kill(child)
            error = death_told(receiver)
        assert got == list(range(count))
        assert error.pids == (child.pid,)
        assert not error.torn


@road_names
def test_a_sender_killed_in_the_middle_of_a_message(road: str, start_method: str) -> None:
    """The part that came is dropped, the sender named, and nothing waits for the rest."""
    deeds = {"ring": tear_header, "manager_queue": tear_request}
    with made(road, start_method) as (receiver, sender), ready_pipe() as (ready, say):
        with started(start_method, deeds.get(road, send_too_much), sender, say) as child:
            wait_ready(ready)
            if road in deeds:
                _ = receiver.receive(timeout=DEADLINE) if road == "manager_queue" else None
            else:
                until_full(receiver)
            kill(child)
            error = death_told(receiver)
        assert error.torn == (road != "manager_queue")
        assert error.pids == (child.pid,)


@road_names
@pytest.mark.parametrize("count", [0, 1, -1], ids=["before", "after", "inside"])
def test_a_reader_killed(road: str, start_method: str, count: int) -> None:
    """Killed before its first item, after one, or inside `receive`: the sender is told."""
    with made(road, start_method) as (receiver, sender), ready_pipe() as (ready, say):
        if count == 1:
            sender.send(0, timeout=DEADLINE)
        with started(start_method, receive_then_wait, receiver, count, say) as child:
            wait_ready(ready)
            if count < 0 and road != "manager_queue":
                sender.__enter__()
                os.write(writing(sender), b"\0\0")  # a part of a header
                wait_until(lambda: bytes_in(receiver) == 0, deadline=DEADLINE)
            kill(child)
            with pytest.raises(PeerDied) as caught:
                send_for_ever(sender)
        assert caught.value.pids == (child.pid,)


@pytest.mark.parametrize("road", [road for road in SHARED if road != "manager_queue"])
def test_a_reader_killed_with_the_lock_does_not_stop_the_others(road: str) -> None:
    """The next reader is told who had the lock, in place of waiting for ever."""
    with (
        made(road, "fork") as (receiver, sender),
        ready_pipe() as (ready, say),
        started("fork", receive_then_wait, receiver, -1, say) as child,
    ):
        wait_ready(ready)
        sender.__enter__()
        os.write(writing(sender), b"\0\0")
        wait_until(lambda: bytes_in(receiver) == 0, deadline=DEADLINE)
        kill(child)
        os.write(writing(sender), b"\0\1")
        assert "lock" in str(death_told(receiver))


@pytest.mark.parametrize("road", SHARED)
def test_the_others_are_read_to_their_end(road: str, start_method: str) -> None:
    """One of three senders is killed: all items of the other two come, then the one is named."""
    with made(road, start_method) as (receiver, sender), ready_pipe() as (ready, say):
        with (
            started(start_method, send_then_wait, sender, 0, say) as victim,
            started(start_method, send_all, sender, [], 500),
            started(start_method, send_all, sender, [], 500),
        ):
            wait_ready(ready)
            got = [receiver.receive(timeout=DEADLINE) for _ in range(1000)]
            kill(victim)
            with pytest.raises(ChannelError):  # it never sent: the others said done
                receiver.receive(timeout=DEADLINE)
        assert sorted(got) == sorted([*range(500), *range(500)])


@pytest.mark.parametrize("road", ["queue", "joinable_queue"])
def test_what_a_thread_had_not_written_is_counted(road: str) -> None:
    """Items in the memory of a killed sender are lost, and the error says how many."""
    with made(road, "fork") as (receiver, sender), ready_pipe() as (ready, say):
        with started("fork", send_then_wait, sender, 100_000, say) as child:
            wait_ready(ready)
            until_full(receiver)
            kill(child)
            got: list[object] = []
            with pytest.raises(PeerDied) as caught:
                got.extend(receiver.items(DEADLINE))
        assert 0 < len(got) < 100_000
        assert f"100000 items sent, {len(got)} received" in str(caught.value)


@pytest.mark.parametrize("road", ["queue", "joinable_queue"])
def test_a_sender_ends_though_its_reader_was_killed(road: str) -> None:
    """The feeder thread of the standard library would keep the process for ever."""
    with (
        made(road, "fork") as (receiver, sender),
        ready_pipe() as (ready, say),
        started("fork", receive_then_wait, receiver, 1, say) as reader,
        started("fork", send_all, sender, [b"x", bytes(1 << 20)], 0) as child,
    ):
        wait_ready(ready)
        until_full(receiver)
        sender.close()
        receiver.close()
        kill(reader)
        child.join(DEADLINE)
        assert not child.is_alive()


def test_the_end_of_the_manager_is_told() -> None:
    """Its queue dies with it: both ends say so."""
    with made("manager_queue", "fork") as (receiver, sender):
        sender.send(1, timeout=DEADLINE)
        kill(sender._server.manager._process)
        with pytest.raises(PeerDied, match="manager"):
            sender.send(2, timeout=DEADLINE)
        with pytest.raises(PeerDied, match="manager"):
            receiver.receive(DEADLINE)


def test_a_killed_ring_leaves_nothing() -> None:
    """Its memory has no name, so that no process has to clear it away."""
    before = named_memory()
    with made("ring", "fork") as (receiver, sender), ready_pipe() as (ready, say):
        with started("fork", send_then_wait, sender, 3, say) as child:
            wait_ready(ready)
            assert named_memory() <= before
            kill(child)
        assert [receiver.receive(DEADLINE) for _ in range(3)] == [0, 1, 2]
