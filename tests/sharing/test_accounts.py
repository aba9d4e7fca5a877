"""The accounts of a queue: how much is on its way, how old, and whose."""

from __future__ import annotations

import multiprocessing
import os
import queue as stock
from typing import Any

import pytest

import mpdiag
from mpdiag.errors import NotShareable
from mpdiag.sharing import Account, Row

LIMIT = 60.0


def put(handle: Any, count: int) -> int:
    """Put some items; return who did."""
    for number in range(count):
        handle.put("x" * number)
    return os.getpid()


def take(handle: Any) -> Any:
    """Get one item."""
    return handle.get(timeout=LIMIT)


@pytest.mark.processes
@pytest.mark.parametrize("before", [False, True], ids=["inherited", "proxy"])
def test_accounts_say_what_is_on_its_way(before: bool) -> None:
    """Depth, size, age and the processes are right, whichever way the handle took."""
    context = multiprocessing.get_context("spawn")
    queue: Any = context.Queue()
    first = None if before else mpdiag.share(queue, accounting=True)
    with context.Pool(1) as pool:
        pool.apply_async(os.getpid).get(LIMIT)
        handle = first or mpdiag.share(queue, accounting=True)
        pid = pool.apply_async(put, (handle, 300)).get(LIMIT)
        full = handle.account()
        assert (full.depth, full.exact) == (300, False)
        assert full.bytes > 300 * 299 // 2
        assert full.oldest is not None
        assert [handle.get(timeout=LIMIT) for _ in range(299)][-1] == "x" * 298
        left = handle.account()
        assert (left.depth, left.exact) == (1, True)
        mine = Row(pid=os.getpid(), alive=True, put=0, got=299, waiting=0)
        assert set(left.rows) == {
            Row(pid=pid, alive=True, put=300, got=0, waiting=1),
            mine,
        }
        assert pool.apply_async(take, (handle,)).get(LIMIT) == "x" * 299
    assert (handle.account().depth, handle.account().oldest) == (0, None)


def test_a_queue_that_refuses_counts_nothing() -> None:
    """An item that a full queue did not take is not on its way."""
    queue: Any = multiprocessing.get_context("spawn").Queue(maxsize=1)
    handle: Any = mpdiag.share(queue, accounting=True)
    handle.put_nowait(1)
    with pytest.raises(stock.Full):
        handle.put_nowait(2)
    assert handle.account().depth == 1
    assert handle.get() == 1
    with pytest.raises(stock.Empty):
        handle.get_nowait()
    queue.close()
    queue.join_thread()


def test_accounts_are_readable() -> None:
    """As text they say in a line for each process what it put and nobody got."""
    rows = (
        Row(pid=7, alive=False, put=1200, got=0, waiting=200),
        Row(pid=8, alive=True, put=0, got=1000, waiting=0),
    )
    account = Account(depth=200, bytes=4096, oldest=3.25, exact=True, rows=rows)
    assert str(account) == (
        "200 items, 4,096 bytes, the oldest put 3.2 s ago\n"
        "  pid 7 (dead): put 1,200, 200 of them never got; got 0\n"
        "  pid 8: put 0; got 1,000"
    )


def test_only_a_queue_has_accounts() -> None:
    """A lock is refused."""
    with pytest.raises(NotShareable, match=r"a Lock has no put\(\)"):
        mpdiag.share(multiprocessing.Lock(), accounting=True)
