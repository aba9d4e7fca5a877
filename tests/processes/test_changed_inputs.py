"""Inputs that their target changes before it fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from mpdiag.store import Store
from mpdiag.testing import run_program
from mpdiag.worker._taken import is_plain

pytestmark = pytest.mark.processes

SCRIPT = """
    import multiprocessing, sys, threading
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial
    import mpdiag

    def parse(kind, record):
        key = record.pop("key")
        if kind == "object":
            record["lock"] = threading.Lock()
        if kind == "nothing":
            record["key"] = key
        if key == 7:
            raise ValueError("bad")

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        road, kind = sys.argv[2:]
        records = [{"key": n, "name": "x", "tags": {"b", "a", "c"}} for n in range(12)]
        target = partial(parse, kind)
        try:
            if road == "map":
                with context.Pool(2) as pool:
                    pool.map(target, records, chunksize=6)
            elif road == "our map":
                with mpdiag.Pool(2, context=context) as pool:
                    pool.map(target, records, chunksize=6)
            elif road == "apply":
                with context.Pool(2) as pool:
                    [x.get() for x in [pool.apply_async(target, (r,)) for r in records]]
            elif road == "our submit":
                with mpdiag.ProcessPoolExecutor(2, mp_context=context) as pool:
                    [x.result() for x in [pool.submit(target, r) for r in records]]
            else:
                with ProcessPoolExecutor(2, mp_context=context) as pool:
                    list(pool.map(target, records, chunksize=4))
        except ValueError as error:
            print(error.__notes__[0])
            raise
"""


@pytest.mark.parametrize("road", ["map", "apply", "executor", "our map", "our submit"])
@pytest.mark.parametrize("kind", ["plain", "object"])
def test_an_input_is_shown_as_it_came(
    road: str, kind: str, tmp_path: Path, start_method: str
) -> None:
    """What the target took out is there; the report says what became of the input."""
    done = run_program(SCRIPT, start_method, road, kind, folder=tmp_path)
    assert done.fault["inputs"]["record"].startswith("{'key': 7, 'name': 'x'"), done.stderr
    assert "changed by parse since: record = {'name': 'x'" in done.stderr
    assert "record = {'key': 7" in done.stdout
    inputs = Store.open(tmp_path / ".mpdiag").fault().fault.first.inputs
    assert inputs.encoding == "task"
    offset = {"map": 1, "apply": None, "executor": 3, "our submit": None}
    # how many of its tasks a frame of ours has is its own business
    assert (inputs.offset or 0) <= 7 if road == "our map" else inputs.offset == offset[road]
    assert set(inputs.changed) == {"record"}


def test_an_input_that_is_as_it_came_is_no_news(tmp_path: Path) -> None:
    """Another order of keys is no change, nor is a set, whatever order its members have."""
    done = run_program(SCRIPT, "fork", "map", "nothing", folder=tmp_path)
    assert "changed by" not in done.stderr
    assert Store.open(tmp_path / ".mpdiag").fault().fault.first.inputs.encoding == "pickle"


def test_the_input_of_a_result_that_cannot_be_sent_is_its_own(
    tmp_path: Path, start_method: str
) -> None:
    """The whole chunk has run by then: another task of it is the last one on record."""
    script = """
        import multiprocessing, sys, threading

        def parse(record):
            key = record.pop("key")
            return threading.Lock() if key == 7 else key

        if __name__ == "__main__":
            with multiprocessing.get_context(sys.argv[1]).Pool(2) as pool:
                pool.map(parse, [{"key": n} for n in range(12)], chunksize=6)
    """
    done = run_program(script, start_method, folder=tmp_path)
    assert done.fault["inputs"]["record"] == "{'key': 7}"
    assert Store.open(tmp_path / ".mpdiag").fault().fault.first.inputs.offset == 1


def test_what_is_plain_is_bounded() -> None:
    """Objects are not compared, nor is what would take long, nor what contains itself."""
    endless: list[object] = []
    endless.append(endless)
    assert is_plain({"a": [1, 2.0, None, ("x", b"y")], "b": {3, 4}})
    assert not any(map(is_plain, [object(), [object()], {"a": is_plain}, endless, [0] * 20_000]))
