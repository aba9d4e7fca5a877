"""The rest of a chunk after its first failure: run for the report alone, within limits.

failures, seconds   of all workers of the run together      looked at between two tasks
one task's time     the runner looks (`runner._timeouts`)   it sends a signal in the middle of it

The signal raises an exception in the task, as Ctrl-C does, and nowhere else: the worker lives on,
and its caller gets the first failure.  A task that cannot be ended so is ended with its worker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

from ..recorder import Further, Word, leave_answer, shared_numbers
from ._outbox import post
from ._state import WorkerState

# Failures in the run after which no further task is run for the report alone, and seconds since
# the first.  More: a fuller picture.  Fewer: the program fails as early as without us.
FURTHER_FAILURES, FURTHER_SECONDS = 100, 30.0
# The signal is the next one after that of the stacks (`patches._stacks`).
_ABOVE_FIRST = 18

_may_run = False
"""Whether tasks of a rest run here, and none of them was told to end."""


class _Enough(BaseException):
    """A task of the rest has run too long; no ``except Exception`` of a program catches it."""


class Rest:
    """What follows the first failure in the chunk *items*.

    *run* runs some of them, from an offset on; *failed* is told of each failure, its offset, and
    that it ran for the report alone.
    """

    def __init__(
        self,
        state: WorkerState,
        items: Sequence[object],
        *,
        run: Callable[[int, Iterable[object]], object],
        failed: Callable[[BaseException, int, bool], None],
    ) -> None:
        self._words, self._path, self._items = state.words, state.recorder.path, items
        self._run, self._failed = run, failed
        self._numbers = shared_numbers(state.around.folder)

    def go(self, answer: Callable[[], object]) -> None:
        """Run it, unless the run has had enough; *answer* makes what the caller gets after it.

        Not without a file that the runner can look at: nobody would end a task that never ends.
        """
        if not self._numbers[Further.SINCE]:
            self._numbers[Further.SINCE] = time.monotonic_ns()
        if self._path and self._is_wanted():
            self._leave(answer)
            self._words[Word.STARTED] = time.time_ns()  # the first failure may have taken its time
            self._words[Word.REST] = 1 + _listen()
            try:
                self._go_on()
            finally:
                self._words[Word.REST] = 0

    def _leave(self, answer: Callable[[], object]) -> None:
        """Leave what the caller gets to its owner, should the rest end this worker."""
        import pickle

        words = self._words
        try:
            leave_answer(self._path, words[Word.JOB], words[Word.PART], pickle.dumps(answer(), 5))
        except Exception:
            pass  # then the caller hears of the death

    def _is_wanted(self) -> bool:
        since = (time.monotonic_ns() - self._numbers[Further.SINCE]) / 1e9
        return self._numbers[Further.FAILURES] < FURTHER_FAILURES and since < FURTHER_SECONDS

    def _go_on(self) -> None:
        words = self._words
        while words[Word.OFFSET] + 1 < len(self._items) and self._is_wanted():
            begun = words[Word.OFFSET] + 1
            try:
                self._run_from(begun)
            except _Enough:
                _say_ended(words)
                words[Word.OFFSET] -= words[Word.OFFSET] >= begun  # it came to nothing
                return
            finally:
                words[Word.EXTRA] += words[Word.OFFSET] + 1 - begun

    def _run_from(self, begin: int) -> None:
        """Run tasks until one fails.

        Raises:
            _Enough: one was told to end.  It may have made another exception of it, or a result.
        """
        global _may_run  # noqa: PLW0603 - a worker runs one chunk at a time
        try:
            _may_run = True
            self._run(begin, takewhile(self._is_next, self._items[begin:]))
        except (KeyboardInterrupt, _Enough):
            raise
        except BaseException as error:  # plain Python would not have run it: no SystemExit either
            if _shut():
                raise _Enough from None
            if self._words[Word.TERMINATED] and not isinstance(error, Exception):
                raise  # a handler of SIGTERM, by which its owner ends this worker
            self._numbers[Further.FAILURES] += 1
            self._failed(error, self._words[Word.OFFSET], True)
        else:
            if _shut():
                raise _Enough
        finally:
            _shut()

    def _is_next(self, _: object) -> bool:
        return _may_run and self._is_wanted()


def _say_ended(words: memoryview) -> None:
    """Tell what plain Python would not have run, and we did not let end."""
    index = words[Word.BASE] + words[Word.OFFSET]
    seconds = time.time() - words[Word.STARTED] / 1e9
    text = f"ended task {index} after {seconds:.0f} s: it ran only because one before it failed"
    try:
        post({"v": 1, "type": "rescued", "text": text})
    except Exception:
        pass


def _shut() -> bool:
    """Let no task be told to end from now on; return whether one was."""
    global _may_run
    might, _may_run = _may_run, False
    return not might


def _enough(*_: object) -> None:
    """Handle the signal: end the task, if one runs."""
    global _may_run  # noqa: PLW0603 - as above
    if _may_run:
        _may_run = False
        raise _Enough


def _listen() -> int:
    """Return the signal that ends a task of the rest; 0 where there is none to be had.

    It stays ours: one that comes late does nothing, where the default would end the worker.
    """
    import _signal  # type: ignore[import-not-found]  # a program may have replaced `signal.signal`

    try:
        number = int(_signal.SIGRTMIN) + _ABOVE_FIRST
        if _signal.getsignal(number) == _signal.SIG_DFL:
            _signal.signal(number, _enough)
        return number if _signal.getsignal(number) is _enough else 0
    except (AttributeError, OSError, ValueError):  # another system, or not the main thread
        return 0
