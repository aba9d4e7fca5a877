"""A worker dies while it takes a large task off the queue, with more behind it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mpdiag.testing import run_program

pytestmark = pytest.mark.processes

SCRIPT = """
    import json, multiprocessing, os, signal, sys, time

    def prepare(folder):
        # the first worker that has read a piece of a large message dies before the rest
        real = os.read
        def read(handle, size):
            piece = real(handle, size)
            if size > 100_000:
                try:
                    os.close(os.open(os.path.join(folder, "died"), os.O_CREAT | os.O_EXCL))
                except FileExistsError:
                    return piece
                signal.raise_signal(signal.SIGKILL)
            return piece
        os.read = read

    def measure(data):
        return len(data)

    def outcome(get):
        try:
            return get(30)
        except Exception as error:
            return [type(error).__name__, str(error), getattr(error, "__notes__", [])]

    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        pool = context.Pool(2, prepare, (os.getcwd(),))
        first = [pool.apply_async(measure, (b"x" * n,)) for n in range(4)]
        found = [outcome(one.get) for one in first]
        sizes = (1_000_000, 5, 6, 2_000_000, 7, 8)
        asked = [pool.apply_async(measure, (b"x" * n,)) for n in sizes]
        if sys.argv[2] == "terminate":
            while not os.path.exists("died"):
                time.sleep(0.001)
            pool.terminate()
            pool.join()
            print("ended")
            raise SystemExit
        found.append([outcome(one.get) for one in asked])
        later = [pool.apply_async(measure, (b"x" * n,)) for n in (3, 300_000)]
        found.append([outcome(one.get) for one in later])
        pool.close()
        pool.join()
        print(json.dumps(found))
"""


def test_only_the_task_that_was_half_read_is_lost(tmp_path: Path, start_method: str) -> None:
    """What waits behind it, larger than any pipe holds, runs; so do later tasks."""
    done = run_program(SCRIPT, start_method, "go on", folder=tmp_path)
    *first, asked, later = json.loads(done.stdout)
    assert first == [0, 1, 2, 3], done.stderr
    assert asked[0][0] == "WorkerCrashed", done.stderr
    assert asked[1:] == [5, 6, 2_000_000, 7, 8], done.stderr
    assert later == [3, 300_000], done.stderr
    assert done.fault["task"]["index"] == 4


def test_a_pool_that_is_terminated_just_then_ends(tmp_path: Path, start_method: str) -> None:
    """The lock that went with the worker holds up nobody who ends the pool."""
    done = run_program(SCRIPT, start_method, "terminate", folder=tmp_path)
    assert done.stdout == "ended\n", done.stderr
    assert done.exit_code == 0
