"""What the workers of a run do now, in numbers: read from the recorder and ``/proc`` alone."""

from __future__ import annotations

import time
from collections import Counter, deque
from pathlib import Path
from typing import TypeAlias

from ..evidence import read_memory, vitals
from ..model import RunView, WorkerView, ending_words
from ..recorder import Glance, State, Word, glance, read
from ._crashes import inputs_of, is_crash
from ._folder import files_in
from ._moment import Asker

_STATES = {
    State.NEW: "starts",
    State.STARTING: "starts",
    State.WAITING: "idle",
    State.LOADING: "loads",
    State.RUNNING: "runs",
    State.SENDING: "sends",
    State.ENDED: "ends",
    State.INTERRUPTED: "interrupted",
}


# Seconds over which a rate is taken.  Longer: a worker that has slowed down still looks quick.
RECENT = 10.0


_Key: TypeAlias = tuple[int, int]


class Top:
    """Looks at one run again and again."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker
        self._cpu: dict[int, tuple[float, float]] = {}
        self._done: dict[_Key, deque[tuple[float, int]]] = {}
        self._gone: dict[_Key, Glance] = {}
        self._died: dict[_Key, str] = {}
        """How those died that left a task unanswered; empty for the others."""
        self._put_away: set[str] = set()

    def look(self) -> RunView:
        """Return what the workers do now."""
        seen = [one for path in files_in(self._asker.folder) if (one := self._living(path))]
        self._take_put_away()
        every = [*seen, *self._gone.values()]
        lines = sorted(map(self._line, seen), key=lambda line: (line.number, line.pid))
        return RunView(
            at=time.time(),
            lines=tuple(lines),
            done=sum(one.done for one in every),
            failed=sum(one.words[Word.FAILED] for one in every),
            gone=len(self._gone),
            died=tuple(Counter(filter(None, self._died.values())).most_common()),
        )

    def _living(self, path: Path) -> Glance | None:
        """Return what a living worker does; keep what one that is gone has done."""
        found = glance(path)
        if found is None or not (found.has_ended or vitals(found.pid) is None):
            return found
        self._gone[_key(found)] = found
        if found.has_ended and _key(found) not in self._died:
            reading = read(path)
            crashed = reading is not None and is_crash(reading)
            self._died[_key(found)] = ending_words(reading.exitcode) if reading and crashed else ""
        return None

    def _take_put_away(self) -> None:
        """Count those that ended before anybody looked; the runner has moved their files."""
        for path in files_in(self._asker.folder / "ended"):
            if path.name not in self._put_away and (found := glance(path)) is not None:
                self._put_away.add(path.name)
                self._gone[_key(found)] = found

    def _line(self, seen: Glance) -> WorkerView:
        now = time.time()
        memory = read_memory(seen.pid)
        age = max(now - seen.words[Word.CREATED] / 1e9, 0.001)
        reading = read(self._asker.folder / seen.name)
        busy = seen.is_busy and not seen.is_bare
        shown = ""
        if reading is not None and reading.busy:
            inputs = inputs_of(reading, mask=self._asker.mask, values=self._asker.values)
            shown = ", ".join(f"{name}={value.text}" for name, value in inputs.values.items())
        return WorkerView(
            pid=seen.pid,
            number=seen.words[Word.NUMBER],
            state=_STATES.get(seen.words[Word.STATE], "?"),
            cpu=self._share(seen.pid, age),
            memory_bytes=memory.now_bytes if memory is not None else None,
            target=reading.target.partition("(")[0] if reading is not None else "",
            index=seen.task[1] if busy else None,
            seconds=max(now - seen.started, 0.0) if seen.is_busy else None,
            done=seen.done,
            rate=self._rate(seen, age),
            failed=seen.words[Word.FAILED],
            inputs=shown,
        )

    def _rate(self, seen: Glance, age: float) -> float:
        now = time.monotonic()
        looks = self._done.setdefault(_key(seen), deque([(now - age, 0)]))
        looks.append((now, seen.done))
        while len(looks) > 2 and now - looks[1][0] >= RECENT:  # noqa: PLR2004
            looks.popleft()
        (before, done), (_, last) = looks[0], looks[-1]
        return (last - done) / max(now - before, 0.001)

    def _share(self, pid: int, age: float) -> float | None:
        found, now = vitals(pid), time.monotonic()
        if found is None:
            return None
        at, before = self._cpu.get(pid, (now - age, 0.0))
        self._cpu[pid] = now, found.cpu
        return max(found.cpu - before, 0.0) / max(now - at, 0.01)


def _key(seen: Glance) -> _Key:
    """Return what tells a worker from another that has its process id later."""
    return seen.pid, seen.words[Word.CREATED]
