"""Values whose own methods raise or block: one task fails at most, and the pool goes on."""

from __future__ import annotations

import gc
import json
import threading
from concurrent.futures import ProcessPoolExecutor as Stock
from pathlib import Path

import pytest

from mpdiag import Pool, ProcessPoolExecutor
from mpdiag.testing import run_program, wait_until

from .hostile import BLOCKS, HARMLESS, RAISES, Callable, Target, make, work
from .tasks import plus_one

pytestmark = [
    pytest.mark.processes,
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]


@pytest.mark.parametrize("way", ["input", "result", "error"])
@pytest.mark.parametrize("kind", [*RAISES, *BLOCKS])
def test_a_hostile_value_costs_its_own_task_at_most(kind: str, way: str) -> None:
    """Describing it runs none of its code; what has to run fails the one task."""
    if (kind, way) == ("ReprBlocks", "error"):
        return  # its text is part of the traceback, here as in the library
    with ProcessPoolExecutor(1) as pool:
        assert list(pool.map(plus_one, range(50))) == list(range(1, 51))
        value = make(kind) if way == "input" else None
        asked = [pool.submit(work, kind, way, n, value if n == 7 else None) for n in range(10)]
        failed = [n for n, one in enumerate(asked) if one.exception(60) is not None]
        fails = way == "error" or kind not in HARMLESS
        assert failed == ([7] if fails else [])
        assert pool.submit(plus_one, 1).result(60) == 2
        del asked, value


@pytest.mark.parametrize("kind", ["__getattr__", "__eq__", "__hash__", "__repr__", "__bool__"])
def test_a_target_may_be_hostile(kind: str) -> None:
    """A callable object whose other methods raise works as with the library's executor."""
    with ProcessPoolExecutor(1) as pool, Stock(1) as stock:
        target = Target(kind)
        assert pool.submit(target, 1).result(60) == 2
        assert list(pool.map(target, range(100))) == list(stock.map(target, range(100)))


def test_inputs_may_use_the_pool_as_they_are_pickled() -> None:
    """Handing over another task from there works; waiting for it is refused, and hangs nobody."""
    with ProcessPoolExecutor(1) as pool:
        inner = []
        one = pool.submit(type, Callable(lambda: inner.append(pool.submit(plus_one, 1))))
        assert one.exception(60) is None
        assert inner[0].result(60) == 2
        one = pool.submit(type, Callable(lambda: pool.submit(plus_one, 1).result(60)))
        assert isinstance(one.exception(60), RuntimeError)
        assert pool.submit(plus_one, 1).result(60) == 2


def test_a_finaliser_may_use_the_pool() -> None:
    """One that hands over a task runs wherever its object goes, also within the pool."""
    asked = []

    class Last:
        def __del__(self) -> None:
            asked.append(pool.submit(plus_one, 1))

    with ProcessPoolExecutor(1) as pool:
        for _ in range(100):
            pool.submit(plus_one, Last()).exception(60)  # a local class cannot be pickled
        assert wait_until(lambda: gc.collect() >= 0 and len(asked) == 100, deadline=60)
        assert [one.result(60) for one in asked] == [2] * 100


def test_an_input_that_blocks_as_it_is_pickled_blocks_no_one_for_good() -> None:
    """Others wait as long as it takes, and no longer."""
    gate, begun = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        assert gate.wait(60)

    with ProcessPoolExecutor(1) as pool:
        assert pool.submit(plus_one, 1).result(60) == 2
        stuck = threading.Thread(target=pool.submit, args=(type, Callable(block)))
        stuck.start()
        assert begun.wait(60)
        other = pool.submit(plus_one, 1)
        gate.set()
        assert other.result(60) == 2
        stuck.join(60)
        assert not stuck.is_alive()


RUN = """
    import json, mpdiag
    from tests.pool.hostile import BLOCKS, RAISES, make, work

    if __name__ == "__main__":
        bad = {}
        for kind in (*RAISES, *BLOCKS):
            for way in ("input", "error") if kind != "ReprBlocks" else ("input",):
                with mpdiag.ProcessPoolExecutor(1) as pool:
                    value = make(kind) if way == "input" else None
                    asked = [pool.submit(work, kind, way, n, value) for n in (7, 8)]
                    bad[f"{kind} {way}"] = [one.exception(30) is not None for one in asked]
        print(json.dumps(bad))
"""


def test_hostile_values_under_a_run(tmp_path: Path) -> None:
    """`mpdiag run` describes and keeps them without a second fault; each is a fault of its own."""
    root = str(Path(__file__).parents[2])
    done = run_program(RUN, folder=tmp_path, deadline=110, environment={"PYTHONPATH": root})
    assert done.exit_code == 0, done.stderr
    bad = json.loads(done.stdout)
    for kind in (*RAISES, *BLOCKS):
        assert bad.get(f"{kind} error", [True, False]) == [True, False], kind
        assert bad[f"{kind} input"] == [kind not in HARMLESS] * 2, kind
    assert "internal" not in done.stderr
    assert len(done.faults) >= len(RAISES) + 1  # of the error that blocks there is none


def test_callbacks_may_leave_by_any_exception(caplog: pytest.LogCaptureFixture) -> None:
    """What ends a thread elsewhere ends none of the pool's: later results come."""

    def leave(_: object) -> None:
        raise SystemExit(3)

    with ProcessPoolExecutor(1) as pool:
        asked = [pool.submit(plus_one, n) for n in range(50)]
        for one in asked[:5]:
            one.add_done_callback(leave)
        assert wait_until(lambda: all(one._state == "FINISHED" for one in asked), deadline=60)
        called: list[object] = []
        pool.submit(plus_one, 1).add_done_callback(called.append)
        assert wait_until(lambda: called, deadline=60)
    with Pool(1) as pool2:
        results = [pool2.apply_async(plus_one, (1,), callback=leave) for _ in range(5)]
        assert wait_until(lambda: all(one.ready() for one in results), deadline=60)
        whole = pool2.map_async(plus_one, [1, 2], callback=leave)
        assert wait_until(whole.ready, deadline=60)
        assert whole.get(60) == [2, 3]
    caplog.clear()  # what was logged holds its frames, and those the pool
