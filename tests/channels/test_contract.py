"""What every road promises while nobody dies."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from channel_peers import (
    ALONE,
    BOUNDED,
    DEADLINE,
    FEEDER,
    ROADS,
    SHARED,
    made,
    ready_pipe,
    receive_all,
    send_all,
    send_then_wait,
    started,
    use_second,
    wait_ready,
)

from mpdiag import channels
from mpdiag.errors import (
    ChannelClosed,
    ChannelTimeout,
    EndInUse,
    ItemUnreadable,
    ItemUnsendable,
    MpdiagError,
)
from mpdiag.testing import Unloadable

pytestmark = pytest.mark.processes
road_names = pytest.mark.parametrize("road", ROADS)


@road_names
def test_items_come_in_order_and_end_with_close(road: str, start_method: str) -> None:
    """One by one, large, or in batches: nothing is lost, and iteration ends by itself."""
    items: list[object] = ["a", {"b": 2}, bytes(300_000), None]
    with made(road, start_method) as (receiver, sender):
        with started(start_method, send_all, sender, items, 3000) as child:
            got = list(receiver.items(DEADLINE))
            child.join(DEADLINE)
        assert got == [*items, *range(3000)]
        assert child.exitcode == 0


@pytest.mark.parametrize("road", SHARED)
def test_several_at_each_end(road: str, start_method: str) -> None:
    """Two senders, two receivers: each item comes once, and all readers end."""
    with made(road, start_method) as (receiver, sender), made("queue", start_method) as results:
        children = [
            started(start_method, send_all, sender, [], 400),
            started(start_method, send_all, sender, [], 400),
            started(start_method, receive_all, receiver, results[1]),
            started(start_method, receive_all, receiver, results[1]),
        ]
        with children[0], children[1], children[2], children[3]:
            sender.close()
            got = list(results[0].items(DEADLINE))
        assert sorted(got) == sorted([*range(400), *range(400)])


@pytest.mark.parametrize("road", ALONE)
def test_a_second_process_is_refused(road: str) -> None:
    """Where messages of two would mix, the second is told who uses the end."""
    with made(road, "fork") as (_, sender), ready_pipe() as (ready, say):
        sender.send(1, timeout=DEADLINE)
        with started("fork", use_second, sender, say):
            assert wait_ready(ready) == "EndInUse"


@road_names
def test_a_parent_that_forgets_to_close_is_no_deadlock(road: str) -> None:
    """The reader's own copy of the sender, which it never used, is not waited for."""
    with made(road, "fork") as (receiver, sender):
        with started("fork", send_all, sender, [1], 0):
            assert list(receiver.items(DEADLINE)) == [1]
        assert not getattr(sender, "_closed", False)


@road_names
def test_a_road_with_nothing_on_it_times_out(road: str) -> None:
    """`receive` keeps its timeout, and says who could still send."""
    with made(road) as (receiver, sender):
        sender.send(1, timeout=DEADLINE)
        assert receiver.receive(timeout=DEADLINE) == 1
        with pytest.raises(TimeoutError, match="sender is with pid"):
            receiver.receive(timeout=0.01)


@pytest.mark.parametrize("road", BOUNDED)
def test_a_bounded_road_keeps_its_bound(road: str) -> None:
    """With *maxsize* 2 the third item waits; when one was taken there is a place again."""
    with made(road, maxsize=2) as (receiver, sender):
        for number in range(2):
            sender.send(number, timeout=DEADLINE)
        with pytest.raises(ChannelTimeout) as caught:
            sender.send(2, timeout=0.01)
        assert not caught.value.begun
        assert receiver.receive(timeout=DEADLINE) == 0
        sender.send(3, timeout=DEADLINE)
        assert [receiver.receive(timeout=DEADLINE) for _ in range(2)] == [1, 3]


@pytest.mark.parametrize("road", ["pipe", "duplex", "simple_queue"])
def test_a_message_that_was_begun_is_not_lost(road: str) -> None:
    """A deadline in the middle of a message: the rest goes first at the next call."""
    with made(road) as (receiver, sender):
        with pytest.raises(ChannelTimeout) as caught:
            sender.send(bytes(100_000), timeout=0.01)
        assert caught.value.begun
        with pytest.raises(ChannelTimeout) as late:
            receiver.receive(timeout=0.01)
        assert late.value.middle
        thread = threading.Thread(target=sender.send, args=("next", DEADLINE))
        thread.start()
        assert receiver.receive(timeout=DEADLINE) == bytes(100_000)
        assert receiver.receive(timeout=DEADLINE) == "next"
        thread.join()


@road_names
def test_a_bad_item_is_the_senders_error(road: str) -> None:
    """What cannot be pickled raises in `send`, and the road goes on."""
    with made(road) as (receiver, sender):
        with pytest.raises(ItemUnsendable, match="lock"):
            sender.send(threading.Lock())
        sender.send("good", timeout=DEADLINE)
        assert receiver.receive(timeout=DEADLINE) == "good"


@road_names
def test_an_item_that_cannot_be_read_costs_itself_alone(road: str) -> None:
    """Unpickling that raises is told once, and the next item comes."""
    with made(road) as (receiver, sender):
        sender.send(Unloadable(), timeout=DEADLINE)
        sender.send("good", timeout=DEADLINE)
        with pytest.raises(ItemUnreadable):
            receiver.receive(timeout=DEADLINE)
        assert receiver.receive(timeout=DEADLINE) == "good"


