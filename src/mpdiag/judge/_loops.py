"""Not waiting but running: busy waiting, and loops that may never end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..model import Cause, Certainty, Frame, ProcessMoment, Stuck
from ._doing import Doing, is_library
from ._telling import Telling
from ._waits import Waits

# Share of one processor that a process must have used between two looks to count as running.
# Lower: a process that polls with a pause counts.  Higher: on a loaded machine a loop gets less.
RUNS = 0.2
# The same for one that wants the processor at both looks, and gets what others leave.
WANTS = 0.02
_POLLS = ("poll", "empty", "get_nowait", "qsize", "full")
_QUESTION = re.compile(rf"\.({'|'.join(_POLLS)})\(")


def busy_wait(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield processes that ask again and again whether there is something to read."""
    for doing in _running(waits):
        asks, before = _asks(doing.thread.frames), _before(waits, doing)
        if not asks or before is None or _asks(before) != asks:
            continue
        share = _share(waits, doing.process)
        yield telling.stuck(
            Cause.BUSY_WAIT,
            Certainty.LIKELY,
            [doing.pid],
            headline=f"busy loop over {asks}()",
            rows=[telling.note(doing.pid, f"asks {asks}() again and again", at=doing)],
            evidence=[f"{share:.0%} of one processor, each time at {asks}()"],
            fix="wait in get() or poll() with a timeout, which takes no processor",
            at=doing,
        )


def loop(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield processes that compute in one place; whether they will end cannot be known."""
    for doing in _running(waits):
        here, before = doing.place, _before(waits, doing)
        if here is None or before is None:
            continue
        same = [frame for frame in before if _same_function(frame, here)]
        if not same or (not doing.process.task and doing.process.role != "program"):
            continue
        in_c = same[-1].line == here.line and doing.innermost == here and _calls(here)
        share = _share(waits, doing.process)
        yield telling.stuck(
            Cause.LOOP_IN_C if in_c else Cause.LOOP,
            Certainty.POSSIBLE,
            [doing.pid],
            headline=f"slow, or an endless loop in {'C' if in_c else 'Python'}",
            rows=[telling.note(doing.pid, f"computes in {telling.task(doing.process)}", at=doing)],
            evidence=[
                f"{share:.0%} of one processor for {waits.seconds:.0f} s, in {here.function}"
                + (f" at line {here.line} both times" if in_c else ""),
            ],
            fix="",
            at=doing,
            level="slow",
        )


def slow(waits: Waits, telling: Telling) -> Iterator[Stuck]:
    """Yield processes that compute, and come through different places."""
    for doing in _running(waits):
        if doing.process.task is None and doing.process.role != "program":
            continue
        share = _share(waits, doing.process)
        yield telling.stuck(
            Cause.UNKNOWN,
            Certainty.UNKNOWN,
            [doing.pid],
            headline="slow, not stuck",
            rows=[telling.note(doing.pid, f"computes in {telling.task(doing.process)}", at=doing)],
            evidence=[f"{share:.0%} of one processor for {waits.seconds:.0f} s, in several places"],
            fix="",
            at=doing,
            level="slow",
        )


def _running(waits: Waits) -> Iterator[Doing]:
    """Yield main threads of processes that use the processor."""
    for process in waits.moment.processes:
        main = waits.main_of(process.pid)
        least = WANTS if main is not None and _wants(waits, main) else RUNS
        if main is not None and main.thread.frames and _share(waits, process) >= least:
            yield main


def _wants(waits: Waits, doing: Doing) -> bool:
    before = waits.before.get(doing.pid)
    threads = before.threads if before is not None else ()
    return doing.runs and any(thread.main and thread.state == "R" for thread in threads)


def _share(waits: Waits, process: ProcessMoment) -> float:
    """Return how much of one processor *process* used since the previous moment."""
    before = waits.before.get(process.pid)
    if before is None or waits.seconds <= 0:
        return 0.0
    return (process.cpu - before.cpu) / waits.seconds


def _before(waits: Waits, doing: Doing) -> tuple[Frame, ...] | None:
    """Return the frames of the same thread at the previous moment."""
    process = waits.before.get(doing.pid)
    if process is None or process.done != doing.process.done:
        return None
    return next((thread.frames for thread in process.threads if thread.main), None)


def _asks(frames: tuple[Frame, ...]) -> str:
    """Return which of the questions *frames* are at, in a call or in the line that makes it."""
    inside = (frame.function for frame in frames if _asks_in(frame))
    own = next((frame for frame in reversed(frames) if not is_library(frame)), None)
    found = _QUESTION.search(own.source) if own is not None else None
    return next(inside, "") or (found[1] if found is not None else "")


def _asks_in(frame: Frame) -> bool:
    files = ("/queues.py", "/connection.py", "/managers.py", "/queue.py", "/pool.py")
    return frame.function in _POLLS and frame.file.endswith(files)


def _same_function(one: Frame, other: Frame) -> bool:
    return (one.file, one.function) == (other.file, other.function)


def _calls(frame: Frame) -> bool:
    """Whether the line calls something, which then is C code as no frame is below it."""
    return re.search(r"\w\(", frame.source) is not None
