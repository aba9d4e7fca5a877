"""``mpdiag run -m pytest``: the same outcomes, and each fault names its test."""

from __future__ import annotations

import multiprocessing
import re
import sys
from pathlib import Path

import pytest

from mpdiag.testing import Program, run_command

pytestmark = pytest.mark.programs

SUITE = """
import concurrent.futures, multiprocessing, os, sys
import pytest

def parse(x):
    if x > 3:
        raise KeyError("that")
    return x

def say(x):
    print("said", x, flush=True)
    os.write(1, b"raw\\n")
    return x

def test_expected():
    with multiprocessing.Pool(2) as pool, pytest.raises(KeyError, match="that"):
        pool.map(parse, range(6), chunksize=6)

def test_unexpected():
    with multiprocessing.Pool(2) as pool:
        pool.map(parse, range(6), chunksize=6)

@pytest.mark.xfail(strict=True)
def test_marked():
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        pool.submit(parse, 4).result()

def test_broken():
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        with pytest.raises(concurrent.futures.process.BrokenProcessPool):
            pool.submit(os._exit, 4).result()

def test_capfd(capfd):
    with multiprocessing.get_context("fork").Pool(1) as pool:
        assert pool.map(say, [1, 2]) == [1, 2]
    assert capfd.readouterr() == ("said 1\\nraw\\nsaid 2\\nraw\\n", "")

@pytest.fixture
def pool():
    with multiprocessing.Pool(1) as pool:
        yield pool

def test_fixture(pool):
    with pytest.raises(KeyError):
        pool.apply(parse, (5,))

class Test:
    @pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
    def test_methods(self, method):
        with multiprocessing.get_context(method).Pool(1) as pool:
            with pytest.raises(KeyError):
                pool.apply(parse, (7,))
"""
# From 3.12 on Python warns of a fork beside threads.  It counts those of the system, among which a
# joined thread of the pool of the test before may still be: with and without mpdiag, by chance.
WARNING = "ignore:This process (pid=:DeprecationWarning"
PLAIN = ["-p", "no:cacheprovider", "-p", "no:randomly"]
OPTIONS = ["-m", "pytest", *PLAIN, "-q", "-rA", "-W", WARNING]


def outcomes(done: Program) -> list[str]:
    """Return what became of each test; how many warnings there were is no outcome."""
    words = r"^(?:PASSED|FAILED|XFAIL|ERROR) \S+|^\d+ failed.*?(?=(?:, \d+ warnings?)? in )"
    return sorted(re.findall(words, done.stdout, re.MULTILINE))


@pytest.mark.wide
@pytest.mark.parametrize(
    "parallel",
    [pytest.param([], id="alone"), pytest.param(["-n", "2"], id="xdist")],
)
def test_a_suite_has_the_outcomes_of_plain_pytest(tmp_path: Path, parallel: list[str]) -> None:
    """Outcomes and exit code are the same; faults name the test, and say if it expected them."""
    if parallel:
        pytest.importorskip("xdist")
    (tmp_path / "test_suite.py").write_text(SUITE, encoding="utf-8")
    words = [*OPTIONS, *parallel]
    plain = run_command([sys.executable, *words], folder=tmp_path, deadline=55)
    ours = run_command(
        [sys.executable, "-m", "mpdiag", "run", *words], folder=tmp_path, deadline=55
    )
    assert outcomes(ours) == outcomes(plain) != []
    assert ours.exit_code == plain.exit_code == 1
    found = {
        fault["worker"]["test"].partition("::")[2]: (fault["kind"], fault["outcome"])
        for fault in ours.faults
    }
    methods = multiprocessing.get_all_start_methods()
    assert found == {
        "test_expected": ("failure", "caught by the program"),
        "test_unexpected": ("failure", "ended the program"),
        "test_marked": ("failure", "caught by the program"),
        "test_broken": ("crash", "caught by the program"),
        "test_fixture (setup)": ("failure", "caught by the program"),
        **{f"Test::test_methods[{m}]": ("failure", "caught by the program") for m in methods},
    }
    assert all(fault["count"] == 1 for fault in ours.faults), "nothing ran only because of us"
    assert "   test      test_suite.py::test_unexpected\n" in ours.report
    assert "Pool.map raised this KeyError; the test failed\n" in ours.report