@road_names
def test_closed_ends_say_so(road: str) -> None:
    """A closed sender does not send; to a closed receiver nothing is; twice is no error."""
    with made(road) as (receiver, sender):
        sender.send(1, timeout=DEADLINE)
        receiver.receive(timeout=DEADLINE)
        receiver.close()
        receiver.close()
        with pytest.raises(ChannelClosed):
            receiver.receive(timeout=DEADLINE)
        with pytest.raises(ChannelClosed):
            sender.send(2, timeout=DEADLINE)
        sender.close()
        with pytest.raises(ChannelClosed):
            sender.send(3)


@road_names
def test_many_at_once(road: str) -> None:
    """`receive_many` returns what is there, at most as many as asked for."""
    with made(road) as (receiver, sender):
        sender.send_many(range(100), timeout=DEADLINE)
        got: list[object] = []
        while len(got) < 100:
            some = receiver.receive_many(30, timeout=DEADLINE)
            assert 1 <= len(some) <= 30
            got += some
        assert got == list(range(100))


def test_a_duplex_goes_both_ways(start_method: str) -> None:
    """Each end sends and receives, and closing one direction leaves the other."""
    with (
        made("duplex", start_method) as (mine, theirs),
        started(start_method, receive_all, theirs, theirs),
    ):
        for number in range(5):
            mine.send(number, timeout=DEADLINE)
            assert mine.receive(timeout=DEADLINE) == number
        mine.sender.close()
        assert list(mine.items(DEADLINE)) == []


def test_join_waits_for_what_is_open() -> None:
    """It names how many tasks are open and who holds them, and ends when all are done."""
    with made("joinable_queue", "fork") as (receiver, sender), ready_pipe() as (ready, say):
        sender.send_many(range(3), timeout=DEADLINE)
        for _ in range(2):
            receiver.receive(timeout=DEADLINE)
        receiver.task_done()
        with pytest.raises(ChannelTimeout, match="2 tasks are open") as caught:
            sender.join(timeout=0.05)
        assert list(caught.value.holders.values()) == [1, 1]
        assert caught.value.holders[0] == 1
        receiver.receive(timeout=DEADLINE)
        receiver.task_done()
        receiver.task_done()
        sender.join(timeout=DEADLINE)
        with pytest.raises(ValueError, match="no open task"):
            receiver.task_done()
        del ready, say


def test_join_is_told_of_a_death() -> None:
    """A reader that was killed with open tasks will never be done with them."""
    from channel_peers import kill, receive_then_wait

    with made("joinable_queue", "fork") as (receiver, sender), ready_pipe() as (ready, say):
        sender.send_many(range(3), timeout=DEADLINE)
        with started("fork", receive_then_wait, receiver, 2, say) as child:
            wait_ready(ready)
            kill(child)
            with pytest.raises(MpdiagError, match="2 open tasks") as caught:
                sender.join(timeout=DEADLINE)
        assert getattr(caught.value, "pids", ()) == (child.pid,)


def test_memory_keeps_the_contract_between_threads() -> None:
    """Copies, order, a bound, an end; and it cannot be passed to a process."""
    receiver, sender = channels.memory(maxsize=2)
    item: list[Any] = [1]
    sender.send(item)
    item.append(2)
    assert receiver.receive(timeout=DEADLINE) == [1]
    with pytest.raises(EndInUse):
        sender.__getstate__()
    thread = threading.Thread(target=send_all, args=(sender, list("abc"), 10))
    thread.start()
    assert list(receiver.items(DEADLINE)) == [*"abc", *range(10)]
    thread.join()
    with pytest.raises(ChannelClosed):
        sender.send(1)


@pytest.mark.parametrize("road", FEEDER)
def test_a_sender_may_end_before_its_items_are_read(road: str) -> None:
    """`close` and the end of the process wait for the thread that writes."""
    with (
        made(road, "fork") as (receiver, sender),
        started("fork", send_all, sender, [bytes(200_000)], 5) as child,
    ):
        assert list(receiver.items(DEADLINE)) == [bytes(200_000), *range(5)]
        child.join(DEADLINE)
        assert child.exitcode == 0


def test_who_never_said_done_is_named(start_method: str) -> None:
    """A process that ends by itself and forgot `close` is told apart from a killed one."""
    with (
        made("pipe", start_method) as (receiver, sender),
        ready_pipe() as (_, say),
        started(start_method, use_second, sender, say),
    ):
        assert receiver.receive(timeout=DEADLINE) == "mixed"
        with pytest.raises(MpdiagError, match=r"ended without close\(\)"):
            receiver.receive(timeout=DEADLINE)


def test_a_waiting_parent_is_told_who_has_the_end() -> None:
    """The message of a timeout names the process that could still send."""
    with (
        made("queue", "fork") as (receiver, sender),
        ready_pipe() as (ready, say),
        started("fork", send_then_wait, sender, 1, say) as child,
    ):
        wait_ready(ready)
        receiver.receive(timeout=DEADLINE)
        with pytest.raises(ChannelTimeout, match=f"pid {child.pid}"):
            receiver.receive(timeout=0.01)
