"""One diagnosed run of a program, from its start to its report."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ..errors import MpdiagError, StoreFull, StoreLocked
from ..model import Crash, Failure, Run
from ..options import Options, to_json
from ..runner import (
    About,
    Collector,
    Command,
    Ended,
    RunFolder,
    make_folder,
    mask_of,
    reporting,
    start,
    wait,
)
from ..store import Store, new_run_id, renamed
from ._environment import armed
from ._hangs import HangWatch
from ._why import with_reasons

if TYPE_CHECKING:
    from ..reports import EventSink

# Lines on standard error while the program runs.  More: a log nobody reads.  Fewer: a cause
# that is lost when everything is killed later.
LIVE_LINES = 20
# Seconds to wait for a store that another process writes; after SIGTERM the report has two.
STORE_DEADLINE, AFTER_SIGTERM = 5.0, 1.0


def run_program(command: Command, options: Options) -> tuple[Ended, bool]:
    """Run *command* under diagnosis and report; return how it ended, and whether with faults.

    Raises:
        InterpreterNotStarted: the interpreter could not be executed.
    """
    session = _Session(options, argv=tuple(command.argv[1:]))
    try:
        program = start(command.argv, armed(session.folder, options, command))
        session.begin(program.pid)
        ended = wait(program, tick=session.tick, ending=session.hangs.last_words)
        with reporting(ended.status, deadline=ended.deadline):
            session.finish(ended)
        return ended, session.faulty
    finally:
        session.close()


class _Session:
    """What belongs together between the start of a program and its report."""

    def __init__(self, options: Options, *, argv: tuple[str, ...]) -> None:
        self.options = options
        run = new_run_id(options.store)
        argv = mask_of(options).argv(argv)
        about = About(id=run, argv=argv, cwd=str(Path.cwd()), started=time.time())
        self.folder: RunFolder = make_folder(
            run, os.environ, {**about.facts(options.store), "runner": os.getpid()}
        )
        if self.folder.path is not None:
            _write(self.folder.path / "options.json", to_json(options))
        self.collector = Collector(self.folder, about, options)
        self.said = 0
        self.waits = False
        """What was recorded is left to the next command: the store was not to be had just now."""
        self.events = _events(options)
        self.workers: set[str] = set()
        """Names of the recorder files that an event told of."""
        self.hangs = HangWatch(self.collector, options, say=_print, tell=self._event)
        self._event("run started", argv=list(argv))

    def begin(self, program: int) -> None:
        """Take note of the process that was started."""
        self.collector.about = replace(self.collector.about, program=program)
        self.hangs.begin(program)

    def tick(self) -> None:
        """Say what is new; runs while the program does, so it must be short."""
        for occurrence in self._news():
            self._tell(occurrence)
            self._say(occurrence)
        self.hangs.tick()
        self._warn()

    def _warn(self) -> None:
        """Say at once what no process may be left to say soon."""
        lines, self.collector.warnings = self.collector.warnings, []
        for line in lines:
            if not line.startswith(" "):
                self._event("memory near its limit", text=line)
        if self.options.format != "json":
            _print(line if line.startswith(" ") else f"mpdiag: {line}" for line in lines)

    def _news(self) -> list[Failure | Crash]:
        if self.events is not None:
            self._tell_of_workers()
        return self.collector.look()

    def _tell_of_workers(self) -> None:
        for path in self.folder.recorders():
            if path.name not in self.workers:
                self.workers.add(path.name)
                self._event("worker started", pid=int(path.stem.partition("-")[0]))

    def _event(self, event: str, **fields: object) -> None:
        if self.events is not None:
            self.events.write(event, run=self.collector.about.id, **fields)

    def _tell(self, occurrence: Failure | Crash) -> None:
        self._event(
            "worker died" if occurrence.kind == "crash" else "task began to fail",
            kind=occurrence.kind,
            fingerprint=occurrence.fingerprint,
            pid=occurrence.worker.pid,
            worker=occurrence.worker.number,
            target=occurrence.task.target if occurrence.task is not None else None,
            index=occurrence.task.index if occurrence.task is not None else None,
        )

    def _say(self, occurrence: Failure | Crash) -> None:
        self.said += 1
        if self.options.format == "json" or self.said > LIVE_LINES:
            return
        from ..reports import live_line

        about = self.collector.about
        _print([live_line(occurrence, run=about.id, cwd=about.cwd)])

    def finish(self, ended: Ended) -> None:
        """Judge, keep, report."""
        for occurrence in self._news():  # of the last moment: in the report anyway
            self._tell(occurrence)
        run = self.collector.finish(ended.status)
        if ended.deadline is None:  # else who ended the program may not wait
            run = with_reasons(run, self.collector.mask, self.collector.ran)
        patience = AFTER_SIGTERM if ended.deadline is not None else STORE_DEADLINE
        run, store = self._keep(run, patience)
        self._report(run, store)
        for fault in run.faults:
            self._event("fault", id=fault.id, count=fault.count, outcome=fault.outcome.value)
        self._event("run ended", tasks=run.tasks, failed=run.failed, faults=len(run.faults))
        if self.events is not None:
            self.events.close()

    def _keep(self, run: Run, patience: float) -> tuple[Run, Path | None]:
        """Save the run if there is something to say; what fails is a sentence of the report."""
        if not run.faults:
            return run, None
        limits = self.options.limits
        try:
            saved = Store.open(self.options.store, deadline=patience, limits=limits).save(run)
        except MpdiagError as error:
            passing = isinstance(error, (StoreFull, StoreLocked))
            self.waits = passing and self.folder.path is not None
            return replace(run, limits=(*run.limits, f"not kept: {error}")), None
        if saved.id != run.id:  # another run took the name meanwhile
            run = renamed(run, saved.id)
        return replace(run, limits=(*run.limits, *saved.limits)), self.options.store

    def close(self) -> None:
        """Remove the run's folder, or leave it for the next command when it could not be saved."""
        if self.waits:
            self.folder.leave()
        else:
            self.folder.remove()

    def _report(self, run: Run, store: Path | None) -> None:
        if self.options.format == "json":
            from ..reports import json_lines

            _print(json_lines(run))
        else:
            from ..reports import render

            said = render(run, store=store, waits=self.waits, quiet=self.options.quiet)
            _print(said)

    @property
    def faulty(self) -> bool:
        """Whether a fault was found that the program did not catch."""
        return bool(self.collector.crashes or self.collector.inbox.kept)


def _print(lines: Iterable[str], stream: TextIO | None = None) -> None:
    """Write all lines at once to standard error, so that nothing comes between them."""
    text = "".join(f"{line}\n" for line in lines)
    if not text:
        return
    out = stream or sys.stderr
    try:
        out.write(text)
        out.flush()
    except (OSError, ValueError):
        pass  # nobody reads any more; the program's exit code still counts


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError:
        pass  # the children use their defaults


def _events(options: Options) -> EventSink | None:
    if options.events is None:
        return None
    from ..reports import open_events

    return open_events(options.events)
