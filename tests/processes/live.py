"""Runs that are looked at while they go on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mpdiag import codec
from mpdiag.evidence import children
from mpdiag.runner import Asker
from mpdiag.testing import wait_until

# Seconds for a loaded machine to start a program and its workers.
STARTED = 60.0


@dataclass(frozen=True, kw_only=True)
class Live:
    """A run that goes on."""

    process: subprocess.Popen[str]
    folder: Path
    """Of the run."""
    program: int
    here: Path
    """The working directory."""

    @property
    def asker(self) -> Asker:
        """What `look` needs to know."""
        return Asker(folder=self.folder, program=self.program, mask=codec.Mask(()))

    def wait_for(self, name: str, count: int = 1) -> list[str]:
        """Return the lines of the file *name*, which the program writes, once it has *count*."""

        def lines() -> list[str]:
            path = self.here / name
            found = path.read_text("utf-8").splitlines() if path.exists() else []
            return found if len(found) >= count else []

        return wait_until(lines, deadline=STARTED, what=f"{count} lines in {name}")


@contextmanager
def going(
    source: str,
    *arguments: str,
    here: Path,
    runtime: Path,
    options: Sequence[str] = (),
    python: str = sys.executable,
) -> Iterator[Live]:
    """Run *source* under ``mpdiag run`` for the length of the block, then kill all of it."""
    script = here / "script.py"
    script.write_text(textwrap.dedent(source), encoding="utf-8")
    before = set(runtime.glob("mpdiag-*/*"))
    command = [python, "-m", "mpdiag", "run", *options, "script.py", *arguments]
    with subprocess.Popen(
        command,
        cwd=here,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            (folder,) = wait_until(
                lambda: set(runtime.glob("mpdiag-*/*")) - before, deadline=STARTED
            )
            program = wait_until(lambda: children(process.pid), deadline=STARTED)[0]
            yield Live(process=process, folder=folder, program=program, here=here)
        finally:
            _end(process.pid)
            process.communicate()
            for left in set(runtime.glob("mpdiag-*/*")) - before:
                _remove(left)


def _end(leader: int) -> None:
    """Kill every process of the session that *leader* leads."""
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == leader:
                os.kill(int(entry.name), signal.SIGKILL)
        except OSError:
            continue


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.parent.rmdir()
    except OSError:
        pass
