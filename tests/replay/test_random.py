"""What failed by chance fails again, where the state of the generators was kept."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from mpdiag.testing import run_program

from .recorded import replayed, two_folders

pytestmark = pytest.mark.programs

PROGRAM = """
    import multiprocessing, random, sys
    from concurrent.futures import ProcessPoolExecutor
    import mpdiag
    if sys.argv[1] == "numpy":
        import numpy

    def unlucky(number):
        draw = numpy.random.random() if sys.argv[1] == "numpy" else random.random()
        if draw < 0.1:
            raise ValueError("bad luck")

    if __name__ == "__main__":
        context = multiprocessing.get_context("fork")
        if "submit" in sys.argv[1]:
            made = mpdiag.ProcessPoolExecutor if "our" in sys.argv[1] else ProcessPoolExecutor
            with made(1, mp_context=context) as pool:
                tasks = [pool.submit(unlucky, number) for number in range(200)]
                print([task.exception() for task in tasks])
        else:
            made = mpdiag.Pool if "our" in sys.argv[1] else multiprocessing.Pool
            with made(1) as pool:
                pool.map(unlucky, range(200), chunksize=50)
"""


@pytest.mark.parametrize(
    "road",
    [
        "map",
        "our map",
        pytest.param("submit", marks=pytest.mark.wide),
        pytest.param("our submit", marks=pytest.mark.wide),
        pytest.param("numpy", marks=pytest.mark.wide),
    ],
)
def test_bad_luck_comes_back(road: str, tmp_path: Path) -> None:
    """With --record-random a task that fails one time in ten fails in each of four replays."""
    if road == "numpy":
        pytest.importorskip("numpy")
    folder, elsewhere = two_folders(tmp_path)
    run_program(PROGRAM, road, folder=folder, options=["--record-random"])
    done = replayed(folder, elsewhere, "--times", "4", "--yes")
    assert "same fault in 4 of 4 calls" in done.stderr
    assert "random generators of the program's own" in " ".join(done.stderr.split())


def test_the_first_draw_is_kept_too() -> None:
    """The generator of numpy is asked before the first task, though numpy has not imported it."""
    pytest.importorskip("numpy")
    ask = "from mpdiag.worker._random import random_state; import numpy, random"
    code = f"{ask}; print(*random_state())"
    said = subprocess.check_output([sys.executable, "-c", code], text=True, timeout=60)
    assert said == "random numpy.random\n"


@pytest.mark.wide
def test_without_it_the_state_is_named_as_missing(tmp_path: Path) -> None:
    """Nothing is kept unless it was asked for, and replay says so before it calls."""
    folder, elsewhere = two_folders(tmp_path)
    run_program(PROGRAM, "map", folder=folder)
    done = replayed(folder, elsewhere)
    assert "the state of random generators" in " ".join(done.stderr.split())
