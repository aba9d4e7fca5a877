"""What waits for a worker, and which of it the next frame takes."""

from __future__ import annotations

import heapq
import threading
import time
from collections import deque
from itertools import count
from typing import TYPE_CHECKING

from ._work import Frame, Source, Task

if TYPE_CHECKING:
    from ._mend import Known


class Backlog:
    """Tasks and calls in the order in which they came; anybody adds, the driver takes."""

    def __init__(self, workers: int) -> None:
        self._waiting: deque[Task | Source] = deque()
        self._again: deque[Frame] = deque()
        self._workers = workers
        self._later: list[tuple[float, int, Frame]] = []
        self._numbers = count()
        self._lock = threading.RLock()
        self.taken: Frame | None = None
        """What was taken last of what comes again, until a worker has it."""

    def __bool__(self) -> bool:
        return bool(self._waiting or self._again or self._due())

    def add(self, work: Task | Source) -> None:
        """Take in what is to be done."""
        self._waiting.append(work)

    def again(self, frame: Frame) -> None:
        """Take back what a dead worker had, before all else."""
        self._again.append(frame)

    def later(self, frame: Frame, seconds: float) -> None:
        """Take back what failed, and is to run again after a while."""
        if seconds <= 0:
            self.again(frame)
            return
        with self._lock:
            heapq.heappush(self._later, (time.monotonic() + seconds, next(self._numbers), frame))

    def patience(self) -> float | None:
        """Return the seconds until something is due; None when nothing will be."""
        later = self._later
        return max(0.0, later[0][0] - time.monotonic()) if later else None

    def _due(self) -> bool:
        """Have what is due run before all else; return whether there was something."""
        if not self._later:
            return False
        with self._lock:
            now, before = time.monotonic(), len(self._again)
            while self._later and self._later[0][0] <= now:
                self._again.append(heapq.heappop(self._later)[2])
            return len(self._again) > before

    def put_right(self, known: Known, sources: list[Source]) -> None:
        """Have what waits wait once, and what was taken and has come nowhere wait again."""
        with self._lock:
            again = [part for frame in self._again for part in known.new_in(frame)]
            later = [one for one in self._later if known.new_in(one[2])]
            if self.taken is not None:
                again += known.new_in(self.taken)
            for source in sources:
                if source.taken is not None:
                    again += known.new_in(Frame(source.function, source, *source.taken))
                    source.taken = None
            self._again, self._later, self.taken = deque(again), later, None
            heapq.heapify(later)

    def put_back(self, work: list[Task | Source]) -> None:
        """Have what is open, and no worker has, wait in its order."""
        waiting = set(map(id, self._waiting))
        lost = [one for one in work if id(one) not in waiting]
        for one in lost:
            if not isinstance(one, Task):
                one.listed = True
        self._waiting.extendleft(reversed(lost))

    def drop(self) -> list[Task | Source]:
        """Forget all that has not begun, and return it."""
        dropped = list(self._waiting)
        self._waiting.clear()
        return dropped

    def clear(self) -> None:
        """Forget everything."""
        self._waiting.clear()
        self._again.clear()
        self._later.clear()

    def take(self, most: int, cancelled: list[Task]) -> Frame | None:
        """Return the next frame, at most *most* in weight; *cancelled* gets what nobody wants."""
        if self._again:
            frame = self.taken = self._again[0]
            most *= 1 if frame.source is None else frame.source.chunk
            if len(frame.items) > most:
                self._again[0] = frame.part(most, len(frame.items))
                return frame.part(0, most)
            self._again.popleft()
            return frame
        while self._waiting:
            head = self._waiting[0]
            if isinstance(head, Task):
                found = self._tasks(head, most, cancelled)
            else:
                found = self._inputs(head, most * head.chunk)
            if found is not None:
                return found
        return None

    def _inputs(self, source: Source, most: int) -> Frame | None:
        share = -(-source.left // (2 * self._workers))
        base, items = source.take(min(most, source.function.pace.tasks(share)))
        if not items or not source.listed:
            self._waiting.popleft()  # one that gets more inputs adds itself again
        return Frame(source.function, source, base, items) if items else None

    def _tasks(self, head: Task, most: int, cancelled: list[Task]) -> Frame | None:
        waiting, function = self._waiting, head.function
        share = -(-len(waiting) // self._workers)
        most = min(most, function.pace.tasks(share))
        taken: list[Task] = []
        while waiting and len(taken) < most:
            task = waiting[0]
            if type(task) is not Task or (taken and not _alike(taken[-1], task)):
                break
            waiting.popleft()
            if task.sink.begin():
                taken.append(task)
            else:
                cancelled.append(task)
                if taken:
                    break
        return Frame(taken[0].function, None, taken[0].number, taken) if taken else None


def _alike(before: Task, after: Task) -> bool:
    """Whether two tasks may share a frame: neighbours, of one function."""
    mine, its = before.function, after.function
    same = mine is its if mine.number else mine.pace is its.pace
    return same and after.number == before.number + 1 and before.whole == after.whole
