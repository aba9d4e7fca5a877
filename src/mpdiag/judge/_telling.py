"""What is stuck, in the words of the report: labels, places, rows."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from ..model import Cause, Certainty, Frame, Note, ProcessMoment, Shared, Stuck, Verdict, Worker
from ._doing import Doing
from ._waits import Waits

# Characters of a source line in a row.
_SOURCE = 60
# Processes named one by one.  More: the report leaves the screen.
_NAMED = 4


class Telling:
    """Words for one moment."""

    def __init__(self, waits: Waits) -> None:
        self.waits = waits
        self._cwd = waits.moment.cwd

    def who(self, pid: int) -> str:
        """Return ``main``, ``worker 2``, ``manager`` or ``process 812``."""
        process = self.waits.by_pid.get(pid)
        if process is not None and process.role == "program":
            return "main"
        worker = process.worker if process is not None else self.waits.dead.get(pid)
        if worker is not None:
            return worker_name(worker)
        return "server" if process is not None and process.role == "server" else f"process {pid}"

    def all(self, pids: Iterable[int]) -> str:
        """Return the names of several, such as ``main and worker 1``."""
        names = [self.who(pid) for pid in sorted(pids)]
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

    def place(self, frame: Frame | None) -> str:
        """Return ``file:line``, from where the program was started."""
        return f"{self.file(frame.file)}:{frame.line}" if frame is not None else ""

    def file(self, file: str) -> str:
        """Return *file* as it is found from where the program was started."""
        if self._cwd and file.startswith(self._cwd.rstrip(os.sep) + os.sep):
            return os.path.relpath(file, self._cwd)
        return file

    def made(self, shared: Shared | None) -> str:
        """Return where *shared* was made, or nothing."""
        return f"made at {self.file(shared.place)}" if shared is not None and shared.place else ""

    def note(self, pid: int, what: str, *, at: Doing | None = None) -> Note:
        """Return the row of one process: who, what, and where."""
        place = self.place(at.place) if at is not None else ""
        dead = "" if pid in self.waits.by_pid else "was "
        return Note(label=self.who(pid), text=f"{dead}pid {pid} {what}".rstrip(), place=place)

    def waiting(self, doing: Doing, what: str = "") -> Note:
        """Return the row of one that waits: in which line, and for what."""
        source = doing.place.source.strip().rstrip(":") if doing.place is not None else ""
        source = source if len(source) <= _SOURCE else f"{source[:_SOURCE]} ..."
        where = f"waits in {source}" if source else "waits"
        return self.note(
            doing.pid, f"{where}{', ' if source and what else ' ' if what else ''}{what}", at=doing
        )

    def several(self, doings: Sequence[Doing], what: str = "") -> Iterator[Note]:
        """Yield the rows of those who wait for the same; of many, the first ones."""
        yield from (self.waiting(doing, what) for doing in doings[:_NAMED])
        if len(doings) > _NAMED:
            yield Note(label="", text=f"and {len(doings) - _NAMED} more")

    def task(self, process: ProcessMoment) -> str:
        """Return the call that *process* runs, such as ``fetch(urls)``."""
        task = process.task
        return (task.signature or task.target) if task is not None else "its task"

    def stuck(
        self,
        cause: Cause,
        certainty: Certainty,
        pids: Iterable[int],
        *,
        rows: Iterable[Note | None],
        fix: str,
        evidence: Iterable[str] = (),
        headline: str = "",
        at: Doing | None = None,
        level: str = "stuck",
    ) -> Stuck:
        """Return the trouble of *pids*."""
        head = headline or cause.value
        proven = "" if certainty is Certainty.UNKNOWN else f", {certainty.value}"
        return Stuck(
            level="slow" if level == "slow" else "waiting" if level == "waiting" else "stuck",
            verdict=Verdict(
                cause=cause,
                certainty=certainty,
                headline=f"{head}{proven}",
                evidence=tuple(evidence),
                not_readable=self.waits.moment.not_readable,
                fix=fix,
            ),
            pids=tuple(dict.fromkeys(pids)),
            rows=tuple(row for row in rows if row is not None),
            place=self.place(at.place) if at is not None else "",
        )


def worker_name(worker: Worker) -> str:
    """Return ``worker 2``, or its name or process id where it has no number."""
    if worker.number:
        return f"worker {worker.number}"
    return worker.name or f"process {worker.pid}"
