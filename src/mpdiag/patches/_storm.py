"""A stock pool whose new workers never come to a first task: stopped, with the first error told.

    worker dies at its start ─▶ pool starts another ─▶ it dies as well ─▶ ... for ever
                                                       third in a row ─▶ stop, fail what waits

Runs in the pool's worker thread, but for `refuse` (its task thread).
"""

from __future__ import annotations

import time
from typing import Any

from ..recorder import Reading, State, read
from ..worker import importing, post, surroundings
from ._popen import recorder_of

# Deaths at the start, in a row, after which no more workers are started.  Fewer: one that was
# killed by chance stops a pool.  More: the same error again and again.
IN_A_ROW = 3
# Seconds that a worker waits for a first task before its start counts as gone well.
BRIEF = 10.0
# Seconds of silence after which nobody writes tasks any more.
QUIET = 0.1
# Seconds to wait for the lock of a queue that nobody should hold.
PATIENCE = 1.0

_AT_WORK = frozenset({State.WAITING, State.LOADING, State.RUNNING, State.SENDING})


class Storm:
    """Counts the starts of one pool that came to nothing, and ends them."""

    def __init__(self) -> None:
        self.barren = 0
        self.first: BaseException | None = None
        self.over = False
        """Whether the pool was stopped: nobody will run a task any more."""

    def died(self, worker: Any, reading: Reading | None, living: list[Any]) -> None:
        """Take in that *worker* is gone, and who is there."""
        with importing:
            self._died(worker, reading, living)

    def _died(self, worker: Any, reading: Reading | None, living: list[Any]) -> None:
        if not is_barren(worker, reading):
            self.barren, self.first = 0, None
            return
        self.barren += 1
        error = _why(worker, reading)
        self.first = self.first or error
        if self.is_storm and any(_is_at_work(one) for one in living):
            self.barren, self.first = 0, None

    @property
    def is_storm(self) -> bool:
        """Whether no more workers should be started."""
        return self.barren >= IN_A_ROW

    def error(self) -> BaseException:
        """Return what the callers get."""
        if self.first is not None:
            return self.first
        with importing:
            from ..errors import worker_crashed

        return worker_crashed("no worker came to a first task")

    def tell(self) -> None:
        """Tell the runner what plain Python would have done."""
        text = (
            f"the pool was stopped after {self.barren} workers in a row failed at their start;"
            " plain Python would start new ones for ever"
        )
        post({"v": 1, "type": "rescued", "text": text})


def drain(queue: Any) -> None:
    """Take unread tasks off a pool's queue, so that nobody waits to write more."""
    if not queue._rlock.acquire(timeout=PATIENCE):
        return  # the pool is being ended, and drains it itself
    try:
        while queue._reader.poll(QUIET):
            queue._reader.recv_bytes()
    except (OSError, EOFError, ValueError):
        pass
    finally:
        queue._rlock.release()


def is_barren(worker: Any, reading: Reading | None) -> bool:
    """Whether *worker* died at its start, before any task."""
    if getattr(worker._popen, "_mpdiag_ended", 0) or not worker.exitcode:
        return False  # by its owner, or in peace
    if reading is None:
        return True
    if reading.terminated or reading.ring_words or reading.state == State.INTERRUPTED:
        return False
    waited = reading.state in _AT_WORK
    return not waited or time.time() - reading.created_ns / 1e9 < BRIEF


def _is_at_work(worker: Any) -> bool:
    reading = read(recorder_of(worker.pid))
    return reading is not None and reading.state in _AT_WORK and worker.exitcode is None


def _why(worker: Any, reading: Reading | None) -> BaseException:
    """Return the error of a worker's start, or one that says how it died."""
    from ..worker import read_start

    found = read_start(worker.pid)
    if found is None:
        return unborn(worker, reading)
    position, _, error = found
    return error if isinstance(error, Exception) else _as_crash(error, position)


def _as_crash(error: BaseException, position: str) -> BaseException:
    """Return an error in place of ``SystemExit``, which would end the caller as well."""
    from ..errors import worker_crashed
    from ..worker import add_note

    code = getattr(error, "code", None)
    words = f"sys.exit({code!r:.100})" if isinstance(error, SystemExit) else type(error).__name__
    crash = worker_crashed(f"{words} in the {position} ended the worker")
    for note in getattr(error, "__notes__", ()):
        add_note(crash, note)
    return crash


def unborn(worker: Any, reading: Reading | None) -> BaseException:
    """Return the error for a worker that died at its start without a word."""
    from ..errors import worker_crashed
    from ..model import ending_words

    at = "before its start was over"
    if reading is not None:
        at = "before its first task"
        if reading.state == State.STARTING:
            at = f"in the initializer {reading.target.partition('(')[0]}"
    who = f"{worker.name} (pid {worker.pid})"
    error = worker_crashed(f"{who} died {at}: {ending_words(worker.exitcode)}")
    if reading is None and surroundings().folder:
        _tell(error, worker, at)
    return error


def _tell(error: BaseException, worker: Any, at: str) -> None:
    """Tell of a death that no recorder knows of."""
    from ..model import Cause, Certainty, Verdict, ending_words
    from ..worker import tell_start

    verdict = Verdict(
        cause=Cause.SIGNAL if (worker.exitcode or 0) < 0 else Cause.EXIT_CALL,
        certainty=Certainty.LIKELY,
        headline=f"{ending_words(worker.exitcode)} {at}",
        evidence=("it left no mark and no error: the import of a module may have ended it",),
    )
    tell_start(error, verdict, name=worker.name, pid=worker.pid)
