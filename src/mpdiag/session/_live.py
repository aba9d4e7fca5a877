"""Find a run that goes on, from another terminal."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .. import codec
from ..errors import MpdiagError, NoLiveRun
from ..evidence import children, descendants, vitals
from ..model import Moment
from ..options import Options, from_json
from ..runner import Asker, living, look, mask_of, with_locals

# No folder: for a process that belongs to no run.
_NOWHERE = Path(os.devnull)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveRun:
    """A program that runs under ``mpdiag run`` now."""

    id: str
    folder: Path
    cwd: str
    argv: tuple[str, ...]
    started: float
    runner: int
    program: int

    @property
    def asker(self) -> Asker:
        """What it takes to look at its processes."""
        options = _options(self.folder)
        return Asker(
            folder=self.folder,
            program=self.program,
            mask=mask_of(options),
            values=options.values,
            cwd=self.cwd,
        )


def _options(folder: Path) -> Options:
    """Return what the run in *folder* was told: names that hide secrets, values to keep."""
    try:
        return from_json((folder / "options.json").read_text("utf-8"))
    except (OSError, ValueError, TypeError, MpdiagError):
        return Options()


def live_runs() -> Iterator[LiveRun]:
    """Yield the runs of this user that go on."""
    for folder in living(os.environ):
        try:
            facts = json.loads((folder / "run.json").read_text("utf-8"))
            runner = int(facts["runner"])
            program = next(iter(children(runner)), 0)
            yield LiveRun(
                id=str(facts["id"]),
                folder=folder,
                cwd=str(facts["cwd"]),
                argv=tuple(facts["argv"]),
                started=float(facts["started"]),
                runner=runner,
                program=program,
            )
        except (OSError, ValueError, KeyError, TypeError):
            continue


def find_run(pid: int | None) -> LiveRun:
    """Return the run that *pid* belongs to; without one, the only run there is.

    Raises:
        NoLiveRun: there is none, or more than one.
    """
    runs = list(live_runs())
    if pid is not None:
        mine = [one for one in runs if pid == one.runner or pid in descendants(one.runner)]
        mine = mine or [one for one in runs if one.runner in descendants(pid)]  # of a shell
        # Of a run inside a run the inner one is meant.
        if mine:
            return max(mine, key=lambda one: one.started)
        raise NoLiveRun(f"process {pid} is not part of a program under mpdiag run")
    if len(runs) == 1:
        return runs[0]
    if not runs:
        raise NoLiveRun("no program of yours is running under mpdiag run")
    pids = ", ".join(f"{one.runner} ({' '.join(one.argv)[:40]})" for one in runs)
    raise NoLiveRun(f"{len(runs)} programs are running: {pids}")


def look_at(pid: int) -> tuple[Moment, str]:
    """Return what *pid* and those below it do now, and the folder it was started in.

    For the runner or the program of a run: all of the run.

    Raises:
        NoLiveRun: there is no such process.
    """
    if vitals(pid) is None:
        raise NoLiveRun(f"there is no process {pid}")
    try:
        run = find_run(pid)
    except NoLiveRun:
        asker = Asker(folder=_NOWHERE, program=pid, mask=codec.Mask(codec.DEFAULT_NAMES))
        return look(asker), str(Path.cwd())
    moment = look(run.asker)
    if pid in {run.runner, run.program}:
        return moment, run.cwd
    wanted = {pid, *descendants(pid)}
    return (
        Moment(
            at=moment.at,
            processes=tuple(one for one in moment.processes if one.pid in wanted),
            not_readable=moment.not_readable,
        ),
        run.cwd,
    )


def look_inside(moment: Moment, pid: int) -> tuple[Moment, str]:
    """Return *moment*, which `look_at` took of *pid*, with local variables, or why without."""
    try:
        asker = find_run(pid).asker
    except NoLiveRun:
        return with_locals(moment, codec.Mask(codec.DEFAULT_NAMES))
    return with_locals(moment, asker.mask, values=asker.values)
