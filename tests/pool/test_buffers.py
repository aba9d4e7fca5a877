"""Large buffers travel through shared blocks, and nobody can tell but by the clock."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mpdiag
from mpdiag.pool import _blocks
from mpdiag.pool._blocks import Blocks
from mpdiag.pool._buffers import LARGE, OFFER, Parcel, Shelf, copied, loads
from mpdiag.pool._spares import MOST_SPARE_BYTES, Spares

from .test_chaos import chaos, quiet_deaths

__all__ = ("quiet_deaths",)

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
np: Any = pytest.importorskip("numpy")
SHAPE = (400, 400, 3)


def twice(array: Any) -> Any:
    """Return a new array."""
    return array * 2


def change(array: Any) -> Any:
    """Change the argument and return it."""
    array[0] = -1
    return array


def array_of(n: int) -> Any:
    """Return a large array."""
    return np.full(SHAPE, float(n))


_seen: list[Any] = []


def keep(array: Any) -> list[float]:
    """Keep all arguments; return what the first elements of all are now."""
    _seen.append(array)
    return [float(one.flat[0]) for one in _seen]


def reuse(n: int) -> Any:
    """Return one array again and again, changed each time."""
    if not _seen:
        _seen.append(np.zeros(SHAPE))
    _seen[0][:] = n
    return _seen[0]


def kill_once(array: Any, path: str) -> Any:
    """Kill the worker, the first time."""
    if not Path(path).exists():
        Path(path).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return array * 2


def fork_and_return(array: Any) -> Any:
    """Return twice, in the worker and in a child of it, which has no business to answer."""
    pid = os.fork()
    if pid:
        os.waitpid(pid, 0)
        return array
    return array * 0 - 7


def settle(pool: Any) -> list[Any]:
    """Have arrays go there and back until the workers have their blocks; return the blocks."""
    for _ in range(20):
        for n, result in enumerate(pool.map(twice, [array_of(n) for n in range(8)])):
            assert (result == 2 * n).all()
        blocks = [one for hand in pool._engine.crew.hands for one in hand.blocks._all]
        if blocks and all(one.mapped for one in blocks):
            return blocks
    raise AssertionError("no worker has a block")


@pytest.fixture
def executor(start_method: str) -> Iterator[mpdiag.ProcessPoolExecutor]:
    """Yield an executor of two workers."""
    context = multiprocessing.get_context(start_method)
    with mpdiag.ProcessPoolExecutor(2, mp_context=context) as made:
        yield made


def test_there_and_back(executor: mpdiag.ProcessPoolExecutor) -> None:
    """Arrays arrive whole and writable, of any layout; blocks are bounded and not held."""
    blocks = settle(executor)
    assert all(len(one.view) <= _blocks.MOST_BLOCK_BYTES for one in blocks)
    odd = [
        np.asfortranarray(array_of(1)),
        array_of(2)[::2, ::3],
        np.arange(100_000).astype(object),
        np.zeros((0, 3)),
        np.ones(LARGE, np.uint8),
        {"a": array_of(3), "b": [array_of(4), "c"]},
    ]
    for sent, got in zip(odd, executor.map(same, odd), strict=True):
        if isinstance(sent, dict):
            assert (got["a"] == 3).all()
            assert (got["b"][0] == 4).all()
        else:
            assert (got == sent).all()
            assert got.flags.writeable
            assert got.flags.f_contiguous == sent.flags.f_contiguous
    for hand in executor._engine.crew.hands:
        assert len(hand.blocks._all) <= _blocks.MOST_BLOCKS


def test_what_is_too_large_goes_in_band(monkeypatch: pytest.MonkeyPatch) -> None:
    """A block has its limit; beyond it all is as before."""
    monkeypatch.setattr(_blocks, "MOST_BLOCK_BYTES", 1 << 20)
    with mpdiag.ProcessPoolExecutor(1) as pool:
        for n in range(4):
            assert (pool.submit(twice, array_of(n)).result(60) == 2 * n).all()
        assert not any(hand.blocks._all for hand in pool._engine.crew.hands)


def same(value: Any) -> Any:
    """Return the argument."""
    return value


def test_nothing_is_shared() -> None:
    """What a task keeps, changes or returns again is its own, and so is what the caller has."""
    with mpdiag.ProcessPoolExecutor(1) as pool:
        settle(pool)
        arrays = [array_of(n) for n in range(6)]
        assert [one.flat[0] for one in pool.map(change, arrays)] == [-1] * 6
        assert [one.flat[0] for one in arrays] == list(range(6))
        for _ in range(3):
            told = list(pool.map(keep, arrays))
        assert told[-1] == list(range(6)) * 3
    with mpdiag.ProcessPoolExecutor(1) as pool:
        results = list(pool.map(reuse, range(40)))
        assert [(one.min(), one.max()) for one in results] == [(n, n) for n in range(40)]
        results[0][:] = 100
        assert (results[1] == 1).all()


def test_a_pool_without_large_buffers_has_no_blocks() -> None:
    """Nothing is made for values that need nothing."""
    with mpdiag.ProcessPoolExecutor(2) as pool:
        assert list(pool.map(same, [[n] for n in range(100)])) == [[n] for n in range(100)]
        assert len(pool.submit(same, bytes(1 << 22)).result()) == 1 << 22
        assert not any(hand.blocks._all for hand in pool._engine.crew.hands)
        assert not pool._engine.crew.spares._bytes


def test_a_dead_worker_leaves_nothing(tmp_path: Path) -> None:
    """Its arguments go to another, its blocks are gone, and no other task is lost."""
    with mpdiag.ProcessPoolExecutor(2, retries=2) as pool:
        settle(pool)
        asked = [pool.submit(twice, array_of(n)) for n in range(10)]
        killer = pool.submit(kill_once, array_of(3), str(tmp_path / "killed"))
        asked += [pool.submit(twice, array_of(n)) for n in range(10, 20)]
        for n, one in enumerate(asked):
            assert (one.result(60) == 2 * n).all()
        assert (killer.result(60) == 6).all()
        settle(pool)
        crew = pool._engine.crew
        assert len(_mapped_blocks()) <= _blocks.MOST_BLOCKS * len(crew.hands)
    assert not _mapped_blocks()


def _mapped_blocks() -> list[str]:
    """Return the mappings of blocks in this process; a recorder without a name is smaller."""
    lines = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    ends = {line: line.split()[0].split("-") for line in lines if "memfd:mpdiag" in line}
    return [line for line, (a, b) in ends.items() if int(b, 16) - int(a, 16) >= 1 << 20]


@pytest.mark.usefixtures("quiet_deaths")
def test_killed_at_any_moment(start_method: str) -> None:
    """Whatever a worker was at, all other arrays arrive, and arrive right."""
    context = multiprocessing.get_context(start_method)
    with mpdiag.ProcessPoolExecutor(2, context) as pool:
        settle(pool)
        crashed, arrays = 0, [array_of(n) for n in range(10)]
        with chaos(start_method, 3, 25 if start_method == "fork" else 5) as hitting:
            while hitting.goes_on:
                asked = [pool.submit(twice, one) for one in arrays]
                for n, one in enumerate(asked):
                    error = one.exception(60)
                    crashed += isinstance(error, mpdiag.WorkerCrashed)
                    assert error is not None or (one.result() == 2 * n).all()
        assert crashed <= hitting.killed
        settle(pool)
    assert not _mapped_blocks()


def test_siblings_keep_nothing() -> None:
    """A worker that is forked after others had blocks has no descriptor of theirs."""
    with mpdiag.ProcessPoolExecutor(1) as first, mpdiag.ProcessPoolExecutor(1) as second:
        settle(first)
        assert _mapped_blocks()
        assert second.submit(_open_blocks).result() == []


def _open_blocks() -> list[str]:
    links = [os.path.realpath(one) for one in Path("/proc/self/fd").iterdir()]
    return [link for link in links if "memfd:mpdiag" in link]


def test_a_forked_task_answers_once() -> None:
    """The child of a task that returns writes into no block of its parent."""
    with mpdiag.ProcessPoolExecutor(1) as pool:
        settle(pool)
        for n in range(3):
            assert (pool.submit(fork_and_return, array_of(n)).result(60) == n).all()


def test_pool_too() -> None:
    """Our `Pool` does the same, with arguments beside each other and by value."""
    with mpdiag.Pool(2) as pool:
        settle(pool)
        pairs = [(array_of(n), array_of(1)) for n in range(6)]
        added = pool.starmap(np.add, pairs)
        assert [one.flat[0] for one in added] == [1, 2, 3, 4, 5, 6]
        one = array_of(5)
        assert (pool.apply(lambda a: a + one, (array_of(1),)) == 6).all()


def test_parcels() -> None:
    """Large buffers are kept as far as there is room; a pickle that fails takes its own back."""
    room = memoryview(bytearray(3 * LARGE))
    parcel = Parcel(0, room)
    small, large = np.ones(10, np.uint8), np.arange(LARGE, dtype=np.uint8)
    assert isinstance(parcel.dumps(small), bytes)
    assert parcel.wanted == 0
    packed = parcel.dumps([large, small, large.copy()])
    assert packed[1] == [(0, LARGE), (LARGE, 2 * LARGE)]
    with pytest.raises(TypeError):
        parcel.dumps([large, threading.Lock()])
    assert parcel.end == 2 * LARGE
    by_value = parcel.dumps([large, lambda: 5])
    assert by_value[1] == [(2 * LARGE, 3 * LARGE)]
    assert isinstance(parcel.dumps(large), bytes)  # no room is left
    assert parcel.wanted == 4 * LARGE
    assert parcel.pour() == 3 * LARGE
    got: Any = loads(copied(packed, room))
    assert (got[0] == large).all()
    assert (got[2] == large).all()
    with pytest.raises(ValueError, match="without a block"):
        copied(packed, None)


def test_spares_are_used_again_when_nobody_looks() -> None:
    """Memory comes back with the last view of it, and not before."""
    spares = Spares()
    part = memoryview(bytes(range(256)) * 1024)
    first = np.frombuffer(spares.copy(part), np.uint8)
    second = spares.copy(part)
    assert spares._bytes == 2 * len(part)
    row = first[1000:]
    del first
    assert not spares._free
    del row
    assert len(spares._free) == 1
    third = spares.copy(part[:200_000])
    assert not spares._free
    assert bytes(third) == bytes(part[:200_000])
    assert bytes(second) == bytes(part)
    many = [spares.copy(part) for _ in range(MOST_SPARE_BYTES // len(part))]
    assert spares._bytes <= MOST_SPARE_BYTES
    assert isinstance(many[-1], bytearray)


def test_a_block_that_the_worker_cannot_have(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a descriptor, or memory, large values go through the socket."""
    blocks = Blocks(2, Spares())
    passing = blocks.back(1, 1 << 20)
    assert passing is not None
    ours, theirs = socket.socketpair()
    with ours, theirs:
        shelf = Shelf(theirs)
        passing.send(ours)
        data = shelf.recv(1000)
        assert shelf.take(data[-OFFER.size :])[-1] == 1
        answer = shelf.take(data[-OFFER.size :])  # the descriptor got lost
        blocks.answered(answer)
    assert blocks.parcel().view is None
    assert blocks.back(2, 1 << 20) is None
    monkeypatch.setattr(_blocks, "mapped", lambda *_: pytest.fail("no memory was asked for"))
    assert Blocks(2, Spares()).back(1, 1 << 40) is None


def test_pickle_is_the_same_in_and_out_of_band() -> None:
    """What comes out of a parcel is what plain pickle gives."""
    value = {"a": np.arange(LARGE), "b": np.arange(5)}
    room = memoryview(bytearray(1 << 20))
    parcel = Parcel(0, room)
    packed = parcel.dumps(value)
    parcel.pour()
    ours: Any = loads(copied(packed, room))
    theirs = pickle.loads(pickle.dumps(value, 5))
    for name in value:
        assert (ours[name] == theirs[name]).all()
        assert ours[name].flags.writeable
