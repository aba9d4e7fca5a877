"""How far a call is, on standard error: a bar in a terminal, a line now and then elsewhere.

Drawn by whoever delivers or waits, ten times a second at most: no thread, and nothing that is shown
may cost the program an exception.
"""

from __future__ import annotations

import atexit
import multiprocessing
import multiprocessing.pool
import os
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from ..layout import duration, number, plural

if TYPE_CHECKING:
    from typing_extensions import Self

stock: Any = multiprocessing.pool
# Seconds until something is shown: a call that is over by then says nothing.
SOON = 0.5
# Seconds from one look of a bar to the next, and between lines where there is no terminal.
REFRESH, LINES = 0.1, 10.0
# Tasks a second below which minutes are counted.
_SLOW = 0.1
_SMALL = 10

_drawing = threading.Lock()
_bars: Any = None
"""Those of this process, which rich draws below each other; None as long as there are none."""


class Progress:
    """How far one call is."""

    def __init__(self, label: str, expected: int | None) -> None:
        self._label, self._total = label, expected
        self._done = self._failed = 0
        self._begun = time.monotonic()
        self._next = self._begun + SOON
        self._bar: Any = None
        self._lines = self._paused = self._over = False

    def tell(self, done: int, failed: int, total: int | None, *, over: bool = False) -> None:
        """Take in how far it is, and show it if it is time; never raises an Exception."""
        self._done, self._failed = done, failed
        if total is not None:  # what is dropped from a call was to be done, too
            self._total = max(total, self._total or 0, done)
        if over:
            self.end()
        now = time.monotonic()
        if now < self._next or self._paused or self._over:
            return
        if _drawing.acquire(blocking=False):
            try:
                if not self._over:
                    self._show(now)
            except Exception:  # standard error is closed, or its terminal is gone
                self._over = True
            finally:
                _drawing.release()

    def pause(self) -> None:
        """Show nothing until `resume`: an error is about to be raised."""
        self._paused = True
        with suppress(Exception):
            self._locked(self._erase)

    def resume(self) -> None:
        """Show it again, when it is time."""
        self._paused = False

    def end(self) -> None:
        """Show no more, and leave a last line if there was something to be shown."""
        if self._over or self._paused:
            return
        with suppress(Exception):
            self._locked(self._leave)

    def _locked(self, action: Callable[[], None]) -> None:
        if _drawing.acquire(timeout=1.0):
            try:
                action()
            finally:
                _drawing.release()

    def _show(self, now: float) -> None:
        if self._bar is None and not _is_terminal():
            self._say(now)
            return
        bars = _started()
        if self._bar is None:
            self._bar = bars.add_task(self._label, total=self._total, words="")
        bars.update(self._bar, total=self._total, completed=self._done, words=self._words(now))
        bars.refresh()
        self._next = time.monotonic() + REFRESH

    def _say(self, now: float) -> None:
        due = self._next if self._lines else self._begun + LINES
        if now >= due:
            self._lines, due = True, now + LINES
            _print(f"mpdiag: {self._label}: {self._words(now)}")
        self._next = due

    def _erase(self) -> None:
        """Take the bar away; the last one brings the terminal back to what it was."""
        global _bars
        bar, self._bar = self._bar, None
        if bar is None or _bars is None:
            return
        _bars.remove_task(bar)
        if _bars.tasks:
            _bars.refresh()
        else:
            bars, _bars = _bars, None
            bars.stop()

    def _leave(self) -> None:
        now, self._over = time.monotonic(), True
        had = self._bar is not None
        self._erase()
        if not (had or self._lines or now - self._begun >= SOON):
            return
        words = self._words(now, over=True)
        if had and _bars is not None:
            from rich.text import Text

            _bars.console.print(Text(f"mpdiag: {self._label}: {words}"), soft_wrap=True)
        else:
            _print(f"mpdiag: {self._label}: {words}")

    def _words(self, now: float, *, over: bool = False) -> str:
        done, total, seconds = self._done, self._total, max(now - self._begun, 1e-6)
        words = plural(done if total is None else total, "task")
        if total is not None:
            words = f"{number(done)} of {words}"
        if self._failed:
            words += f", {number(self._failed)} failed"
        if done:
            words += f", {_rate(done / seconds)}"
        if over:
            stopped = "stopped at " if total is not None and done < total else ""
            return f"{stopped}{words}, in {duration(seconds)}"
        if total is not None and done:
            words += f", {duration(seconds * (total - done) / done)} left"
        return words


def _rate(rate: float) -> str:
    """Return how many tasks are done in a second, or in a minute if they are few."""
    if rate < _SLOW:
        return f"{60 * rate:.1f}/min"
    return f"{rate:.1f}/s" if rate < _SMALL else f"{rate:,.0f}/s"


def _is_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM", "").lower() not in {"dumb", "unknown"}


def _print(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _started() -> Any:
    """Return the bars of this process, drawn by nobody but us: no thread, no other's output."""
    global _bars  # noqa: PLW0603 - as above
    if _bars is None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bars

        class Quiet(Console):
            def on_broken_pipe(self) -> None:
                raise BrokenPipeError  # rich itself would end the program

        columns = (
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[words]}", markup=False),
        )
        bars = Bars(
            *columns,
            console=Quiet(file=sys.stderr),
            auto_refresh=False,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        bars.start()
        _bars = bars
    return _bars


def _at_exit() -> None:
    """Bring the terminal back to what it was, whatever became of the calls."""
    global _bars
    bars, _bars = _bars, None
    if bars is not None:
        with suppress(Exception):
            bars.stop()


def _after_fork() -> None:
    global _bars, _drawing
    _bars, _drawing = None, threading.Lock()


atexit.register(_at_exit)
os.register_at_fork(after_in_child=_after_fork)


class ShownIterator(stock.IMapIterator):  # type: ignore[misc]
    """The results of a call whose progress may be shown; let go of, it is shown no more."""

    def __init__(
        self,
        call: Any,
        take: Callable[[float | None], Any],
        close: Callable[[], None] = lambda: None,
    ) -> None:
        self._call, self._take, self._close = call, take, close

    def __iter__(self) -> Self:
        """Return itself."""
        return self

    def next(self, timeout: float | None = None) -> Any:
        """Return the next result.

        Args:
            timeout: seconds to wait for it; of iterators of a `Pool` alone.

        Raises:
            multiprocessing.TimeoutError: it was not there in time.
            StopIteration: there are no more.
            Exception: what a task raised, if errors are not collected, or the iterable of inputs.
        """
        shown = self._call.shown
        if shown is None:
            return self._take(timeout)
        shown.resume()
        try:
            return self._take(timeout)
        except StopIteration:
            self._call.show_no_more()
            raise
        except multiprocessing.TimeoutError:
            raise
        except BaseException:
            shown.pause()
            raise

    __next__ = next  # noqa: A003

    def close(self) -> None:
        """Want no more results; what an executor has not begun is cancelled."""
        self._close()
        self._call.show_no_more()

    def __del__(self) -> None:
        self._call.show_no_more()
