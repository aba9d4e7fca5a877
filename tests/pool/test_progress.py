"""With progress=True a call shows on standard error how far it is, and costs nobody a result."""

from __future__ import annotations

import errno
import io
import os
import re
import sys
import textwrap
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mpdiag import Pool, ProcessPoolExecutor
from mpdiag.pool import _progress
from mpdiag.pool._call import expected_of
from mpdiag.pool._progress import Progress

from .tasks import fail_at, plus_one

processes = pytest.mark.processes
pytestmark = pytest.mark.filterwarnings(
    "ignore:This process .* is multi-threaded:DeprecationWarning"
)


class Terminal(io.StringIO):
    """A standard error that is a terminal, as far as anybody asks it."""

    def isatty(self) -> bool:
        return True


class Gone(Terminal):
    """One that vanishes after some writes."""

    left = 3

    def write(self, text: str) -> int:
        self.left -= 1
        if self.left < 0:
            raise OSError(errno.EIO, "gone")
        return super().write(text)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that progress sees, to be set by the test."""
    now = [0.0]
    monkeypatch.setattr(_progress, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


@pytest.fixture
def stderr(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A standard error that is no terminal."""
    stream = io.StringIO()
    monkeypatch.setattr(_progress, "sys", SimpleNamespace(stderr=stream))
    return stream


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """A terminal, in which each call is shown however short it is."""
    return at_once(monkeypatch, Terminal())


