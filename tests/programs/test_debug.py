"""pdb in the frames of a dead worker, on a real terminal."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from mpdiag.testing import run_program

pytestmark = pytest.mark.programs

pexpect = pytest.importorskip("pexpect")

# Seconds for each answer.  Shorter: a loaded machine fails tests.
PATIENCE = 20
PROMPT = r"\(Pdb\) "


@contextmanager
def debugged(folder: Path, *options: str) -> Iterator[Any]:
    """Run ``mpdiag debug`` on the only fault of *folder*, up to its first prompt."""
    words = ["-m", "mpdiag", "debug", *options]
    screen = pexpect.spawn(
        sys.executable, words, cwd=folder, timeout=PATIENCE, encoding="utf-8", echo=False
    )
    try:
        screen.expect(PROMPT)
        yield screen
        screen.sendline("q")
        screen.expect(pexpect.EOF)
    finally:
        screen.close(force=True)


def talk(screen: Any, dialogue: Sequence[tuple[str, str]]) -> None:
    """Type the first of each pair; the second must be in the answer."""
    for keys, said in dialogue:
        screen.sendline(keys)
        screen.expect(PROMPT)
        assert said in screen.before, keys


PROGRAM = """
    import multiprocessing, os, threading
    print("imported")

    LIMITS = {"most": 3}
    LOCK = threading.Lock()
    PASSWORD = "secret"

    class Price:
        def __init__(self, amount):
            self.amount = amount

    def parse(record):
        with LOCK:
            total = record["this"] * 2
        price = Price(total)
        return convert(record, total)

    def convert(row, factor):
        key = "th" + "at" if PASSWORD else os.sep
        return row[key] * factor * LIMITS["most"]

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            pool.map(parse, [{"id": 7, "this": 21}])
"""


# What is typed, and what must be answered before the next prompt.
DIALOGUE = (
    ("p key, factor", "('that', 42)"),
    ("pp row", "{'id': 7, 'this': 21}"),
    ("factor + row['this']", "63"),
    ("[name for name in row if name != key]", "['id', 'this']"),
    ("p LIMITS['most'] * factor", "126"),
    ("p os.sep", "'/'"),
    ("p PASSWORD", "masked when it was kept"),
    ("w", "convert(record, total)"),
    ("ll", "def convert(row, factor):"),
    ("up", "return convert(record, total)"),
    ("p total", "42"),
    ("p price", "kept as text"),
    ("p Price", "a class: nothing is imported here"),
    ("p LOCK", "kept as text"),
    ("l", "price = Price(total)"),
    ("p price.amount", "AttributeError"),
    ("p LIMITS", "NameError"),
    ("down", 'return row[key] * factor * LIMITS["most"]'),
    ("print(factor)", "42"),
)


def test_every_command_works_on_a_terminal(tmp_path: Path) -> None:
    """p, pp, up, down, l, ll, w and expressions over locals and the named globals answer."""
    run_program(PROGRAM, folder=tmp_path)
    with debugged(tmp_path) as screen:
        assert "KeyError: 'that'" in screen.before
        assert "return row[key] * factor" in screen.before
        assert "imported" not in screen.before
        talk(screen, DIALOGUE)


TAKES = """
    import multiprocessing

    class Price:
        def __init__(self, amount):
            self.amount = amount

    def parse(price, number, *rest):
        number = number + 1
        raise ValueError(number)

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            pool.starmap(parse, [(Price(3), 7, 8)])
"""


@pytest.mark.wide
def test_inputs_are_live_where_that_is_asked_for(tmp_path: Path) -> None:
    """With --load the inputs are values of the program; what was changed since stays as it was."""
    run_program(TAKES, folder=tmp_path)
    with debugged(tmp_path) as screen:
        talk(screen, [("p price.amount", "AttributeError")])
    with debugged(tmp_path, "--load") as screen:
        assert "script.py and loads inputs" in screen.before
        talk(screen, [("p price.amount, number, rest", "(3, 8, (8,))")])


def test_nothing_of_a_stranger_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--load asks for trust; without it all is shown that needs none."""
    run_program(TAKES, folder=tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "other"))
    words = ["-m", "mpdiag", "debug", "--load"]
    said, code = pexpect.run(
        f"{sys.executable} {' '.join(words)}", cwd=tmp_path, withexitstatus=True, timeout=PATIENCE
    )
    assert code == 2
    assert "was not recorded by this user" in said.decode()
    with debugged(tmp_path) as screen:
        talk(screen, [("p number", "8")])


KILLED = """
    import multiprocessing, os, signal

    def parse(record):
        os.kill(os.getpid(), signal.SIGKILL)

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            pool.map(parse, [{"id": 7}])
"""


def test_a_killed_worker_has_its_inputs(tmp_path: Path) -> None:
    """Where a signal left no stack, the target stands alone with its inputs."""
    run_program(KILLED, folder=tmp_path)
    with debugged(tmp_path) as screen:
        assert "no stack was left" in screen.before
        talk(
            screen,
            [("p record", "{'id': 7}"), ("ll", "os.kill(os.getpid(), signal.SIGKILL)")],
        )


SEGFAULT = """
    import faulthandler, multiprocessing

    def parse(record):
        name = record["name"]
        if name:
            return deeper(name)

    def deeper(name):
        faulthandler._sigsegv()

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            pool.map(parse, [{"name": "ab"}])
"""


@pytest.mark.wide
def test_a_signal_leaves_its_stack(tmp_path: Path) -> None:
    """After SIGSEGV there is the stack that was left, each function from its first line."""
    run_program(SEGFAULT, folder=tmp_path)
    with debugged(tmp_path) as screen:
        assert "a stack without locals was left" not in screen.before
        talk(
            screen,
            [
                ("ll", "def deeper(name):"),
                ("p name", "NameError"),
                ("w", "return deeper(name)"),
                ("up", "return deeper(name)"),
                ("ll", "def parse(record):"),
                ("p record['name']", "'ab'"),
                ("up", "Oldest frame"),
            ],
        )


STUCK = """
    import multiprocessing, threading

    def parse(number):
        hold(threading.Lock())

    def hold(lock):
        lock.acquire()
        lock.acquire()

    if __name__ == "__main__":
        with multiprocessing.Pool(1) as pool:
            try:
                pool.map(parse, [7])
            except Exception:
                pass
"""


@pytest.mark.wide
def test_a_hang_leaves_its_stack(tmp_path: Path) -> None:
    """Of a worker that hung there is the stack that was dumped, with the inputs of its target."""
    run_program(STUCK, folder=tmp_path, options=["--task-timeout", "1"])
    with debugged(tmp_path) as screen:
        talk(
            screen,
            [
                ("ll", "def hold(lock):"),
                ("up", "hold(threading.Lock())"),
                ("p number", "7"),
                ("down", "lock.acquire()"),
            ],
        )


@pytest.mark.wide
def test_lines_that_did_not_run_are_not_taken_for_those_that_did(tmp_path: Path) -> None:
    """A file that was changed since is named; one that is gone shows the recorded lines."""
    run_program(KILLED.replace("os.kill(os.getpid(), signal.SIGKILL)", "1 / 0"), folder=tmp_path)
    script = tmp_path / "script.py"
    script.write_text("\n\n\n" + script.read_text("utf-8"), "utf-8")
    with debugged(tmp_path) as screen:
        assert "script.py was changed since" in re.sub(r"\s+", " ", screen.before)
    script.unlink()
    with debugged(tmp_path) as screen:
        assert "only the recorded lines are shown" in re.sub(r"\s+", " ", screen.before)
        talk(screen, [("l", "1 / 0")])