def at_once(monkeypatch: pytest.MonkeyPatch, stream: Terminal) -> Terminal:
    """Take *stream* for standard error, and show everything there."""
    for name in ("SOON", "REFRESH"):
        monkeypatch.setattr(_progress, name, 0.0)
    for name in ("FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(_progress, "sys", SimpleNamespace(stderr=stream))
    return stream


def test_lines_are_few(clock: list[float], stderr: io.StringIO) -> None:
    """Without a terminal there is a line every ten seconds, and one at the end."""
    shown = Progress("Pool.map", None)
    for n in range(1, 2500):
        clock[0] = n / 100
        shown.tell(n, n // 100, 5000)
    clock[0] = 25.0
    shown.tell(5000, 24, 5000, over=True)
    assert stderr.getvalue().splitlines() == [
        "mpdiag: Pool.map: 1,000 of 5,000 tasks, 10 failed, 100/s, 40.0 s left",
        "mpdiag: Pool.map: 2,000 of 5,000 tasks, 20 failed, 100/s, 30.0 s left",
        "mpdiag: Pool.map: 5,000 of 5,000 tasks, 24 failed, 200/s, in 25.0 s",
    ]


def test_a_short_call_says_nothing(clock: list[float], stderr: io.StringIO) -> None:
    """A program that makes thousands of short calls has no line for each."""
    shown = Progress("Pool.map", None)
    clock[0] = 0.3
    shown.tell(10, 0, 10, over=True)
    shown.end()
    assert not stderr.getvalue()


@pytest.mark.parametrize(
    ("done", "total", "seconds", "words"),
    [
        (3, None, 12.0, "3 tasks, 0.2/s"),
        (1, None, 20.0, "1 task, 3.0/min"),
        (0, 7, 15.0, "0 of 7 tasks"),
        (90, 100, 3600.0, "90 of 100 tasks, 1.5/min, 6 min 40 s left"),
    ],
)
def test_words(  # noqa: PLR0917 - a row of a table, and fixtures
    done: int,
    total: int | None,
    seconds: float,
    words: str,
    clock: list[float],
    stderr: io.StringIO,
) -> None:
    """What is not known is left out; a rate below one in ten seconds is that of a minute."""
    shown = Progress("Pool.imap", None)
    clock[0] = seconds
    shown.tell(done, 0, total)
    assert stderr.getvalue() == f"mpdiag: Pool.imap: {words}\n"


def test_what_is_dropped_was_to_be_done(clock: list[float], stderr: io.StringIO) -> None:
    """A call that ends early says at how many of all its tasks."""
    shown = Progress("Pool.imap", 100)
    clock[0] = 2.0
    shown.tell(30, 0, None)
    shown.tell(30, 0, 30, over=True)
    assert stderr.getvalue() == "mpdiag: Pool.imap: stopped at 30 of 100 tasks, 15/s, in 2.0 s\n"


@pytest.mark.parametrize("stream", ["closed", "none", "gone"])
def test_no_standard_error_is_nobodys_trouble(
    stream: str, clock: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Closed, missing, or a terminal that vanished: nothing is shown, and nothing raised."""
    closed = io.StringIO()
    closed.close()
    at_once(monkeypatch, Gone())
    if stream != "gone":
        patched = SimpleNamespace(stderr=closed if stream == "closed" else None)
        monkeypatch.setattr(_progress, "sys", patched)
    shown = Progress("Pool.map", 10)
    for n in range(10):
        clock[0] += 20.0
        shown.tell(n, 0, 10)
    shown.pause()
    shown.resume()
    shown.tell(10, 0, 10, over=True)
    _progress._at_exit()
    assert _progress._bars is None


def test_the_number_of_inputs_is_asked_for() -> None:
    """Known where all iterables tell, and only there; one whose words raise tells nothing."""

    class Lying:
        def __len__(self) -> int:
            raise ZeroDivisionError

        def __iter__(self) -> Iterator[int]:
            return iter(())

    assert expected_of([range(5), [1, 2, 3]]) == 3
    assert expected_of([iter([1, 2])]) == 2
    assert expected_of([[1], (n for n in range(3))]) is None
    assert expected_of([Lying()]) is None
    assert expected_of([]) is None


WAYS: dict[str, Callable[[Any], Any]] = {
    "map": lambda pool: pool.map(plus_one, range(300)),
    "map_async": lambda pool: pool.map_async(plus_one, range(300)).get(60),
    "starmap": lambda pool: pool.starmap(pow, [(n, 1) for n in range(300)]),
    "imap": lambda pool: list(pool.imap(plus_one, range(300))),
    "imap_unordered": lambda pool: list(pool.imap_unordered(plus_one, iter(range(300)))),
}


@processes
@pytest.mark.parametrize("way", WAYS)
def test_every_method_shows_a_bar(
    way: str, terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    """While it runs there is a bar, and at its end one line; nothing is on standard output."""
    with Pool(2, progress=True) as pool:
        assert len(WAYS[way](pool)) == 300
        said = terminal.getvalue()
        assert re.search(rf"Pool\.{way.removesuffix('_async')}.*tasks", said)
        last = re.escape("mpdiag: Pool") + r"\.\w+: 300 of 300 tasks, [\d,.]+/s, in [\d.]+ s\n$"
        assert re.search(last, said)
        assert said.count("\x1b[?25l") == said.count("\x1b[?25h")
        assert _progress._bars is None
    assert not capsys.readouterr().out


@processes
@pytest.mark.parametrize("ahead", [None, 5])
def test_the_map_of_an_executor_shows_a_bar(ahead: int | None, terminal: Terminal) -> None:
    """Of several iterables, too, and where inputs are taken as results go."""
    with ProcessPoolExecutor(2, progress=True) as pool:
        assert len(list(pool.map(pow, range(50), range(60), buffersize=ahead))) == 50
    assert "ProcessPoolExecutor.map: 50 of 50 tasks" in terminal.getvalue()
    assert _progress._bars is None


@processes
def test_an_iterator_that_is_dropped_is_shown_no_more(terminal: Terminal) -> None:
    """Left half-way, its bar is gone at once and a line says how far it came."""
    with Pool(1) as plain:
        pool = plain.with_options(progress=True, on_error="collect")
        results = pool.imap(partial(fail_at, 1), (n for n in range(10**9)))
        assert next(results).value == 0
        assert next(results).error is not None
        del results
        assert _progress._bars is None
        last = terminal.getvalue().splitlines()[-1]
        assert re.search(r"mpdiag: Pool\.imap: [\d,]+ tasks, \d failed, ", last)


@processes
def test_an_error_takes_the_bar_away_until_the_next_result(terminal: Terminal) -> None:
    """What is printed of an error stands alone; who goes on has a last line at the end."""
    with Pool(1, progress=True) as pool:
        results = pool.imap(partial(fail_at, 1), range(50))
        assert next(results) == 0
        with pytest.raises(KeyError):
            next(results)
        assert _progress._bars is None
        assert list(results) == list(range(2, 50))
    assert "mpdiag: Pool.imap: 50 of 50 tasks, 1 failed" in terminal.getvalue().splitlines()[-1]


@processes
def test_an_executors_error_ends_its_bar(terminal: Terminal) -> None:
    """The call is over by its first error, and so is what it shows."""
    with ProcessPoolExecutor(1, progress=True) as pool:
        results = pool.map(partial(fail_at, 1), range(10))
        assert next(results) == 0
        with pytest.raises(KeyError):
            next(results)
        assert _progress._bars is None


@processes
def test_a_terminal_that_vanishes_costs_no_result(monkeypatch: pytest.MonkeyPatch) -> None:
    """Writes that fail in the middle of a call are the end of its bar alone."""
    at_once(monkeypatch, Gone())
    with Pool(2, progress=True) as pool:
        assert pool.map(plus_one, range(3000)) == list(range(1, 3001))
    _progress._at_exit()


@processes
@pytest.mark.wide
def test_calls_beside_each_other_share_the_terminal(terminal: Terminal) -> None:
    """Each has its bar below the other; the last to end brings the cursor back."""
    with Pool(2, progress=True) as pool:
        outer = pool.imap(plus_one, (n for n in range(10**9)))
        next(outer)
        assert len(pool.map(plus_one, range(100))) == 100
        assert "Pool.map: 100 of 100 tasks" in terminal.getvalue()
        del outer
        assert _progress._bars is None
    assert terminal.getvalue().count("\x1b[?25h") >= 1


PROGRAM = """
    import os, signal, sys
    from mpdiag import Pool
    from mpdiag.pool import _progress

    _progress.SOON = 0.0

    def task(x):
        if x == 500:
            os.kill(os.getppid(), signal.SIGINT)
        return x

    if __name__ == "__main__":
        with Pool(1, progress=True) as pool:
            try:
                for n in pool.imap(task, range(500)):
                    pass
                print("first", flush=True)
                pool.map(task, range(100000), chunksize=1)
            except KeyboardInterrupt:
                print("interrupted", flush=True)
"""


@pytest.mark.programs
def test_a_real_terminal_is_left_as_it_was(tmp_path: Path) -> None:
    """After a call, and after Ctrl-C in the middle of one, the cursor is there and the bar gone."""
    path = tmp_path / "program.py"
    path.write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
    environment = {**os.environ, "TERM": "xterm"}
    pexpect: Any = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        sys.executable, [str(path)], env=environment, encoding="utf-8", timeout=60
    )
    child.expect(pexpect.EOF)
    child.close()
    said = str(child.before)
    assert child.exitstatus == 0, said
    assert re.search("Pool.imap .*━", said)
    assert re.search(r"mpdiag: Pool.map: stopped at [\d,]+ of 100,000 tasks", said)
    assert "mpdiag: Pool.imap: 500 of 500 tasks" in said
    assert "first" in said
    assert "interrupted" in said
    assert said.rfind("\x1b[?25h") > said.rfind("\x1b[?25l")
